"""What the commands that ask the ledger have in common."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from narrowgate.cli.options import STDIN, announce, parse_day
from narrowgate.errors import UsageError

if TYPE_CHECKING:
    from narrowgate.ledger.ledger import Ledger
    from narrowgate.ledger.notes import Verifier
    from narrowgate.ledger.stores.interface import Store
    from narrowgate.model.subject import SubjectKey
    from narrowgate.settings import Settings

From = Annotated[
    str | None, typer.Option("--from", help="First day, YYYY-MM-DD. Default: the beginning.", metavar="DATE")
]
To = Annotated[str | None, typer.Option("--to", help="Last day, YYYY-MM-DD. Default: today.", metavar="DATE")]
OnlySupplier = Annotated[
    str | None, typer.Option("--supplier", "-s", help="Only this supplier.", metavar="NAME", show_default=False)
]
OnlyPurpose = Annotated[
    str | None, typer.Option("--purpose", "-p", help="Only for this purpose.", metavar="NAME", show_default=False)
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="Where it goes. Default: standard output.", metavar="FILE", show_default=False),
]


@contextmanager
def asked(settings: Settings) -> Iterator[Store]:
    """The ledger's store, to ask questions of. It needs no keys."""
    from narrowgate.ledger.open import open_store_of
    from narrowgate.settings import location_of

    location = location_of(settings)
    store = open_store_of(location)
    try:
        if lack := location.lack(store):
            announce(f"{lack}; what follows may lack something. Run: narrowgate ledger verify")
        yield store
    finally:
        store.close()


@contextmanager
def existing(settings: Settings) -> Iterator[Ledger]:
    """The ledger, to enter into. One that is not there is not made."""
    from narrowgate.cli.options import ledger_of

    with asked(settings), ledger_of(settings) as ledger:
        yield ledger


def subject_key(store: Store, settings: Settings) -> SubjectKey | None:
    """What tells whom the ledger's pseudonyms are of, if it is here."""
    from narrowgate.ledger.questions.people import subject_key_of
    from narrowgate.settings import keys_of

    return subject_key_of(store, keys_of(settings))


def verifier(key: str | None, settings: Settings) -> Verifier:
    """The ledger's public key, as given or as it is known here.

    Raises:
        UsageError: it is not known.
    """
    from narrowgate.cli.options import verifier_of
    from narrowgate.ledger.notes import Verifier

    found = verifier_of(settings) if key is None else Verifier.parse(key)
    if found is None:
        raise UsageError(
            "the ledger's public key is not known here",
            "give it with --key; its owner prints it: narrowgate ledger key",
        )
    return found


def day_of(option: str, given: str | None) -> date | None:
    """The day that an option names; None where it was not given."""
    return None if given is None else parse_day(option, given)


def put(text: str, output: Path | None) -> None:
    """Write a report, as UTF-8, to standard output or into a file that appears whole."""
    if output is None or output == STDIN:
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
        return
    from narrowgate.tables.files import OutputFile

    with OutputFile(output) as file:
        with file.stream() as stream:
            stream.write(text.encode())
        file.seal()
        file.publish()
