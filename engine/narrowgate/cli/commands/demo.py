"""``narrowgate demo``."""

from __future__ import annotations

import csv
import os
import shlex
import shutil
import sys
import tempfile
from datetime import date
from itertools import islice
from pathlib import Path

import typer

_ROWS = 6
_SHOWN = ("forename", "surname", "rank", "warrant_number", "pay_number", "posting", "status", "vetting_level", "photo")
_SHOWN_WHEN_NARROW = ("surname", "warrant_number", "pay_number", "posting", "photo")
_WIDE = 130
_DAY = date(2026, 6, 1)


def demo_command() -> None:
    """Filter an invented export for the ID-card printer, and show what was stripped."""
    from rich.text import Text

    from narrowgate.cli.options import open_gate
    from narrowgate.cli.render import console, print_release
    from narrowgate.errors import OpaMissing
    from narrowgate.ledger.receipts import receipt_path
    from narrowgate.policy.binary import find_opa, install
    from narrowgate.resources import shipped
    from narrowgate.settings import Settings

    try:
        find_opa()
    except OpaMissing:
        install(lambda line: typer.echo(line, err=True))
    out, export = console(), shipped("examples") / "id-cards" / "export.csv"
    folder = Path(tempfile.mkdtemp(prefix="narrowgate-demo-"))
    settings = Settings(ledger=str(folder / "ledger.db"), keys=folder / "keys")
    with open_gate(settings, releasing=True) as gate:
        from narrowgate.service import Order, filter_export

        release = folder / "cards.csv"
        out.print(Text("What the HR system sends to its card printer:", style="bold"))
        _show(export)
        order = Order(supplier="cardco", purpose="id_card_print", on=_DAY, input=export)
        receipt = filter_export(gate, order, release, receipt_path(release))
        out.print(Text("\nWhat the gate makes of it:", style="bold"))
        print_release(receipt, release, receipt_path(release), as_json=False)
        out.print(Text("\nWhat the printer gets:", style="bold"))
        _show(release)
    out.print("\nBoth files are left there for you to look at.")
    out.print(f"Now try: {_program()} explain --supplier cardco --purpose id_card_print")


def _program() -> str:
    """How the reader can call us: ``make demo`` puts nothing on PATH."""
    if shutil.which("narrowgate"):
        return "narrowgate"
    return shlex.quote(os.path.relpath(Path(sys.executable).with_name("narrowgate")))


def _show(path: Path) -> None:
    """The first records, in the columns that tell the story."""
    from narrowgate.cli.render import console, table

    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        names = rows.fieldnames or ()
        columns = [name for name in _SHOWN if name in names]
        if console().width < _WIDE:
            columns = [name for name in columns if name in _SHOWN_WHEN_NARROW]
        shown = table(*columns)
        for row in islice(rows, _ROWS):
            shown.add_row(*(row[column] for column in columns))
        more = sum(1 for _ in rows)
    console().print(shown)
    hidden = f" and {len(names) - len(columns)} more columns" if len(names) > len(columns) else ""
    console().print(f"… {more} more records{hidden}")
