"""Invented HR exports of any size, 24 columns wide. The same seed gives the same bytes.

Usage: python tests/bench/exports.py ROWS OUT [--special]    CSV, or a workbook where OUT ends in .xlsx
"""

from __future__ import annotations

import argparse
import random
from pathlib import Path

import polars as pl

FORENAMES = (
    "Ada Bram Cleo Dilys Emrys Fern Gwil Hebe Idris Juno Kit Lowri Magnus Nia Orla Piers Quill Rhys Sefa "
    "Tamsin Una Vaughn Wren Xanthe Yestin Zelda Anwen Basil Cerys Dara Esme Fergus Hattie Ivo Jowan "
    "Keziah Linus Morwenna Ned"
).split()
SURNAMES = (
    "Ashgrove Birchall Coldwell Dunmere Eastlake Fairholt Gorsebank Harrowgate Inglemoor Kestrelby "
    "Larkmead Marsham Netherby Oakhanger Penhallow Quarrington Ravensden Saltmarsh Thornbury Underhay "
    "Vellacott Whitstone Yarrowby"
).split()
RANKS = ["Constable"] * 12 + ["Sergeant"] * 4 + ["Inspector"] * 2 + ["Chief Inspector", "Superintendent"]
POSTINGS = (
    ["response"] * 10
    + ["neighbourhood"] * 6
    + ["investigation"] * 4
    + ["headquarters"] * 3
    + [
        "firearms",
        "covert",
        "undercover",
    ]
)
STATUSES = ["active"] * 17 + ["suspended"] + ["leaver"] * 2
LEVELS = ["RV"] * 10 + ["MV"] * 3 + ["CTC", "SC", "DV"]
STREETS = ["Mill Lane", "High Street", "Station Road", "The Green", "Quarry Hill", "Church Walk"]
TOWNS = ["Netherfold", "Brackwater", "Saltby", "Upper Wend", "Marlow Cross"]
DIVISIONS = ["Northern", "Coastal", "City", "Operations"]


def export(rows: int, seed: int = 2026) -> pl.DataFrame:
    """An export of ``rows`` invented officers: 24 text columns, headed by field names."""
    dice = random.Random(seed)

    def pick(values: list[str]) -> pl.Series:
        return pl.Series(dice.choices(values, k=rows))

    def between(low: int, high: int) -> pl.Series:
        return pl.Series(dice.choices(range(low, high), k=rows))

    number = pl.int_range(rows, eager=True)
    forename, surname = pick(FORENAMES), pick(SURNAMES)
    frame = pl.DataFrame({"n": number, "f": forename, "s": surname})
    n = pl.col("n")
    status = pick(STATUSES)
    return frame.select(
        employee_number=pl.format("E{}", n + 4_000_000),
        warrant_number=(n + 200_000).cast(pl.String),
        pay_number=pl.format("P{}", (n + 1_000_000).cast(pl.String).str.zfill(7)),
        national_insurance_number=pl.format("QQ{}C", (n % 1_000_000).cast(pl.String).str.zfill(6)),
        forename=pl.col("f"),
        surname=pl.col("s"),
        rank=pick(RANKS),
        unit=pl.format("{} Team {}", pick(DIVISIONS), between(1, 9)),
        posting=pick(POSTINGS),
        status=status,
        email=pl.format("{}.{}{}@force.example", pl.col("f").str.to_lowercase(), pl.col("s").str.to_lowercase(), n),
        phone=pl.format("07700 9{}", between(10_000, 99_999)),
        home_address=pl.format("{} {}, {}", between(1, 300), pick(STREETS), pick(TOWNS)),
        home_postcode=pl.format("ZZ{} {}AB", between(1, 99), between(0, 9)),
        date_of_birth=_dates(dice, rows, 1962, 2004),
        joined_on=_dates(dice, rows, 1998, 2025),
        salary=between(28_000, 98_000).cast(pl.String),
        bank_sort_code=pl.format("00-{}-{}", between(10, 99), between(10, 99)),
        bank_account_number=between(10_000_000, 99_999_999).cast(pl.String),
        vetting_level=pick(LEVELS),
        blood_group=pick(["A+", "B+", "O+", "O-", "AB+"]),
        next_of_kin_name=pl.concat_str(pick(FORENAMES), pl.col("s"), separator=" "),
        line_manager=pl.concat_str(pick(FORENAMES), pick(SURNAMES), separator=" "),
        photo=pl.format("photos/{}.jpg", (n * 7_919 + 300_000_007).cast(pl.String)),
    )


def _dates(dice: random.Random, rows: int, first: int, last: int) -> pl.Series:
    days = [
        f"{dice.randrange(first, last)}-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}" for _ in range(2_000)
    ]
    return pl.Series(dice.choices(days, k=rows))


def special(frame: pl.DataFrame) -> pl.DataFrame:
    """The same with a few records of interest at the top: what the gate is for, one of each."""
    changes: list[dict[str, str]] = [
        {"posting": "response", "status": "active"},
        {"posting": "covert", "status": "active"},
        {"posting": "neighbourhood", "status": "active", "photo": "photos/{pay_number}.jpg"},
        {"posting": "headquarters", "status": "leaver"},
        {"posting": "investigation", "status": "suspended"},
        {"posting": "Covert ", "status": "active"},
    ]
    rows = frame.to_dicts()
    for row, change in zip(rows, changes, strict=False):
        row.update({field: text.format(**row) for field, text in change.items()})
    return pl.DataFrame(rows, schema=frame.schema)


def workbook(frame: pl.DataFrame, path: Path) -> None:
    """Write ``frame`` as a workbook with shared strings, as Excel does."""
    import xlsxwriter

    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Staff")
        sheet.write_row(0, 0, frame.columns)
        for number, row in enumerate(frame.iter_rows(), 1):
            sheet.write_row(number, 0, row)


def main() -> None:
    """Write an export as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int)
    parser.add_argument("out", type=Path)
    parser.add_argument("--special", action="store_true", help="put records of interest at the top")
    given = parser.parse_args()
    made = special(export(given.rows)) if given.special else export(given.rows)
    if given.out.suffix == ".xlsx":
        workbook(made, given.out)
    else:
        made.write_csv(given.out)


if __name__ == "__main__":
    main()
