"""Makes answer.xlsx as a tired person makes it, and answer-clean.xlsx as it should have been. All people are invented.

Usage: python make.py EXPORT FOLDER
"""

import csv
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter

ASKED = ("rank", "employment_type", "joined_on", "salary", "posting", "status")


def main(export: Path, folder: Path) -> None:
    """Write both workbooks into ``folder``."""
    with export.open(encoding="utf-8", newline="") as file:
        staff = [{**row, "employment_type": "officer"} for row in csv.DictReader(file)]
    staff = [row for row in staff if row["posting"] in {"response", "neighbourhood", "headquarters"}]
    for name, hides in (("answer.xlsx", True), ("answer-clean.xlsx", False)):
        with xlsxwriter.Workbook(folder / name) as book:
            put(book.add_worksheet("Answer"), ASKED, staff)
            if hides:
                everything = book.add_worksheet("All staff")
                put(everything, tuple(staff[0]), staff)
                everything.hide()


def put(sheet: Any, names: Sequence[str], rows: Sequence[Mapping[str, str]]) -> None:
    """A header and one row for each record."""
    sheet.write_row(0, 0, names)
    for number, row in enumerate(rows, 1):
        for column, name in enumerate(names):
            sheet.write_string(number, column, row[name])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
