"""The chart of how many people's data was held: geometry alone, drawn by a template as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from narrowgate.model.breach import HeldThen

WIDTH, HEIGHT = 760, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 12, 28
_LINES = 4
_LABELS = 6


@dataclass(frozen=True)
class Mark:
    """A text at a place along an axis."""

    at: float
    text: str


@dataclass(frozen=True)
class Chart:
    """Steps over time, in units of the drawing."""

    width: int
    height: int
    left: int
    right: int
    base: int
    """Where nobody's data is held."""
    line: str
    """The steps as a path (SVG 2, section 9.3)."""
    area: str
    """What lies below them."""
    levels: tuple[Mark, ...]
    days: tuple[Mark, ...]


def chart(held: Sequence[HeldThen]) -> Chart:
    """The chart of ``held``, at least one stretch."""
    first, end = held[0].first, held[-1].last + timedelta(1)
    top = _ceiling(max(each.people for each in held))
    right, base = WIDTH - _RIGHT, HEIGHT - _BOTTOM

    def across(day: date) -> float:
        return round(_LEFT + (right - _LEFT) * ((day - first).days / (end - first).days), 1)

    def up(people: float) -> float:
        return round(base - (base - _TOP) * people / top, 1)

    steps = "".join(f"V{up(each.people)}H{across(each.last + timedelta(1))}" for each in held)
    every = max(1, -(-len(held) // _LABELS))
    return Chart(
        width=WIDTH,
        height=HEIGHT,
        left=_LEFT,
        right=right,
        base=base,
        line=f"M{_LEFT},{up(held[0].people)}{steps}",
        area=f"M{_LEFT},{base}{steps}V{base}Z",
        levels=tuple(Mark(up(top * n / _LINES), f"{top * n // _LINES:,}") for n in range(_LINES + 1)),
        days=tuple(Mark(across(each.first), f"{each.first.day} {each.first:%b %Y}") for each in held[::every]),
    )


def _ceiling(most: int) -> int:
    """The least round number that is not less, and can be divided by the number of lines."""
    scale = 1
    while True:
        for step in (4, 8, 12, 20, 40):
            if step * scale >= most:
                return step * scale
        scale *= 10
