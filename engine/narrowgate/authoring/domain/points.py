"""Values that stand for all others: one for each way in which rules can tell values apart.

Rules that only compare a value with constants cannot tell two values apart that lie on the same side of each. So each
constant is tried, and values between every two, before the first and after the last; where values are compared with
each other too, as many between every two as there are of them, so that each order occurs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise

from narrowgate.authoring.domain.origins import Scalar
from narrowgate.authoring.domain.samples import samples
from narrowgate.model.catalogue import Field, Value
from narrowgate.model.request import FIRST_DAY, LAST_DAY

_FEW = 400
"""Whole numbers of a field that are rather all tried than told apart."""


def days(constants: Iterable[Scalar], between: int, otherwise: date) -> list[date]:
    """Days that stand for all of the calendar.

    Args:
        constants: what days are compared with, as texts.
        between: how many between every two.
        otherwise: where the days begin that are tried when there are no constants.
    """
    cuts = sorted({_day_at(text) for text in constants if isinstance(text, str)})
    if not cuts:
        return [otherwise + timedelta(step) for step in range(between)]
    steps = range(between + 1)
    found = {cut.toordinal() + step for cut in cuts for step in steps}
    found |= {cuts[0].toordinal() - step for step in steps}
    within = range(FIRST_DAY.toordinal(), LAST_DAY.toordinal() + 1)
    return [date.fromordinal(day) for day in sorted(found) if day in within]


def _day_at(text: str) -> date:
    """The first day that is no less than ``text``, as texts compare."""
    low, high = FIRST_DAY.toordinal(), LAST_DAY.toordinal()
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if date.fromordinal(middle).isoformat() >= text else (middle + 1, high)
    return date.fromordinal(low)


def whole_numbers(constants: Iterable[Scalar], between: int, least: float | None, most: float | None) -> list[int]:
    """Whole numbers that stand for all from ``least`` to ``most``."""
    cuts = sorted({int(number // 1) for number in _numbers(constants)})
    if not cuts:
        cuts = [int(least or 0)]
    steps = range(between + 1)
    found = {cut + step for cut in cuts for step in steps} | {cuts[0] - step for step in steps}
    return [number for number in sorted(found) if _is_within(number, least, most)]


def numbers(constants: Iterable[Scalar], between: int, least: float | None, most: float | None) -> list[float]:
    """Numbers that stand for all from ``least`` to ``most``."""
    cuts = sorted({float(number) for number in _numbers(constants)})
    first = least if least is not None else (cuts[0] if cuts else 0) - 1
    last = most if most is not None else (cuts[-1] if cuts else 0) + 1
    edges = sorted({first, last, *cuts})
    found = {*edges}
    for low, high in pairwise(edges):
        found |= {low + (high - low) * step / (between + 1) for step in range(1, between + 1)}
    return [number for number in sorted(found) if _is_within(number, least, most)]


def texts(field: Field | None, constants: Iterable[Scalar], between: int) -> list[str] | None:
    """Texts that stand for all that ``field`` may hold: each constant, and some others; None where none is known.

    Args:
        field: None for a text that is no field's.
    """
    known = sorted(text for text in constants if isinstance(text, str))
    others = samples(field, between, known) if field else [name for name in _OTHERS if name not in known][:between]
    return [*known, *others] if len(others) == between else None


_OTHERS = ("another", "one_more", "yet_another")


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


def _is_within(value: float, least: float | None, most: float | None) -> bool:
    return (least is None or value >= least) and (most is None or value <= most)
