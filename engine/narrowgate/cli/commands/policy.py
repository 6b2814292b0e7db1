"""``narrowgate policy``."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Annotated

import typer

from narrowgate.cli import options
from narrowgate.errors import PolicyInvalid, UsageError
from narrowgate.model.wording import counted

app = typer.Typer(help="For policy authors.", no_args_is_help=True)

PolicyPath = Annotated[
    Path | None, typer.Argument(metavar="[DIR]", help="Folder of policies. Default: --policies.", show_default=False)
]


@app.command("lint")
def lint_command(
    context: typer.Context,
    path: PolicyPath = None,
    policies: options.Policies = None,
    schemas: options.Schemas = None,
    engine: options.Engine = None,
    as_json: options.Json = False,
) -> None:
    """Say what keeps policies from being used, and what their author will not have meant.

    Exit codes: 0 nothing found, 1 something worth a look, 3 the policies cannot be used.
    """
    settings = options.settings_of(context, path or policies, schemas, engine)
    with options.open_gate(settings) as gate:
        from narrowgate.authoring.lint import lint

        folder = settings.policies if settings.engine == "private" and settings.policies.is_dir() else None
        try:
            findings, unusable = [str(finding) for finding in lint(gate.engine.policies, folder)], False
        except PolicyInvalid as error:
            findings, unusable = list(error.findings), True
    if as_json:
        print(json.dumps({"usable": not unusable, "findings": findings}, indent=2, ensure_ascii=False))
    else:
        for finding in findings:
            print(finding)
        verdict = "the policies cannot be used" if unusable else "the policies can be used"
        where = settings.policies if settings.engine == "private" else settings.engine
        found = f"{counted(len(findings), 'finding')}; {verdict}" if findings else "nothing found"
        print(f"{found} ({where})")
    if findings:
        raise typer.Exit(PolicyInvalid.exit_code if unusable else 1)


@app.command("test")
def run_tests_command(
    context: typer.Context,
    path: PolicyPath = None,
    only: Annotated[
        str, typer.Option("--filter", metavar="TEXT", help="Only cases whose purpose or name holds TEXT.")
    ] = "",
    policies: options.Policies = None,
    schemas: options.Schemas = None,
    engine: options.Engine = None,
    as_json: options.Json = False,
) -> None:
    """Run the cases beside each purpose, and the Rego tests.

    Exit codes: 0 all as expected, 1 something is not.
    """
    settings = options.settings_of(context, path or policies, schemas, engine)
    if not settings.policies.is_dir():
        raise UsageError(f"{settings.policies} is no folder", "cases lie beside the policies; name their folder")
    with options.open_gate(settings) as gate:
        from narrowgate.authoring.cases import run_cases
        from narrowgate.cli.render import print_cases
        from narrowgate.policy.binary import find_opa

        results = list(run_cases(gate, settings.policies, only))
        gate.engine.policies  # noqa: B018 - vetted even where there are no cases
    if only and not results:
        raise UsageError(f"no case's purpose or name holds {only}", "leave --filter out to see all")
    rego = None
    if not only:
        rego = subprocess.run(
            [find_opa(), "test", "--bundle", settings.policies], capture_output=True, text=True, check=False
        )
    if not as_json:
        print(f"policies: {settings.policies}")
    passed = print_cases(results, rego.stdout + rego.stderr if rego else None, bool(rego and rego.returncode), as_json)
    if not passed:
        raise typer.Exit(1)
