"""Stretches of bytes."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

Span = tuple[int, int]
"""Where it starts and where it ends, the end not included."""


def unowned(owned: Iterable[Span], size: int) -> list[Span]:
    """What of ``size`` bytes lies in none of the stretches ``owned``, which may overlap and reach beyond."""
    gaps: list[Span] = []
    position = 0
    for start, end in sorted(owned):
        if start > position:
            gaps.append((position, min(start, size)))
        position = max(position, end)
        if position >= size:
            break
    if position < size:
        gaps.append((position, size))
    return [(start, end) for start, end in gaps if start < end]


def overlap(spans: Iterable[Span]) -> bool:
    """Whether any two stretches share a byte."""
    ordered = sorted(span for span in spans if span[0] < span[1])
    return any(before[1] > after[0] for before, after in pairwise(ordered))
