"""``narrowgate policy bundle``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from narrowgate.cli import options
from narrowgate.cli.commands.policy.path import PolicyPath
from narrowgate.errors import FileError, UsageError

if TYPE_CHECKING:
    from narrowgate.authoring.bundle import SigningKey
    from narrowgate.model.bundle import BundleReport
    from narrowgate.settings import Settings


def bundle_command(
    context: typer.Context,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Where the bundle goes.", metavar="FILE", show_default=False)
    ],
    path: PolicyPath = None,
    signing_key: Annotated[
        Path | None,
        typer.Option(
            "--signing-key",
            help="Private key (PEM) to sign with. Default: NARROWGATE_BUNDLE_KEY; without it, no signature.",
            metavar="FILE",
            show_default=False,
        ),
    ] = None,
    key_id: Annotated[
        str | None, typer.Option("--key-id", help="What the signature calls the key.", metavar="ID", show_default=False)
    ] = None,
    algorithm: Annotated[
        str, typer.Option("--algorithm", help="RS256, PS256, ES256, or with 384 or 512.", metavar="NAME")
    ] = "RS256",
    policies: options.Policies = None,
    schemas: options.Schemas = None,
    as_json: options.Json = False,
) -> None:
    """Make an OPA bundle of policies that pass vetting: what decides, and neither tests nor cases.

    The same policies make the same file, anywhere. Its revision is the digest by which receipts name them.

    [dim]narrowgate policy bundle -o policies.tar.gz[/]
    [dim]narrowgate policy bundle my-force/policies -o policies.tar.gz --signing-key private.pem --key-id force-2026[/]

    Exit codes: 0 made, 2 bad input, 3 the policies cannot be used.
    """
    settings = options.settings_of(context, path or policies, schemas, "private")
    if not settings.policies.is_dir():
        raise UsageError(f"{settings.policies} is no folder", "name the folder that holds the policies")
    options.require_spare(settings, output)
    key = _signing_key(settings, signing_key, key_id, algorithm)
    if signing_key is not None and output.resolve() == signing_key.resolve():
        raise UsageError(f"{output} is the signing key", "name another file")
    # What is to be signed need not be signed yet.
    unsigned = settings.model_copy(update={"verification_key": None, "verification_key_id": None})
    with options.open_gate(unsigned) as gate:
        from narrowgate.authoring.bundle import make_bundle

        report = make_bundle(gate, settings.policies, output, key)
    if as_json:
        print(report.model_dump_json(indent=2))
    else:
        _print(report)


def _signing_key(settings: Settings, file: Path | None, key_id: str | None, algorithm: str) -> SigningKey | None:
    """What to sign with, as the options or the environment give it."""
    from narrowgate.model.algorithm import Algorithm

    if algorithm not in list(Algorithm):
        raise UsageError(f"--algorithm {algorithm} is none that bundles are signed by", "use RS256, PS256 or ES256")
    try:
        pem = settings.bundle_key if file is None else file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        raise FileError(f"{file} cannot be read as a signing key", "name a private key, as PEM") from None
    if pem is None and key_id is None:
        return None
    if pem is None or not key_id:
        raise UsageError("a signing key and its id go together", "give --signing-key FILE and --key-id ID, or neither")
    from narrowgate.authoring.bundle import read_signing_key

    return read_signing_key(pem, key_id, Algorithm(algorithm))


def _print(report: BundleReport) -> None:
    signature = report.signature
    print(f"{report.file}: {report.files} files, {report.bytes:,} bytes")
    print(f"revision  {report.revision}")
    print(f"sha256    {report.sha256}")
    print(f"signed    {f'by the key {signature.key_id}, {signature.algorithm}' if signature else 'no'}")
