"""Namespaces of OpenDocument (ODF 1.3 part 3), as elements and attributes are spelt by ``markup.walk``."""

_ODF = "{urn:oasis:names:tc:opendocument:xmlns:"
OFFICE = _ODF + "office:1.0}"
TABLE = _ODF + "table:1.0}"
TEXT = _ODF + "text:1.0}"
STYLE = _ODF + "style:1.0}"
NUMBER = _ODF + "datastyle:1.0}"
DRAW = _ODF + "drawing:1.0}"
SVG = _ODF + "svg-compatible:1.0}"
FO = _ODF + "xsl-fo-compatible:1.0}"
PRESENTATION = _ODF + "presentation:1.0}"
FORM = _ODF + "form:1.0}"
SCRIPT = _ODF + "script:1.0}"
META = _ODF + "meta:1.0}"
CONFIG = _ODF + "config:1.0}"
MANIFEST = _ODF + "manifest:1.0}"
DC = "{http://purl.org/dc/elements/1.1/}"
HREF = "{http://www.w3.org/1999/xlink}href"

NAMED_STYLE = STYLE + "name"
TABLE_NAME = TABLE + "name"

_OWN = (_ODF, "{urn:org:documentfoundation:names:", "{http://openoffice.org/", "{http://www.w3.org/", DC)


def is_own(name: str) -> bool:
    """Whether an element is OpenDocument's, or of what it builds on, or an office suite's extension of it."""
    return name.startswith(_OWN)
