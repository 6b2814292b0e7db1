"""``narrowgate policy matrix``."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from narrowgate.cli import asking, options
from narrowgate.cli.commands.policy.path import PolicyPath
from narrowgate.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from narrowgate.service import Gate


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
        from narrowgate.authoring.matrix import Wanted, matrix

        _require_known(gate, supplier, purpose, fields or ())
        wanted = Wanted(supplier, purpose, tuple(dict.fromkeys(fields or ())), everything)
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


def _require_known(gate: Gate, supplier: str | None, purpose: str | None, fields: Iterable[str]) -> None:
    """Make sure that what was named is there.

    Raises:
        UsageError: it is not.
    """
    from narrowgate.policy.vetting.finding import nearest

    bundle = gate.engine.policies
    named = [("supplier", supplier, bundle.suppliers), ("purpose", purpose, bundle.purposes)]
    for what, name, known in [*named, *(("field", field, gate.catalogue.fields) for field in fields)]:
        if name is not None and name not in known:
            raise UsageError(f"there is no {what} {name}", nearest(name, known, f"name one of {', '.join(known)}"))
