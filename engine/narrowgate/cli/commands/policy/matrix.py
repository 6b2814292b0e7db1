"""``narrowgate policy matrix``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from narrowgate.cli import asking, options
from narrowgate.cli.commands.policy.path import PolicyPath


class As(StrEnum):
    """How the matrix is given."""

    TABLE = "table"
    HTML = "html"
    CSV = "csv"
    MD = "md"


def matrix_command(
    context: typer.Context,
    path: PolicyPath = None,
    supplier: asking.OnlySupplier = None,
    purpose: asking.OnlyPurpose = None,
    fields: Annotated[
        list[str] | None,
        typer.Option("--field", "-f", help="Only this field; repeatable.", metavar="NAME", show_default=False),
    ] = None,
    on: Annotated[
        str | None,
        typer.Option("--on", help="Day on which agreements are in force, YYYY-MM-DD. Default: today.", metavar="DATE"),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Show fields that nobody receives, too.")] = False,
    shown_as: Annotated[As, typer.Option("--as", help="table; html: a page of its own; csv; md.")] = As.TABLE,
    output: asking.Output = None,
    policies: options.Policies = None,
    schemas: options.Schemas = None,
    engine: options.Engine = None,
    as_json: options.Json = False,
) -> None:
    """Show which field each purpose gives to its suppliers, and in what form.

    OPA is asked, under every agreement in force on the day and with every attribute that purposes declare: nothing is
    read off the policies' text.

    [dim]narrowgate policy matrix --on 2026-06-01[/]
    [dim]narrowgate policy matrix --supplier cardco[/]
    [dim]narrowgate policy matrix --field surname --field home_address[/]
    [dim]narrowgate policy matrix --as html -o matrix.html[/]

    Exit codes: 0 shown, 2 no such supplier, purpose or field, 3 the policies cannot be used.
    """
    settings = options.settings_of(context, path or policies, schemas, engine)
    day = options.day(on)
    with options.open_gate(settings) as gate:
        from narrowgate.authoring.matrix import Wanted, matrix, require_known

        wanted = Wanted(supplier, purpose, tuple(dict.fromkeys(fields or ())), everything)
        require_known(gate.engine.policies, gate.catalogue, wanted)
        report = matrix(gate.engine, gate.catalogue, day, wanted)
    if as_json:
        asking.put(report.model_dump_json(indent=2) + "\n", output)
    elif shown_as == As.HTML:
        from narrowgate.cli.matrix_page import page

        asking.put(page(report), output)
    elif shown_as == As.TABLE:
        from narrowgate.cli.render_matrix import print_matrix

        print_matrix(report, output)
    else:
        from narrowgate.cli.render_matrix import matrix_csv, matrix_markdown

        asking.put(matrix_csv(report) if shown_as == As.CSV else matrix_markdown(report), output)
