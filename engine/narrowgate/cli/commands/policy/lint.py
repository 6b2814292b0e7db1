"""``narrowgate policy lint``."""

from __future__ import annotations

from typing import Annotated

import typer

from narrowgate.cli import options
from narrowgate.cli.commands.policy.path import PolicyPath
from narrowgate.errors import PolicyInvalid

_A_COUPLE_OF_MONTHS = 60


def lint_command(
    context: typer.Context,
    path: PolicyPath = None,
    on: Annotated[
        str | None,
        typer.Option(
            "--on", help="Day from which agreements are looked at, YYYY-MM-DD. Default: today.", metavar="DATE"
        ),
    ] = None,
    within: Annotated[
        int, typer.Option("--within", help="Days within which an agreement is about to lapse.", min=0, metavar="DAYS")
    ] = _A_COUPLE_OF_MONTHS,
    notes: Annotated[bool, typer.Option("--notes", help="Show notes, too.")] = False,
    policies: options.Policies = None,
    schemas: options.Schemas = None,
    engine: options.Engine = None,
    as_json: options.Json = False,
) -> None:
    """Say what keeps policies from being used, and what their author will not have meant.

    [dim]narrowgate policy lint[/]
    [dim]narrowgate policy lint my-force/policies --notes[/]
    [dim]narrowgate policy lint --on 2027-12-01 --within 90[/]

    Exit codes: 0 nothing found but notes, 1 something worth a look, 3 the policies cannot be used.
    """
    settings = options.settings_of(context, path or policies, schemas, engine)
    day = options.day(on)
    try:
        with options.open_gate(settings) as gate:
            from narrowgate.authoring.lint.interface import Look
            from narrowgate.authoring.lint.run import lint

            folder = settings.policies if settings.engine == "private" and settings.policies.is_dir() else None
            report = lint(Look(gate, folder, day, within))
    except PolicyInvalid as error:
        from narrowgate.authoring.lint.run import unusable

        report = unusable(error, day)
    from narrowgate.cli.render_lint import print_lint

    where = str(settings.policies) if settings.engine == "private" else settings.engine
    print_lint(report, where, notes, as_json)
    if not report.usable or report.of("warning"):
        raise typer.Exit(1 if report.usable else PolicyInvalid.exit_code)
