"""Whose data leaves: the subjects of released records, by the fields that left of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

from narrowgate.inspection.text.characters import UNSEEN_CLASS
from narrowgate.model.catalogue import Field
from narrowgate.model.subject import LENGTH, SubjectKey
from narrowgate.tables.checks import bad_cells

if TYPE_CHECKING:
    from narrowgate.tables.counting import Counting

SUBJECT = "\0subject"
"""The column in which a released record's identifier travels; null where it has none that can be used."""
_MOST_SETS = 32
_MOST_BITS = 63
_SHORT = LENGTH - 1
_MASK = "\0fields"

Fields = tuple[str, ...]


@dataclass
class Subjects:
    """Pseudonyms, end to end, by the fields of which their records held something. Those of batches add up."""

    sets: dict[Fields, bytearray] = field(default_factory=dict)
    unidentified: int = 0
    """Records that do not say whose they are."""

    def add(self, other: Subjects) -> None:
        """Count ``other`` in."""
        for fields, pseudonyms in other.sets.items():
            self.sets.setdefault(fields, bytearray()).extend(pseudonyms)
        self.unidentified += other.unidentified

    def by_fields(self, all_fields: Fields) -> Mapping[Fields, bytes]:
        """The sets, the smallest of very many merged into one under ``all_fields``: more said to have left, never less.

        Nobody is in a set of no fields.
        """
        sizes = {fields: len(pseudonyms) for fields, pseudonyms in self.sets.items() if fields}
        # The larger first, and of equal ones in the order of their fields: not in that of records.
        largest = sorted(sizes, key=lambda fields: (-sizes[fields], fields))[:_MOST_SETS]
        kept = {fields: bytearray(self.sets[fields]) for fields in largest}
        for fields in sizes.keys() - kept.keys():
            kept.setdefault(all_fields, bytearray()).extend(self.sets[fields])
        return {fields: bytes(pseudonyms) for fields, pseudonyms in kept.items()}


def identifiers(cells: pl.Series, key: Field) -> pl.Series:
    """The cells of the subject key; null where the catalogue does not allow what stands there."""
    bad = bad_cells(cells, key)
    if bad is None:
        return cells.alias(SUBJECT)
    pair = pl.DataFrame([cells.alias("cell"), bad.alias("bad")])
    return pair.select(pl.when(~pl.col("bad")).then("cell")).to_series().alias(SUBJECT)


def is_identifier(text: str, key: Field) -> bool:
    """Whether the catalogue allows ``text`` as a subject key."""
    return bool(text) and identifiers(pl.Series([text]), key).null_count() == 0


def count_subjects(frame: pl.DataFrame, columns: Mapping[str, str], key: SubjectKey, counting: Counting) -> None:
    """Count the subjects of a batch into the tallies of its rows.

    Args:
        frame: released records under the release's names, with the column ``SUBJECT``.
        columns: field by name in the release.
    """
    unknown = frame.get_column(SUBJECT).is_null()
    for tally, count in counting.rows(frame, unknown):
        tally.subjects.unidentified += count
    known = frame.filter(~unknown)
    # Of most columns every cell, or none, holds something: only the others tell records apart.
    partly = [name for name in columns if 0 < known[name].null_count() < known.height][:_MOST_BITS]
    held = {name for name in columns if known.height and known[name].null_count() < known.height}
    bits = [pl.col(name).is_not_null().cast(pl.UInt64) * (1 << bit) for bit, name in enumerate(partly)]
    mask = pl.sum_horizontal(bits) if bits else pl.lit(0, pl.UInt64)
    for (value,), group in known.with_columns(mask.alias(_MASK)).partition_by(_MASK, as_dict=True).items():
        absent = {name for bit, name in enumerate(partly) if not int(value) >> bit & 1}
        fields = tuple(columns[name] for name in columns if name in held and name not in absent)
        for tally, theirs in counting.dealt(group, pseudonyms_of(group[SUBJECT], key), LENGTH):
            tally.subjects.sets.setdefault(fields, bytearray()).extend(theirs)


def pseudonyms_of(cells: pl.Series, key: SubjectKey) -> bytes:
    """The pseudonyms of ``cells``, end to end; those of the short ones are made in one call."""
    is_short = cells.str.len_bytes() <= _SHORT
    if is_short.all():
        return _of_short(cells, key)
    short, long = _of_short(cells.filter(is_short), key), map(key.of, cells.filter(~is_short))
    pieces = (short[start : start + LENGTH] for start in range(0, len(short), LENGTH))
    return b"".join(next(pieces) if each else next(long) for each in is_short)


def _of_short(cells: pl.Series, key: SubjectKey) -> bytes:
    is_ascii = cells.str.len_bytes().sum() == cells.str.len_chars().sum()
    if not is_ascii or cells.str.contains(UNSEEN_CLASS).any():
        return b"".join(map(key.of, cells))
    # A character that no text holds stands for the padding's first byte, and is one byte once encoded.
    blocks = (cells + "\x1a").str.pad_end(LENGTH, "\0").str.join("").item() if len(cells) else ""
    return key.of_blocks(blocks.encode().replace(b"\x1a", b"\x80"))
