"""Answers about a purpose, as ``policy new`` takes them."""

from __future__ import annotations

from collections.abc import Mapping

Answers = Mapping[str, str | tuple[str, ...]]

KITCORP: Answers = {
    "--supplier": "kitcorp",
    "--supplier-title": "Kitcorp Uniforms",
    "--kind": "uniform supplier",
    "--country": "GB",
}
ANSWERS: Answers = {
    "--title": "Parking permits",
    "--basis": "public task",
    "--retention-days": "90",
    "--supplier": "cardco",
    "--agreement": "DSA-2026-021",
    "--from": "2026-01-01",
    "--until": "2027-12-31",
    "--max-rows": "5000",
    "--field": ("employee_number=pseudonymise", "surname=mask:first=1", "joined_on=year"),
    "--release": ("status in active",),
}


def answers(changes: Answers | None = None, without: str = "") -> Answers:
    """``ANSWERS``, with some changed and one left out."""
    return {name: value for name, value in {**ANSWERS, **(changes or {})}.items() if name != without}


def options(given: Answers) -> list[str]:
    """Answers as options, those of several once each."""
    return [
        part
        for name, value in given.items()
        for each in (value if isinstance(value, tuple) else (value,))
        for part in (name, each)
    ]
