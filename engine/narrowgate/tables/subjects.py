"""Whose data leaves: the subjects of released records, by the fields that left of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from narrowgate.inspection.text.characters import UNSEEN_CLASS
from narrowgate.model.catalogue import Field
from narrowgate.model.subject import LENGTH, SubjectKey
from narrowgate.tables.checks import bad_cells

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
        sizes = Counter({fields: len(pseudonyms) for fields, pseudonyms in self.sets.items() if fields})
        kept = {fields: bytearray(self.sets[fields]) for fields, _ in sizes.most_common(_MOST_SETS)}
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


def subjects_of(frame: pl.DataFrame, columns: Mapping[str, str], key: SubjectKey) -> Subjects:
    """The subjects of a batch.

    Args:
        frame: released records under the release's names, with the column ``SUBJECT``.
        columns: field by name in the release.
    """
    known = frame.filter(pl.col(SUBJECT).is_not_null())
    found = Subjects(unidentified=frame.height - known.height)
    # Of most columns every cell, or none, holds something: only the others tell records apart.
    partly = [name for name in columns if 0 < known[name].null_count() < known.height][:_MOST_BITS]
    held = {name for name in columns if known.height and known[name].null_count() < known.height}
    bits = [pl.col(name).is_not_null().cast(pl.UInt64) * (1 << bit) for bit, name in enumerate(partly)]
    mask = pl.sum_horizontal(bits) if bits else pl.lit(0, pl.UInt64)
    for (value,), group in known.select(SUBJECT, mask.alias(_MASK)).partition_by(_MASK, as_dict=True).items():
        absent = {name for bit, name in enumerate(partly) if not int(value) >> bit & 1}
        fields = tuple(columns[name] for name in columns if name in held and name not in absent)
        found.sets[fields] = bytearray(_pseudonyms(group[SUBJECT], key))
    return found


def _pseudonyms(cells: pl.Series, key: SubjectKey) -> bytes:
    """The pseudonyms of ``cells``, end to end; the short ones in one call."""
    short = cells.filter(cells.str.len_bytes() <= _SHORT)
    ascii_only = short.str.len_bytes().sum() == short.str.len_chars().sum()
    if ascii_only and not short.str.contains(UNSEEN_CLASS).any():
        # A character that no text holds stands for the padding's first byte, and is one byte once encoded.
        blocks = (short + "\x1a").str.pad_end(LENGTH, "\0").str.join("").item() if len(short) else ""
        made = key.of_blocks(blocks.encode().replace(b"\x1a", b"\x80"))
    else:
        made = b"".join(map(key.of, short))
    return made + b"".join(map(key.of, cells.filter(cells.str.len_bytes() > _SHORT)))
