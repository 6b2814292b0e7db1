"""``narrowgate witness``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from narrowgate.cli import options

app = typer.Typer(
    help="A witness: cosigns a ledger's checkpoints, and none that goes back on an earlier one.", no_args_is_help=True
)

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The witness's folder.", show_default=False)]


@app.command("init")
def init_command(
    folder: Folder,
    name: Annotated[
        str, typer.Option("--name", help="The witness's name, which cosignatures bear.", show_default=False)
    ],
) -> None:
    """Make a witness: a folder with its key. Printed is the public key, by which its cosignatures are checked.

    [dim]narrowgate witness init witness --name witness.auditor.example[/]
    """
    from narrowgate.ledger.witness.state import make_key

    typer.echo(str(make_key(folder, name).verifier))


@app.command("serve")
def serve_command(
    folder: Folder,
    log: Annotated[
        list[str],
        typer.Option("--log", help="Public key of a log to cosign for; again for more.", metavar="VKEY"),
    ],
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 for any that is free.")] = 8481,
) -> None:
    """Cosign checkpoints that are sent to /add-checkpoint, as https://c2sp.org/tlog-witness has it.

    [dim]narrowgate witness serve witness --log "$(narrowgate ledger key)"[/]
    """
    from narrowgate.ledger.notes import Verifier
    from narrowgate.ledger.witness.server import Witness, WitnessServer
    from narrowgate.ledger.witness.state import WitnessState, read_key

    cosigner = read_key(folder)
    witness = Witness(cosigner, [Verifier.parse(each) for each in log], WitnessState(folder, cosigner.verifier))
    with WitnessServer((host, port), witness, options.announce) as server:
        options.announce(f"the witness {cosigner.name} is at {server.url}")
        server.serve_forever()


@app.command("show")
def show_command(folder: Folder, as_json: options.Json = False) -> None:
    """Show what the witness cosigned last of each log."""
    from narrowgate.cli.render import console, print_document, table
    from narrowgate.ledger.witness.state import WitnessState, read_key
    from narrowgate.model.witness import CosignedLog, WitnessReport

    key = read_key(folder).verifier
    logs = tuple(
        CosignedLog(
            origin=each.checkpoint.origin,
            size=each.checkpoint.size,
            root=each.checkpoint.root.hex(),
            at=datetime.fromtimestamp(each.at, UTC).isoformat().replace("+00:00", "Z"),
        )
        for each in WitnessState(folder, key).everything()
    )
    if as_json:
        print_document(WitnessReport(name=key.name, key=str(key), logs=logs))
        return
    out = console()
    out.print(f"{key.name}: {key}")
    if not logs:
        out.print("it has cosigned nothing yet")
        return
    shown = table("log", "entries", "root", "cosigned")
    for each in logs:
        shown.add_row(each.origin, f"{each.size:,}", each.root[:12], each.at)
    out.print(shown)
