"""CSV and TSV (RFC 4180), strictly: every record must end where the header ends."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

import polars as pl

from narrowgate.errors import DataError, UsageError
from narrowgate.model.entry import FileDigest
from narrowgate.model.inspection import Finding
from narrowgate.model.source import Dialect
from narrowgate.tables.input import InputFile
from narrowgate.tables.interface import WriterOptions

BLOCK = 256 << 10
"""Bytes looked over at a time: they stay in the processor's cache meanwhile."""
CHUNK = 16 << 20
"""Bytes parsed at a time."""
LONGEST_HEADER = 1 << 20
LONGEST_RECORD = 16 << 20
MOST_COLUMNS = 1000
END = "\0"
"""What is put behind the last cell of each record while it is parsed. No file holds one: it is refused before."""


@dataclass(frozen=True)
class Records:
    r"""Whole records as UTF-8 with ``\n`` line ends, each with one more cell at its end."""

    data: bytes
    line: int
    """Of the first record."""
    lines: int
    """How many there are; more than records where cells hold line ends."""


class DelimitedReader:
    """Reads CSV and TSV.

    Records are split from the stream by quote parity, so that a cell may hold line ends, and parsed a chunk at a time.
    Polars fills up short records and cuts long ones when only some columns are asked for; so each record gets one
    more cell at its end, and must still have it, in its place, once it is parsed.
    """

    typed: Mapping[str, pl.DataType] = {}
    findings: tuple[Finding, ...] = ()

    def __init__(self, file: InputFile, dialect: Dialect, delimiter: str) -> None:
        self._file, self._encoding = file, _codec(dialect.encoding)
        self._delimiter, self._quote = dialect.delimiter or delimiter, dialect.quote
        for name, character in (("delimiter", self._delimiter), ("quote", self._quote)):
            if character is not None and (not character.isascii() or character in "\r\n\0"):
                raise UsageError(f"{character!r} cannot be a {name}", "it is one ASCII character")
        self._mark = f"{self._delimiter}{END}\n".encode()
        self._line = 1
        self._pieces = self._records()
        header = next(self._pieces, None)
        if header is None:
            raise DataError(f"{file.path} is empty", "export it again")
        self.columns = self._header(header)

    def _header(self, header: Records) -> tuple[str, ...]:
        path = self._file.path
        try:
            names = next(self._parsed(header))
        except csv.Error:
            raise DataError(f"{path}:1: the header is not CSV", "see its quotes, and whether this is a table") from None
        if not names:
            raise DataError(f"{path}:1: the header is a blank line", "begin with the column names")
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
        self._file.close()

    def frame(self, chunk: Records, wanted: Mapping[str, str]) -> pl.DataFrame:
        """See ``TableReader.frame``."""
        width = len(self.columns)
        schema = {f"c{number}": pl.String for number in range(width + 1)}
        cells = {f"c{self.columns.index(column)}": field for column, field in wanted.items()}
        try:
            frame = (
                pl.scan_csv(
                    chunk.data, has_header=False, schema=schema, separator=self._delimiter, quote_char=self._quote
                )
                .select(pl.col(f"c{width}").alias(END), *(pl.col(cell).alias(field) for cell, field in cells.items()))
                .collect()
            )
        except pl.exceptions.PolarsError:
            raise self._fault(chunk) from None
        if not frame.select((pl.col(END) == END).all() & pl.col(END).is_not_null().all()).item():
            raise self._fault(chunk)
        # Polars takes a quote as it comes, so that one record could swallow the next, which takes a line end in a cell.
        if frame.height < chunk.lines and self._misplaced_quote(chunk.data) is not None:
            raise self._fault(chunk)
        frame = frame.drop(END)
        if 0 in frame.select(pl.all().str.len_bytes().min()).row(0):
            # Polars tells "" from nothing at all; here both are an empty cell.
            frame = frame.with_columns(pl.all().replace("", None))
        if frame.height < chunk.lines:
            # Some cells hold line ends, and with them what was put before each.
            frame = frame.with_columns(pl.all().str.replace_all(self._mark.decode(), "\n", literal=True))
        return frame

    def _misplaced_quote(self, data: bytes) -> int | None:
        """The line, counted from 0, of the first quote that neither begins nor ends a cell nor is doubled inside one.

        What stands between quotes is inside a cell and outside of it by turns; outside, it is nothing or runs from
        delimiter to delimiter.
        """
        if self._quote is None:
            return None
        pieces = pl.Series([data], dtype=pl.Binary).cast(pl.String).str.split(self._quote).explode()
        if len(pieces) == 1:
            return None
        outside = pieces.gather_every(2)
        first, last = outside[0], outside[-1]
        begins = outside.str.starts_with(self._delimiter)
        ends = outside.str.ends_with(self._delimiter) | outside.str.ends_with("\n")
        sound = (begins & ends) | (outside == "")
        begun, ended = not first or first.endswith((self._delimiter, "\n")), last.startswith(self._delimiter)
        if begun and ended and sound.slice(1, len(sound) - 2).all():
            return None
        bad = (~sound.slice(1, len(sound) - 2)).arg_true()
        number = 0 if not begun else int(bad[0]) + 1 if len(bad) else len(outside) - 1
        at_its_end = not begun or (0 < number < len(outside) - 1 and bool(begins[number]))
        return int(pieces.head(2 * number + at_its_end).str.count_matches("\n", literal=True).sum())

    def _records(self) -> Generator[Records, None, None]:
        """The header alone, then all other records in runs."""
        run, line, header, rest = _Run(self._mark), 1, True, b""
        for block in self._blocks():
            text = rest + block
            if header and (end := self._first_end(text)):
                yield Records(text[:end].replace(b"\n", self._mark), 1, text.count(b"\n", 0, end))
                line, header = line + text.count(b"\n", 0, end), False
                text = text[end:]
            end = 0 if header else text.rfind(b"\n") + 1
            rest = text[end:]
            run.add(text[:end], self._quotes(text[:end]))
            self._line = line + run.lines
            # A run ends with a record that is whole; blank lines wait, as at the end of the file they are no records.
            if run.size >= CHUNK and run.quotes % 2 == 0 and not run.ends_blank:
                yield run.records(line)
                line += run.lines
                run = _Run(self._mark)
            if header and len(rest) > LONGEST_HEADER:
                raise DataError(f"{self._file.path}:1: the header does not end", "see its quotes and line ends")
            if len(rest) > LONGEST_RECORD or (run.size > CHUNK + LONGEST_RECORD and run.quotes % 2):
                raise self._endless(run, rest, line)
        if rest.strip(b"\n"):
            run.add(rest + b"\n", self._quotes(rest))
        if run.quotes % 2:
            raise self._unclosed(run.records(line))
        records = run.records(line, strip=True)
        if records.data:
            yield records

    def _blocks(self) -> Iterator[bytes]:
        r"""The content as UTF-8, without a byte order mark, with ``\n`` line ends, and looked over."""
        held = b""
        decoder = codecs.getincrementaldecoder(self._encoding)()
        with self._file.stream() as stream:
            first = True
            while block := stream.read(BLOCK):
                text = self._decoded(decoder, block)
                if first:
                    text, first = text.removeprefix(codecs.BOM_UTF8), False
                text = held + text
                # The end of a line may be cut in two.
                held = b"\r" if text.endswith(b"\r") else b""
                yield self._plain(text.removesuffix(held))
            self._decoded(decoder, b"", final=True)
            if held:
                raise DataError(f"{self._file.path}:{self._line}: a carriage return stands alone", _LINE_ENDS)

    def _decoded(self, decoder: codecs.IncrementalDecoder, block: bytes, final: bool = False) -> bytes:
        pending = decoder.getstate()[0]
        if self._encoding == "utf-8" and block.isascii() and not (pending or final):
            return block
        try:
            text = decoder.decode(block, final)
            decoded = text.encode()
        except UnicodeError as error:
            start = error.start if isinstance(error, UnicodeDecodeError) else 0
            bad_line = self._line + block.count(b"\n", 0, max(0, start - len(pending)))
            name = "UTF-8" if self._encoding == "utf-8" else self._encoding
            raise DataError(f"{self._file.path}:{bad_line}: this is not {name}", _NOT_TEXT) from None
        return decoded

    def _plain(self, text: bytes) -> bytes:
        if b"\0" in text:
            raise self._at(text, text.index(b"\0"), "there is a NUL byte", _NOT_TEXT)
        if b"\r" in text:
            text = text.replace(b"\r\n", b"\n")
            if b"\r" in text:
                raise self._at(text, text.index(b"\r"), "a carriage return stands alone", _LINE_ENDS)
        return text

    def _at(self, text: bytes, position: int, what: str, remedy: str) -> DataError:
        lines_before = text.count(b"\n", 0, position)
        return DataError(f"{self._file.path}:{self._line + lines_before}: {what}", remedy)

    def _first_end(self, text: bytes) -> int:
        """Where the first record ends; 0 where it does not."""
        start, quotes = 0, 0
        while end := text.find(b"\n", start) + 1:
            quotes += self._quotes(text[start:end])
            if quotes % 2 == 0:
                return end
            start = end
        return 0

    def _quotes(self, text: bytes) -> int:
        if self._quote is None:
            return 0
        # Several times as fast as text.count: replace looks for one byte with memchr, count does not.
        return len(text) - len(text.replace(self._quote.encode(), b""))

    def _parsed(self, records: Records) -> Iterator[list[str]]:
        text = io.StringIO(records.data.replace(self._mark, b"\n").decode(), newline="")
        if self._quote is None:
            return csv.reader(text, delimiter=self._delimiter, quoting=csv.QUOTE_NONE, strict=True)
        return csv.reader(text, delimiter=self._delimiter, quotechar=self._quote, strict=True)

    def _fault(self, chunk: Records) -> DataError:
        """What is wrong with a chunk that did not parse: the first record that is not as wide as the header."""
        path, width, start = self._file.path, len(self.columns), 0
        previous = csv.field_size_limit(LONGEST_RECORD)
        records = self._parsed(chunk)
        try:
            for cells in records:
                if len(cells) != width:
                    remedy = "quote cells that hold the delimiter; a blank line is a record too"
                    return DataError(f"{path}:{chunk.line + start}: {len(cells)} cells under {width} headers", remedy)
                start = records.line_num  # type: ignore[attr-defined]
            start = self._misplaced_quote(chunk.data) or 0  # Python takes some quotes that are not right
        except csv.Error:
            pass
        finally:
            csv.field_size_limit(previous)
        return DataError(
            f"{path}:{chunk.line + start}: a quote stands inside a cell",
            "quote the whole cell and double the quotes in it, or say --quote none",
        )

    def _unclosed(self, records: Records) -> DataError:
        """Where the last record begins that has an end: behind it a quote is opened."""
        text = records.data
        end, quotes = len(text), self._quotes(text)
        while end and quotes % 2:
            start = text.rfind(b"\n", 0, end - 1) + 1
            quotes -= self._quotes(text[start:end])
            end = start
        line = records.line + text.count(b"\n", 0, end)
        return DataError(f"{self._file.path}:{line}: a quote is opened and not closed", "close it, or say --quote none")

    def _endless(self, run: _Run, rest: bytes, line: int) -> DataError:
        begins = line + (0 if run.quotes % 2 else run.lines)
        return DataError(
            f"{self._file.path}:{begins}: a record is longer than {LONGEST_RECORD >> 20} MiB",
            "look for a quote that is not closed, or for the wrong line ends or delimiter",
        )


class _Run:
    """Records on their way to a chunk, marked at their ends while they are still in the cache."""

    def __init__(self, mark: bytes) -> None:
        self._mark, self._parts = mark, list[bytes]()
        self.size = self.quotes = self.lines = 0
        self.ends_blank = False

    def add(self, text: bytes, quotes: int) -> None:
        """Add whole lines."""
        if not text:
            return
        marked = text.replace(b"\n", self._mark)
        self.lines += (len(marked) - len(text)) // (len(self._mark) - 1)
        self.size += len(marked)
        self.quotes += quotes
        self.ends_blank = text == b"\n" or text.endswith(b"\n\n")
        self._parts.append(marked)

    def records(self, line: int, strip: bool = False) -> Records:
        """All of it, without blank lines at the end where ``strip`` says so."""
        data, lines = b"".join(self._parts), self.lines
        while strip and (data.endswith(b"\n" + self._mark) or data == self._mark):
            data, lines = data.removesuffix(self._mark), lines - 1
        return Records(data, line, lines)


_CHARACTER_SETS = re.compile(r"ascii|utf-8(-sig)?|utf-(16|32)(-[lb]e)?|cp\d+|iso8859-\d+|mac-roman|koi8-[rtu]")
"""Python knows more, among them some that are no character sets."""
_NOT_TEXT = "say --encoding windows-1252 or utf-16 if it is one, or .gz, .parquet if it is no text"
_LINE_ENDS = "end lines with LF or CR LF"


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
        name = ""
    if not _CHARACTER_SETS.fullmatch(name):
        raise UsageError(f"there is no encoding {encoding}", "say utf-8, windows-1252 or utf-16")
    return "utf-8" if name in {"utf-8", "utf-8-sig", "ascii"} else name
