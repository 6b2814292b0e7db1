"""``narrowgate watch``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from narrowgate.cli import options
from narrowgate.cli.kept import keep_gate
from narrowgate.cli.stopping import Stopping
from narrowgate.scratch import scratch

if TYPE_CHECKING:
    from narrowgate.watch.outcomes import Outcome
    from narrowgate.watch.watcher import Watcher

_WAITING = 3


def watch_command(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder; exports go into DIR/in/SUPPLIER/PURPOSE.")],
    once: Annotated[bool, typer.Option("--once", help="Handle what is there, and end.")] = False,
    settle: Annotated[
        float | None,
        typer.Option("--settle", metavar="SECONDS", min=0, help="How long a file must not change. Default: 2."),
    ] = None,
    interval: Annotated[
        float | None, typer.Option("--interval", metavar="SECONDS", min=0.01, help="Between two looks. Default: 1.")
    ] = None,
    keep_done: Annotated[
        bool | None,
        typer.Option("--keep-done/--delete-done", help="What becomes of exports that were released. Default: deleted."),
    ] = None,
    on: options.On = None,
    policies: options.Policies = None,
    schemas: options.Schemas = None,
    engine: options.Engine = None,
    ledger: options.LedgerAt = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a document for machines, one a line.")] = False,
) -> None:
    """Release what is dropped into a folder, for systems that can do nothing else.

    Releases go to DIR/out/SUPPLIER/PURPOSE, each with its receipt; what is refused or cannot be used to DIR/refused,
    each with its reason. DIR/watch.yaml says of a supplier and purpose what names of files do not: source, formats.

    [dim]narrowgate watch /srv/hr[/]
    [dim]narrowgate watch /srv/hr --once --json[/]

    Exit codes with --once: 0 all was released, 1 something was refused, 3 something has to wait.
    """
    from narrowgate.watch.folders import Folders
    from narrowgate.watch.rules import read_rules, require_usable
    from narrowgate.watch.watcher import Watcher

    options.day(on)
    settings = options.settings_of(context, policies, schemas, engine, ledger)
    given = {"settle": settle, "interval": interval, "keep_done": keep_done}
    rules = read_rules(folder).model_copy(update={name: each for name, each in given.items() if each is not None})
    folders, report = Folders(folder), _Report(as_json)
    folders.prepare(rules.keep_done)
    with scratch(settings.gateway.spool), keep_gate(settings, proving=settings.gateway.reload_tests) as keeper:
        with keeper.gate() as gate:
            require_usable(rules, gate)
        watcher = Watcher(folders, rules, keeper.gate, report.tell, lambda: options.day(on))
        with Stopping() as stopping:
            if once:
                _look_twice(watcher, rules.settle, stopping)
            else:
                options.announce(f"watching {folders.drops}; Ctrl-C ends")
                while not stopping.asked():
                    watcher.round(stopping.asked)
                    stopping.wait(watcher.pause())
    if once and report.code:
        raise typer.Exit(report.code)


def _look_twice(watcher: Watcher, settle: float, stopping: Stopping) -> None:
    """Whether a file changes is seen by looking twice."""
    watcher.round(stopping.asked)
    if not stopping.wait(settle):
        watcher.round(stopping.asked)


class _Report:
    """Tells what happens, and remembers the worst of it as an exit code."""

    def __init__(self, as_json: bool) -> None:
        self._as_json, self.code = as_json, 0

    def tell(self, outcome: Outcome) -> None:
        """Print a line."""
        self.code = max(self.code, {"refused": 1, "waiting": _WAITING}.get(outcome.event, 0))
        if self._as_json:
            print(outcome.model_dump_json(exclude_none=True), flush=True)
        else:
            print(_line(outcome), flush=True)


def _line(outcome: Outcome) -> str:
    if outcome.event == "released":
        count = f" ({outcome.released:,} of {outcome.read:,} records)" if outcome.receipt else ""
        return f"released {outcome.file} in {outcome.target}{count}"
    said = f": {outcome.reason.message}" if outcome.reason else ""
    words = {"refused": f"put aside {outcome.file} in {outcome.target}", "strange": f"left alone {outcome.file}"}
    return words.get(outcome.event, f"waiting {outcome.file}") + said
