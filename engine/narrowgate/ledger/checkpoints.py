"""Checkpoints (https://c2sp.org/tlog-checkpoint): what a log's tree was at a size, and the file of those signed."""

from __future__ import annotations

import fcntl
import os
import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from narrowgate.errors import EvidenceError, LedgerError
from narrowgate.ledger.encoding import from_base64, to_base64
from narrowgate.ledger.notes import Note, Signature, Verifier, verified

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
_HASH = 32

_TAIL = 1 << 14
_LONGEST_LINE = 1 << 14
_DASH = "\u2014 ".encode()
_NOTE = re.compile(
    rb"([^\n]+\n(0|[1-9][0-9]{0,18})\n[0-9A-Za-z+/]{43}=\n(?:[^\n]+\n)*"
    rb"\n(?:" + _DASH + rb"[^ \n]+ [0-9A-Za-z+/]+=*\n)+)\n"
)
_END = re.compile(rb"\n" + _DASH + rb"[^\n]+\n\n")
_CUT_OFF = b"(cut off)\n\n"
"""No line of a signature ends so."""


@dataclass(frozen=True)
class Checkpoint:
    """A log's tree at a size.

    Args:
        origin: the log's name, which is that of its key.
        extensions: further lines, of which nothing is known here.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Read a checkpoint's text, as a note holds it.

        Raises:
            EvidenceError: it is malformed.
        """
        *lines, end = text.split("\n")
        if end or len(lines) < 3 or not all(lines) or not _SIZE.fullmatch(lines[1]):
            raise _malformed()
        root = from_base64(lines[2])
        if root is None or len(root) != _HASH:
            raise _malformed()
        return cls(lines[0], int(lines[1]), root, tuple(lines[3:]))

    def text(self) -> str:
        """What is signed."""
        return "".join(f"{line}\n" for line in (self.origin, self.size, to_base64(self.root), *self.extensions))


def open_checkpoint(note: str | Note, verifier: Verifier) -> Checkpoint:
    """The checkpoint in a signed note.

    Args:
        note: as it stands in a file, or taken apart already.
        verifier: the key of the log, which bears its origin as name.

    Raises:
        EvidenceError: it is not that log's, not signed by it, or malformed.
    """
    checkpoint = Checkpoint.parse(verified(note, [verifier]).text)
    if checkpoint.origin != verifier.name:
        raise EvidenceError(
            f"this is a checkpoint of {checkpoint.origin}, not of {verifier.name}", "see whose it is, and find ours"
        )
    return checkpoint


def signed_note(checkpoint: Checkpoint, signature: bytes, verifier: Verifier) -> str:
    """The note that a checkpoint and the signature of ``verifier``'s key on it make."""
    return f"{checkpoint.text()}\n{Signature(verifier.name, verifier.id, signature).line}"


def is_signed(checkpoint: Checkpoint, signature: bytes, verifier: Verifier) -> bool:
    """Whether ``signature`` is that of ``verifier``'s key on a checkpoint."""
    try:
        open_checkpoint(signed_note(checkpoint, signature, verifier), verifier)
    except EvidenceError:
        return False
    return True


def _malformed() -> EvidenceError:
    return EvidenceError("this is not a checkpoint", "find the original: origin, size and root, in lines of their own")


class CheckpointLog:
    """A file that holds every checkpoint that was signed, outside the database and only ever added to.

    It is text: note after note, an empty line after each. To a note that a crash or a full disk cut off, ``(cut off)``
    is added with the next one, so the file may be append-only for the system too (``chattr +a``).

    Args:
        path: made, with its folder, when the first note is added.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, note: str) -> None:
        """Add a note, in one write and after those of whoever is writing just then. It is on the disk afterwards.

        Raises:
            LedgerError: it could not be written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
            with os.fdopen(descriptor, "r+b", buffering=0) as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                rest = (b"" if _is_whole(file) else _CUT_OFF) + note.encode() + b"\n"
                while rest:
                    rest = rest[file.write(rest) or 0 :]
                os.fsync(file.fileno())
        except OSError as error:
            raise LedgerError(f"{self.path} cannot be written ({error.strerror})", "make room, or mend that") from error

    def latest(self) -> str | None:
        """The note of the largest size in the last 16 KiB, since writers do not wait for each other.

        A last note that was cut off is passed over, as if it had never been written.

        Returns:
            None where there is none yet.

        Raises:
            EvidenceError: what is there is not notes.
            LedgerError: it cannot be read.
        """
        data, start = self._read(_TAIL)
        if start:
            # What comes before the end of a note may be the rest of one.
            first = _END.search(data)
            skipped = first.end() if first else len(data)
            data, start = data[skipped:], start + skipped
        best: tuple[int, str] | None = None
        for size, note, _ in self._notes(data, start):
            if best is None or size >= best[0]:
                best = size, note
        if best is None and start:
            raise self._fault("no checkpoint", start)
        return best[1] if best else None

    def all(self) -> Iterator[str]:
        """Every note, in the order in which they were added.

        One that was cut off, and marked so when the next was added, is passed over: the next covers what it did.

        Raises:
            EvidenceError: what follows is not notes, or the last one was cut off.
            LedgerError: it cannot be read.
        """
        rest = yield from self.whole()
        if rest:
            raise self._fault("a checkpoint that was cut off", len(self._read()[0]) - len(rest))

    def whole(self) -> Generator[str, None, bytes]:
        """The same, but that the last one may have been cut off.

        Returns:
            What there is of it.
        """
        data, end = self._read()[0], 0
        for _, note, after in self._notes(data, 0):
            end = after
            yield note
        return data[end:]

    def _read(self, last: int | None = None) -> tuple[bytes, int]:
        """The file, or no more than its ``last`` bytes; and where they begin."""
        try:
            with self.path.open("rb", buffering=0) as file:
                # Nobody is in the middle of a note meanwhile.
                fcntl.flock(file, fcntl.LOCK_SH)
                return _tail(file, last)
        except FileNotFoundError:
            return b"", 0
        except OSError as error:
            raise LedgerError(f"{self.path} cannot be read ({error.strerror})", "see who may read it") from error

    def _notes(self, data: bytes, start: int) -> Iterator[tuple[int, str, int]]:
        """Size and text of each note in ``data``, and where it ends there; what was cut off is passed over.

        Args:
            start: where ``data`` begins in the file.

        Raises:
            EvidenceError: there is something else.
        """
        place = 0
        while place < len(data):
            if found := _NOTE.match(data, place):
                place = found.end()
                yield int(found[2]), self._text(found[1], start + found.start()), place
                continue
            marked = data.find(_CUT_OFF, place)
            end = len(data) if marked < 0 else marked
            # The beginning of a note holds one empty line at most.
            if data.count(b"\n\n", place, end) > 1:
                raise self._fault("something that is not a checkpoint", start + place)
            place = end + len(_CUT_OFF)

    def _text(self, note: bytes, place: int) -> str:
        try:
            return note.decode()
        except UnicodeDecodeError:
            raise self._fault("a checkpoint that is not UTF-8", place) from None

    def _fault(self, what: str, place: int) -> EvidenceError:
        line = self._read()[0].count(b"\n", 0, place) + 1
        return EvidenceError(f"{self.path} has {what} at line {line:,}", "put it back, and see who could write to it")


def _tail(file: FileIO, last: int | None = None) -> tuple[bytes, int]:
    """A file's content, or no more than its ``last`` bytes; and where they begin."""
    size = os.fstat(file.fileno()).st_size
    start = 0 if last is None else max(0, size - last)
    return os.pread(file.fileno(), size - start, start), start


def _is_whole(file: FileIO) -> bool:
    """Whether a file ends with a note and the empty line after it, or holds nothing."""
    data, start = _tail(file, _LONGEST_LINE)
    ends = data.endswith(b"\n\n") and data[:-2].rpartition(b"\n")[2].startswith(_DASH)
    return ends or not (data or start)
