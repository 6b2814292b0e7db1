"""What a witness remembers: of each log the checkpoint that it cosigned last, as a note in a file."""

from __future__ import annotations

import fcntl
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from narrowgate.errors import FileError, LedgerError, UsageError
from narrowgate.ledger.checkpoints import Checkpoint
from narrowgate.ledger.keys import write_secret
from narrowgate.ledger.notes import Cosigner, Verifier, verified
from narrowgate.tables.files import OutputFile

_KEY, _LOCK, _SUFFIX = "witness.key", "witness.lock", ".checkpoint"
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True)
class Cosigned:
    """A checkpoint, and when it was cosigned, in seconds since 1970."""

    checkpoint: Checkpoint
    at: int
    note: str


class WitnessState:
    """A folder with a witness's key and checkpoints.

    Args:
        verifier: its public key. A checkpoint that it did not cosign is not believed, not even by itself.
    """

    def __init__(self, folder: Path, verifier: Verifier) -> None:
        self.folder, self._verifier = folder, verifier

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep all other threads and processes from looking and writing meanwhile.

        Raises:
            LedgerError: the folder cannot be written.
        """
        with _using(self.folder), (self.folder / _LOCK).open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def latest(self, origin: str) -> Cosigned | None:
        """The checkpoint of a log that was cosigned last, if one was.

        Raises:
            LedgerError: it cannot be read.
            EvidenceError: the file does not hold one.
        """
        return self._read(self._path(origin))

    def by_digest(self, digest: str) -> Cosigned | None:
        """The same, of the log whose origin has this SHA-256 in hexadecimal digits."""
        return self._read(self.folder / (digest + _SUFFIX)) if _DIGEST.fullmatch(digest) else None

    def everything(self) -> list[Cosigned]:
        """The checkpoint of every log, by origin."""
        with _using(self.folder):
            paths = list(self.folder.glob("*" + _SUFFIX))
        found = [each for path in paths if _DIGEST.fullmatch(path.stem) and (each := self._read(path))]
        return sorted(found, key=lambda each: each.checkpoint.origin)

    def keep(self, origin: str, note: str) -> None:
        """Replace the checkpoint of a log. Once this has returned, a power cut does not bring the old one back.

        Raises:
            LedgerError: it cannot be written; the old one is still there, or it cannot be told.
        """
        try:
            with OutputFile(self._path(origin)) as output:
                with output.stream() as stream:
                    stream.write(note.encode())
                output.seal()
                output.publish()
        except FileError as error:
            raise LedgerError(f"the checkpoint could not be kept: {error}", error.remedy) from error

    def _path(self, origin: str) -> Path:
        return self.folder / (hashlib.sha256(origin.encode()).hexdigest() + _SUFFIX)

    def _read(self, path: Path) -> Cosigned | None:
        with _using(path):
            try:
                note = path.read_bytes().decode(errors="replace")
            except FileNotFoundError:
                return None
        found = verified(note, [self._verifier])
        return Cosigned(Checkpoint.parse(found.text), found.signed[self._verifier] or 0, note)


def make_key(folder: Path, name: str) -> Cosigner:
    """Make a witness's folder and key.

    Raises:
        UsageError: there is one already, or nobody can have this name.
        LedgerError: it cannot be written.
    """
    made = Cosigner.generate(name)
    with _using(folder):
        if not write_secret(folder / _KEY, made.private()):
            raise UsageError(f"there is a witness in {folder} already", "name another folder")
    return made


def read_key(folder: Path) -> Cosigner:
    """The key of the witness in ``folder``.

    Raises:
        UsageError: there is none.
        LedgerError: it cannot be read.
    """
    with _using(folder):
        try:
            return Cosigner.parse((folder / _KEY).read_bytes().decode(errors="replace"))
        except FileNotFoundError:
            raise UsageError(f"there is no witness in {folder}", f"run: narrowgate witness init {folder}") from None


@contextmanager
def _using(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise LedgerError(f"{path} cannot be used ({error.strerror})", "see who may read and write it") from error
