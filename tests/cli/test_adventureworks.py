"""An HR extract that nobody on this project wrote, if it is here."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from support.cli import narrowgate
from support.officers import read_records
from support.paths import THIRD_PARTY

EXPORT = THIRD_PARTY / "adventureworks_hr.csv"
pytestmark = pytest.mark.skipif(not EXPORT.is_file(), reason="third-party data is not part of the repository")

SECRET_COLUMNS = ("NationalIDNumber", "BirthDate", "AddressLine1", "LoginID")


@pytest.fixture(scope="module")
def people() -> list[dict[str, str]]:
    with EXPORT.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_card_printer(tmp_path: Path, people: list[dict[str, str]]) -> None:
    arguments = ("--source", "adventureworks", "--supplier", "cardco", "--purpose", "id_card_print")
    done = narrowgate("filter", EXPORT, *arguments, "-o", tmp_path / "out.csv").require(0)
    assert "as the source says: posting is headquarters" in done.out
    released = read_records(tmp_path / "out.csv")
    active = [person for person in people if person["CurrentFlag"] == "1"]
    assert released == [{"warrant_number": p["BusinessEntityID"], "rank": p["JobTitle"]} for p in active]


def test_the_training_provider_gets_more_but_no_login(tmp_path: Path, people: list[dict[str, str]]) -> None:
    arguments = ("--source", "adventureworks", "--supplier", "learnly", "--purpose", "training")
    done = narrowgate("filter", EXPORT, *arguments, "-o", tmp_path / "out.csv").require(0)
    released = read_records(tmp_path / "out.csv")
    assert set(released[0]) == {"warrant_number", "rank", "joined_on", "email", "unit"}
    assert "in which the login stood" in done.out
    text = (tmp_path / "out.csv").read_text().lower()
    for person in people:
        for column in SECRET_COLUMNS:
            assert person[column].lower() not in text
        assert person["LoginID"].partition("\\")[2].lower() not in text
    # In all of them the login is the first part of the address.
    assert all(row["email"] is None for row in released)


def test_what_left_was_no_more_than_permitted(tmp_path: Path) -> None:
    cards = ("--supplier", "cardco", "--purpose", "id_card_print")
    narrowgate("filter", EXPORT, "--source", "adventureworks", *cards, "-o", tmp_path / "out.csv").require(0)
    narrowgate("check", tmp_path / "out.csv", *cards).require(0)
    narrowgate("check", EXPORT, "--source", "adventureworks", *cards).require(1)
