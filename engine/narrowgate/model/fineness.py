"""Which of two actions lets more through."""

from __future__ import annotations

from narrowgate.model.actions import Action, Drop, Generalise, Image, Keep, Mask, Replace, Truncate

_COARSER = {("year", "month"), ("area", "outward")}


def no_finer(one: Action | None, other: Action | None) -> bool:
    """Whether cells that look alike by ``other`` look alike by ``one`` too, so that ``one`` shows nothing more.

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
        case Mask(keep_first=0, keep_last=0), Mask():
            return True  # other numbers are not compared: a cell that would show whole is masked whole
        case Truncate(), Truncate():
            return one.length <= other.length
        case Image(), Image():
            return one.max_px <= other.max_px and (one.format == other.format or one.format == "jpeg")
        case Generalise(), Generalise():
            return _no_finer(one, other)
        case _:
            return False


def _no_finer(one: Generalise, other: Generalise) -> bool:
    if one.width is not None and other.width is not None:
        return one.to == other.to and one.width % other.width == 0
    return (one.to, other.to) in _COARSER
