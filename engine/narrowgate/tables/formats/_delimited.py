"""CSV and TSV (RFC 4180), strictly: every record must end where the header ends."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

import polars as pl

from narrowgate.errors import DataError, UsageError
from narrowgate.model.receipt import FileDigest
from narrowgate.model.source import Dialect
from narrowgate.tables.files import InputFile
from narrowgate.tables.interface import WriterOptions

CHUNK = 8 << 20
"""Bytes read at a time."""
LONGEST_RECORD = 16 << 20
MOST_COLUMNS = 1000
END = "\0"
"""What is put behind the last cell of each record while it is parsed. No file holds one: it is refused before."""


@dataclass(frozen=True)
class Records:
    r"""Whole records as UTF-8 with ``\n`` line ends."""

    data: bytes
    line: int
    """Of the first record."""


class DelimitedReader:
    """Reads CSV and TSV.

    Records are split from the stream by quote parity, so that a cell may hold line ends, and parsed a chunk at a time.
    Polars fills up short records and cuts long ones when only some columns are asked for; so each record gets one
    more cell at its end, and must still have it, in its place, once it is parsed.
    """

    typed: Mapping[str, pl.DataType] = {}

    def __init__(self, file: InputFile, dialect: Dialect, delimiter: str) -> None:
        self._file, self._encoding = file, _codec(dialect.encoding)
        self._delimiter, self._quote = dialect.delimiter or delimiter, dialect.quote
        for name, character in (("delimiter", self._delimiter), ("quote", self._quote)):
            if character is not None and (not character.isascii() or character in "\r\n\0"):
                raise UsageError(f"{character!r} cannot be a {name}", "it is one ASCII character")
        self._pieces = self._records()
        header = next(self._pieces, None)
        if header is None:
            raise DataError(f"{file.path} is empty", "export it again")
        self.columns = self._header(header)

    def _header(self, header: Records) -> tuple[str, ...]:
        path = self._file.path
        try:
            names = next(self._parsed(header.data))
        except csv.Error:
            raise DataError(f"{path}:1: the header is not CSV", "see its quotes, and whether this is a table") from None
        if "" in names:
            raise DataError(f"{path}:1: column {names.index('') + 1} has no name", "name every column in the header")
        if len(set(names)) < len(names):
            # By number: in a file without a header these are somebody's values.
            twice = next(name for name in names if names.count(name) > 1)
            first, second = [number for number, name in enumerate(names, 1) if name == twice][:2]
            remedy = "name each column differently; see that the file has a header"
            raise DataError(f"{path}:1: columns {first} and {second} have the same name", remedy)
        if len(names) > MOST_COLUMNS:
            raise DataError(f"{path}: {len(names)} columns are more than {MOST_COLUMNS}", "export fewer of them")
        return tuple(names)

    def chunks(self) -> Generator[Records, None, None]:
        """See ``TableReader.chunks``."""
        empty = True
        for records in self._pieces:
            empty = False
            yield records
        if empty:
            raise DataError(f"{self._file.path} holds a header and no records", "export it again")

    def digest(self) -> FileDigest:
        """See ``TableReader.digest``."""
        assert self._file.digest is not None
        return self._file.digest

    def close(self) -> None:
        """See ``TableReader.close``."""
        self._pieces.close()

    def frame(self, chunk: Records, wanted: Mapping[str, str]) -> pl.DataFrame:
        """See ``TableReader.frame``."""
        mark = f"{self._delimiter}{END}\n".encode()
        data = chunk.data.replace(b"\n", mark)
        lines = (len(data) - len(chunk.data)) // (len(mark) - 1)
        width = len(self.columns)
        schema = {f"c{number}": pl.String for number in range(width + 1)}
        cells = {f"c{self.columns.index(column)}": field for column, field in wanted.items()}
        try:
            frame = (
                pl.scan_csv(data, has_header=False, schema=schema, separator=self._delimiter, quote_char=self._quote)
                .select(pl.col(f"c{width}").alias(END), *(pl.col(cell).alias(field) for cell, field in cells.items()))
                .collect()
            )
        except pl.exceptions.PolarsError:
            raise self._fault(chunk) from None
        if not frame.select((pl.col(END) == END).all() & pl.col(END).is_not_null().all()).item():
            raise self._fault(chunk)
        frame = frame.drop(END)
        if self._quote is not None and (self._quote * 2).encode() in chunk.data:
            # Polars tells "" from nothing at all; here both are an empty cell.
            frame = frame.with_columns(pl.all().replace("", None))
        if frame.height < lines:
            # Some cells hold line ends, and with them what was put before each.
            frame = frame.with_columns(pl.all().str.replace_all(mark.decode(), "\n", literal=True))
        return frame

    def _records(self) -> Generator[Records, None, None]:
        """The header alone, then all other records in runs."""
        line, rest, header = 1, b"", True
        for piece in self._decoded():
            rest += piece
            while end := self._last_end(rest, first=header):
                # Blank lines wait: at the end of the file they are none of its records.
                end = rest.find(b"\n", len(rest[:end].rstrip(b"\r\n"))) + 1
                data = self._plain(rest[:end], line)
                if header and not data.strip():
                    raise DataError(f"{self._file.path}:1: the header is a blank line", "begin with the column names")
                if not data.strip(b"\n"):
                    break
                rest = rest[end:]
                yield Records(data, line)
                line += data.count(b"\n")
                if not header:
                    break
                header = False
            if len(rest) > LONGEST_RECORD:
                raise DataError(
                    f"{self._file.path}:{line}: a record is longer than {LONGEST_RECORD >> 20} MiB",
                    "look for a quote that is not closed, or for the wrong line ends or delimiter",
                )
        if rest.strip(b"\n\r"):
            data = self._plain(rest.rstrip(b"\r\n") + b"\n", line)
            if self._quotes(data) % 2:
                raise DataError(f"{self._file.path}:{line}: a quote is opened and not closed", "close it")
            yield Records(data, line)

    def _decoded(self) -> Iterator[bytes]:
        """The content as UTF-8, without a byte order mark."""
        with self._file.stream() as stream:
            first = True
            decoder = None if self._encoding == "utf-8" else codecs.getincrementaldecoder(self._encoding)()
            while piece := stream.read(CHUNK):
                if decoder is not None:
                    try:
                        piece = decoder.decode(piece).encode()
                    except (UnicodeDecodeError, UnicodeEncodeError):
                        raise DataError(
                            f"{self._file.path} is not {self._encoding}", "say which --encoding it is"
                        ) from None
                if first:
                    piece, first = piece.removeprefix(codecs.BOM_UTF8), False
                yield piece

    def _last_end(self, data: bytes, first: bool) -> int:
        """Where the last record that is whole ends (with ``first``, the first one); 0 where none is."""
        if self._quote is None:
            return (data.find(b"\n") if first else data.rfind(b"\n")) + 1
        if first:
            end = data.find(b"\n") + 1
            while end and self._quotes(data[:end]) % 2:
                end = data.find(b"\n", end) + 1
            return end
        end = data.rfind(b"\n") + 1
        open_quotes = self._quotes(data) - self._quotes(data[end:])
        while end and open_quotes % 2:
            before = data.rfind(b"\n", 0, end - 1) + 1
            open_quotes -= self._quotes(data[before:end])
            end = before
        return end

    def _quotes(self, data: bytes) -> int:
        if self._quote is None:
            return 0
        # Several times as fast as data.count: replace looks for one byte with memchr, count does not.
        return len(data) - len(data.replace(self._quote.encode(), b""))

    def _plain(self, data: bytes, line: int) -> bytes:
        r"""Records with ``\n`` line ends, looked over for what no text holds."""
        if b"\0" in data:
            raise self._at(data, data.index(b"\0"), line, "there is a NUL byte", self._not_text())
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n")
            if b"\r" in data:
                raise self._at(
                    data, data.index(b"\r"), line, "a carriage return stands alone", "end lines with LF or CR LF"
                )
        if not data.isascii():
            try:
                data.decode()
            except UnicodeDecodeError as error:
                raise self._at(data, error.start, line, "this is not UTF-8", self._not_text()) from None
        return data

    def _not_text(self) -> str:
        return "say --encoding windows-1252 or utf-16 if it is one, or .gz, .parquet if it is no text"

    def _at(self, data: bytes, position: int, line: int, what: str, remedy: str) -> DataError:
        lines_before = data.count(b"\n", 0, position)
        return DataError(f"{self._file.path}:{line + lines_before}: {what}", remedy)

    def _parsed(self, data: bytes) -> Iterator[list[str]]:
        text = io.StringIO(data.decode(), newline="")
        if self._quote is None:
            return csv.reader(text, delimiter=self._delimiter, quoting=csv.QUOTE_NONE, strict=True)
        return csv.reader(text, delimiter=self._delimiter, quotechar=self._quote, strict=True)

    def _fault(self, chunk: Records) -> DataError:
        """What is wrong with a chunk that did not parse: the first record that is not as wide as the header."""
        path, line, width = self._file.path, chunk.line, len(self.columns)
        previous = csv.field_size_limit(LONGEST_RECORD)
        records = self._parsed(chunk.data)
        try:
            start = 0
            for cells in records:
                if len(cells) != width:
                    remedy = "quote cells that hold the delimiter; a blank line is a record too"
                    return DataError(f"{path}:{line + start}: {len(cells)} cells under {width} headers", remedy)
                start = records.line_num  # type: ignore[attr-defined]
        except csv.Error:
            pass
        finally:
            csv.field_size_limit(previous)
        return DataError(
            f"{path}:{line + start}: a quote stands inside a cell",
            "quote the whole cell and double the quotes in it, or say --quote none",
        )


class DelimitedWriter:
    """Writes CSV and TSV, quoting cells that need it."""

    def __init__(self, options: WriterOptions, delimiter: str) -> None:
        self._options, self._delimiter = options, delimiter

    def encode(self, frame: pl.DataFrame) -> bytes:
        """See ``TableWriter.encode``."""
        return self._csv(frame.select(self._options.names), header=False)

    def _csv(self, frame: pl.DataFrame, header: bool) -> bytes:
        buffer = io.BytesIO()
        ending = "\r\n" if self._options.csv.line_ending == "crlf" else "\n"
        frame.write_csv(buffer, include_header=header, separator=self._delimiter, line_terminator=ending)
        return buffer.getvalue()

    def write(self, parts: Iterable[bytes], target: BinaryIO) -> None:
        """See ``TableWriter.write``."""
        if self._options.csv.bom:
            target.write(codecs.BOM_UTF8)
        target.write(self._csv(pl.DataFrame(schema=dict.fromkeys(self._options.names, pl.String)), header=True))
        for part in parts:
            target.write(part)


def _codec(encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        raise UsageError(f"there is no encoding {encoding}", "say utf-8, windows-1252 or utf-16") from None
    return "utf-8" if name in {"utf-8", "utf-8-sig", "ascii"} else name
