"""JSON: an array of records."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Generator, Iterable
from typing import BinaryIO

import polars as pl

from narrowgate.errors import DataError
from narrowgate.tables.formats import _json
from narrowgate.tables.input import InputFile
from narrowgate.tables.interface import Format, WriterOptions

_END_OF_OBJECT = re.compile(rb"\}(?=\s*[,\]])")
_COMMA = re.compile(rb"\s*,")
_TRIES = 200
"""How many ends of objects to try before reading on: more than any one record nests."""


def _split(file: InputFile) -> Generator[list[_json.Record], None, None]:
    """The array's records in runs.

    A run ends where an object does. That a ``}`` ends a record, and not something inside one or a text, shows by what
    stands before it being a list of whole values: then JSON allows no other reading.
    """
    with file.stream() as stream:
        rest, line = _start(stream, file)
        first, ended = True, False
        while not ended:
            piece = stream.read(_json.CHUNK)
            rest, ended = rest + piece, not piece
            if ended:
                records = _json.parse(b"[" + rest, file.path, line)
                end = len(rest)
                if not records and not first:
                    raise DataError(f"{file.path}:{line}: a comma follows the last record", "take it away")
            else:
                records, end = _run(rest, file, line)
            if records:
                first = False
                yield records
            line += rest.count(b"\n", 0, end)
            rest = rest[end:]
            if len(rest) > _json.LONGEST_RECORD + _json.CHUNK:
                raise DataError(
                    f"{file.path}:{line}: a record is longer than {_json.LONGEST_RECORD >> 20} MiB",
                    "export smaller records; see that no text is left open",
                )


def _start(stream: BinaryIO, file: InputFile) -> tuple[bytes, int]:
    """What follows the opening bracket, and the line it stands on."""
    head = b""
    while not head.removeprefix(BOM_UTF8).lstrip():
        piece = stream.read(_json.CHUNK)
        if not piece:
            raise DataError(f"{file.path} is empty", "export it again")
        head += piece
    body = head.removeprefix(BOM_UTF8)
    bare = body.lstrip()
    if not bare.startswith(b"["):
        raise DataError(f"{file.path}:1: this is not an array of records", "say --from ndjson if it has one to a line")
    return bare[1:], 1 + body.count(b"\n", 0, len(body) - len(bare))


def _run(rest: bytes, file: InputFile, line: int) -> tuple[list[_json.Record], int]:
    """The longest run of whole records at the start of ``rest``, and where the next begins."""
    ends = [found.end() for found in _END_OF_OBJECT.finditer(rest)][-_TRIES:]
    for end in reversed(ends):
        comma = _COMMA.match(rest, end)
        if comma is None:
            continue
        try:
            return _json.load(b"[" + rest[:end] + b"]"), comma.end()
        except _json.Malformed as error:
            if not error.at_end:
                raise error.as_error(file.path, line) from None
    return [], 0


LAYOUT = _json.Layout(before="[\n", between=",\n", after="\n]\n")


class JsonWriter:
    """An array, one record to a line."""

    def __init__(self, options: WriterOptions) -> None:
        self._rows = _json.RowEncoder(options)

    def encode(self, frame: pl.DataFrame) -> pl.Series:
        """See ``TableWriter.encode``."""
        return self._rows.lines(frame)

    def write(self, parts: Iterable[pl.Series], target: BinaryIO) -> None:
        """See ``TableWriter.write``."""
        LAYOUT.write(parts, target)


FORMAT = Format(
    suffixes=(".json",),
    media_type="application/json",
    open=lambda file, _: _json.JsonReader(file, _split),
    create=JsonWriter,
)
