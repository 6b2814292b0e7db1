"""Which form of an answer a caller would rather have (RFC 9110, section 12.5.1)."""

from __future__ import annotations

from collections.abc import Sequence


def preferred(accept: str | None, offered: Sequence[str]) -> str:
    """One of ``offered``.

    Args:
        accept: the header Accept.
        offered: media types, the usual one first. It is given where the caller likes it as well as any other, and
            also where the caller likes none: better that than nothing.
    """
    ranges = [_range(each) for each in (accept or "*/*").lower().split(",")]
    return max(offered, key=lambda kind: _weight(kind, ranges))


def _range(text: str) -> tuple[str, float]:
    """A media range and its weight."""
    name, *parameters = (part.strip() for part in text.split(";"))
    weight = next((each.removeprefix("q=") for each in parameters if each.startswith("q=")), "1")
    try:
        return name, float(weight)
    except ValueError:
        return name, 0.0


def _weight(kind: str, ranges: Sequence[tuple[str, float]]) -> float:
    """How much a media type is wanted: as the range says that fits it best."""
    for fitting in (kind, f"{kind.partition('/')[0]}/*", "*/*"):
        if weights := [weight for name, weight in ranges if name == fitting]:
            return max(weights)
    return 0.0
