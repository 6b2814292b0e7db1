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
    coverage: Annotated[bool, typer.Option("--coverage", help="Say what no case exercises.")] = False,
    fail_under: Annotated[
        float | None,
        typer.Option("--fail-under", metavar="N", help="Fail where coverage is less than N per cent.", min=0, max=100),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Run the cases beside each purpose, and the Rego tests.

    [dim]narrowgate policy test[/]
    [dim]narrowgate policy test policies/purposes/uniform --coverage[/]
    [dim]narrowgate policy test --fail-under 100[/]

    Exit codes: 0 all as expected, 1 something is not or coverage falls short, 2 a file of cases cannot be used,
    3 the policies cannot be used.
    """
    from narrowgate.authoring.cases.files import select

    settings = options.settings_of(context, path or policies, schemas, engine)
    selection = select(settings.policies)
    settings = settings.model_copy(update={"policies": selection.policies})
    measured = coverage or fail_under is not None
    if measured and only:
        raise UsageError("coverage is of all cases", "leave --filter out, or name a purpose's folder")
    report = _report(settings, selection, only, measured)
    if as_json:
        from narrowgate.cli.render import print_document

        print_document(report)
    else:
        from narrowgate.cli.render_cases import print_cases

        print(f"policies: {selection.within}")
        print_cases(report)
    short = report.coverage is not None and report.coverage.percentage < (fail_under or 0)
    if short:
        typer.echo(f"narrowgate: coverage of cases is below {fail_under:g} %", err=True)
    if short or not report.as_expected:
        raise typer.Exit(1)


def _report(settings: Settings, selection: Selection, only: str, measured: bool) -> CaseReport:
    with options.open_gate(settings) as gate:
        from narrowgate.authoring.cases.coverage.measure import measure
        from narrowgate.authoring.cases.rego import run_rego
        from narrowgate.authoring.cases.run import report_of, run_cases

        run = run_cases(gate, selection, only)
        coverage = measure(gate, selection, run) if measured else None
    rego = run_rego(selection, only)
    if only and not run.tried and rego is None:
        raise UsageError(f"no case's or test's purpose or name holds {only}", "leave --filter out to see all")
    return report_of(run.tried, rego, coverage)
