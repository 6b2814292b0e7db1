"""``narrowgate breach``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from narrowgate.cli import asking, options

if TYPE_CHECKING:
    from narrowgate.ledger.questions.held import Question
    from narrowgate.ledger.stores.interface import Store
    from narrowgate.model.catalogue import Catalogue
    from narrowgate.settings import Settings


class As(StrEnum):
    """How the answer is given."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    MD = "md"


def breach_command(
    context: typer.Context,
    supplier: Annotated[str, typer.Argument(metavar="SUPPLIER", help="Who was breached.", show_default=False)],
    first: asking.From = None,
    last: asking.To = None,
    purpose: asking.OnlyPurpose = None,
    fields: Annotated[
        str | None,
        typer.Option("--fields", help="Only these fields, with commas between.", metavar="A,B", show_default=False),
    ] = None,
    shown_as: Annotated[
        As, typer.Option("--as", help="table; csv: person by person; json; md: draft of the Article 33 facts.")
    ] = As.TABLE,
    output: asking.Output = None,
    schemas: options.Schemas = None,
    ledger: options.LedgerAt = None,
    as_json: options.Json = False,
) -> None:
    """Say of whom a supplier held what: at any time from one day to another.

    It holds a release until it attests that it deleted it. A retention date alone deletes nothing.

    [dim]narrowgate breach cardco --from 2026-05-01 --to 2026-05-14[/]
    [dim]narrowgate breach cardco --fields photo,surname --as csv -o people.csv[/]
    [dim]narrowgate breach cardco --as md -o article-33.md[/]

    The CSV has a line for each person: number, identifier, and the last day on which each field was released to it.
    """
    from narrowgate.ledger.questions.held import Question
    from narrowgate.ledger.today import today
    from narrowgate.model.catalogue import load_catalogue

    settings = options.settings_of(context, schemas=schemas, ledger=ledger)
    options.require_spare(settings, output)
    window = asking.day_of("--from", first), asking.day_of("--to", last) or today()
    only = tuple(dict.fromkeys(name.strip() for name in fields.split(","))) if fields is not None else ()
    question, catalogue = Question(supplier, *window, purpose, only), load_catalogue(settings.schemas)
    with asking.asked(settings) as store:
        if shown_as == As.CSV and not as_json:
            _people(store, settings, catalogue, question, output)
        else:
            _report(store, catalogue, question, As.JSON if as_json else shown_as, output)


def _people(store: Store, settings: Settings, catalogue: Catalogue, question: Question, output: Path | None) -> None:
    from narrowgate.ledger.questions.people import people_held
    from narrowgate.model.spreadsheet import csv_text
    from narrowgate.model.wording import counted

    key = asking.subject_key(store, settings)
    held = people_held(store, catalogue, key, question)
    asking.put(csv_text(held.header, held.rows), output)
    if key is None:
        options.announce("the secret of the ledger's pseudonyms is not here, so nobody has an identifier")
    elif held.unnamed:
        options.announce(f"{counted(held.unnamed, 'line')} without identifier: erased, or too long to be told")
    if held.unidentified:
        options.announce(f"besides, {counted(held.unidentified, 'record')} released that do not say whose they are")


def _report(store: Store, catalogue: Catalogue, question: Question, shown_as: As, output: Path | None) -> None:
    from narrowgate.ledger.questions.article33 import draft
    from narrowgate.ledger.questions.breach import breach

    report = breach(store, catalogue, question)
    if shown_as == As.MD:
        asking.put(draft(report), output)
    elif shown_as == As.JSON:
        asking.put(report.model_dump_json(indent=2) + "\n", output)
    else:
        from narrowgate.cli.render_questions import print_breach

        print_breach(report, output)
