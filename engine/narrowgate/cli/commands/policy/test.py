"""``narrowgate policy test``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from narrowgate.cli import options
from narrowgate.errors import UsageError

if TYPE_CHECKING:
    from narrowgate.authoring.cases.files import Selection
    from narrowgate.model.case_report import CaseReport
    from narrowgate.settings import Settings


def run_tests_command(
    context: typer.Context,
    path: Annotated[
        Path | None,
        typer.Argument(
            metavar="[PATH]",
            help="Folder of policies, a purpose's folder in it, or a cases.yaml. Default: --policies.",
            show_default=False,
        ),
    ] = None,
    only: Annotated[
        str, typer.Option("--filter", metavar="TEXT", help="Only cases and tests whose purpose or name holds TEXT.")
    ] = "",
    policies: options.Policies = None,
    schemas: options.Schemas = None,
    engine: options.Engine = None,
    as_json: options.Json = False,
) -> None:
    """Run the cases beside each purpose, and the Rego tests.

    [dim]narrowgate policy test[/]
    [dim]narrowgate policy test policies/purposes/uniform[/]

    Exit codes: 0 all as expected, 1 something is not, 2 a file of cases cannot be used, 3 the policies cannot.
    """
    from narrowgate.authoring.cases.files import select

    settings = options.settings_of(context, path or policies, schemas, engine)
    selection = select(settings.policies)
    settings = settings.model_copy(update={"policies": selection.policies})
    report = _report(settings, selection, only)
    if as_json:
        from narrowgate.cli.render import print_document

        print_document(report)
    else:
        from narrowgate.cli.render_cases import print_cases

        print(f"policies: {selection.within}")
        print_cases(report)
    if not report.as_expected:
        raise typer.Exit(1)


def _report(settings: Settings, selection: Selection, only: str) -> CaseReport:
    with options.open_gate(settings) as gate:
        from narrowgate.authoring.cases.rego import run_rego
        from narrowgate.authoring.cases.run import report_of, run_cases

        tried = run_cases(gate, selection, only).tried
    rego = run_rego(selection, only)
    if only and not tried and rego is None:
        raise UsageError(f"no case's or test's purpose or name holds {only}", "leave --filter out to see all")
    return report_of(tried, rego)
