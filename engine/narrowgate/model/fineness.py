"""Which of two actions lets more through."""

from __future__ import annotations

from narrowgate.model.actions import Action, Drop, Generalise, Image, Keep, Mask, Replace, Truncate

_FINER = {"year": 1, "month": 2, "area": 1, "outward": 2}


def no_finer(one: Action | None, other: Action | None) -> bool:
    """Whether whoever gets the cells by ``other`` could make of them what they would get by ``one``.

    Args:
        one: None where the field is withheld.
        other: the same.
    """
    if one == other or one is None or isinstance(one, Drop) or isinstance(other, Keep):
        return True
    if other is None or isinstance(other, Drop):
        return False
    if isinstance(one, Replace):
        return True  # it says nothing of anybody
    match one, other:
        case Mask(), Mask():
            return one.keep_first <= other.keep_first and one.keep_last <= other.keep_last
        case Truncate(), Mask():
            return one.length <= other.keep_first
        case Truncate(), Truncate():
            return one.length <= other.length
        case Image(), Image():
            return one.max_px <= other.max_px
        case Generalise(), Generalise():
            return _no_finer(one, other)
        case _:
            return False


def _no_finer(one: Generalise, other: Generalise) -> bool:
    if one.width is not None and other.width is not None:
        return one.to == other.to and one.width % other.width == 0
    ranks = _FINER.get(one.to), _FINER.get(other.to)
    return ranks[0] is not None and ranks[1] is not None and ranks[0] <= ranks[1]
