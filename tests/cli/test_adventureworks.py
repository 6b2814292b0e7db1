"""An HR extract whose headers only a source knows: an invented one, and one from elsewhere where it is here."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from support.cli import narrowgate
from support.officers import read_records, write_records
from support.paths import THIRD_PARTY

INVENTED = "an invented one"
FROM_ELSEWHERE = [str(path) for path in THIRD_PARTY.glob("adventureworks_hr.csv")]

SECRET_COLUMNS = ("NationalIDNumber", "BirthDate", "AddressLine1", "LoginID")


@pytest.fixture(scope="module", params=[INVENTED, *FROM_ELSEWHERE])
def export(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    if request.param != INVENTED:
        return Path(request.param)
    path = tmp_path_factory.mktemp("extract") / "export.csv"
    write_records(path, [invented(number) for number in range(290)])
    return path


def invented(number: int) -> dict[str, str]:
    name = ("emrys", "tamsin", "ivo")[number % 3] + str(number)
    return {
        "BusinessEntityID": str(number + 1),
        "NationalIDNumber": str(205847284 + 7919 * number),
        "LoginID": f"force-works\\{name}",
        "OrganizationLevel": str(number % 4),
        "JobTitle": ("Constable", "Sergeant", "Analyst")[number % 3],
        "BirthDate": f"{1960 + number % 40}-0{number % 9 + 1}-17",
        "MaritalStatus": "MS"[number % 2],
        "Gender": "FM"[number % 2],
        "HireDate": f"{2001 + number % 20}-0{number % 9 + 1}-03",
        "SalariedFlag": "1",
        "VacationHours": str(number % 100),
        "SickLeaveHours": str(20 + number % 60),
        "CurrentFlag": "10"[number % 7 == 0],
        "EmailAddress": f"{name}@force-works.example",
        "PhoneNumber": f"07700 {900000 + number}",
        "AddressLine1": f"{number + 1} Quarry Hill",
        "City": "Saltby",
        "PostalCode": f"ZZ{number % 90 + 1} 1AB",
        "Rate": f"{12 + number % 30}.5000",
        "PayFrequency": "2",
        "ShiftID": "1",
        "Department": "Engineering",
        "GroupName": "Research and Development",
    }


@pytest.fixture(scope="module")
def people(export: Path) -> list[dict[str, str]]:
    with export.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_card_printer(tmp_path: Path, export: Path, people: list[dict[str, str]]) -> None:
    arguments = ("--source", "adventureworks", "--supplier", "cardco", "--purpose", "id_card_print")
    done = narrowgate("filter", export, *arguments, "-o", tmp_path / "out.csv").require(0)
    assert "as the source says: posting is headquarters" in done.out
    released = read_records(tmp_path / "out.csv")
    active = [person for person in people if person["CurrentFlag"] == "1"]
    assert released == [{"warrant_number": p["BusinessEntityID"], "rank": p["JobTitle"]} for p in active]


def test_the_training_provider_gets_more_but_no_login(
    tmp_path: Path, export: Path, people: list[dict[str, str]]
) -> None:
    arguments = ("--source", "adventureworks", "--supplier", "learnly", "--purpose", "training")
    done = narrowgate("filter", export, *arguments, "-o", tmp_path / "out.csv").require(0)
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


def test_what_left_was_no_more_than_permitted(tmp_path: Path, export: Path) -> None:
    cards = ("--supplier", "cardco", "--purpose", "id_card_print")
    narrowgate("filter", export, "--source", "adventureworks", *cards, "-o", tmp_path / "out.csv").require(0)
    narrowgate("check", tmp_path / "out.csv", *cards).require(0)
    narrowgate("check", export, "--source", "adventureworks", *cards).require(1)
