"""``narrowgate receipt``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from narrowgate.cli import asking, options
from narrowgate.errors import FileError, UsageError

app = typer.Typer(help="Receipts: what they prove, and saying that a release was deleted.", no_args_is_help=True)

Receipt = Annotated[Path, typer.Argument(metavar="RECEIPT", help="The receipt of a release.", show_default=False)]


@app.command("verify")
def verify_command(
    context: typer.Context,
    receipt: Receipt,
    key: Annotated[
        str | None,
        typer.Option("--key", help="The ledger's public key. Default: ours, or ledger_key's.", metavar="VKEY"),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Make sure that the ledger holds the receipt's entry. It needs the ledger's public key, and not the ledger.

    [dim]narrowgate receipt verify cards.csv.receipt.json --key "$(cat force.vkey)"[/]

    Exit codes: 0 it is proven, 4 it is not.
    """
    from narrowgate.cli.render_ledger import print_proven
    from narrowgate.ledger.receipts import prove_receipt, read_receipt
    from narrowgate.model.listing import ProvenReceipt

    verifier = asking.verifier(key, options.settings_of(context))
    found = read_receipt(receipt)
    checkpoint, entry = prove_receipt(found, verifier), found.entry
    proven = ProvenReceipt(
        id=found.id,
        number=found.number,
        origin=checkpoint.origin,
        size=checkpoint.size,
        supplier=entry.request.supplier,
        purpose=entry.request.purpose,
        released=entry.release.sha256,
        delete_by=entry.obligations.delete_by,
    )
    print_proven(proven, receipt, as_json)


@app.command("key")
def key_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where the secret key goes.", show_default=False)],
    name: Annotated[str, typer.Option("--name", help="Whose key it is.", metavar="NAME", show_default=False)],
) -> None:
    """Make a key for a supplier to sign with, and print the public key: that one goes among the suppliers.

    [dim]narrowgate receipt key cardco.key --name cardco.example[/]
    """
    from narrowgate.ledger.notes import Signer

    signer = Signer.generate(name)
    try:
        with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as made:
            made.write(signer.private() + "\n")
    except FileExistsError:
        raise UsageError(f"there is a file {file} already", "name another; a key that is lost stays lost") from None
    except OSError as error:
        raise FileError(f"{file} cannot be written ({error.strerror})", "name another place") from error
    typer.echo(str(signer.verifier))


@app.command("confirm-deletion")
def confirm_command(
    receipt: Receipt,
    key_file: Annotated[
        Path, typer.Option("--key-file", help="The supplier's secret key.", metavar="FILE", show_default=False)
    ],
    deleted_on: Annotated[
        str | None, typer.Option("--deleted-on", help="Day of the deletion. Default: today.", metavar="DATE")
    ] = None,
    output: asking.Output = None,
) -> None:
    """Sign, as the supplier, that a release has been deleted. The force records it with: narrowgate attest.

    [dim]narrowgate receipt confirm-deletion cards.csv.receipt.json --key-file cardco.key -o deleted.note[/]
    """
    from narrowgate.cli.reading import read_text
    from narrowgate.ledger.deletion import sign_deletion
    from narrowgate.ledger.notes import Signer
    from narrowgate.ledger.receipts import read_receipt
    from narrowgate.ledger.today import today

    day = asking.day_of("--deleted-on", deleted_on) or today()
    if output is not None and output.resolve() == key_file.resolve():
        raise UsageError(f"{output} is the secret key", "name another file")
    signer = Signer.parse(read_text(key_file, "the supplier's secret key").strip())
    asking.put(sign_deletion(read_receipt(receipt).id, day, signer), output)
