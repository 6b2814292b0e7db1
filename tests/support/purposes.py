"""Answers about a purpose, as ``policy new`` takes them."""

from __future__ import annotations

from collections.abc import Mapping

KITCORP = {
    "--supplier": "kitcorp",
    "--supplier-title": "Kitcorp Uniforms",
    "--kind": "uniform supplier",
    "--country": "GB",
}
ANSWERS = {
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


def options(*, without: str = "", **changes: str | tuple[str, ...]) -> list[str]:
    """``ANSWERS`` as options, with some changed (``max_rows="1"``) and one left out."""
    changed = {f"--{name.strip('_').replace('_', '-')}": value for name, value in changes.items()}
    return flat({name: value for name, value in (ANSWERS | changed).items() if name != without})


def flat(answers: Mapping[str, str | tuple[str, ...]]) -> list[str]:
    """Answers as options, those of several once each."""
    return [
        part
        for name, value in answers.items()
        for each in (value if isinstance(value, tuple) else (value,))
        for part in (name, each)
    ]
