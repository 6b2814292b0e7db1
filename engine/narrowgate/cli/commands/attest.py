"""``narrowgate attest``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from narrowgate.cli import asking, options

if TYPE_CHECKING:
    from narrowgate.service import Gate


def attest_command(
    context: typer.Context,
    release: Annotated[
        str,
        typer.Argument(metavar="RECEIPT|ENTRY", help="The release: its receipt, entry or id.", show_default=False),
    ],
    deleted_on: Annotated[
        str | None,
        typer.Option("--deleted-on", help="Day of the deletion. Default: as signed, else today.", metavar="DATE"),
    ] = None,
    signed: Annotated[
        Path | None,
        typer.Option("--signed", help="The supplier's signed note.", metavar="NOTE", show_default=False),
    ] = None,
    policies: options.Policies = None,
    schemas: options.Schemas = None,
    engine: options.Engine = None,
    ledger: options.LedgerAt = None,
    as_json: options.Json = False,
) -> None:
    """Record that a supplier says it has deleted a release. One with a key among the suppliers has to sign that.

    [dim]narrowgate attest cards.csv.receipt.json --deleted-on 2026-07-01[/]
    [dim]narrowgate attest 1f0c2a9b4d --signed deleted.note[/]

    Exit codes: 0 recorded, 2 not possible, 4 not recorded, or the note is not the supplier's.
    """
    from narrowgate.cli.reading import name_of, read_text

    note = read_text(signed, "the supplier's signed note") if signed else None
    given, name = asking.day_of("--deleted-on", deleted_on), name_of(release)
    settings = options.settings_of(context, policies, schemas, engine, ledger)
    # A ledger that is not there is not made for this.
    with asking.asked(settings), options.open_gate(settings, releasing=True) as gate:
        from narrowgate.cli.render_ledger import print_attested
        from narrowgate.ledger.deletion import attest_deletion, deletion_day
        from narrowgate.ledger.questions.releases import show_entry
        from narrowgate.ledger.today import today

        kept = gate.require_ledger()
        shown = show_entry(kept.store, name)
        day = given or (deletion_day(note, shown.id) if note else today())
        evidence = attest_deletion(kept, shown, day, today(), note, _key_of(gate, shown.entry))
    print_attested(shown, day, evidence.number, as_json)


def _key_of(gate: Gate, entry: object) -> str | None:
    """The public key of the supplier that a release went to, if the policies know one."""
    from narrowgate.model.agreement import Supplier
    from narrowgate.model.entry import ReleaseEntry

    if not isinstance(entry, ReleaseEntry):
        return None
    document = gate.engine.policies.suppliers.get(entry.request.supplier)
    return None if document is None else Supplier.model_validate(document).key
