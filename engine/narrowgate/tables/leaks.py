r"""The leak scan: a withheld value that turns up inside a released cell of the same record.

What is looked for depends on what the catalogue says of the withheld field:

* ``anywhere``: the value, in any case and with or without its spaces and hyphens, anywhere in the cell;
* ``account``: likewise, and so is the account's name in it, ``ken0`` in ``FORCE\ken0`` and ``ken0@force.example``;
* ``token``: the value as a whole word, so that ``SC`` is found in ``badge SC.jpg`` and not in ``Scott``.

A value of three or four letters and digits is looked for as a whole word only, and a shorter one not at all unless
its field says ``token``: it would be found by chance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from string import digits

import polars as pl

from narrowgate.model.catalogue import Catalogue, Field
from narrowgate.tables.checks import failing, repeats

_SHORTEST_ANYWHERE = 5
_SHORTEST_WORD = 3
_CODE = r"^[0-9A-Z]*[0-9][0-9A-Z]*$"
_MANY = 64


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
    """Every leak of ``withheld`` values into ``released`` cells.

    Args:
        released: by field, the cells that are about to leave, as text.
        withheld: by field, the values of the same records, null where the record's value leaves as it is.
    """
    haystacks = {field: _Haystack(cells, catalogue[field]) for field, cells in released.items()}
    for of, cells in withheld.items():
        needles = _Needles(cells, catalogue[of])
        for column, haystack in haystacks.items():
            if column == of:
                continue
            found = [mask for mask in (needles.anywhere_in(haystack), needles.words_in(haystack)) if mask is not None]
            if found:
                yield Leak(column, of, found[0] | found[-1])


class _Haystack:
    """A released column, in the forms that the searches need, each made when first needed."""

    def __init__(self, cells: pl.Series, field: Field) -> None:
        self.cells, self._field = cells, field

    def excludes(self, characters: str) -> bool:
        """Whether no cell can hold any of ``characters``; released cells have passed the catalogue's checks."""
        return self._field.alphabet.isdisjoint(characters)

    @cached_property
    def has_digits(self) -> bool:
        return not self.excludes(digits) and failing(self.cells, lambda cell: ~cell.str.contains("[0-9]")) is not None

    @cached_property
    def longest(self) -> int:
        return _extreme(self.cells.str.len_bytes().max())

    @cached_property
    def plain(self) -> pl.Series:
        return _plain(self.cells)

    @cached_property
    def words(self) -> pl.Series:
        return _words(self.cells)


class _Needles:
    """The withheld values of one field."""

    def __init__(self, cells: pl.Series, field: Field) -> None:
        self._scan = field.scan
        self._values = [cells]
        if self._scan == "account":
            self._values.append(cells.str.extract(r"^(?:.*\\)?([^\\@]+)"))

    @cached_property
    def _codes(self) -> bool:
        """Whether every value is capitals and digits, with a digit among them: then it is its own plain form."""
        return bool(self._values[0].str.contains(_CODE).all())

    @cached_property
    def _plain_values(self) -> list[pl.Series]:
        return [values if self._codes else _plain(values) for values in self._values]

    @cached_property
    def _long(self) -> list[pl.Series]:
        """The values to look for anywhere, in plain form; null where one is too short for that."""
        if self._scan == "token":
            return []
        return [_where_length(plain, plain, _SHORTEST_ANYWHERE, None) for plain in self._plain_values]

    @cached_property
    def _short(self) -> list[pl.Series]:
        """The values to look for as whole words; null where one is too long or too short for that."""
        if self._scan == "token":
            return [_words(self._values[0])]
        return [
            _where_length(plain, _words(values), _SHORTEST_WORD, _SHORTEST_ANYWHERE - 1)
            for values, plain in zip(self._values, self._plain_values, strict=True)
            if _extreme(plain.str.len_chars().min()) < _SHORTEST_ANYWHERE
        ]

    def anywhere_in(self, haystack: _Haystack) -> pl.Series | None:
        """Where a value stands anywhere in the cell; None where nowhere."""
        if self._codes and not haystack.has_digits:
            return None
        found: pl.Series | None = None
        for values in self._long:
            shortest = values.str.len_bytes().min()
            if shortest is not None and _extreme(shortest) <= haystack.longest:
                found = _either(found, _contains(haystack.plain, values))
        return found

    def words_in(self, haystack: _Haystack) -> pl.Series | None:
        """Where a value stands as a whole word in the cell; None where nowhere."""
        found: pl.Series | None = None
        for words in self._short:
            distinct = words.drop_nulls().unique()
            if len(distinct) and (len(distinct) > _MANY or _any_word(haystack, distinct)):
                found = _either(found, _contains(haystack.words, words))
        return found


def _either(one: pl.Series | None, other: pl.Series) -> pl.Series | None:
    if not other.any():
        return one
    return other if one is None else one | other


def _extreme(value: object) -> int:
    """A column's least or greatest number; 0 where it has none."""
    return value if isinstance(value, int) else 0


def _where_length(measured: pl.Series, values: pl.Series, least: int, most: int | None) -> pl.Series:
    """``values`` where the length of ``measured`` is within bounds, null elsewhere."""
    if most is None and _extreme(measured.str.len_chars().min()) >= least:
        return values
    pair = pl.DataFrame([measured.alias("measured"), values.alias("values")])
    length = pl.col("measured").str.len_chars()
    fits = length >= least if most is None else length.is_between(least, most)
    return pair.select(pl.when(fits).then(pl.col("values"))).to_series()


def _any_word(haystack: _Haystack, words: pl.Series) -> bool:
    """Whether any of a few words stands in any cell: mostly not, which is quicker told than where."""
    letters = {character for word in words for character in word.strip()}
    if all(map(str.isascii, letters)) and haystack.excludes("".join(letters) + "".join(letters).lower()):
        return False
    # Words hold letters, digits and blanks; a blank stands for anything between them.
    choices = "|".join(re.escape(word.strip()).replace("\\ ", r"[^\p{L}\p{N}]+") for word in words)
    pattern = rf"(?i)(?:^|[^\p{{L}}\p{{N}}])(?:{choices})(?:$|[^\p{{L}}\p{{N}}])"
    return failing(haystack.cells, lambda cell: ~cell.str.contains(pattern)) is not None


def _contains(cells: pl.Series, values: pl.Series) -> pl.Series:
    pair = pl.DataFrame([cells.alias("cell"), values.alias("value")])
    return pair.select(pl.col("cell").str.contains(pl.col("value"), literal=True).fill_null(False)).to_series()


def _plain(cells: pl.Series) -> pl.Series:
    """In capitals, without spaces and hyphens."""
    upper = cells.str.to_uppercase()
    return upper.str.replace_all("[ -]", "") if upper.str.contains("[ -]").any() else upper


def _words(cells: pl.Series) -> pl.Series:
    """In capitals, with one blank before, between and after words: `` FORCE KEN0 ``."""
    if repeats(cells):
        distinct = cells.drop_nulls().unique()
        return cells.replace_strict(distinct, _words(distinct), default=None, return_dtype=pl.String)
    spaced = " " + cells.str.to_uppercase().str.replace_all(r"[^\p{L}\p{N}]+", " ") + " "
    return spaced.str.replace_all("  ", " ", literal=True)
