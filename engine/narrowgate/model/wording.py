"""How messages put things."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """``1 cell``, ``2,000 cells``, ``2 properties``."""
    if number == 1:
        return f"{number:,} {noun}"
    plural = f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2:-1] not in "aeiou" else f"{noun}s"
    return f"{number:,} {plural}"
