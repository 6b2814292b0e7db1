"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from narrowgate.errors import PolicyInvalid, UsageError
from narrowgate.model.dialect import told_dialect

if TYPE_CHECKING:
    from narrowgate.ledger.ledger import Ledger
    from narrowgate.ledger.notes import Verifier
    from narrowgate.policy.client import Address
    from narrowgate.policy.open import Opening
    from narrowgate.service import Gate
    from narrowgate.settings import Settings

Policies = Annotated[
    Path | None,
    typer.Option("--policies", help="Folder or bundle of policies.", metavar="DIR", rich_help_panel="Where things are"),
]
Schemas = Annotated[
    Path | None,
    typer.Option(
        "--schemas", help="Folder with the catalogue and sources.", metavar="DIR", rich_help_panel="Where things are"
    ),
]
Engine = Annotated[
    str | None,
    typer.Option(
        "--engine",
        help="private, or the address of a shared OPA.",
        metavar="private|URL",
        rich_help_panel="Where things are",
    ),
]
LedgerAt = Annotated[
    str | None,
    typer.Option(
        "--ledger",
        help="Where releases are entered: an SQLite file or a PostgreSQL address.",
        metavar="FILE|URL",
        rich_help_panel="Where things are",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print a document for machines.")]
Supplier = Annotated[str, typer.Option("--supplier", "-s", help="Who receives.", metavar="NAME", show_default=False)]
Purpose = Annotated[str, typer.Option("--purpose", "-p", help="What for.", metavar="NAME", show_default=False)]
Source = Annotated[
    str | None, typer.Option("--source", help="Mapping of the system's columns, by name.", metavar="NAME")
]
On = Annotated[str | None, typer.Option("--on", help="Day of the request, YYYY-MM-DD. Default: today.", metavar="DATE")]
Attributes = Annotated[
    list[str] | None,
    typer.Option("--attr", help="Attribute that the purpose declares; repeatable.", metavar="NAME=VALUE"),
]
ReadAs = Annotated[
    str | None,
    typer.Option(
        "--from", help="Format of the export. Default: as its name says.", metavar="FORMAT", rich_help_panel="Format"
    ),
]
WriteAs = Annotated[
    str | None,
    typer.Option(
        "--to", help="Format of the release. Default: as its name says.", metavar="FORMAT", rich_help_panel="Format"
    ),
]
Encoding = Annotated[
    str | None,
    typer.Option(
        "--encoding", help="Of CSV and TSV. Default: utf-8, or the source's.", metavar="NAME", rich_help_panel="Format"
    ),
]
Delimiter = Annotated[
    str | None,
    typer.Option(
        "--delimiter", help="Of CSV. Default: a comma, or the source's.", metavar="CHAR", rich_help_panel="Format"
    ),
]
Quote = Annotated[
    str | None,
    typer.Option(
        "--quote", help="Of CSV. Default: \", or the source's; none for none.", metavar="CHAR", rich_help_panel="Format"
    ),
]

Sheet = Annotated[
    str | None,
    typer.Option(
        "--sheet",
        help="Of a workbook, by name or number. Default: the only one that holds something.",
        metavar="NAME",
        rich_help_panel="Format",
    ),
]
Table = Annotated[
    str | None,
    typer.Option(
        "--table",
        help="Where the table stands on its sheet, or its name. Default: from the first row that holds something.",
        metavar="A3:F900",
        rich_help_panel="Format",
    ),
]
HeaderRows = Annotated[
    int | None,
    typer.Option(
        "--header-rows",
        help="Rows of a sheet's header. Default: 1, or the source's.",
        min=1,
        max=5,
        metavar="N",
        rich_help_panel="Format",
    ),
]

STDIN = Path("-")
"""Stands for standard input or output."""


def settings_of(
    context: typer.Context,
    policies: Path | None = None,
    schemas: Path | None = None,
    engine: str | None = None,
    ledger: str | None = None,
) -> Settings:
    """Settings, options before the command's name included."""
    from narrowgate.settings import load_settings

    early: dict[str, Any] = context.obj or {}
    late = {"policies": policies, "schemas": schemas, "engine": engine, "ledger": ledger}
    return load_settings(early | {name: value for name, value in late.items() if value is not None})


@contextmanager
def open_gate(settings: Settings, *, releasing: bool = False, checking: bool = False) -> Iterator[Gate]:
    """The gate that ``settings`` describe. OPA is launched first, and boots while Python imports the rest.

    Args:
        releasing: whether there are to be releases, for which the ledger is needed.
        checking: whether receipts are to be believed, for which its public key is.
    """
    opening = launch(settings)
    from narrowgate.model.catalogue import load_catalogue
    from narrowgate.service import Gate

    with ExitStack() as opened:
        catalogue = load_catalogue(settings.schemas)
        engine = opening(catalogue)
        opened.callback(engine.close)
        ledger = opened.enter_context(ledger_of(settings)) if releasing else None
        verifier = ledger.verifier if ledger else verifier_of(settings) if checking else None
        try:
            yield Gate(engine, catalogue, settings.schemas, settings.pseudonym_secret, ledger, verifier)
        except PolicyInvalid as error:
            error.folder = settings.policies if settings.engine == "private" else None
            raise


def launch(settings: Settings) -> Opening:
    """What decides, launched."""
    from narrowgate.policy.open import open_private, open_shared
    from narrowgate.settings import trusted_key_of

    key, shared = trusted_key_of(settings), settings.engine != "private"
    if shared and key is None:
        return open_shared(_address(settings), settings.schemas)
    private = open_private(settings.policies, settings.schemas, settings.engine_timeout, key)
    return open_shared(_address(settings), settings.schemas, private) if shared else private


def verifier_of(settings: Settings) -> Verifier | None:
    """The public key of the ledger's checkpoints, if it is known here."""
    from narrowgate.ledger.notes import Verifier
    from narrowgate.settings import keys_of

    if settings.ledger_key:
        return Verifier.parse(settings.ledger_key)
    signer = keys_of(settings).signer()
    return signer.verifier if signer else None


@contextmanager
def ledger_of(settings: Settings) -> Iterator[Ledger]:
    """The ledger that ``settings`` describe, to enter into. A file that is not there is made, and that is told."""
    from narrowgate.ledger.open import open_ledger
    from narrowgate.settings import location_of

    ledger = open_ledger(location_of(settings), announce)
    try:
        yield ledger
    finally:
        ledger.store.close()


def announce(line: str) -> None:
    """Say something that is no outcome."""
    typer.echo(f"narrowgate: {line}", err=True)


def _address(settings: Settings) -> Address:
    from narrowgate.policy.client import Address

    certificate, key = settings.engine_certificate, settings.engine_key
    return Address(
        settings.engine,
        token=settings.engine_token,
        certificate=(certificate, key) if certificate and key else None,
        authority=settings.engine_authority,
        timeout=settings.engine_timeout,
    )


def day(on: str | None) -> date:
    """``--on`` as a date."""
    return date.today() if on is None else parse_day("--on", on)


def parse_day(option: str, given: str) -> date:
    """The day that an option names."""
    from narrowgate.model.day import parse_day

    return parse_day(f"{option} {given}", given)


def require_spare(settings: Settings, *outputs: Path | None) -> None:
    """Make sure that no output would take the place of the ledger, its checkpoints or its keys.

    Raises:
        UsageError: one would.
    """
    from narrowgate.settings import location_of

    location = location_of(settings)
    for output in outputs:
        if output is not None and output != STDIN and location.owns(output):
            raise UsageError(f"{output} belongs to the ledger", "name another file")


def attributes(given: list[str] | None) -> dict[str, str]:
    """``--attr`` as a mapping."""
    found = {}
    for each in given or ():
        name, equals, value = each.partition("=")
        if not (name and equals):
            raise UsageError(f"--attr {each} is not NAME=VALUE", "write it as --attr urgency=routine")
        found[name] = value
    return found


def dialect(
    encoding: str | None,
    delimiter: str | None,
    quote: str | None,
    sheet: str | None,
    table: str | None,
    header_rows: int | None,
) -> dict[str, str | int | None]:
    """What the options say of the dialect."""
    given = {"encoding": encoding, "delimiter": delimiter, "quote": quote}
    return told_dialect(given | {"sheet": sheet, "table": table, "header_rows": header_rows}, "--")
