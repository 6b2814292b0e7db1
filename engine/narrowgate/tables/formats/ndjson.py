"""Newline-delimited JSON: one record to a line."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import BinaryIO

import polars as pl

from narrowgate.errors import DataError
from narrowgate.tables.formats import _json
from narrowgate.tables.input import InputFile
from narrowgate.tables.interface import Format, WriterOptions


def _split(file: InputFile) -> Generator[list[_json.Record], None, None]:
    """Records in runs of whole lines. Blank lines are skipped."""
    line, rest = 1, b""
    with file.stream() as stream:
        while piece := stream.read(_json.CHUNK):
            rest += piece
            end = rest.rfind(b"\n") + 1
            if end:
                if records := _lines(rest[:end], file, line):
                    yield records
                line += rest.count(b"\n", 0, end)
                rest = rest[end:]
            elif len(rest) > _json.LONGEST_RECORD:
                raise DataError(
                    f"{file.path}:{line}: a line is longer than {_json.LONGEST_RECORD >> 20} MiB",
                    "write one record to a line, or say --from json if it is an array",
                )
        if records := _lines(rest, file, line):
            yield records


def _lines(data: bytes, file: InputFile, line: int) -> list[_json.Record]:
    if line == 1:
        data = data.removeprefix(b"\xef\xbb\xbf")
    lines = [each for each in data.split(b"\n") if each.strip()]
    records = _json.parse(b"[" + b",\n".join(lines) + b"]", file.path, line)
    if len(records) != len(lines):
        raise DataError(f"{file.path}:{line}: from here on, a line holds more than one record", "put each on its own")
    return records


_LAYOUT = _json.Layout(before="", between="\n", after="\n")


class NdjsonWriter:
    """One object to a line."""

    def __init__(self, options: WriterOptions) -> None:
        self._rows = _json.RowEncoder(options)

    def encode(self, frame: pl.DataFrame) -> pl.Series:
        """See ``TableWriter.encode``."""
        return self._rows.lines(frame)

    def write(self, parts: Iterable[pl.Series], target: BinaryIO) -> None:
        """See ``TableWriter.write``."""
        _LAYOUT.write(parts, target)


FORMAT = Format(
    suffixes=(".ndjson", ".jsonl"),
    media_type="application/x-ndjson",
    open=lambda file, _: _json.JsonReader(file, _split),
    create=NdjsonWriter,
)
