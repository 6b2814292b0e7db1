"""``narrowgate obligations``."""

from __future__ import annotations

from typing import Annotated

import typer

from narrowgate.cli import asking, options


def obligations_command(
    context: typer.Context,
    due: Annotated[
        bool, typer.Option("--due", help="Only what should have been deleted already; exit code 1 where there is any.")
    ] = False,
    on: Annotated[
        str | None, typer.Option("--on", help="Due by this day, of what is open now. Default: today.", metavar="DATE")
    ] = None,
    supplier: asking.OnlySupplier = None,
    ledger: options.LedgerAt = None,
    as_json: options.Json = False,
) -> None:
    """List releases whose deletion the supplier has not attested, the earliest to be deleted first.

    [dim]narrowgate obligations --due[/]
    [dim]narrowgate obligations --supplier cardco --on 2026-12-31[/]

    Exit codes: 0; with --due 1 where something should have been deleted, so that cron can tell.
    """
    from narrowgate.ledger.questions.obligations import obligations
    from narrowgate.ledger.today import today

    settings = options.settings_of(context, ledger=ledger)
    day = asking.day_of("--on", on) or today()
    with asking.asked(settings) as store:
        report = obligations(store, day, supplier, due_only=due)
    from narrowgate.cli.render_questions import print_obligations

    print_obligations(report, as_json)
    if due and report.due:
        raise typer.Exit(1)
