"""Days, as people write them."""

from __future__ import annotations

import re
from datetime import date

from narrowgate.errors import UsageError
from narrowgate.model.request import FIRST_DAY, LAST_DAY

_WRITTEN = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")


def parse_day(what: str, given: str) -> date:
    """The day that ``given`` writes.

    Args:
        what: what it is the day of, for messages: the option or the field.

    Raises:
        UsageError: it is none, or too far away.
    """
    written = _WRITTEN.fullmatch(given)
    try:
        found = date(*map(int, written.groups())) if written else None
    except ValueError:
        found = None
    if found is None:
        raise UsageError(f"{what} is not a day", "write it as YYYY-MM-DD")
    if not FIRST_DAY <= found <= LAST_DAY:
        raise UsageError(f"{what} is too far away", f"name a day from {FIRST_DAY} to {LAST_DAY}")
    return found
