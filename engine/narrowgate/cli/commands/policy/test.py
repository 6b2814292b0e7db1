"""``narrowgate policy test``."""

from __future__ import annotations

import subprocess
from typing import Annotated

import typer

from narrowgate.cli import options
from narrowgate.cli.commands.policy.path import PolicyPath
from narrowgate.errors import UsageError


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
