"""``narrowgate explain``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from narrowgate.cli import options
from narrowgate.cli.commands.filter import spooled
from narrowgate.errors import UsageError


def explain_command(
    context: typer.Context,
    supplier: options.Supplier,
    purpose: options.Purpose,
    export: Annotated[
        Path | None,
        typer.Argument(metavar="[IN]", help="The export. Default: every field there is.", show_default=False),
    ] = None,
    source: options.Source = None,
    on: options.On = None,
    attr: options.Attributes = None,
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
    as_json: options.Json = False,
    as_plan: Annotated[
        bool, typer.Option("--plan", help="Print the plan by which IN would be filtered, as JSON.")
    ] = False,
) -> None:
    """Say what would leave, in what form, by which rule, and what would have to change for the rest.

    [dim]narrowgate explain --supplier cardco --purpose id_card_print[/]
    [dim]narrowgate explain staff.csv --supplier cardco --purpose id_card_print[/]

    Exit codes: 0 it would be released, 1 it would be refused.
    """
    if as_plan and export is None:
        raise UsageError("a plan is for an export", "name the export")
    settings = options.settings_of(context, policies, schemas, engine)
    with options.open_gate(settings) as gate, spooled(export or Path(), read_as) as readable:
        from narrowgate.cli.render import print_document, print_explanation
        from narrowgate.service import Order, explain_order, plan_order

        order = Order(
            supplier=supplier,
            purpose=purpose,
            on=options.day(on),
            input=readable if export else None,
            source=source,
            attributes=options.attributes(attr),
            read_as=read_as,
            dialect=options.dialect(encoding, delimiter, quote, sheet, table, header_rows),
            write_as=write_as,
        )
        if as_plan:
            print_document(plan_order(gate, order))
            return
        explanation = explain_order(gate, order)
        print_explanation(explanation, as_json)
    if explanation.effect == "refuse":
        raise typer.Exit(1)
