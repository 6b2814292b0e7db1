"""``narrowgate policy lint``."""

from __future__ import annotations

import json

import typer

from narrowgate.cli import options
from narrowgate.cli.commands.policy.path import PolicyPath
from narrowgate.errors import PolicyInvalid
from narrowgate.model.wording import counted


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
