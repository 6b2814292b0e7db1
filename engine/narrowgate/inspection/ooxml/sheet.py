"""A sheet in XML (ECMA-376 part 1 §18.3): what surrounds its cells by an XML parser, the cells as fast as is safe."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from narrowgate.errors import DataError
from narrowgate.inspection.markup import Markup, unsound, walk
from narrowgate.inspection.ooxml.cells import NotPlain, PlainRows
from narrowgate.inspection.ooxml.facts import SheetFacts, StringUse
from narrowgate.inspection.ooxml.sheet_parser import SheetParser
from narrowgate.inspection.ooxml.styles import Styles

_MAIN = rb"http://(?:schemas\.openxmlformats\.org/spreadsheetml/2006|purl\.oclc\.org/ooxml/spreadsheetml)/main"
_HEAD = re.compile(
    rb'(?:\xef\xbb\xbf)?(?:<\?xml version="1\.0"(?: encoding="(?i:utf-8)")?(?: standalone="(?:yes|no)")? ?\?>)?\s*'
    rb"<((?:\w+:)?)worksheet(\s[^<>]*)>"
)
LARGEST_HEAD = 8 << 20
LARGEST_ROW = 64 << 20


def read_sheet(blocks: Callable[[], Iterable[bytes]], styles: Styles, strings: StringUse, where: str) -> SheetFacts:
    """What a sheet holds.

    Args:
        blocks: begins to read the part anew each time.
        strings: takes up those that the sheet uses.
        where: the sheet, for errors.

    Raises:
        DataError: it is not sound.
    """
    try:
        try:
            facts = SheetFacts()
            parser = SheetParser(facts, styles, strings)
            rows = _around_rows(blocks(), parser, styles, strings)
            walk(rows, parser.start, parser.end, parser.text)
        except NotPlain:
            facts = SheetFacts()
            parser = SheetParser(facts, styles, strings)
            parser.with_rows = True
            walk(blocks(), parser.start, parser.end, parser.text)
    except Markup as error:
        raise unsound(where, error) from error
    except DataError as error:
        raise DataError(f"{where}: {error.message}", error.remedy) from error
    return parser.finished()


def _around_rows(blocks: Iterable[bytes], parser: SheetParser, styles: Styles, strings: StringUse) -> Iterator[bytes]:
    """What stands before and behind the rows; the rows are taken up meanwhile.

    Raises:
        NotPlain: the sheet is not in plain form.
    """
    source = iter(blocks)
    buffer = b""
    begin = head = None
    while begin is None:
        block = next(source, None)
        if block is None or len(buffer) > LARGEST_HEAD:
            raise NotPlain
        buffer += block
        head = head or _plain_head(buffer)
        begin = re.search(rb"<%bsheetData ?(/?)>" % head, buffer) if head is not None else None
    assert head is not None
    if b"<!" in buffer[: begin.end()] or buffer.count(b"<?", 0, begin.end()) > 1:
        raise NotPlain
    yield buffer[: begin.end()]
    if parser.path != (["worksheet", "sheetData"] if not begin[1] else ["worksheet"]):
        raise NotPlain
    buffer = buffer[begin.end() :]
    if not begin[1]:
        rows = PlainRows(head, parser.facts, styles, strings)
        buffer = _rows(buffer, source, rows, head)
    yield buffer
    yield from source


def _rows(buffer: bytes, source: Iterator[bytes], rows: PlainRows, prefix: bytes) -> bytes:
    """Take up rows until they end. Returns what stands behind them, as far as it has been read."""
    close, end = b"</%brow>" % prefix, b"</%bsheetData>" % prefix
    while True:
        cut = buffer.rfind(close) + len(close)
        if cut >= len(close):
            rows.feed(buffer[:cut])
            buffer = buffer[cut:]
        buffer = buffer[rows.empty_rows(buffer) :]
        if buffer.startswith(end):
            return buffer
        if len(buffer) > LARGEST_ROW:
            raise NotPlain
        block = next(source, None)
        if block is None:
            raise NotPlain
        buffer += block


def _plain_head(buffer: bytes) -> bytes | None:
    """The prefix of the sheet's elements; None where it does not stand in the buffer yet.

    Raises:
        NotPlain: the part's root is of another form.
    """
    found = _HEAD.match(buffer)
    if found is None:
        if len(buffer) > 1 << 16:
            raise NotPlain
        return None
    prefix = b":" + found[1][:-1] if found[1] else b""
    if re.search(rb'\sxmlns%b="%b"' % (prefix, _MAIN), found[2]) is None:
        raise NotPlain
    return found[1]
