"""Files that are being handled, by one watcher each."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Callable, Container, Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from narrowgate.model.watching import Claim
from narrowgate.watch.drops import Drop
from narrowgate.watch.folders import Folders, put, sync, writing
from narrowgate.watch.names import fitting

_CLAIM, _LOCK, _TRIES = "claim.json", "lock", "tries"


class Held:
    """A claim that is ours for as long as we hold its lock.

    Args:
        folder: where it lies.
        lock: descriptor of its lock.
        claim: what is known of it.
    """

    def __init__(self, folder: Path, lock: int, claim: Claim) -> None:
        self.folder, self.claim, self._lock = folder, claim, lock
        self.inbox, self.outbox = folder / "export", folder / "release"

    @property
    def export(self) -> Path:
        """The file."""
        return self.inbox / self.claim.name

    def note(self, claim: Claim) -> None:
        """Write down what is known from now on."""
        put(self.folder / _CLAIM, claim.model_dump_json())
        self.claim = claim

    def begin(self) -> int:
        """Take note of a try; returns how many there were of which whoever tried did not come back."""
        tries = self.folder / _TRIES
        with tries.open("ab") as file:
            before = file.tell()
            file.write(b".")
        return before

    def let_go(self) -> None:
        """Leave it to whoever comes next."""
        (self.folder / _TRIES).unlink(missing_ok=True)
        os.close(self._lock)

    def drop(self) -> None:
        """Give up a claim to what is not there. Only in one's turn."""
        if not os.path.lexists(self.export):
            shutil.rmtree(self.folder, ignore_errors=True)
        self.let_go()

    def finish(self) -> None:
        """Keep nothing of it. Only in one's turn. The export goes first: where there is none, nothing is to be done."""
        with writing(self.folder):
            self.export.unlink(missing_ok=True)
            sync(self.inbox)
            shutil.rmtree(self.folder)
        self.let_go()


class Claims:
    """The claims in a watched folder. Several watchers, of several machines, may share them.

    Args:
        folders: of the watched folder.
        strange: called with what lies among them and is none, and why, each time.
    """

    def __init__(self, folders: Folders, strange: Callable[[Path, str], None]) -> None:
        self._folders, self._strange = folders, strange

    def take(self, drop: Drop, on: date) -> Held | None:
        """Claim what was dropped; None where somebody else was first, or it has been taken away.

        Raises:
            FileError: it cannot be moved.
        """
        claim = Claim(
            id=secrets.token_hex(8),
            supplier=drop.supplier,
            purpose=drop.purpose,
            name=fitting(drop.path.name),
            on=on,
            state=drop.state,
        )
        with self._folders.turn(), ExitStack() as on_failure:
            held = self._begun(claim)
            on_failure.callback(held.drop)
            held.note(claim)
            try:
                # Whoever renames it has it; a link is renamed, and not what it leads to.
                drop.path.rename(held.export)
            except FileNotFoundError:
                return None
            # Before anything is entered for it, so that no loss of power gives it back to be claimed again.
            sync(held.inbox)
            sync(drop.path.parent)
            on_failure.pop_all()
        return held

    def _begun(self, claim: Claim) -> Held:
        """A claim to nothing yet, which is ours."""
        folder = self._folders.work / claim.id
        with writing(folder):
            folder.mkdir(mode=0o700)
            (folder / "export").mkdir()
            (folder / "release").mkdir()
        lock = _locked(folder)
        assert lock is not None
        return Held(folder, lock, claim)

    def left(self, but: Container[str] = ()) -> Iterator[Held]:
        """Claims that nobody holds, the oldest first: of watchers that have ended, or that had to wait.

        Args:
            but: ids of those that are not wanted.
        """
        known = [(claim, path) for path in self._paths() if (claim := _read(path)) is None or claim.id not in but]
        for _, path in sorted(known, key=lambda each: (each[0].state.mtime_ns if each[0] else 0, each[1])):
            with self._folders.turn():
                held = self._taken_up(path)
            if held:
                yield held

    def _taken_up(self, folder: Path) -> Held | None:
        if (lock := _locked(folder)) is None:
            return None
        claim = _read(folder)
        if claim is not None and os.path.lexists(folder / "export" / claim.name):
            return Held(folder, lock, claim)
        if (folder / "export").is_dir() and any((folder / "export").iterdir()):
            self._strange(folder, "nothing says whose file it holds")
        else:
            # It was done with, or its file never came.
            shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)
        return None

    def promised(self, but: Claim) -> set[str]:
        """Names that other claims are about to give to files, relative to the watched folder. Only in one's turn."""
        claims = [claim for path in self._paths() if (claim := _read(path)) and claim.id != but.id]
        return {move.target for claim in claims for move in claim.moves}

    def _paths(self) -> list[Path]:
        with writing(self._folders.work):
            return [path for path in self._folders.work.iterdir() if not path.name.startswith(".")]


def _locked(folder: Path) -> int | None:
    try:
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except FileNotFoundError:
        return None  # it was removed just now
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _read(folder: Path) -> Claim | None:
    try:
        return Claim.model_validate_json((folder / _CLAIM).read_bytes())
    except (OSError, ValidationError):
        return None
