"""Receipts on disk."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pydantic import ValidationError

from narrowgate.errors import FileError, LedgerError
from narrowgate.model.receipt import FORMAT, Receipt
from narrowgate.tables.files import OutputFile

SUFFIX = ".receipt.json"
_LARGEST = 4 << 20


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
    """Read a receipt.

    Raises:
        FileError: there is none at ``path``, or it has been changed since it was written.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise FileError(f"{path} is too large to be a receipt", "name the receipt of the release")
        receipt = Receipt.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise FileError(f"there is no file {path}", "name the receipt of the release") from error
    except (OSError, ValueError, ValidationError) as error:
        raise FileError(f"{path} is not a receipt", "name the receipt of the release") from error
    if receipt.id != receipt.seal():
        raise FileError(f"{path} has been changed since it was written", "find the original")
    return receipt


def receipts_beside(file: Path) -> Iterator[Receipt]:
    """The receipts in the folder of ``file``, its own first. What else lies there is passed over.

    Raises:
        FileError: its own is not sound.
    """
    own = receipt_path(file)
    if own.is_file():
        yield read_receipt(own)
    for path in sorted(path for path in file.parent.glob("*.json") if path not in {file, own}):
        if path.is_file() and path.stat().st_size <= _LARGEST and FORMAT.encode() in path.read_bytes():
            with suppress(FileError):
                yield read_receipt(path)
