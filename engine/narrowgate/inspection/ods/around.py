"""What stands around the cells of an OpenDocument spreadsheet, element by element (ODF 1.3 part 3, 9 to 14)."""

from __future__ import annotations

import re

from narrowgate.inspection.channels import ods, spreadsheet
from narrowgate.inspection.channels.channel import Channel
from narrowgate.inspection.markup import Attributes
from narrowgate.inspection.ods.names import DRAW, FORM, OFFICE, PRESENTATION, SCRIPT, TABLE, TEXT

_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
_XFORMS = "{http://www.w3.org/2002/xforms}"

COUNTED: dict[str, Channel] = {
    TABLE + "scenario": spreadsheet.SCENARIOS,
    TABLE + "database-range": ods.DATABASE_RANGES,
    TABLE + "content-validation": spreadsheet.VALIDATION,
    TABLE + "label-range": ods.LABEL_RANGES,
    TABLE + "data-pilot-member": spreadsheet.PIVOT_VALUES,
    TABLE + "data-pilot-group-member": spreadsheet.PIVOT_VALUES,
    TABLE + "cell-content-change": spreadsheet.REVISIONS,
    TABLE + "insertion": spreadsheet.REVISIONS,
    TABLE + "deletion": spreadsheet.REVISIONS,
    TABLE + "movement": spreadsheet.REVISIONS,
    TABLE + "database-source-sql": spreadsheet.CONNECTIONS,
    TABLE + "database-source-table": spreadsheet.CONNECTIONS,
    TABLE + "database-source-query": spreadsheet.CONNECTIONS,
    TABLE + "source-service": spreadsheet.CONNECTIONS,
    _CALC + "data-mapping": spreadsheet.CONNECTIONS,
    FORM + "connection-resource": spreadsheet.CONNECTIONS,
    OFFICE + "dde-source": spreadsheet.EXTERNAL_LINKS,
    TABLE + "table-source": spreadsheet.EXTERNAL_LINKS,
    TABLE + "cell-range-source": spreadsheet.EXTERNAL_LINKS,
    SCRIPT + "event-listener": ods.EVENT_MACROS,
    PRESENTATION + "event-listener": ods.EVENT_MACROS,
    OFFICE + "script": ods.EVENT_MACROS,
    TEXT + "hidden-text": ods.HIDDEN_TEXT,
    TEXT + "hidden-paragraph": ods.HIDDEN_TEXT,
    TEXT + "conditional-text": ods.HIDDEN_TEXT,
    TEXT + "user-field-decl": spreadsheet.DEFINED_NAMES,
    TEXT + "variable-decl": spreadsheet.DEFINED_NAMES,
    _CALC + "sparkline": spreadsheet.SPARKLINES,
    _XFORMS + "instance": spreadsheet.EMBEDDED,
    DRAW + "applet": spreadsheet.EMBEDDED,
    DRAW + "plugin": spreadsheet.EMBEDDED,
    DRAW + "floating-frame": spreadsheet.EMBEDDED,
    OFFICE + "document": spreadsheet.EMBEDDED,
    OFFICE + "binary-data": spreadsheet.PICTURES,
}
"""Elements that are found by being there."""

IN_FILTERS = {TABLE + "filter-condition", TABLE + "filter-set-item"}

SHAPES = {
    DRAW + name
    for name in (
        "frame rect line polyline polygon regular-polygon path circle ellipse g page-thumbnail measure caption"
        " connector control custom-shape"
    ).split()
}

_PARTS_OF_CONTROLS = {
    FORM + name
    for name in "form properties property list-property list-value option item column connection-resource".split()
}
_EXTERNAL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|/|\\\\|\.\./")
_OTHER_FILES = re.compile(r"'#|\b(DDE|WEBSERVICE)\(")


def is_control(name: str) -> bool:
    """Whether an element is a control of a form."""
    return name.startswith(FORM) and name not in _PARTS_OF_CONTROLS


def is_external(address: str | None) -> bool:
    """Whether an address leads out of the document, and is no macro's."""
    return bool(address and _EXTERNAL.match(address) and not address.startswith("vnd.sun.star."))


def names_other_files(formula: str) -> bool:
    """Whether a formula does, as in ``['file:///C:/other.ods'#$Sheet1.A1]``."""
    return _OTHER_FILES.search(formula) is not None


def channel_of_name(name: str, attributes: Attributes) -> Channel | None:
    """The channel of a defined name."""
    if name not in {TABLE + "named-range", TABLE + "named-expression"}:
        return None
    hidden = any(key.endswith("}hidden") and value == "true" for key, value in attributes.items())
    return spreadsheet.HIDDEN_NAMES if hidden else spreadsheet.DEFINED_NAMES


def is_hidden_shape(attributes: Attributes) -> bool:
    """Whether a shape is not shown on the screen."""
    return attributes.get(DRAW + "display") in {"none", "printer"}
