"""``narrowgate ropa``."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer

from narrowgate.cli import asking, options
from narrowgate.cli.options import STDIN
from narrowgate.errors import UsageError


class As(StrEnum):
    """How the record is given."""

    TABLE = "table"
    CSV = "csv"
    XLSX = "xlsx"
    JSONLD = "jsonld"


def ropa_command(
    context: typer.Context,
    controller: Annotated[
        str | None,
        typer.Option("--controller", help="Name and contact details of the controller.", metavar="NAME"),
    ] = None,
    on: Annotated[
        str | None, typer.Option("--on", help="As of this day, YYYY-MM-DD. Default: today.", metavar="DATE")
    ] = None,
    shown_as: Annotated[
        As, typer.Option("--as", help="table, csv, xlsx; jsonld: in terms of the W3C Data Privacy Vocabulary.")
    ] = As.TABLE,
    output: asking.Output = None,
    policies: options.Policies = None,
    schemas: options.Schemas = None,
    engine: options.Engine = None,
    ledger: options.LedgerAt = None,
    as_json: options.Json = False,
) -> None:
    """Draw up the record of processing (UK GDPR Article 30) from policies, agreements and what really left.

    [dim]narrowgate ropa --controller "Anyshire Police, dpo@anyshire.example"[/]
    [dim]narrowgate ropa --as xlsx -o ropa.xlsx[/]
    [dim]narrowgate ropa --as jsonld -o ropa.jsonld[/]
    """
    if shown_as == As.XLSX and output in {None, STDIN} and not as_json:
        raise UsageError("a workbook needs a place", "add -o ropa.xlsx")
    settings = options.settings_of(context, policies, schemas, engine, ledger)
    options.require_spare(settings, output)
    with asking.asked(settings) as store, options.open_gate(settings) as gate:
        from narrowgate.ledger.questions.ropa import record_of_processing

        record = record_of_processing(store, gate.engine, gate.catalogue, options.day(on), controller)
    from narrowgate.cli.render_questions import ROPA_COLUMNS, print_ropa, ropa_rows

    if as_json:
        asking.put(record.model_dump_json(indent=2) + "\n", output)
    elif shown_as == As.JSONLD:
        from narrowgate.ledger.questions.dpv import json_ld

        asking.put(json.dumps(json_ld(record), indent=2, ensure_ascii=False) + "\n", output)
    elif shown_as == As.CSV:
        from narrowgate.model.spreadsheet import csv_text

        asking.put(csv_text(ROPA_COLUMNS, [list(map(str, row)) for row in ropa_rows(record)]), output)
    elif shown_as == As.XLSX:
        from narrowgate.tables.sheet import write_sheet

        assert output is not None
        write_sheet(output, ROPA_COLUMNS, ropa_rows(record))
    else:
        print_ropa(record, output)
