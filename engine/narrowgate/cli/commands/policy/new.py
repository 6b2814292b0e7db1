"""``narrowgate policy new``."""

from __future__ import annotations

import shlex
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from narrowgate.cli import options
from narrowgate.errors import UsageError

if TYPE_CHECKING:
    from narrowgate.authoring.new_purpose.answering import Given
    from narrowgate.authoring.new_purpose.draft import Draft
    from narrowgate.authoring.new_purpose.questions import Question
    from narrowgate.settings import Settings

_AGREEMENT, _SUPPLIER, _WHAT = "The agreement", "A supplier that is new", "What leaves"


def _option(name: str, help: str, panel: str | None = None, metavar: str = "TEXT") -> Any:
    return typer.Option(name, help=help, metavar=metavar, show_default=False, rich_help_panel=panel)


def new_command(
    context: typer.Context,
    purpose: Annotated[
        str, typer.Argument(metavar="PURPOSE", help="Its name, like id_card_print.", show_default=False)
    ],
    title: Annotated[str | None, _option("--title", "What it is called.")] = None,
    basis: Annotated[str | None, _option("--basis", "Lawful basis, as UK GDPR Article 6 has them.")] = None,
    article_9: Annotated[
        str | None, _option("--article-9", "Condition of Article 9(2), for special categories.")
    ] = None,
    retention_days: Annotated[
        str | None, _option("--retention-days", "Days after which the supplier deletes it.", metavar="N")
    ] = None,
    supplier: Annotated[str | None, _option("--supplier", "Who receives, known or new.", _AGREEMENT, "NAME")] = None,
    supplier_title: Annotated[str | None, _option("--supplier-title", "Its full name.", _SUPPLIER)] = None,
    kind: Annotated[str | None, _option("--kind", "What guardrails go by, like card printer.", _SUPPLIER)] = None,
    country: Annotated[str | None, _option("--country", "Two letters, like GB.", _SUPPLIER, "CODE")] = None,
    agreement: Annotated[str | None, _option("--agreement", "Its id.", _AGREEMENT, "ID")] = None,
    starts: Annotated[str | None, _option("--from", "First day in force.", _AGREEMENT, "DATE")] = None,
    until: Annotated[str | None, _option("--until", "Last day in force.", _AGREEMENT, "DATE")] = None,
    formats: Annotated[
        str | None, _option("--formats", "Formats, with commas between. Default: csv.", _AGREEMENT, "LIST")
    ] = None,
    max_rows: Annotated[str | None, _option("--max-rows", "Most records in one release.", _AGREEMENT, "N")] = None,
    field: Annotated[
        list[str] | None,
        _option(
            "--field",
            "A field and how it leaves: surname=keep, surname=mask:first=1, date_of_birth=year, photo=image:600; "
            "repeatable.",
            _WHAT,
            "NAME=ACTION",
        ),
    ] = None,
    release: Annotated[
        list[str] | None,
        _option("--release", 'Whose records leave: "status in active,suspended"; repeatable.', _WHAT, "CONDITION"),
    ] = None,
    policies: options.Policies = None,
    schemas: options.Schemas = None,
) -> None:
    """Add a purpose: its policy, its agreement, and tests of all of it. In a terminal it asks for what is not given.

    Everything is tried on a copy of the policies first. Where something would not come out as wanted, nothing is
    written.

    [dim]narrowgate policy new parking_permits[/]
    [dim]narrowgate policy new uniform --title Uniforms --basis "public task" --retention-days 90 --supplier kitcorp[/]
    [dim]    --agreement DSA-2026-021 --from 2026-01-01 --until 2027-12-31 --max-rows 5000[/]
    [dim]    --field surname=keep --field collar_size=keep --release "status in active"[/]

    Exit codes: 0 added, 2 an answer cannot be or is missing, 3 the policies that are there cannot be used.
    """
    settings = options.settings_of(context, policies, schemas)
    if "policies" not in settings.model_fields_set:
        raise UsageError(
            "these are the policies that ship with Narrowgate",
            "work in a repository of your own: narrowgate init DIR; or name one with --policies",
        )
    given = {
        "title": title,
        "basis": basis,
        "article_9": article_9,
        "retention_days": retention_days,
        "supplier": supplier,
        "supplier_title": supplier_title,
        "kind": kind,
        "country": country,
        "agreement": agreement,
        "from": starts,
        "until": until,
        "formats": formats,
        "max_rows": max_rows,
    }
    texts = {key: (text,) for key, text in given.items() if text is not None}
    draft, changed = _add(settings, purpose, {**texts, "fields": tuple(field or ()), "release": tuple(release or ())})
    _tell(draft, changed)


def _add(settings: Settings, purpose: str, given: Given) -> tuple[Draft, list[Path]]:
    from narrowgate.authoring.new_purpose.answering import draft_purpose
    from narrowgate.authoring.new_purpose.repository import read_repository
    from narrowgate.authoring.new_purpose.staging import staged
    from narrowgate.model.catalogue import load_catalogue

    repository = read_repository(settings.policies, load_catalogue(settings.schemas))
    asking = _Asking()
    draft = draft_purpose(purpose, repository, given, asking.ask if asking.possible else None)
    asking.repeat(purpose, given)
    with staged(draft, repository) as stage:
        there = settings.model_copy(update={"policies": stage.policies, "engine": "private"})
        with options.open_gate(there) as gate:
            from narrowgate.authoring.new_purpose.proving import prove

            prove(gate, stage)
        return draft, stage.publish()


class _Asking:
    """Questions at a terminal, and what was answered."""

    def __init__(self) -> None:
        self.possible = sys.stdin.isatty() and sys.stdout.isatty()
        self._said: list[str] = []

    def ask(self, question: Question, hint: str, parse: Callable[[str], Any]) -> Any:
        """Ask until the answer can be used; what cannot says what to write."""
        # Polars has put a handler of its own in its place, which does not interrupt a prompt.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        typer.echo(f"{question.text} ({hint})" if hint else question.text)
        default = question.default or ""
        while True:
            try:
                text: str = typer.prompt(">", default, show_default=bool(default), prompt_suffix=" ").strip()
            except typer.Abort:
                raise KeyboardInterrupt from None
            try:
                answer = parse(text)
            except UsageError as error:
                typer.secho(f"  {error.message}", fg="red")
                typer.secho(f"  → {error.remedy}", dim=True)
                continue
            self._said += [question.option, text] if text else []
            return answer

    def repeat(self, purpose: str, given: Given) -> None:
        """Show the command that says the same, so that nothing has to be typed twice, whatever comes of it."""
        if self._said:
            from narrowgate.authoring.new_purpose.questions import QUESTIONS

            options_of = {question.key: question.option for question in QUESTIONS}
            options = [part for key, texts in given.items() for text in texts for part in (options_of[key], text)]
            command = shlex.join(["narrowgate", "policy", "new", purpose, *options, *self._said])
            typer.secho(f"the same as a command: {command}", dim=True)


def _tell(draft: Draft, changed: list[Path]) -> None:
    from narrowgate.model.wording import counted

    fields = counted(len(draft.permits), "field")
    said = draft.agreement
    typer.echo(f"added {draft.name}: {fields} to {said.supplier} under {said.id}, {said.starts} to {said.until}")
    for path in changed:
        typer.echo(f"  {_from_here(path)}")
    typer.echo("its tests pass; read what they expect, and change it where you mean something else")
    typer.echo(
        f"next: narrowgate explain --supplier {said.supplier} --purpose {draft.name} --on {said.starts}\n"
        "      narrowgate policy test && narrowgate policy verify\n"
        "      narrowgate policy diff main"
    )


def _from_here(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
