"""A release as an answer."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

from narrowgate.gateway.bodies import GZIP, ZIP, described_files
from narrowgate.gateway.download import Download
from narrowgate.model.receipt import Receipt
from narrowgate.tables.formats import format_named, formats

RECEIPT_HEADER = "Narrowgate-Receipt"
_TEXT = {"type": "string"}


def release_as_answer(release: Path, receipt: Receipt, patience: float, then: Callable[[bool], None]) -> Download:
    """A release, with what there is to say of it.

    Args:
        patience: seconds that the client may take for a block of it.
        then: called in the end, with whether all of it was sent.
    """
    entered = receipt.entry.release
    digest = base64.b64encode(bytes.fromhex(entered.sha256)).decode()
    headers = {
        RECEIPT_HEADER: receipt.id,
        # RFC 9530, section 2.
        "Content-Digest": f"sha-256=:{digest}:",
        "Content-Disposition": f'attachment; filename="release.{entered.format}"',
    }
    return Download(release, _media_type(entered.format), headers, patience, then)


def described_release() -> dict[str, Any]:
    """That answer, for OpenAPI."""
    types = [*(each.media_type for each in formats().values() if each.is_written), GZIP, ZIP]
    said = {
        RECEIPT_HEADER: "Id of the release's receipt.",
        "Content-Digest": "SHA-256 of the release (RFC 9530), as its receipt has it.",
        "Content-Disposition": "A name for the release.",
    }
    return {
        "description": "The release.",
        "headers": {name: {"description": text, "schema": _TEXT} for name, text in said.items()},
        "content": described_files(types),
    }


def _media_type(kind: str) -> str:
    """Of a format, packing included."""
    form, packing = format_named(kind)
    return {"": form.media_type, "gz": GZIP, "zip": ZIP}[packing]
