"""``narrowgate policy verify``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from narrowgate.cli import options
from narrowgate.cli.commands.policy.path import PolicyPath


def verify_command(
    context: typer.Context,
    path: PolicyPath = None,
    invariants: Annotated[
        Path | None,
        typer.Option(
            "--invariants",
            help="File of invariants. Default: invariants.yaml beside the policies.",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
    policies: options.Policies = None,
    schemas: options.Schemas = None,
    engine: options.Engine = None,
    as_json: options.Json = False,
) -> None:
    """Prove the invariants over every situation that the policies can tell apart.

    Every supplier, day, format, number of rows, attribute, set of columns and record is gone through, with values that
    stand for all others. Where an invariant does not hold, a smallest such situation is printed as a case.

    [dim]narrowgate policy verify[/]
    [dim]narrowgate policy verify my-force/policies --json[/]

    Exit codes: 0 all hold, 1 one does not or cannot be proven, 2 bad invariants, 3 bad policies.
    """
    settings = options.settings_of(context, path or policies, schemas, engine)
    with options.open_gate(settings) as gate:
        from narrowgate.authoring.verify.invariants import load_invariants
        from narrowgate.authoring.verify.prove import verify
        from narrowgate.cli.render import steps
        from narrowgate.cli.render_proofs import print_proofs
        from narrowgate.model.invariant import FILE_NAME

        file = invariants or settings.policies / FILE_NAME
        stated = load_invariants(file, gate.engine.policies, gate.catalogue)
        with steps("proving", len(gate.engine.policies.purposes)) as step:
            report = verify(gate, stated, step)
    print_proofs(report, file, as_json)
    if not report.holds:
        raise typer.Exit(1)
