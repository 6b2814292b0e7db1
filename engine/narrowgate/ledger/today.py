"""The day that it is."""

from __future__ import annotations

from datetime import UTC, date, datetime


def today() -> date:
    """Today, here or by the ledger's clock, which is UTC: whichever is later, so that nothing entered is missed."""
    return max(date.today(), datetime.now(UTC).date())
