"""The kinds of parts that packages of spreadsheets have, by content type and by relationship.

ECMA-376 part 1 §12 and §15, MS-XLSX 2.1, MS-XLSB 2.1.7, MS-OFFMACRO2, MS-OI29500. The last step of a content type or
of a relationship's type says the kind in the transitional, the strict and the binary form alike.
"""

from __future__ import annotations

import re

_ALIASES = {
    "workbook": "main officedocument",
    "macrosheet": "intlmacrosheet xlmacrosheet xlintlmacrosheet",
    "theme": "themeoverride",
    "threadedcomments": "threadedcomment",
    "person": "persons",
    "drawing": "chartshapes chartusershapes",
    "chart": "chartex",
    "look": "chartstyle chartcolorstyle diagramlayout diagramstyle diagramquickstyle diagramcolors diagramlayoutheader"
    " diagramcolorsheader tablestyles",
    "diagram": "diagramdata diagramdrawing",
    "index": "xlbinaryindex binindexws binindexms calcchain",
    "metadata": "sheetmetadata",
    "richdata": "rdrichvalue rdrichvaluestructure rdrichvaluetypes richvaluerel rdarray richstyles"
    " rdsupportingpropertybag rdsupportingpropertybagstructure rdrichvaluewebimage richvaluetypes"
    " rdrichvalueblock rdrichvaluerel richvaluewebimage featurepropertybag",
    "model": "model+data powerpivotdata",
    "activex": "control",
    "activexbinary": "activexcontrolbinary",
    "controlproperties": "ctrlprop",
    "vbasignature": "vbaprojectsignature vbaprojectsignatureagile vbaprojectsignaturev3",
    "vbadata": "wordvbadata",
    "media": "audio video",
    "customxmlproperties": "customxmlprops",
    "core": "core-properties",
    "app": "extended-properties extendedproperties",
    "custom": "custom-properties customproperties",
    "signature": "digital-signature-xmlsignature",
    "signatureorigin": "digital-signature-origin origin",
    "certificate": "digital-signature-certificate",
    "labels": "classificationlabels",
    "webextension": "webextensiontaskpanes taskpanes webextensiontaskpane",
}
_PLAIN = """worksheet chartsheet dialogsheet sharedstrings styles comments table tablesinglecells querytable connections
externallink pivottable pivotcachedefinition pivotcacherecords revisionheaders revisionlog usernames vmldrawing
printersettings customproperty slicer slicercache timeline timelinecache xmlmaps volatiledependencies vbaproject
attachedtoolbars oleobject package image customxml thumbnail documenttasks namedsheetviews"""
_KINDS = {alias: kind for kind, names in _ALIASES.items() for alias in [kind, *names.split()]}
_KINDS |= {name: name for name in _PLAIN.split()}
_VENDORS = ("application/vnd.openxmlformats-", "application/vnd.ms-")
SHEETS = frozenset({"worksheet", "chartsheet", "dialogsheet", "macrosheet"})
_WORKBOOK = re.compile(
    r"application/vnd\.openxmlformats-officedocument\.spreadsheetml\.(?:sheet|template)\.main\+xml"
    r"|application/vnd\.ms-excel\.(?:sheet|template|addin)\.macroenabled\.main\+xml"
)
_BINARY_WORKBOOK = "application/vnd.ms-excel.sheet.binary.macroenabled.main"

_FOLDERS = """xl docprops customxml docmetadata _xmlsignatures _rels worksheets chartsheets dialogsheets macrosheets
drawings charts comments threadedcomments persons tables querytables externallinks pivottables pivotcache media theme
printersettings revisions slicers slicercaches timelines timelinecaches activex ctrlprops embeddings richdata model
customproperty diagrams documenttasks namedsheetviews webextensions package services metadata core-properties
customdata intlmacrosheets""".split()
_STEMS = """workbook sheet drawing chart style colors comments comment threadedcomment person table querytable
externallink pivottable pivotcachedefinition pivotcacherecords image theme themeoverride printersettings revisionheaders
revisionlog usernames slicer slicercache timeline timelinecache activex ctrlprop oleobject rdrichvalue
rdrichvaluestructure rdrichvaluetypes richvaluerel rdarray richstyles rdsupportingpropertybag
rdsupportingpropertybagstructure rdrichvaluewebimage item itemprops core app custom thumbnail sharedstrings styles
connections metadata calcchain volatiledependencies xmlmaps vbaproject vbaprojectsignature vbadata labelinfo sig origin
vmldrawing chartex tablesinglecells data layout quickstyle userdata customproperty documenttask namedsheetview
webextension taskpanes microsoft_excel_sheet microsoft_excel_worksheet binaryindex intlsheet attachedtoolbars .rels
[content_types]""".split()
_ENDINGS = "xml bin rels vml jpeg jpg png gif emf wmf bmp tiff tif data sigs docx xlsx pptx psmdcp"
_STANDARD = re.compile(
    rf"(?:(?:{'|'.join(map(re.escape, _FOLDERS))})/)*"
    rf"(?:{'|'.join(sorted(map(re.escape, _STEMS), key=len, reverse=True))})?\d{{0,6}}"
    rf"(?:\.(?:{'|'.join(_ENDINGS.split())})){{0,2}}",
    re.IGNORECASE,
)


def of_content_type(content_type: str) -> str | None:
    """The kind of part that a content type names; None for one that says nothing, or is not known."""
    plain = content_type.lower()
    if plain.startswith("image/"):
        return "image"
    if plain == "application/vnd.ms-office.activex":
        return "activexbinary"
    if plain == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":
        return "package"
    if plain.startswith(_VENDORS):
        return _KINDS.get(plain.removesuffix("+xml").rpartition(".")[2])
    return None


def of_relationship(relationship_type: str) -> str | None:
    """The kind of part that a relationship leads to; None if it is not known."""
    return _KINDS.get(relationship_type.rpartition("/")[2].lower())


def is_xml_workbook(content_type: str) -> bool:
    """Whether it is that of a workbook in XML."""
    return _WORKBOOK.fullmatch(content_type.lower()) is not None


def is_binary_workbook(content_type: str) -> bool:
    """Whether it is that of a workbook in binary records."""
    return content_type.lower() == _BINARY_WORKBOOK


def is_standard(name: str) -> bool:
    """Whether programs call parts so, and no person does."""
    return _STANDARD.fullmatch(name) is not None
