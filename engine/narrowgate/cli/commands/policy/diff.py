"""``narrowgate policy diff``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from narrowgate.cli import asking, options
from narrowgate.errors import UsageError

if TYPE_CHECKING:
    from narrowgate.settings import Settings


def diff_command(
    context: typer.Context,
    old: Annotated[
        str, typer.Argument(metavar="OLD", help="A folder, a bundle, or a git revision.", show_default=False)
    ],
    new: Annotated[
        str | None, typer.Argument(metavar="[NEW]", help="The same. Default: --policies.", show_default=False)
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", help="An export: count the people in it.", metavar="FILE", show_default=False),
    ] = None,
    source: options.Source = None,
    read_as: options.ReadAs = None,
    written: Annotated[
        Literal["table", "md"], typer.Option("--as", help="How it is written; md for a pull request.")
    ] = "table",
    output: asking.Output = None,
    policies: options.Policies = None,
    schemas: options.Schemas = None,
    as_json: options.Json = False,
) -> None:
    """Say what would leave under NEW that does not under OLD, and what no longer would: consequences, not lines.

    A git revision is REVISION, of the repository in which --policies lies, or REVISION:PATH. It is decided by this
    version's entry points.

    [dim]narrowgate policy diff main[/]
    [dim]narrowgate policy diff v1.4 policies.tar.gz --data staff.csv[/]
    [dim]narrowgate policy diff main --as md -o comment.md[/]

    Exit codes: 0 nothing more would leave, 1 more would, 2 OLD or NEW is none, 3 policies cannot be used.
    """
    settings = options.settings_of(context, policies, schemas)
    if settings.engine != "private":
        raise UsageError("policies are compared by private OPAs", "leave --engine out")
    if as_json and written != "table":
        raise UsageError("--json and --as are two ways to write it", "give one of them")
    from contextlib import ExitStack

    from narrowgate.authoring.diff.sides import policies_at

    with ExitStack() as opened:
        names = (old, new or str(settings.policies))
        paths = [opened.enter_context(policies_at(name, settings.policies)) for name in names]
        gates = [
            opened.enter_context(options.open_gate(_settings_of(settings, path, is_revision=path != Path(name))))
            for name, path in zip(names, paths, strict=True)
        ]
        from narrowgate.authoring.diff.compare import Side
        from narrowgate.authoring.diff.report import compare
        from narrowgate.cli.render import steps
        from narrowgate.cli.render_diff import written_diff
        from narrowgate.model.source import load_source
        from narrowgate.tables.export import open_export

        catalogue = gates[0].catalogue
        mapping = load_source(settings.schemas, source, catalogue) if source else None
        count = (lambda: open_export(data, catalogue, mapping, read_as)) if data else None
        sides = [Side(gate) for gate in gates]
        with steps("comparing", len({name for side in sides for name in side.bundle.purposes})) as step:
            report = compare(sides[0], sides[1], names, count, step)
    written_diff(report, "json" if as_json else written, output)
    if report.widens or report.not_compared:
        raise typer.Exit(1)


def _settings_of(settings: Settings, policies: Path, *, is_revision: bool) -> Settings:
    """Settings for one of two policies. A revision bears no signature, and nothing leaves by it here."""
    unsigned = {"verification_key": None, "verification_key_id": None} if is_revision else {}
    return settings.model_copy(update={"policies": policies, **unsigned})
