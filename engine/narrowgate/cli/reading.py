"""What commands about entries read from files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from narrowgate.errors import FileError

_LARGEST = 1 << 20
_BETWEEN = b"\n\n"
"""After each note in a ledger's file of checkpoints."""
_ENTRY = re.compile(r"[0-9]+|[0-9a-fA-F]{8,64}")


def name_of(release: str) -> str:
    """How the ledger knows what was given as a receipt's file, or as an entry's number or id.

    Raises:
        FileError: it looks like a file, and there is none.
        EvidenceError: the receipt has been changed.
    """
    from narrowgate.ledger.receipts import read_receipt

    path = Path(release)
    if _ENTRY.fullmatch(release) and not path.is_file():
        return release
    return read_receipt(path).id


def notes_in(path: Path) -> list[str]:
    """The checkpoint in a file, or all those in one of a ledger's files of checkpoints, of which this is a copy.

    Raises:
        FileError: it cannot be read.
        EvidenceError: it holds something else.
    """
    from narrowgate.ledger.checkpoints import CheckpointLog

    with _reading(path, "checkpoints"):
        ends = path.read_bytes()[-len(_BETWEEN) :]
    if ends == _BETWEEN:
        return list(CheckpointLog(path).all())
    return [read_text(path, "a checkpoint")]


def read_text(path: Path, what: str) -> str:
    """A small file of text.

    Args:
        what: it should hold.

    Raises:
        FileError: it cannot be read.
    """
    with _reading(path, what):
        if path.stat().st_size > _LARGEST:
            raise FileError(f"{path} is too large to be {what}", "name another file")
        return path.read_text(encoding="utf-8")


@contextmanager
def _reading(path: Path, what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FileError(f"{path} cannot be read ({error.strerror})", f"name the file that holds {what}") from error
    except UnicodeDecodeError:
        raise FileError(f"{path} is not text", f"name the file that holds {what}") from None
