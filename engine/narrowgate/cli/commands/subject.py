"""``narrowgate subject``."""

from __future__ import annotations

from typing import Annotated

import typer

from narrowgate.cli import asking, options
from narrowgate.errors import UsageError


def subject_command(
    context: typer.Context,
    identifier: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="The person's employee_number, or your catalogue's subject key.",
            show_default=False,
        ),
    ],
    schemas: options.Schemas = None,
    ledger: options.LedgerAt = None,
    as_json: options.Json = False,
) -> None:
    """Say which suppliers hold anything about a person: fields, purposes, dates, and by when to be deleted.

    [dim]narrowgate subject 0012345[/]

    It needs the secret that the ledger's pseudonyms are made with. Exit code 0 also where nobody holds anything.
    """
    from narrowgate.ledger.questions.subject import person, require_identifier
    from narrowgate.ledger.today import today
    from narrowgate.model.catalogue import load_catalogue

    settings = options.settings_of(context, schemas=schemas, ledger=ledger)
    with asking.asked(settings) as store:
        key = asking.subject_key(store, settings)
        if key is None:
            raise UsageError(
                "nobody can be found without the secret that the ledger's pseudonyms are made with",
                "set NARROWGATE_PSEUDONYM_SECRET, or name the folder that holds it with NARROWGATE_KEYS",
            )
        catalogue = load_catalogue(settings.schemas)
        report = person(store, catalogue, key, identifier, today())
        if not report.known:
            require_identifier(identifier, catalogue)
    from narrowgate.cli.render_questions import print_person

    print_person(report, as_json)
