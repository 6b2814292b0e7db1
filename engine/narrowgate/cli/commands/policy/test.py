"""``narrowgate policy test``."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from narrowgate.cli import options
from narrowgate.errors import NarrowgateError, UsageError

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
    update: Annotated[
        bool, typer.Option("--update", help="Show what is there now as a diff, and write it into the files of cases.")
    ] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Run again whenever a file changes, until Ctrl-C.")] = False,
    junit: Annotated[
        Path | None, typer.Option("--junit", metavar="FILE", help="Also write JUnit XML.", show_default=False)
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Run the cases beside each purpose, and the Rego tests.

    [dim]narrowgate policy test[/]
    [dim]narrowgate policy test policies/purposes/uniform --coverage[/]
    [dim]narrowgate policy test --fail-under 100 --junit cases.xml[/]
    [dim]narrowgate policy test --filter uniform --update[/]

    Exit codes: 0 all as expected, 1 something is not or coverage falls short, 2 a file of cases cannot be used,
    3 the policies cannot be used.
    """
    from narrowgate.authoring.cases.files import select

    settings = options.settings_of(context, path or policies, schemas, engine)
    selection = select(settings.policies)
    settings = settings.model_copy(update={"policies": selection.policies})
    if watch and (as_json or update):
        raise UsageError("--watch goes with neither --json nor --update", "leave one of them out")
    if only and (coverage or fail_under is not None):
        raise UsageError("coverage is of all cases", "leave --filter out, or name a purpose's folder")
    wanted = _Wanted(settings, selection, only, coverage or fail_under is not None, update)
    if watch:
        _watch(wanted, fail_under, junit)
    if not _round(wanted, fail_under, junit, as_json):
        raise typer.Exit(1)


@dataclass(frozen=True)
class _Wanted:
    """What is to be tried, and how."""

    settings: Settings
    selection: Selection
    only: str
    measured: bool
    update: bool


def _round(wanted: _Wanted, fail_under: float | None, junit: Path | None, as_json: bool) -> bool:
    """Try everything once, and say what came of it; returns whether that is all right."""
    report = _report(wanted)
    if junit is not None:
        from narrowgate.authoring.cases.junit import junit_xml
        from narrowgate.cli.asking import put

        put(junit_xml(report).decode(), junit)
    if as_json:
        from narrowgate.cli.render import print_document

        print_document(report)
    else:
        from narrowgate.cli.render_cases import print_cases

        print(f"policies: {wanted.selection.within}")
        print_cases(report)
    short = report.coverage is not None and report.coverage.percentage < (fail_under or 0)
    if short:
        options.announce(f"coverage of cases is below {fail_under:g} %")
    return report.as_expected and not short


def _watch(wanted: _Wanted, fail_under: float | None, junit: Path | None) -> NoReturn:
    from narrowgate.authoring.cases.watch import look, wait_for_change
    from narrowgate.cli.run import report

    folders = wanted.selection.policies, wanted.settings.schemas
    while True:
        seen = look(folders)
        try:
            _round(wanted, fail_under, junit, as_json=False)
        except NarrowgateError as error:
            report(error)
        options.announce("waiting for a change; Ctrl-C ends")
        sys.stdout.flush()
        wait_for_change(folders, seen)


def _report(wanted: _Wanted) -> CaseReport:
    selection, only = wanted.selection, wanted.only
    with options.open_gate(wanted.settings) as gate:
        from narrowgate.authoring.cases.coverage.measure import measure
        from narrowgate.authoring.cases.rego import run_rego
        from narrowgate.authoring.cases.run import report_of, run_cases
        from narrowgate.authoring.cases.update.update import updates

        gate.engine.policies  # noqa: B018 - vetted even where there are no cases
        run = run_cases(gate, selection, only)
        if wanted.update and (found := list(updates(gate, run, only))):
            for each in found:
                options.announce(f"writing {each.file.source.path}")
                print("\n".join(each.diff()), file=sys.stderr)
            for each in found:
                each.write()
            run = run_cases(gate, selection, only)
        coverage = measure(gate, selection, run) if wanted.measured else None
    rego = run_rego(selection, only)
    if only and not run.tried and rego is None:
        raise UsageError(f"no case's or test's purpose or name holds {only}", "leave --filter out to see all")
    return report_of(run.tried, rego, coverage)
