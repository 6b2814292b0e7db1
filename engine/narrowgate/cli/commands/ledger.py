"""``narrowgate ledger``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from narrowgate.cli import asking, options
from narrowgate.errors import LedgerError, UsageError

if TYPE_CHECKING:
    from narrowgate.model.receipt import Receipt

app = typer.Typer(help="The record of what left: read it, prove it, look after it.", no_args_is_help=True)

Entry = Annotated[str, typer.Argument(metavar="ENTRY", help="Number of an entry, or its id.", show_default=False)]
Key = Annotated[
    str | None, typer.Option("--key", help="The ledger's public key. Default: ours, or ledger_key's.", metavar="VKEY")
]


@app.command("init")
def init_command(
    context: typer.Context,
    origin: Annotated[
        str | None,
        typer.Option("--origin", help="Name of the ledger, which its checkpoints bear.", metavar="NAME"),
    ] = None,
    ledger: options.LedgerAt = None,
) -> None:
    """Make the ledger and the keys that it lacks, or bring its tables up to date. What is there stays.

    [dim]narrowgate ledger init --origin anyshire.police.example/disclosures[/]
    [dim]narrowgate ledger init --ledger postgresql://narrowgate@db.example/ledger[/]
    """
    from narrowgate.ledger.open import make_ledger
    from narrowgate.settings import location_of

    made = make_ledger(location_of(options.settings_of(context, ledger=ledger)), options.announce, origin)
    made.store.close()
    if origin is not None and origin != made.origin:
        raise UsageError(f"the ledger is {made.origin} already", "a ledger keeps its name and key; begin another one")
    typer.echo(f"the ledger is {made.origin}, in {made.store.name}")
    typer.echo(f"its public key is {made.verifier}")


@app.command("key")
def key_command(context: typer.Context) -> None:
    """Print the public key by which anybody can check receipts and checkpoints."""
    typer.echo(str(asking.verifier(None, options.settings_of(context))))


@app.command("list")
def list_command(
    context: typer.Context,
    supplier: asking.OnlySupplier = None,
    purpose: asking.OnlyPurpose = None,
    kind: Annotated[
        Literal["release", "refusal", "attestation", "erasure"] | None,
        typer.Option("--kind", help="Only entries of this kind."),
    ] = None,
    first: asking.From = None,
    last: asking.To = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1_000_000, help="How many at most.", metavar="N")] = 20,
    ledger: options.LedgerAt = None,
    as_json: options.Json = False,
) -> None:
    """List entries, the newest first.

    [dim]narrowgate ledger list --supplier cardco --kind refusal --from 2026-01-01[/]
    """
    from narrowgate.cli.render_ledger import print_entries
    from narrowgate.ledger.questions.releases import Filter, list_entries

    days = asking.day_of("--from", first), asking.day_of("--to", last)
    with asking.asked(options.settings_of(context, ledger=ledger)) as store:
        found = list_entries(store, Filter(supplier, purpose, kind, *days), limit)
    print_entries(found, as_json)


@app.command("show")
def show_command(
    context: typer.Context,
    entry: Entry,
    receipt: Annotated[
        Path | None,
        typer.Option("--receipt", help="Write its receipt there, as of today.", metavar="FILE", show_default=False),
    ] = None,
    ledger: options.LedgerAt = None,
    as_json: options.Json = False,
) -> None:
    """Show an entry; with --json all of it.

    [dim]narrowgate ledger show 1204 --receipt cards.csv.receipt.json[/]
    """
    from narrowgate.cli.render_ledger import print_entry
    from narrowgate.ledger.questions.releases import show_entry
    from narrowgate.ledger.receipts import write_receipt

    settings = options.settings_of(context, ledger=ledger)
    options.require_spare(settings, receipt)
    with asking.asked(settings) as store:
        shown = show_entry(store, entry)
    if receipt is not None:
        with asking.existing(settings) as kept:
            write_receipt(kept.receipt(shown.number), receipt)
    print_entry(shown, as_json)


@app.command("verify")
def verify_command(
    context: typer.Context,
    key: Key = None,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option("--checkpoint", help="Checkpoints kept elsewhere; repeatable.", metavar="FILE"),
    ] = None,
    receipt: Annotated[
        list[Path] | None, typer.Option("--receipt", help="Receipts to hold it against; repeatable.", metavar="FILE")
    ] = None,
    ledger: options.LedgerAt = None,
    as_json: options.Json = False,
) -> None:
    """Hash every entry anew, and hold the ledger against its checkpoints: has anything been changed?

    [dim]narrowgate ledger verify[/]
    [dim]narrowgate ledger verify --key "$(cat force.vkey)" --checkpoint kept.note --receipt cards.csv.receipt.json[/]

    Exit codes: 0 nothing has, 4 something has.
    """
    from narrowgate.cli.reading import notes_in
    from narrowgate.cli.render_ledger import counting, print_verification
    from narrowgate.ledger.questions.people import subject_check_of
    from narrowgate.ledger.receipts import read_receipt
    from narrowgate.ledger.verify import verify_ledger
    from narrowgate.settings import location_of

    settings = options.settings_of(context, ledger=ledger)
    location, verifier = location_of(settings), asking.verifier(key, settings)
    evidence: list[str | Receipt] = [note for path in checkpoint or () for note in notes_in(path)]
    evidence += [read_receipt(path) for path in receipt or ()]
    with asking.asked(settings) as store, counting("verifying") as progress:
        check = subject_check_of(store, location.keys)
        report = verify_ledger(store, location.log(store), verifier, evidence, progress, check)
    print_verification(report, as_json)
    if not report.sound:
        raise typer.Exit(LedgerError.exit_code)


@app.command("replay")
def replay_command(
    context: typer.Context,
    entry: Entry,
    policies: Annotated[
        Path | None,
        typer.Option("--policies", help="Decide by these. Default: by those that decided then.", metavar="DIR"),
    ] = None,
    key: Key = None,
    schemas: options.Schemas = None,
    ledger: options.LedgerAt = None,
    as_json: options.Json = False,
) -> None:
    """Decide an old request again, by the policies of then or by others, and show any difference.

    [dim]narrowgate ledger replay 1204[/]
    [dim]narrowgate ledger replay 1204 --policies policies[/]

    Exit codes: 0 it is decided alike, 1 it is not.
    """
    from contextlib import nullcontext

    from narrowgate.cli.render_ledger import print_replay
    from narrowgate.ledger.questions.releases import show_entry
    from narrowgate.ledger.replay import replay_entry
    from narrowgate.settings import location_of

    settings = options.settings_of(context, policies, schemas, ledger=ledger)
    verifier = asking.verifier(key, settings)
    with asking.asked(settings) as store, options.open_gate(settings) if policies else nullcontext() as gate:
        log, number = location_of(settings).log(store), show_entry(store, entry).number
        engine = gate.engine if gate else None
        report = replay_entry(store, number, log, verifier, engine, settings.engine_timeout)
    print_replay(report, as_json)
    if not report.same:
        raise typer.Exit(1)


@app.command("checkpoint")
def checkpoint_command(context: typer.Context, output: asking.Output = None, ledger: options.LedgerAt = None) -> None:
    """Sign what the ledger holds now. Whoever keeps the checkpoint can tell if that is changed later.

    [dim]narrowgate ledger checkpoint -o today.checkpoint[/]
    """
    settings = options.settings_of(context, ledger=ledger)
    options.require_spare(settings, output)
    with asking.existing(settings) as kept:
        asking.put(kept.checkpoint(), output)


@app.command("witness")
def witness_command(
    context: typer.Context,
    url: Annotated[str, typer.Argument(metavar="URL", help="Where the witness answers.", show_default=False)],
    key: Annotated[str, typer.Option("--key", help="The witness's public key.", metavar="VKEY", show_default=False)],
    output: asking.Output = None,
    ledger: options.LedgerAt = None,
) -> None:
    """Have a witness cosign what the ledger holds now, if that goes on from what it cosigned before.

    The cosigned checkpoint is kept with the ledger's own; -o writes it for somebody else to keep.

    [dim]narrowgate ledger witness https://witness.example --key "$(cat witness.vkey)"[/]
    """
    from narrowgate.ledger.notes import Verifier
    from narrowgate.ledger.submit import submit
    from narrowgate.model.wording import counted

    witness, settings = Verifier.parse(key), options.settings_of(context, ledger=ledger)
    options.require_spare(settings, output)
    with asking.existing(settings) as kept:
        made = submit(kept, url, witness)
    if output is not None:
        asking.put(made.note, output)
    when = f" at {made.at:%Y-%m-%d %H:%M:%S} UTC" if made.at else ""
    typer.echo(f"{witness.name} cosigned {counted(made.size, 'entry')}{when}", err=output == options.STDIN)


@app.command("erase")
def erase_command(
    context: typer.Context,
    identifier: Annotated[
        str, typer.Argument(metavar="ID", help="The person's identifier in the HR system.", show_default=False)
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    ledger: options.LedgerAt = None,
) -> None:
    """Forget who a person is. Counts and proofs stay; what was released of the person cannot be found any more.

    [dim]narrowgate ledger erase 0012345[/]
    """
    if not yes:
        if sys.stdin is None or not sys.stdin.isatty():
            raise UsageError("erasing cannot be undone, and there is nobody to ask", "add --yes")
        typer.confirm("Forget who this person is? It cannot be undone", abort=True)
    from narrowgate.ledger.questions.subject import require_identifier
    from narrowgate.model.catalogue import load_catalogue

    settings = options.settings_of(context, ledger=ledger)
    with asking.existing(settings) as kept:
        numbers = kept.erase(identifier)
    if not numbers:
        require_identifier(identifier, load_catalogue(settings.schemas))
    typer.echo("erased" if numbers else "the ledger does not know this person; there was nothing to erase")


@app.command("grant")
def grant_command(
    context: typer.Context,
    role: Annotated[str, typer.Argument(metavar="ROLE", help="A role of the PostgreSQL server.", show_default=False)],
    ledger: options.LedgerAt = None,
) -> None:
    """Let a PostgreSQL role read the ledger and enter into it, and nothing else. Erasing stays with the owner.

    [dim]narrowgate ledger grant gate --ledger postgresql://owner@db.example/ledger[/]
    """
    from narrowgate.ledger.stores.postgres import PostgresStore

    with asking.asked(options.settings_of(context, ledger=ledger)) as store:
        if not isinstance(store, PostgresStore):
            raise UsageError("an SQLite file knows no roles", "say who may use it by the rights of its file and folder")
        store.grant(role)
    typer.echo(f"{role} may read {store.name} and enter into it")
