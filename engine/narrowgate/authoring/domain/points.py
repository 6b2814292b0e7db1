"""Values that stand for all others: one for each way in which rules can tell values apart.

Rules that only compare a value with constants cannot tell two values apart that lie on the same side of each. So each
constant is tried, and values between every two, before the first and after the last; where values are compared with
each other too, as many between every two as there are of them, so that each order occurs.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

from narrowgate.authoring.domain.origins import Scalar
from narrowgate.authoring.domain.samples import samples
from narrowgate.model.catalogue import Field, Value
from narrowgate.tables.checks import allowed_texts

_FEW = 400
"""Whole numbers of a field that are rather all tried than told apart."""
_MANY = 100
"""Values of a field among which some are sought that another may have too."""
_ANY_DAY = date(1990, 1, 1)
_NAMES = ("csv", "tsv", "json", "ndjson", "parquet", "xlsx", "another", "one_more", "yet_another")
"""Of formats, and of sources: all that is in a text which no field holds."""


def days(constants: Iterable[Scalar], between: int, first: date, last: date) -> list[date]:
    """Days that stand for all from ``first`` to ``last``.

    Args:
        constants: what days are compared with, as texts.
        between: how many between every two.
    """
    cuts = {_day_at(text).toordinal() for text in constants if isinstance(text, str)}
    if not cuts:
        return [_ANY_DAY + timedelta(step) for step in range(between)]
    return [date.fromordinal(day) for day in _around(cuts, between, first.toordinal(), last.toordinal())]


def _day_at(text: str) -> date:
    """The first day that is no less than ``text``, as texts compare."""
    low, high = date.min.toordinal(), date.max.toordinal()
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if date.fromordinal(middle).isoformat() >= text else (middle + 1, high)
    return date.fromordinal(low)


def whole_numbers(constants: Iterable[Scalar], between: int, least: float | None, most: float | None) -> list[int]:
    """Whole numbers that stand for all from ``least`` to ``most``."""
    cuts = {int(number // 1) for number in _numbers(constants)} or {int(least or 0)}
    return _around(
        cuts, between, None if least is None else math.ceil(least), None if most is None else math.floor(most)
    )


def _around(cuts: set[int], between: int, least: int | None, most: int | None) -> list[int]:
    """Each of ``cuts``, and numbers beside it; of one that is out of bounds, those of the nearest that is not."""
    low = min(cuts) if least is None else least - 1
    high = max(cuts) if most is None else most + 1
    edges = sorted({min(max(cut, low), high) for cut in cuts})
    steps = range(between + 1)
    found = {edge + step for edge in edges for step in steps} | {edges[0] - step for step in steps}
    return [
        number for number in sorted(found) if (least is None or number >= least) and (most is None or number <= most)
    ]


def numbers(
    constants: Iterable[Scalar], between: int, least: float | None, most: float | None, beside_whole: bool = False
) -> list[float]:
    """Numbers that stand for all from ``least`` to ``most``.

    Args:
        beside_whole: whether whole numbers are among what they are compared with.
    """
    cuts = sorted({float(number) for number in _numbers(constants)})
    if beside_whole:
        cuts = sorted({*cuts, *map(float, whole_numbers(cuts, between, None, None))})
    first = least if least is not None else (cuts[0] if cuts else 0) - 1
    last = most if most is not None else (cuts[-1] if cuts else 0) + 1
    edges = sorted({first, last, *cuts})
    found = {*edges}
    for low, high in pairwise(edges):
        found |= {low + (high - low) * step / (between + 1) for step in range(1, between + 1)}
    return [number for number in sorted(found) if first <= number <= last]


def texts(fields: Sequence[Field | None], constants: Iterable[Scalar], between: int) -> list[str] | None:
    """Texts that stand for all that the first of ``fields`` may hold: the constants, and some others.

    Where several fields are compared with each other, the others are the same for each, so that values may be the same.
    None where too few are known.

    Args:
        fields: None for a text that is no field's.
    """
    known = sorted(text for text in constants if isinstance(text, str))
    others: list[str] = []
    for field in fields:
        others += _others(field, len(others) + _MANY if len(fields) > 1 else between, known)
    for field in fields if len(fields) > 1 else ():
        others = [*_allowed(others, field)]
    found = list(dict.fromkeys(others))[:between]
    return [*_allowed(known, fields[0]), *found] if len(found) == between else None


def _others(field: Field | None, count: int, known: Sequence[str]) -> list[str]:
    return samples(field, count, known) if field else [name for name in _NAMES if name not in known][:count]


def _allowed(values: Sequence[str], field: Field | None) -> Sequence[str]:
    return allowed_texts(values, field) if field and values else values


def all_of(field: Field) -> Sequence[Value] | None:
    """All values of ``field``, where they are few; else None."""
    if field.enum is not None:
        return field.enum
    if field.type == "boolean":
        return (True, False)
    if field.type == "integer" and field.minimum is not None and field.maximum is not None:
        values = range(int(field.minimum), int(field.maximum) + 1)
        return values if len(values) <= _FEW else None
    return None


def _numbers(values: Iterable[Scalar]) -> Iterator[float]:
    return (value for value in values if isinstance(value, int | float) and not isinstance(value, bool))
