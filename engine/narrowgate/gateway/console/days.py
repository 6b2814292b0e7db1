"""Days, as forms give them."""

from __future__ import annotations

from datetime import date

from narrowgate.errors import UsageError
from narrowgate.model.request import FIRST_DAY, LAST_DAY


def day_of(label: str, given: str) -> date | None:
    """The day that a field holds; None where it holds nothing.

    Raises:
        UsageError: it holds no day, or one too far away.
    """
    if not given:
        return None
    try:
        day = date.fromisoformat(given)
    except ValueError:
        raise UsageError(f"{label} is not a day", "write it as YYYY-MM-DD") from None
    if not FIRST_DAY <= day <= LAST_DAY:
        raise UsageError(f"{label} is too far away", f"name a day from {FIRST_DAY} to {LAST_DAY}")
    return day
