"""Times the ledger of ten years (see ``decade``): ``make bench-ledger``.

Ten times as many releases: ``PYTHONPATH=tests python -m bench.ledger --per-week 10``.

Each figure is of one process with everything warm, as a server has it; the last table is of whole commands.
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench import decade
from narrowgate.ledger.asking import Asking
from narrowgate.ledger.checkpoints import CheckpointLog
from narrowgate.ledger.ledger import Ledger
from narrowgate.ledger.questions.breach import breach
from narrowgate.ledger.questions.held import Question
from narrowgate.ledger.questions.obligations import obligations
from narrowgate.ledger.questions.people import people_held
from narrowgate.ledger.questions.releases import Filter, list_entries
from narrowgate.ledger.questions.subject import person
from narrowgate.ledger.verify import verify_ledger
from narrowgate.model.catalogue import Catalogue, load_catalogue
from support.paths import ROOT, SCHEMAS

SCRATCH = ROOT / ".cache" / "bench"
LAST = decade.FIRST + timedelta(7 * decade.WEEKS)
PEOPLE = 20
"""People whose histories are asked for."""
APPENDS = 40
MEGABYTE = 1e6


@dataclass(frozen=True)
class Figure:
    """What was measured, in milliseconds, and what it is to be at most."""

    what: str
    times: list[float]
    limit: float | None = None

    @property
    def row(self) -> tuple[str, str, str, str]:
        """Name, median, worst, limit."""
        limit = "" if self.limit is None else f"{self.limit:,.0f} ms"
        return self.what, f"{statistics.median(self.times):,.1f} ms", f"{max(self.times):,.1f} ms", limit


def timed(work: Callable[[], object]) -> float:
    """Milliseconds that it took."""
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def size_of(folder: Path) -> int:
    """Bytes of the database."""
    return sum(path.stat().st_size for path in folder.glob("ledger.db*"))


def questions(ledger: Ledger, catalogue: Catalogue, only: slice) -> Iterator[Figure]:
    """What people ask, each supplier and a few people in turn."""
    store, key, suppliers = ledger.store, ledger.subject_key, decade.suppliers(decade.templates()[0])[only]
    asked = [Question(each.name, None, LAST) for each in suppliers]
    chance = random.Random(3)
    whom = [f"E{chance.randrange(decade.STRENGTH + decade.TURNOVER * decade.WEEKS):07}" for _ in range(PEOPLE)]
    yield Figure(
        "breach, counts over ten years", [timed(partial(breach, store, catalogue, question)) for question in asked], 50
    )
    lists = [timed(partial(people_held, store, catalogue, key, question)) for question in asked]
    yield Figure("breach, person × field list over ten years", lists, 1000)
    histories = [timed(partial(person, store, catalogue, key, who, LAST)) for who in whom]
    yield Figure("a person's history", histories, 150)
    yield Figure("obligations, all that are due", [timed(partial(obligations, store, LAST, due_only=True))])
    yield Figure("ledger list", [timed(partial(list_entries, store, Filter(), 20)) for _ in range(5)])
    asking = [Asking(each.name, each.template.request.purpose, LAST) for each in suppliers]
    yield Figure("history for a decision", [timed(partial(ledger.past, each)) for each in asking])


@contextmanager
def copied(folder: Path) -> Iterator[Path]:
    """A copy to enter into."""
    copy = folder.with_name(folder.name + "-copy")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    try:
        yield copy
    finally:
        shutil.rmtree(copy)


def appends(folder: Path) -> Iterator[Figure]:
    """Releases of the whole force to one supplier, entered after the ten years, some of whom are new each time."""
    entries, policies = decade.templates()
    to = decade.suppliers(entries)[0]
    with copied(folder) as copy:
        ledger = decade.opened(copy)
        of, force = decade.pseudonyms_of(ledger), decade.Force()
        for _ in range(decade.WEEKS - APPENDS):
            force.week()
        identifying, entering = [], []
        for number in range(APPENDS):
            entry = decade.release_to(to, force.serving, LAST, f"{LAST}T09:00:00.000Z", number)
            sets = decade.sets_of(to, force.serving, of)
            start = time.perf_counter()
            identified = ledger.identify(sets, 0)
            middle = time.perf_counter()
            decade.enter(ledger, entry, identified, policies.content)
            entering.append((time.perf_counter() - middle) * 1000)
            identifying.append((middle - start) * 1000)
            force.week()
        ledger.store.close()
    yield Figure("append of 34,000 subjects: who they are", identifying[1:])
    yield Figure("append of 34,000 subjects: entry, fsync, checkpoint", entering[1:], 10)


def verification(ledger: Ledger) -> Figure:
    """The whole ledger."""
    log: CheckpointLog = ledger.log
    start = time.perf_counter()
    report = verify_ledger(ledger.store, log, ledger.verifier, subject_check=ledger.subject_key.check)
    took = (time.perf_counter() - start) * 1000
    if not report.sound:
        raise SystemExit(f"the ledger does not verify: {report.findings[:3]}")
    return Figure(f"verify ({report.entries:,} entries)", [took], 10_000)


def commands(folder: Path) -> Iterator[Figure]:
    """Whole commands, Python's start included."""
    supplier = decade.suppliers(decade.templates()[0])[0].name
    for words in (
        ("breach", supplier, "--to", str(LAST)),
        ("breach", supplier, "--to", str(LAST), "--as", "csv", "-o", str(folder / "people.csv")),
        ("subject", "E0000042"),
        ("ledger", "verify"),
    ):
        command = [sys.executable, "-m", "narrowgate", *words, "--ledger", str(folder / "ledger.db")]
        environment = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(folder),
            "NO_COLOR": "1",
            "NARROWGATE_KEYS": str(folder / "keys"),
            "NARROWGATE_CHECKPOINTS": str(folder / "ledger.checkpoints"),
            "NARROWGATE_PSEUDONYM_SECRET": decade.SECRET,
        }
        once = partial(subprocess.run, command, env=environment, check=True, capture_output=True)
        run = [timed(once) for _ in range(3)]
        yield Figure(f"narrowgate {' '.join(words[:2])}{' --as csv' if '--as' in words else ''}", run)


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--per-week", type=int, default=1, help="releases to each supplier; 10: ten times the ledger")
    parser.add_argument("--every", type=int, default=1, help="only to each so many-th supplier")
    given = parser.parse_args()
    folder, catalogue = SCRATCH / f"decade-{given.per_week}-{given.every}", load_catalogue(SCHEMAS)
    only = slice(None, None, given.every)
    decade.make(folder, given.per_week, only=only)
    ledger = decade.opened(folder)
    releases, people, disclosed = map(int, (folder / "made").read_text().split())
    suppliers = len(range(40)[only])
    title = f"{releases:,} releases, {suppliers} suppliers, {people:,} people, {disclosed:,} disclosures; SQLite"
    table = Table(title=title)
    for header in ("", "median", "worst", "at most"):
        table.add_column(header, justify="right" if header else "left")
    table.add_row("database", f"{size_of(folder) / MEGABYTE:,.1f} MB", "", "150 MB")
    for figure in (*questions(ledger, catalogue, only), verification(ledger), *appends(folder), *commands(folder)):
        table.add_row(*figure.row)
    ledger.store.close()
    Console().print(table)


if __name__ == "__main__":
    main()
