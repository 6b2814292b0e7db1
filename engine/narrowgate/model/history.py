"""What a supplier has been given: known to policies as ``input.history``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import Field

from narrowgate.model.base import Document

DAYS = (1, 30, 365)
"""The windows that policies know."""


class Held(Document):
    """What was released to a supplier for one purpose within one window.

    ``people`` is an upper bound: those whom the ledger can tell apart, and every record that does not say whose it is.
    """

    people: int = Field(0, ge=0)
    records: int = Field(0, ge=0)
    people_after: int = Field(0, ge=0)
    """With the release that is asked for. Until its records have been read, the same as ``people``."""
    records_after: int = Field(0, ge=0)


class Windows(Document):
    """The same over the last 1, 30 and 365 days, the day of the request included."""

    days_1: Held = Held()
    days_30: Held = Held()
    days_365: Held = Held()


History = Mapping[str, Windows]
"""By purpose."""


def complete(history: History, purposes: Iterable[str]) -> dict[str, Windows]:
    """``history`` with a row of noughts for each of ``purposes`` that it lacks: what is undefined caps nothing."""
    return {purpose: history.get(purpose, Windows()) for purpose in sorted({*history, *purposes})}
