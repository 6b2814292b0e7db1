"""``narrowgate check``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from narrowgate.cli import options
from narrowgate.cli.commands.filter import spooled


def check_command(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="IN", help="The file; - for standard input.", show_default=False)],
    supplier: options.Supplier,
    purpose: options.Purpose,
    source: options.Source = None,
    on: options.On = None,
    attr: options.Attributes = None,
    receipt: Annotated[
        Path | None, typer.Option("--receipt", metavar="FILE", help="Of the file. Default: looked for beside it.")
    ] = None,
    read_as: options.ReadAs = None,
    encoding: options.Encoding = None,
    delimiter: options.Delimiter = None,
    quote: options.Quote = None,
    sheet: options.Sheet = None,
    table: options.Table = None,
    header_rows: options.HeaderRows = None,
    policies: options.Policies = None,
    schemas: options.Schemas = None,
    engine: options.Engine = None,
    as_json: options.Json = False,
) -> None:
    """Say whether a file is already no more than its policies permit.

    [dim]narrowgate check cards.csv --supplier cardco --purpose id_card_print[/]

    A release no longer holds what its records were judged by (posting, status); its receipt says that they were.

    Exit codes: 0 compliant, 1 not compliant, 2 bad input, 3 policy invalid or no engine.
    """
    settings = options.settings_of(context, policies, schemas, engine)
    with options.open_gate(settings, checking=True) as gate, spooled(file, read_as) as readable:
        from narrowgate.cli.render import print_check
        from narrowgate.ledger.receipts import read_receipt
        from narrowgate.service import Order, check_export

        order = Order(
            supplier=supplier,
            purpose=purpose,
            on=options.day(on),
            input=readable,
            source=source,
            attributes=options.attributes(attr),
            read_as=read_as,
            dialect=options.dialect(encoding, delimiter, quote, sheet, table, header_rows),
        )
        report = check_export(gate, order, read_receipt(receipt) if receipt else None)
        print_check(report, file, as_json)
    if not report.compliant:
        raise typer.Exit(1)
