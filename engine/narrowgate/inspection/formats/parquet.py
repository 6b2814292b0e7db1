"""Parquet (parquet-format 2.12): what its footer, indexes and dictionaries say beyond the cells."""

from __future__ import annotations

from typing import BinaryIO

from narrowgate.errors import DataError
from narrowgate.inspection.channels import parquet as channels
from narrowgate.inspection.channels.channel import Channel
from narrowgate.inspection.interface import Found, Inspector, Subject
from narrowgate.inspection.parquet import dictionaries as parquet_dictionaries
from narrowgate.inspection.parquet import fields, layout
from narrowgate.inspection.parquet import pages as parquet_pages
from narrowgate.inspection.parquet.layout import Footer, Leaf
from narrowgate.inspection.parquet.pages import Pages
from narrowgate.inspection.parquet.thrift import LIST, Sequence, Struct
from narrowgate.inspection.spans import Span, overlap, unowned
from narrowgate.inspection.tally import Tally

_MAGIC = layout.MAGIC
MOST_CELLS, MOST_CELLS_A_BYTE = 1 << 28, 1000
"""Cells that are compared with dictionaries, in any file and for each byte of it: few bytes may claim any number."""
_BLOCK = 1 << 20
_SIGNATURE = 28
"""Bytes of the signature of a footer beside encrypted columns."""
_PATH, _POSITIONS = 3, (9, 10, 11)
"""Fields of a column's metadata that say which column it is, and where its pages stand."""
_SCHEMAS = {
    b"ARROW:schema",
    b"pandas",
    b"parquet.avro.schema",
    b"avro.schema",
    b"parquet.proto.descriptor",
    b"org.apache.spark.sql.parquet.row.metadata",
    b"iceberg.schema",
    b"thrift.descriptor",
    b"duckdb_schema",
    b"huggingface",
    b"geo",
}
"""Keys under which programs keep the schema as they see it."""


class _Inspection:
    """One look into one file."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.footer: Footer = layout.read_footer(file)
        self.reader = parquet_pages.Reader(file, self.footer.start)
        self.leaves: list[Leaf] = layout.leaves(self.footer)
        self.tally = Tally()
        self.owned: list[Span] = [(self.footer.start, self.footer.end)]
        self.is_whole = True
        """Whether all bytes can be told for what they are."""
        self.is_sound = True
        """Whether cells can be read without fear."""
        self._chunks: list[Span] = []
        self._dictionaries: list[tuple[int, int, list[parquet_dictionaries.Dictionary]]] = []
        """First row and number of rows of a row group, and what to compare in it."""

    def run(self) -> Found:
        self._count_footer()
        row = 0
        for group, columns in layout.blocks(self.footer.metadata):
            rows = group.integer(3) or 0
            self._count_group(group, columns, row, rows)
            row += rows
        self._disagree(row != (self.footer.metadata.integer(3) or 0))
        self._disagree(overlap(self._chunks))
        self._count_bytes()
        self._compare_dictionaries()
        return Found(self.tally.findings("the file"))

    def _disagree(self, what: bool) -> None:
        self.tally.add(channels.MISMATCH, int(what))
        self.is_sound &= not what

    def _count_footer(self) -> None:
        metadata = self.footer.metadata
        keys = [pair.binary(1) for pair in metadata.structs(5)]
        schemas = sum(key in _SCHEMAS for key in keys)
        self.tally.add(channels.SCHEMAS, schemas)
        self.tally.add(channels.METADATA, len(keys) - schemas)
        self.tally.add(channels.CREATED_BY, int(bool(metadata.binary(6))))
        self.tally.add(channels.UNKNOWN_FIELDS, fields.unknown(metadata, fields.FOOTER))

    def _count_group(self, group: Struct, columns: list[Struct], first_row: int, rows: int) -> None:
        if len(columns) != len(self.leaves):
            raise DataError(
                "the Parquet file has columns that its schema does not name, or lacks some", "write it anew"
            )
        self.tally.add(channels.SORTING, len(group.structs(4)))
        self._disagree(rows < 0)
        dictionaries = []
        for number, (leaf, column) in enumerate(zip(self.leaves, columns, strict=True)):
            pages = self._count_column(column)
            if pages is None:
                continue
            self._disagree(
                pages.rows not in {None, rows} or pages.values < rows or (not leaf.repeated and pages.values > rows)
            )
            if pages.entries:
                each = parquet_dictionaries.comparable(leaf, number, pages, rows)
                self.tally.add(channels.UNVERIFIED_DICTIONARY, int(each is None))
                dictionaries += [each] if each else []
        if dictionaries:
            self._dictionaries.append((first_row, rows, dictionaries))

    def _count_column(self, column: Struct) -> Pages | None:
        """What stands in and around a column chunk; its pages where they can be followed."""
        encrypted = any(number in column.fields for number in (8, 9))
        metadata = column.struct(3)
        self.tally.add(channels.ENCRYPTED, int(encrypted))
        self.tally.add(channels.EXTERNAL, int(1 in column.fields))
        if metadata is not None:
            self._count_metadata(metadata)
        if encrypted or metadata is None or 1 in column.fields:
            self.is_whole = self.is_sound = False
            return None
        self._count_indexes(column, metadata)
        pages = self.reader.pages(metadata)
        self._chunks.append((layout.span(metadata)[0], pages.end))
        self._own_copy(pages.end, metadata)
        self.tally.add(channels.PAGE_STATISTICS, pages.with_statistics)
        self.tally.add(channels.UNKNOWN_FIELDS, pages.unknown)
        self._disagree(bool(pages.odd) or pages.values != metadata.integer(5))
        return pages

    def _count_metadata(self, metadata: Struct) -> None:
        statistics = parquet_pages.has_bounds(metadata.struct(12)) or 17 in metadata.fields
        self.tally.add(channels.STATISTICS, int(statistics))
        self.tally.add(channels.COLUMN_METADATA, len(metadata.structs(8)))

    def _count_indexes(self, column: Struct, metadata: Struct) -> None:
        """Indexes of pages, and Bloom filters. An index of where pages stand tells nothing that they do not."""
        for offset, length, known in ((6, 7, fields.COLUMN_INDEX), (4, 5, fields.OFFSET_INDEX)):
            at, size = column.integer(offset), column.integer(length)
            if at is not None and size is not None:
                index, end = self.reader.struct(at)
                self.owned.append((at, end))
                self.tally.add(channels.UNKNOWN_FIELDS, fields.unknown(index, known))
                self.tally.add(channels.COLUMN_INDEX, int(offset == 6 and _has_values(index)))
        at = metadata.integer(14)
        if at is not None:
            header, end = self.reader.struct(at)
            self.owned.append((at, end + max(0, header.integer(1) or 0)))
            self.tally.add(channels.BLOOM_FILTER)
            self.tally.add(channels.UNKNOWN_FIELDS, fields.unknown(header, fields.BLOOM_FILTER))

    def _own_copy(self, at: int, metadata: Struct) -> None:
        """Some writers put what the footer says of a column behind it as well. It tells nothing if it says no more."""
        try:
            copy, end = self.reader.struct(at)
        except DataError:
            return
        whole = copy.fields.get(3)
        if whole and isinstance(whole.value, Struct) and copy.fields.keys() <= {2, 3}:
            copy = whole.value
        if _PATH in copy.fields and copy.without(*_POSITIONS).fields.items() <= metadata.fields.items():
            self.owned.append((at, end))

    def _count_bytes(self) -> None:
        """Bytes that belong to nothing."""
        footer = self.footer
        self.owned += self._chunks
        self.file.seek(0)
        if self.file.read(len(_MAGIC)) == _MAGIC:
            self.owned.append((0, len(_MAGIC)))
        end = footer.file_end - 8
        if 8 in footer.metadata.fields and end - footer.end == _SIGNATURE:
            self.owned.append((footer.end, end))
        if not self.is_whole:
            self.owned.append((len(_MAGIC), footer.start))
        size = self.file.seek(0, 2)
        self._count_spans(channels.GAP, unowned(self.owned, end))
        self._count_spans(channels.TRAILING, [(footer.file_end, size)])

    def _count_spans(self, channel: Channel, spans: list[Span]) -> None:
        """Count bytes; zeros hold nothing."""
        blank = True
        for start, end in spans:
            self.file.seek(start)
            for position in range(start, end, _BLOCK):
                blank = blank and not self.file.read(min(_BLOCK, end - position)).strip(b"\0")
        self.tally.add(channel, sum(end - start for start, end in spans), 0 if blank else None)

    def _compare_dictionaries(self) -> None:
        cells = sum(rows * len(found) for _, rows, found in self._dictionaries)
        self.is_sound &= cells <= MOST_CELLS + MOST_CELLS_A_BYTE * self.footer.file_end
        for first_row, rows, found in self._dictionaries:
            unused, unverified = 0, len(found)
            if self.is_sound:
                unused, unverified = parquet_dictionaries.unused(self.file, self.leaves, first_row, rows, found)
            self.tally.add(channels.UNUSED_DICTIONARY, unused)
            self.tally.add(channels.UNVERIFIED_DICTIONARY, unverified)


def _has_values(index: Struct) -> bool:
    """Whether a column index holds a smallest or largest value that is not empty, as it is for pages of nothing."""
    values = [each.value for number, each in index.fields.items() if number in {2, 3} and each.type == LIST]
    return any(item for listed in values if isinstance(listed, Sequence) for item in listed.items)


def _recognises(subject: Subject) -> bool:
    if subject.head().startswith((_MAGIC, layout.ENCRYPTED)):
        return True
    subject.file.seek(max(0, subject.size() - len(_MAGIC)))
    return subject.file.read() == _MAGIC  # what stands before it does not make it anything else


INSPECTOR = Inspector(
    recognises=_recognises,
    inspect=lambda subject: _Inspection(subject.file).run(),
    suffixes=(".parquet", ".pq"),
    order=80,
)
