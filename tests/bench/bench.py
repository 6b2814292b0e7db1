"""Times the gate beside what others take for less: ``make bench``.

Everything runs as a process of its own, imports and OPA's start included, alternating, so that a busy machine is as
hard on one as on the other; the best of a few runs counts. Polars and DuckDB only project and filter: they check
nothing, judge nothing, search for nothing and keep no record.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[2]
SCRATCH = ROOT / ".cache" / "bench"
ENVIRONMENT = {
    "NO_COLOR": "1",
    "NARROWGATE_LEDGER": str(SCRATCH / "ledger.db"),
    "NARROWGATE_KEYS": str(SCRATCH / "keys"),
}
CALLS = 400
"""Records to ask OPA about one by one, before the rest is worked out."""

POLARS = """
import sys, polars as pl
(
    pl.scan_csv(sys.argv[1], infer_schema=False)
    .filter(pl.col("status").is_in(["active", "suspended"]) & ~pl.col("posting").is_in(["covert", "undercover"]))
    .select("warrant_number", "forename", "surname", "rank")
    .sink_csv(sys.argv[2])
)
"""
DUCKDB = """
import sys, duckdb
duckdb.sql(
    f\"\"\"copy (
        select warrant_number, forename, surname, rank from read_csv('{sys.argv[1]}', all_varchar=true)
        where status in ('active', 'suspended') and posting not in ('covert', 'undercover')
    ) to '{sys.argv[2]}'\"\"\"
)
"""
CALAMINE = """
import sys, python_calamine, xlsxwriter
rows = python_calamine.CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).to_python()
wanted = "warrant_number forename surname rank unit email joined_on".split()
places = [rows[0].index(name) for name in wanted]
with xlsxwriter.Workbook(sys.argv[2], {"constant_memory": True}) as book:
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        for column, place in enumerate(places):
            sheet.write_string(number, column, row[place])
"""
READER = """
import sys, python_calamine
sheet = python_calamine.CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0)
sum(1 for _ in sheet.iter_rows())
"""


@dataclass(frozen=True)
class Run:
    """What one process took."""

    seconds: float
    cpu: float
    peak: int
    """Resident memory, bytes."""


def timed(command: list[str]) -> Run:
    """Run ``command`` and measure it."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=os.environ | ENVIRONMENT)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[:3]} failed with {process.returncode}")
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024))


def best_of(runs: int, commands: dict[str, list[str]]) -> dict[str, Run]:
    """The fastest run of each command, all of them in turn."""
    found: dict[str, list[Run]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            found[name].append(timed(command))
    return {name: min(each, key=lambda run: run.seconds) for name, each in found.items()}


def one_call_per_record(rows: int) -> float:
    """Seconds that asking OPA about each record would take, from a few hundred of them."""
    from narrowgate.model.catalogue import load_catalogue
    from narrowgate.model.request import Request
    from narrowgate.policy.open import open_private

    engine = open_private(ROOT / "policies", ROOT / "schemas")(load_catalogue(ROOT / "schemas"))
    try:
        columns = ("warrant_number", "forename", "surname", "rank", "photo", "status", "posting")
        request = Request(supplier="cardco", purpose="id_card_print", on="2026-06-01", columns=columns)
        record = {"status": "active", "posting": "response"}
        engine.judge(request, [record])
        start = time.perf_counter()
        for _ in range(CALLS):
            engine.judge(request, [record])
        return (time.perf_counter() - start) / CALLS * rows
    finally:
        engine.close()


def source(rows: int, suffix: str = ".csv") -> Path:
    """An export of ``rows`` records, made once."""
    path = SCRATCH / f"export-{rows}{suffix}"
    if not path.exists():
        SCRATCH.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"partial{suffix}")
        # By a process of its own, as a child's memory is counted from what its parent holds.
        subprocess.run([sys.executable, str(Path(__file__).parent / "exports.py"), str(rows), str(partial)], check=True)
        partial.rename(path)
    return path


def measure_workbooks(console: Console, runs: int, narrowgate: list[str]) -> None:
    """Workbooks of 34,000 and ten times as many records."""
    table = Table(
        title="XLSX of 24 columns to 7: reading and writing alone, and the gate; memory beside the reader's own"
    )
    for header in ("", "wall", "peak memory", "the gate takes"):
        table.add_column(header, justify="right" if header else "left")
    training = ["--supplier", "learnly", "--purpose", "training", "--on", "2026-06-01"]
    for rows, times in ((34_000, runs), (340_000, 1)):
        path, out = source(rows, ".xlsx"), SCRATCH / "training.xlsx"
        commands = {
            "calamine reads": [sys.executable, "-c", READER, str(path)],
            "calamine reads, XlsxWriter writes": [sys.executable, "-c", CALAMINE, str(path), str(out)],
            "Narrowgate": [*narrowgate, "filter", str(path), "-o", str(out), *training],
        }
        found = best_of(times, commands)
        for name, run in found.items():
            ratio = "" if name == "Narrowgate" else f"{found['Narrowgate'].seconds / run.seconds:.2f} ×"
            table.add_row(f"{rows:,}: {name}", f"{run.seconds:.2f} s", f"{run.peak / 1e6:.0f} MB", ratio)
    console.print(table)


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=7)
    given = parser.parse_args()
    console = Console()
    path = source(given.rows)
    narrowgate = [sys.executable, "-m", "narrowgate"]
    cards = ["--supplier", "cardco", "--purpose", "id_card_print", "--on", "2026-06-01"]
    big = {
        "Polars, project and filter": [sys.executable, "-c", POLARS, str(path), str(SCRATCH / "polars.csv")],
        "DuckDB, project and filter": [sys.executable, "-c", DUCKDB, str(path), str(SCRATCH / "duckdb.csv")],
        "Narrowgate, all checks on": [*narrowgate, "filter", str(path), "-o", str(SCRATCH / "narrowgate.csv"), *cards],
    }
    timed(big["Narrowgate, all checks on"])  # the file into the page cache
    found = best_of(given.runs, big)
    gate = found["Narrowgate, all checks on"]
    size = path.stat().st_size / 1e6
    table = Table(
        title=f"{given.rows:,} records × 24 columns of CSV, {size:.0f} MB, {os.cpu_count()} cores, best of {given.runs}"
    )
    for header in ("", "wall", "CPU", "peak memory", "the gate takes"):
        table.add_column(header, justify="left" if not header else "right")
    for name, run in found.items():
        ratio = "" if run is gate else f"{gate.seconds / run.seconds:.2f} ×"
        table.add_row(name, f"{run.seconds:.2f} s", f"{run.cpu:.2f} s", f"{run.peak / 1e6:.0f} MB", ratio)
    per_record = one_call_per_record(given.rows)
    table.add_row(
        "One OPA call per record (worked out)", f"{per_record:.0f} s", "", "", f"1/{per_record / gate.seconds:.0f}"
    )
    console.print(table)

    measure_workbooks(console, given.runs, narrowgate)

    small = source(1_000)
    quick = best_of(
        given.runs,
        {
            "narrowgate --help": [*narrowgate, "--help"],
            "1,000 records": [*narrowgate, "filter", str(small), "-o", str(SCRATCH / "small.csv"), *cards],
        },
    )
    table = Table(title="Start-up, OPA's included")
    table.add_column("")
    table.add_column("wall", justify="right")
    for name, run in quick.items():
        table.add_row(name, f"{run.seconds:.2f} s")
    console.print(table)


if __name__ == "__main__":
    main()
