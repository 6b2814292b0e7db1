r"""The leak scan: a withheld value that turns up inside a released cell of the same record.

A value's *plain form* is in capitals, without spaces and hyphens. What is looked for depends on what the catalogue
says of the withheld field:

* ``anywhere``: the plain form, anywhere in that of the cell;
* ``account``: likewise, and so is the account's name in it, ``ken0`` in ``FORCE\ken0`` and ``ken0@force.example``;
* ``token``: the value as a whole word, so that ``SC`` is found in ``badge SC.jpg`` and not in ``Scott``.

A plain form of three or four characters is looked for as a whole word only, and a shorter one not at all unless its
field says ``token``: it would be found by chance.

Nearly always there is nothing to find, so that is told first and quickly, by a piece of each value: a cell that does
not hold the piece does not hold the value. Only where it does is the rule itself applied.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import digits

import polars as pl

from narrowgate.model.catalogue import Catalogue, Field
from narrowgate.tables.checks import failing, repeats

_SHORTEST_ANYWHERE = 5
_SHORTEST_WORD = 3
_CODE = "^[0-9A-Z]*[0-9][0-9A-Z]*$"
_ACCOUNT = r"^(?:.*\\)?([^\\@]+)"
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
    places = [_Place(field, cells, catalogue[field]) for field, cells in released.items()]
    words = {of: cells for of, cells in withheld.items() if catalogue[of].scan == "token"}
    values = {of: cells for of, cells in withheld.items() if of not in words}
    yield from _values_found(places, values, catalogue)
    yield from _words_found(places, words)


class _Place:
    """A released column, in which values are looked for."""

    def __init__(self, name: str, cells: pl.Series, field: Field) -> None:
        self.name, self.cells, self._field = name, cells, field
        self.key = f"\0{name}"
        self.has_digits = not self.excludes(digits) and not (repeats(cells) and _none_holds(cells, "[0-9]"))
        longest = cells.str.len_bytes().max()
        self.longest = longest if isinstance(longest, int) else 0

    def excludes(self, characters: str) -> bool:
        """Whether no cell can hold any of ``characters``."""
        return self._field.alphabet.isdisjoint(characters)


@dataclass(frozen=True)
class _Probe:
    """What to look for first: a piece of each value's plain form that a cell which holds the value must hold."""

    of: str
    account: bool
    piece: pl.Expr
    shortest: int
    """Length that no piece falls below."""
    has_digit: bool
    """Whether each piece has one."""

    def worth_a_look(self, place: _Place) -> bool:
        """Whether any cell of ``place`` can hold any of the pieces."""
        if place.name == self.of or place.longest < self.shortest:
            return False
        return place.has_digits or not self.has_digit


def _values_found(places: Sequence[_Place], withheld: Mapping[str, pl.Series], catalogue: Catalogue) -> Iterator[Leak]:
    """Values of fields that are looked for anywhere."""
    frame = pl.DataFrame([cells.alias(of) for of, cells in withheld.items()])
    probes = _probes(frame, catalogue)
    pairs = [(place, probe) for place in places for probe in probes if probe.worth_a_look(place)]
    if not pairs:
        return
    plain = frame.with_columns(_plain(place.cells).alias(place.key) for place in {id(p): p for p, _ in pairs}.values())
    holds = [
        pl.col(place.key).str.contains(probe.piece, literal=True).fill_null(False).alias(str(number))
        for number, (place, probe) in enumerate(pairs)
    ]
    hits = plain.select(test.any() for test in holds).row(0)
    for (place, probe), test, hit in zip(pairs, holds, hits, strict=True):
        if hit:
            rows = plain.select(test).to_series().arg_true()
            leaks = rows.filter(_stands(place.cells.gather(rows), withheld[probe.of].gather(rows), probe.account))
            if not leaks.is_empty():
                yield Leak(place.name, probe.of, _mask(len(place.cells), leaks))


def _probes(frame: pl.DataFrame, catalogue: Catalogue) -> list[_Probe]:
    """A probe for each column of ``frame``.

    Where the ends of all values are capitals and digits, they are the ends of the plain forms; where an account's
    name comes first, its beginning is the value's. The longer the piece, the less it is found by chance. Where it is
    not that simple, the piece is the whole plain form, of the name if it is an account.
    """
    accounts = {of for of in frame.columns if catalogue[of].scan == "account"}
    found: dict[str, _Probe] = {}
    for length in (9, 7, 5):
        open_columns = [of for of in frame.columns if of not in found and (of in accounts or length < 9)]
        if not open_columns:
            continue
        simple = frame.select(_is_simple(pl.col(of), length, of in accounts).alias(of) for of in open_columns)
        shortest = frame.select(pl.col(of).str.len_bytes().min() for of in open_columns).row(0, named=True)
        for of, holds in simple.row(0, named=True).items():
            if holds:
                value, least = pl.col(of), min(length, shortest[of] or 0)
                piece = value.str.head(length).str.to_uppercase() if of in accounts else value.str.tail(length)
                found[of] = _Probe(of, of in accounts, piece, least, has_digit=of not in accounts)
    for of in frame.columns:
        if of not in found:
            cells = frame.get_column(of)
            names = cells.str.extract(_ACCOUNT).fill_null(cells) if of in accounts else cells
            found[of] = _Probe(of, of in accounts, pl.lit(_plain(names)), 0, has_digit=False)
    return list(found.values())


def _is_simple(value: pl.Expr, length: int, account: bool) -> pl.Expr:
    """Whether all values end, or begin, in a piece of their plain form of this length."""
    if not account:
        return value.str.tail(length).str.contains(_CODE).all()
    return ~(value.str.head(length).str.contains("[@ -]") | value.str.contains("\\", literal=True)).any()


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


def _words_found(places: Sequence[_Place], withheld: Mapping[str, pl.Series]) -> Iterator[Leak]:
    """Values of fields that are looked for as words."""
    for of, cells in withheld.items():
        distinct = [word.strip() for word in _words(cells.drop_nulls().unique()) if word.strip()]
        for place in places:
            if place.name == of or not distinct or (len(distinct) <= _FEW and not _any_stands(distinct, place)):
                continue
            stands = _contains(_words(place.cells), _words(cells))
            if stands.any():
                yield Leak(place.name, of, stands)


def _any_stands(words: Sequence[str], place: _Place) -> bool:
    """Whether any of a few words may stand in any cell: mostly not, which is quicker told than where."""
    letters = "".join(words)
    if letters.isascii() and place.excludes(letters + letters.lower()):
        return False
    # A letter beyond ASCII counts as none here: then a word is found that is part of another, and looked at closely.
    choices = "|".join(re.escape(word).replace(r"\ ", ".+") for word in words)
    return not _none_holds(place.cells, f"(?i)(?:^|[^0-9A-Za-z])(?:{choices})(?:$|[^0-9A-Za-z])")


def _none_holds(cells: pl.Series, pattern: str) -> bool:
    return failing(cells, lambda cell: ~cell.str.contains(pattern)) is None


def _contains(cells: pl.Series, values: pl.Series) -> pl.Series:
    pair = pl.DataFrame([cells.alias("cell"), values.alias("value")])
    return pair.select(pl.col("cell").str.contains(pl.col("value"), literal=True).fill_null(False)).to_series()


def _mask(length: int, rows: pl.Series) -> pl.Series:
    return pl.int_range(length, dtype=pl.UInt32, eager=True).is_in(rows.cast(pl.UInt32).implode())


def _plain(cells: pl.Series) -> pl.Series:
    """In capitals, without spaces and hyphens."""
    upper = cells.str.to_uppercase()
    return upper.str.replace_all("[ -]", "") if upper.str.contains("[ -]").any() else upper


def _words(cells: pl.Series) -> pl.Series:
    """In capitals, with one blank before, between and after words: `` FORCE KEN0 ``."""
    spaced = " " + cells.str.to_uppercase().str.replace_all(f"{_BETWEEN_WORDS}+", " ") + " "
    return spaced.str.replace_all("  ", " ", literal=True)
