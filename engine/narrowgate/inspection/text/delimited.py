"""CSV and TSV (RFC 4180) as a stream: records that are wider than the header, misplaced quotes."""

from __future__ import annotations

import re

from narrowgate.errors import DataError
from narrowgate.inspection.channels import text as channels
from narrowgate.inspection.interface import Found, Subject
from narrowgate.inspection.tally import Tally
from narrowgate.inspection.text.characters import Characters, blocks

_DELIMITERS = b",;\t|"
_QUOTE, _LINE = b'"', b"\n"
LONGEST = 16 << 20
"""Bytes of one record."""
_ALL = bytes(range(256))


def inspect(subject: Subject, delimiter: bytes | None) -> Found:
    """What a table in text holds beside its cells.

    Args:
        delimiter: what stands between cells; None for whichever of ``, ; | `` and tab the header has most of.

    Raises:
        DataError: it has records longer than can be looked into, or is not sound UTF-16.
    """
    tally = Tally()
    characters, table = Characters(tally), _Table(tally, delimiter)
    held: list[bytes] = []
    length = 0
    for block in blocks(subject.file):
        characters.look(block)
        cut = block.rfind(_LINE) + 1
        held.append(block[:cut])
        if cut:
            table.take(b"".join(held))
            held, length = [], 0
        held.append(block[cut:])
        length += len(block)
        if length > LONGEST:
            raise DataError(f"a line is longer than {LONGEST >> 20} MiB", "see whether this is a table")
    if any(held):
        table.take(b"".join(held) + _LINE)
    table.finish()
    return Found(tally.findings("the table"))


class _Table:
    """Goes over whole lines. A record in which a quote is open goes on in the next piece."""

    def __init__(self, tally: Tally, delimiter: bytes | None) -> None:
        self._tally, self._delimiter = tally, delimiter
        self._width = 0
        self._row = self._flesh = b""
        """A record of the header's width but for its cells, and what is no delimiter."""
        self._odd_quote = re.compile(b"")
        """A quote that does not stand at the edge of a cell, in lines without what stands in quotes."""
        self._quoted = False
        """Whether a quote is open at the end of what was taken in."""
        self._partial = b""
        """The record in which it is open, as far as it was taken in."""

    def take(self, lines: bytes) -> None:
        """Take in whole lines, or at the end what is left."""
        if self._width and not self._quoted and not self._partial and self._is_even(lines):
            return
        if b"\r" in lines:
            lines = lines.replace(b"\r\n", _LINE).replace(b"\r", _LINE)
        for record in self._records(lines):
            self._look(record)

    def finish(self) -> None:
        """Take in the end."""
        self._tally.add(channels.QUOTES, int(self._quoted))

    def _is_even(self, lines: bytes) -> bool:
        """Whether all records are as wide as the header, with every quote in its place."""
        if _QUOTE in lines:
            pieces = lines.split(_QUOTE)
            if len(pieces) % 2 == 0:
                return False
            lines = _QUOTE.join(pieces[::2])
            if self._odd_quote.search(lines):
                return False
        end = b"\r\n" if b"\r" in lines else _LINE
        row = self._row[:-1] + end
        bones = lines.translate(None, self._flesh)
        return bones == row * (len(bones) // len(row))

    def _records(self, lines: bytes) -> list[bytes]:
        """The records that end in ``lines``, with nothing but ``x`` for what stands in quotes."""
        pieces = lines.split(_QUOTE)
        outside = pieces[self._quoted :: 2]
        self._check_quotes(outside)
        pieces[1 - self._quoted :: 2] = [b"x" if piece else b"" for piece in pieces[1 - self._quoted :: 2]]
        # Nothing between two quotes outside is a quote written twice.
        pieces[2 - self._quoted : -1 : 2] = [piece or b"x" for piece in pieces[2 - self._quoted : -1 : 2]]
        self._quoted ^= len(pieces) % 2 == 0
        records = (self._partial + b"".join(pieces)).split(_LINE)
        self._partial = records.pop()
        if len(self._partial) > LONGEST:
            raise DataError(f"a record is longer than {LONGEST >> 20} MiB", "see whether a quote is left open")
        return records

    def _check_quotes(self, outside: list[bytes]) -> None:
        """What stands between two quoted cells begins and ends with a delimiter or at a line, or is one quote doubled.

        The first piece begins, and the last one ends, with a line.
        """
        edges = (self._delimiter or _DELIMITERS) + b"\r\n"
        odd = 0
        last = len(outside) - 1
        for number, piece in enumerate(outside):
            if piece:
                odd += (number > 0 or self._quoted) and piece[0] not in edges
                odd += number < last and piece[-1] not in edges
        self._tally.add(channels.QUOTES, odd)

    def _look(self, record: bytes) -> None:
        if not self._width:
            self._begin(record)
        assert self._delimiter is not None
        cells = record.count(self._delimiter) + 1
        if cells > self._width:
            beyond = record.split(self._delimiter)[self._width :]
            self._tally.add(channels.BEYOND_HEADER, sum(bool(cell.strip(b" \r")) for cell in beyond))

    def _begin(self, header: bytes) -> None:
        """Learn from the header how wide records are."""
        if self._delimiter is None:
            self._delimiter = bytes([max(_DELIMITERS, key=header.count)])
        self._width = header.count(self._delimiter) + 1
        self._row = self._delimiter * (self._width - 1) + _LINE
        self._flesh = _ALL.translate(None, self._delimiter + b"\r\n")
        edge = rb'[^"\r\n' + re.escape(self._delimiter) + b"]"
        self._odd_quote = re.compile(edge + b'"|"' + edge)
