"""``meta.xml``, ``settings.xml``, ``manifest.rdf`` and the pages of ``styles.xml`` (ODF 1.3, parts 2 and 3)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from narrowgate.inspection.channels import ods, spreadsheet
from narrowgate.inspection.channels.channel import Channel
from narrowgate.inspection.markup import Attributes, local, walk
from narrowgate.inspection.ods.around import is_external
from narrowgate.inspection.ods.names import CONFIG, DC, HREF, META, OFFICE, STYLE
from narrowgate.inspection.ods.styles import Styles
from narrowgate.inspection.tally import Tally

_AUTHORS = {DC + name for name in "creator title subject description contributor publisher".split()} | {
    META + name for name in "initial-creator printed-by keyword keywords".split()
}
_TRACES = {DC + "date", DC + "language"} | {
    META + name
    for name in (
        "generator creation-date print-date editing-cycles editing-duration document-statistic hyperlink-behaviour"
    ).split()
}
_PRINTER = {"PrinterName", "PrinterSetup"}
_BLANK = "A="
"""What base64 makes of bytes that are all zero."""
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_PKG = "{http://docs.oasis-open.org/ns/office/1.2/meta/pkg#}"
_PATH = re.compile(r"file:/|/[^/]+/|[A-Za-z]:[\\/]|\\\\")
_PAGES = re.compile(re.escape(STYLE) + r"(header|footer)(-left|-first)?")


def meta_channels(blocks: Iterable[bytes]) -> Tally:
    """What ``meta.xml`` says about people, times and programs."""
    tally, said = Tally(), [False]

    def start(name: str, attributes: Attributes) -> None:
        said[0] = False
        if name == META + "template" and any(attributes.values()):
            tally.add(spreadsheet.PATHS)
        elif name == META + "auto-reload" and attributes.get(HREF):
            tally.add(spreadsheet.EXTERNAL_LINKS)
        elif name == META + "document-statistic" and attributes:
            tally.add(spreadsheet.PROPERTIES)

    def end(name: str) -> None:
        if said[0]:
            tally.add(_channel_of_property(name))
        said[0] = False

    def text(data: str) -> None:
        said[0] = said[0] or not data.isspace()

    walk(blocks, start, end, text)
    return tally


def _channel_of_property(name: str) -> Channel:
    if name in _AUTHORS:
        return spreadsheet.AUTHORS
    return spreadsheet.PROPERTIES if name in _TRACES else spreadsheet.CUSTOM_PROPERTIES


def settings_channels(blocks: Iterable[bytes]) -> Tally:
    """What ``settings.xml`` says about printers and paths."""
    tally, item, value = Tally(), [""], [""]

    def start(name: str, attributes: Attributes) -> None:
        item[0] = attributes.get(CONFIG + "name", "") if name == CONFIG + "config-item" else ""
        value[0] = ""

    def end(_: str) -> None:
        held = value[0].strip()
        if item[0] and held:
            if item[0] in _PRINTER:
                tally.add(spreadsheet.PRINTER_SETTINGS, bool(held.strip(_BLANK)))
            elif _PATH.match(held):
                tally.add(spreadsheet.PATHS)
        item[0] = value[0] = ""

    def text(data: str) -> None:
        if item[0] and len(value[0]) < 100:
            value[0] += data[:100]

    walk(blocks, start, end, text)
    return tally


def rdf_channels(blocks: Iterable[bytes]) -> Tally:
    """What ``manifest.rdf`` states beyond which parts there are."""
    tally = Tally()

    def start(name: str, _: Attributes) -> None:
        tally.add(ods.RDF, not name.startswith((_RDF, _PKG)))

    walk(blocks, start)
    return tally


def page_channels(blocks: Iterable[bytes], styles: Styles) -> Tally:
    """Headers and footers of pages, and what else ``styles.xml`` holds; its styles go into ``styles``."""
    tally, inside, said = Tally(), [0], [False]

    def start(name: str, attributes: Attributes) -> None:
        styles.start(name, attributes)
        if _PAGES.fullmatch(name):
            inside[0] += 1
            said[0] = False
        if is_external(attributes.get(HREF)):
            tally.add(spreadsheet.EXTERNAL_LINKS)
        if name == OFFICE + "binary-data":
            tally.add(spreadsheet.PICTURES)

    def end(name: str) -> None:
        styles.end(name)
        if _PAGES.fullmatch(name):
            inside[0] -= 1
            tally.add(spreadsheet.HEADERS_FOOTERS, said[0])

    def text(data: str) -> None:
        styles.text(data)
        said[0] = said[0] or (inside[0] > 0 and not data.isspace())

    walk(blocks, start, end, text)
    styles.forget_automatic()
    return tally


def values_of_chart(blocks: Iterable[bytes]) -> tuple[bool, int]:
    """Whether the ``content.xml`` of an object is a chart, and how many values its table keeps."""
    is_chart, values = False, 0

    def start(name: str, attributes: Attributes) -> None:
        nonlocal is_chart, values
        is_chart = is_chart or name == OFFICE + "chart"
        values += local(name) == "table-cell" and bool(attributes.get(OFFICE + "value-type"))

    walk(blocks, start)
    return is_chart, values
