"""``narrowgate filter``."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from narrowgate.cli import options
from narrowgate.cli.options import STDIN
from narrowgate.errors import UsageError


def filter_command(
    context: typer.Context,
    export: Annotated[Path, typer.Argument(metavar="IN", help="The export; - for standard input.", show_default=False)],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="OUT", help="The release; - for standard output.", show_default=False),
    ],
    supplier: options.Supplier,
    purpose: options.Purpose,
    source: options.Source = None,
    on: options.On = None,
    attr: options.Attributes = None,
    receipt: Annotated[
        Path | None,
        typer.Option("--receipt", metavar="FILE", help="Where the receipt goes. Default: OUT.receipt.json."),
    ] = None,
    read_as: options.ReadAs = None,
    write_as: options.WriteAs = None,
    encoding: options.Encoding = None,
    delimiter: options.Delimiter = None,
    quote: options.Quote = None,
    sheet: options.Sheet = None,
    table: options.Table = None,
    header_rows: options.HeaderRows = None,
    policies: options.Policies = None,
    schemas: options.Schemas = None,
    engine: options.Engine = None,
    ledger: options.LedgerAt = None,
    as_json: options.Json = False,
) -> None:
    """Release of an export what its policies permit, and nothing else.

    [dim]narrowgate filter staff.csv -o cards.csv --supplier cardco --purpose id_card_print[/]
    [dim]hr-dump | narrowgate filter - --from ndjson -o - --to csv -s learnly -p training --receipt r.json[/]

    Exit codes: 0 released, 1 refused, 2 bad input, 3 policy invalid or no engine, 4 not recorded.
    """
    if output == STDIN and receipt is None:
        raise UsageError("a release to standard output needs a place for its receipt", "add --receipt FILE")
    if output == STDIN and write_as is None:
        raise UsageError("standard output has no name to tell its format", "add --to csv")
    settings = options.settings_of(context, policies, schemas, engine, ledger)
    with (
        options.open_gate(settings, releasing=True) as gate,
        spooled(export, read_as) as readable,
        staged(output) as target,
    ):
        from narrowgate.cli.render import print_release, progress_bar
        from narrowgate.ledger.receipts import receipt_path
        from narrowgate.service import Order, filter_export

        # Not before: OPA boots while Python imports what this needs.
        options.require_spare(settings, output, receipt)
        order = Order(
            supplier=supplier,
            purpose=purpose,
            on=options.day(on),
            input=readable,
            source=source,
            attributes=options.attributes(attr),
            read_as=read_as,
            dialect=options.dialect(encoding, delimiter, quote, sheet, table, header_rows),
            write_as=write_as,
        )
        receipt_to = receipt or receipt_path(output)
        with progress_bar(readable, "filtering") as progress:
            made = filter_export(gate, order, target, receipt_to, progress)
        print_release(made, output, receipt_to, as_json)


@contextmanager
def spooled(path: Path, read_as: str | None) -> Iterator[Path]:
    """``path``, or a file of ours that holds what came by standard input."""
    if path != STDIN:
        yield path
        return
    if read_as is None:
        raise UsageError("standard input has no name to tell its format", "add --from csv")
    with tempfile.NamedTemporaryFile(prefix="narrowgate-in-") as spool:
        shutil.copyfileobj(sys.stdin.buffer, spool, 1 << 20)
        spool.flush()
        yield Path(spool.name)


@contextmanager
def staged(path: Path) -> Iterator[Path]:
    """``path``, or a file of ours that goes to standard output once it is whole and recorded."""
    if path != STDIN:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="narrowgate-out-") as folder:
        file = Path(folder, "release")
        yield file
        with file.open("rb") as release:
            shutil.copyfileobj(release, sys.stdout.buffer, 1 << 20)
        sys.stdout.buffer.flush()
