"""XMP (ISO 16684-1): how many properties a packet holds."""

from __future__ import annotations

from narrowgate.inspection.channels import picture as channels
from narrowgate.inspection.markup import Attributes, Markup, walk
from narrowgate.inspection.tally import Tally

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_XML = "{http://www.w3.org/XML/1998/namespace}"
_META = "{adobe:ns:meta/}"
_PICTURE = "{http://ns.adobe.com/xap/1.0/g/img/}image"


class _Properties:
    """Counts values: attributes that are properties, and elements that hold text."""

    def __init__(self) -> None:
        self.values = 0
        self.pictures = 0
        self._text = False

    def opened(self, name: str, attributes: Attributes) -> None:
        self._text = False
        own = [key for key in attributes if not key.startswith((_RDF, _XML, _META))]
        self.values += sum(bool(attributes[key].strip()) for key in own if not name.startswith(_META))
        self.values += f"{_RDF}resource" in attributes
        self.pictures += _PICTURE in attributes

    def texts(self, text: str) -> None:
        self._text = self._text or bool(text.strip())

    def closed(self, name: str) -> None:
        self.values += self._text
        self.pictures += self._text and name == _PICTURE
        self._text = False


def inspect(data: bytes, tally: Tally) -> None:
    """Count a packet of XMP, its values and the pictures in it. One that is no XML is counted without."""
    packet = data.strip(b"\0 \r\n\t")
    if not packet:
        return
    found = _Properties()
    try:
        walk([packet], found.opened, found.closed, found.texts)
    except Markup:
        tally.add(channels.XMP)
        return
    tally.add(channels.XMP, 1, found.values)
    tally.add(channels.XMP_THUMBNAIL, found.pictures)
