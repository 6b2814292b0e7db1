"""Receipts on disk, and what they prove."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import rfc8785
from pydantic import ValidationError

from narrowgate.errors import DataError, EvidenceError, FileError, LedgerError
from narrowgate.ledger import merkle
from narrowgate.ledger.canonical import canonical
from narrowgate.ledger.checkpoints import Checkpoint, open_checkpoint
from narrowgate.ledger.notes import Verifier
from narrowgate.model.receipt import FORMAT, Receipt
from narrowgate.tables.files import OutputFile

SUFFIX = ".receipt.json"
LARGEST = 4 << 20
"""Bytes of a receipt."""


def receipt_path(release: Path) -> Path:
    """Where the receipt of ``release`` goes unless told otherwise: beside it."""
    return release.with_name(release.name + SUFFIX)


def write_receipt(receipt: Receipt, path: Path) -> None:
    """Write ``receipt``, durably, before its release gets a name.

    Raises:
        LedgerError: it could not be written, so nothing may be released.
    """
    text = json.dumps(receipt.model_dump(mode="json", by_alias=True), indent=2, ensure_ascii=False) + "\n"
    try:
        with OutputFile(path) as output:
            with output.stream() as stream:
                stream.write(text.encode())
            output.seal()
            output.publish()
    except FileError as error:
        raise LedgerError(f"the receipt could not be written: {error}", error.remedy) from error


def read_receipt(path: Path) -> Receipt:
    """Read a receipt, and make sure that it holds the entry that its id is of.

    Raises:
        FileError: there is none at ``path``.
        DataError: it is none.
        EvidenceError: it has been changed since it was written.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise FileError(f"{path} is too large to be a receipt", "name the receipt of the release")
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise FileError(f"there is no file {path}", "name the receipt of the release") from error
    except OSError as error:
        raise FileError(f"{path} cannot be read: {error.strerror}", "name the receipt of the release") from error
    return parse_receipt(content, str(path))


def parse_receipt(content: bytes, name: str) -> Receipt:
    """A receipt from what a file of it holds, made sure of as by ``read_receipt``.

    Args:
        name: by which messages tell of it.

    Raises:
        DataError: it is none.
        EvidenceError: it has been changed since it was written.
    """
    try:
        document = json.loads(content.decode(), object_pairs_hook=_unambiguous)
        receipt = Receipt.model_validate(document)
        body, whole = rfc8785.dumps(document["entry"]), rfc8785.dumps(document)
    except (ValueError, ValidationError, RecursionError) as error:
        raise DataError(f"{name} is not a receipt", "give the receipt of the release") from error
    if merkle.leaf_hash(body).hex() != receipt.id or whole != canonical(receipt):
        raise EvidenceError(f"{name} has been changed since it was written", "find the original")
    return receipt


def _unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object, none of whose members is there twice: readers would take one or the other."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a member is there twice")
    return found


def prove_receipt(receipt: Receipt, verifier: Verifier) -> Checkpoint:
    """Make sure that the ledger whose public key is ``verifier`` holds the receipt's entry. Needs no ledger.

    Args:
        receipt: as ``read_receipt`` returns it.

    Returns:
        The checkpoint that covers it.

    Raises:
        EvidenceError: it does not prove that.
    """
    checkpoint = open_checkpoint(receipt.checkpoint, verifier)
    proof = [bytes.fromhex(each) for each in receipt.proof]
    root = merkle.root_of_inclusion(bytes.fromhex(receipt.id), receipt.number, checkpoint.size, proof)
    if root != checkpoint.root:
        raise EvidenceError(
            f"the proof does not lead from entry {receipt.number:,} to the checkpoint's root", "find the original"
        )
    return checkpoint


def receipts_beside(file: Path) -> Iterator[Receipt]:
    """The receipts in the folder of ``file``, its own first. What else lies there is passed over.

    Raises:
        NarrowgateError: its own is not sound.
    """
    own = receipt_path(file)
    if own.is_file():
        yield read_receipt(own)
    for path in sorted(path for path in file.parent.glob("*.json") if path not in {file, own}):
        if path.is_file() and path.stat().st_size <= LARGEST and FORMAT.encode() in path.read_bytes():
            with suppress(FileError, DataError, EvidenceError):
                yield read_receipt(path)
