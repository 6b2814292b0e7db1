r"""The leak scan: a withheld value that turns up inside a released cell of the same record.

A value's *plain form* is in capitals, without spaces and hyphens. What is looked for depends on what the catalogue
says of the withheld field:

* ``anywhere``: the plain form, anywhere in that of the cell;
* ``account``: likewise, and so is the account's name in it, ``ken0`` in ``FORCE\ken0`` and ``ken0@force.example``;
* ``token``: the value as a whole word, so that ``SC`` is found in ``badge SC.jpg`` and not in ``Scott``.

A plain form of three or four characters is looked for as a whole word only, and a shorter one not at all unless its
field says ``token``: it would be found by chance.

Nearly always there is nothing to find, so that is told first and quickly: a piece of each value that any cell with
the value in it must hold is looked for in all cells of its record at once. Only where that is found is the rule itself
applied, cell by cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from narrowgate.model.catalogue import Catalogue, Field
from narrowgate.tables.checks import failing

_SHORTEST_ANYWHERE = 5
_SHORTEST_WORD = 3
_ACCOUNT = r"^(?:.*\\)?([^\\@]+)"
_IGNORED = r"\t\p{Zs}\p{Pd}"
"""Spaces and hyphens of all kinds."""
_HEAD = 9
"""Characters of an account's name that are looked for first: the more, the fewer are found by chance."""
_BETWEEN_WORDS = r"[^\p{L}\p{N}]"
_FEW = 64


@dataclass(frozen=True)
class Leak:
    """Withheld values found in released cells."""

    column: str
    """Field of the released column."""
    of: str
    """Field of the withheld value."""
    cells: pl.Series
    """Which cells, as a boolean mask."""


def find_leaks(
    released: Mapping[str, pl.Series], withheld: Mapping[str, pl.Series], catalogue: Catalogue
) -> Iterator[Leak]:
    """Every leak of ``withheld`` values into ``released`` cells, one for each pair of fields that has any.

    Args:
        released: by field, the cells that are about to leave, as text that the catalogue allows.
        withheld: by field, the values of the same records, null where the record's value leaves as it is.
    """
    if not released:
        return
    words = {of: cells for of, cells in withheld.items() if catalogue[of].scan == "token"}
    values = {of: cells for of, cells in withheld.items() if of not in words}
    yield from _values_found(released, values, catalogue)
    yield from _words_found(released, words, catalogue)


def _values_found(
    released: Mapping[str, pl.Series], withheld: Mapping[str, pl.Series], catalogue: Catalogue
) -> Iterator[Leak]:
    """Values of fields that are looked for anywhere."""
    if withheld and all(len(values) <= _FEW for values in withheld.values()):
        withheld = _suspected(released, withheld, catalogue)
    everything = _joined(released)
    for of, values in withheld.items():
        others = {field: cells for field, cells in released.items() if field != of}
        if not others:
            continue
        account = catalogue[of].scan == "account"
        records = everything if len(others) == len(released) else _joined(others)
        rows = _contains(records, _account_piece(values) if account else _plain(values)).arg_true()
        for field, cells in others.items() if len(rows) else ():
            leaks = rows.filter(_stands(cells.gather(rows), values.gather(rows), account))
            if not leaks.is_empty():
                yield Leak(field, of, _mask(len(cells), leaks))


def _suspected(
    released: Mapping[str, pl.Series], withheld: Mapping[str, pl.Series], catalogue: Catalogue
) -> Mapping[str, pl.Series]:
    """Those of a few ``withheld`` values of which a piece is in some cell of their record: mostly none.

    All are looked for at once: to look at a few rows takes less long than to begin to.
    """
    cells = {field: pl.col(f"released {field}") for field in released}
    frame = pl.DataFrame(
        [
            *(series.alias(f"released {field}") for field, series in released.items()),
            *(series.alias(f"withheld {field}") for field, series in withheld.items()),
        ]
    )

    def is_found(of: str) -> pl.Expr:
        others = [cell for field, cell in cells.items() if field != of]
        if not others:
            return pl.lit(False).alias(of)
        value = pl.col(f"withheld {of}")
        piece = value.str.extract(_ACCOUNT).fill_null(value) if catalogue[of].scan == "account" else value
        record = pl.concat_str(others, separator="\0", ignore_nulls=True)
        return _plainly(record).str.contains(_plainly(piece), literal=True).any().alias(of)

    found = frame.select(map(is_found, withheld)).row(0, named=True)
    return {of: values for of, values in withheld.items() if found[of]}


def _joined(released: Mapping[str, pl.Series]) -> pl.Series:
    """The cells of each record as one text, in plain form.

    One text is quicker to search than several, the more so as processors search 32 bytes and more with wide registers.
    """
    frame = pl.DataFrame([cells.alias(field) for field, cells in released.items()])
    return _plain(frame.select(pl.concat_str(pl.all(), separator="\0", ignore_nulls=True).alias("")).to_series())


def _account_piece(values: pl.Series) -> pl.Series:
    """A piece that is in the plain form of each value and of its account's name alike."""
    heads = values.str.head(_HEAD)
    if values.str.contains("\\", literal=True).any() or heads.str.contains("[^0-9A-Za-z._]").any():
        return _plain(values.str.extract(_ACCOUNT).fill_null(values))
    return heads.str.to_uppercase()


def _stands(cells: pl.Series, values: pl.Series, account: bool) -> pl.Series:
    """Whether each cell holds its value, or the name in it, by the rules above."""
    stands = _value_stands(cells, values)
    return stands | _value_stands(cells, values.str.extract(_ACCOUNT)) if account else stands


def _value_stands(cells: pl.Series, values: pl.Series) -> pl.Series:
    plain = _plain(values)
    length = plain.str.len_chars()
    anywhere = (length >= _SHORTEST_ANYWHERE) & _contains(_plain(cells), plain)
    short = length.is_between(_SHORTEST_WORD, _SHORTEST_ANYWHERE - 1)
    if not short.any():
        return anywhere.fill_null(False)
    return (anywhere | (short & _contains(_words(cells), _words(values)))).fill_null(False)


def _words_found(
    released: Mapping[str, pl.Series], withheld: Mapping[str, pl.Series], catalogue: Catalogue
) -> Iterator[Leak]:
    """Values of fields that are looked for as words."""
    for of, values in withheld.items():
        distinct = [word.strip() for word in _words(values.drop_nulls().unique()) if word.strip()]
        few = len(distinct) <= _FEW
        for field, cells in released.items() if distinct else ():
            if field == of or (few and not _any_stands(distinct, cells, catalogue[field])):
                continue
            stands = _contains(_words(cells), _words(values))
            if stands.any():
                yield Leak(field, of, stands)


def _any_stands(words: Sequence[str], cells: pl.Series, field: Field) -> bool:
    """Whether any of a few words may stand in any cell: mostly not, which is quicker told than where."""
    letters = "".join(words)
    if letters.isascii() and field.alphabet.isdisjoint(letters + letters.lower()):
        return False
    # A letter beyond ASCII counts as none here: then a word is found that is part of another, and looked at closely.
    choices = "|".join(re.escape(word).replace(r"\ ", ".+") for word in words)
    return not _none_holds(cells, f"(?i)(?:^|[^0-9A-Za-z])(?:{choices})(?:$|[^0-9A-Za-z])")


def _none_holds(cells: pl.Series, pattern: str) -> bool:
    return failing(cells, lambda cell: ~cell.str.contains(pattern)) is None


def _contains(cells: pl.Series, values: pl.Series) -> pl.Series:
    pair = pl.DataFrame([cells.alias("cell"), values.alias("value")])
    return pair.select(pl.col("cell").str.contains(pl.col("value"), literal=True).fill_null(False)).to_series()


def _mask(length: int, rows: pl.Series) -> pl.Series:
    return pl.int_range(length, dtype=pl.UInt32, eager=True).is_in(rows.cast(pl.UInt32).implode())


def _plain(cells: pl.Series) -> pl.Series:
    """In capitals, without spaces and hyphens."""
    if len(cells) <= _FEW:
        return cells.to_frame().select(_plainly(pl.first())).to_series()
    # The first cells mostly tell, and save looking through the others.
    if not any(part.str.contains("[^0-9A-Z]").any() for part in (cells.head(_FEW), cells)):
        return cells
    upper = cells.str.to_uppercase()
    # Classes beyond ASCII take several times as long to look for.
    ascii_only = (upper.str.len_bytes() == upper.str.len_chars()).all()
    ignored = r"[ \t-]" if ascii_only else f"[{_IGNORED}]"
    return upper.str.replace_all(ignored, "") if upper.str.contains(ignored).any() else upper


def _plainly(text: pl.Expr) -> pl.Expr:
    return text.str.to_uppercase().str.replace_all(f"[{_IGNORED}]", "")


def _words(cells: pl.Series) -> pl.Series:
    """In capitals, with one blank before, between and after words: `` FORCE KEN0 ``."""
    spaced = " " + cells.str.to_uppercase().str.replace_all(f"{_BETWEEN_WORDS}+", " ") + " "
    return spaced.str.replace_all("  ", " ", literal=True)
