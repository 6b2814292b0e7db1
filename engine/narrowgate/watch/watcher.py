"""Who watches a folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from narrowgate.errors import FileError, NarrowgateError
from narrowgate.keeping.pace import Backoff, Pace
from narrowgate.model.watching import Watching
from narrowgate.service import Gate
from narrowgate.watch.claims import Claims, Held
from narrowgate.watch.drops import Drop, Drops
from narrowgate.watch.folders import Folders
from narrowgate.watch.handling import Handler
from narrowgate.watch.names import printable
from narrowgate.watch.outcomes import Outcome, Reason
from narrowgate.watch.waiting import Waiting

_EVERYTHING = "."
"""Stands for all files."""
_MOVABLE = "see who may write in its folder, and that it is on one file system with the others"
_LONGEST = 60.0
"""Seconds until something that has to wait is tried again, at most."""


class Watcher:
    """Handles what is dropped in a folder, one file after the other.

    Args:
        folders: of the watched folder, prepared.
        rules: how it is watched.
        gate: the gate, for as long as one file takes.
        tell: called with what happens.
        today: the day of requests for files that are taken now.
    """

    def __init__(
        self,
        folders: Folders,
        rules: Watching,
        gate: Callable[[], AbstractContextManager[Gate]],
        tell: Callable[[Outcome], None],
        today: Callable[[], date] = date.today,
    ) -> None:
        self._folders, self._interval, self._tell, self._today = folders, rules.interval, tell, today
        self._claims = Claims(folders, self._strange)
        self._drops = Drops(folders.drops, rules.settle, self._strange)
        self._handler = Handler(folders, self._claims, rules, gate)
        self._pace = Pace(first_delay=rules.interval, longest_delay=max(_LONGEST, rules.interval), settled=0)
        self._all_wait = Backoff(self._pace)
        self._waiting: dict[str, _Wait] = {}
        self._said: dict[str, str] = {}

    def pause(self) -> float:
        """Seconds until the next round is due."""
        return max(self._interval, self._all_wait.remaining())

    def round(self, is_stopping: Callable[[], bool] = lambda: False) -> None:
        """Handle what was left and what is complete now.

        Args:
            is_stopping: asked before each file; once it says so, the others are left for later.
        """
        try:
            for held in self._work():
                if is_stopping():
                    held.let_go()
                    return
                self._handle(held)
        except _AllWait as error:
            self._all_wait.count()
            self._say_why(_EVERYTHING, error.cause)
            return
        except (FileError, OSError) as error:
            self._all_wait.count()
            self._say_why(_EVERYTHING, _fault(error))
            return
        self._all_wait.forget()
        self._said.pop(_EVERYTHING, None)

    def _work(self) -> Iterator[Held]:
        self._forget()
        yield from self._claims.left(
            but={claim for claim, each in self._waiting.items() if each.backoff.remaining() > 0}
        )
        for drop in self._drops.complete():
            if held := self._claim(drop):
                yield held

    def _forget(self) -> None:
        """Keep in mind only what there still is."""
        self._waiting = {claim: each for claim, each in self._waiting.items() if (self._folders.work / claim).exists()}
        waiting = {_EVERYTHING, *(each.file for each in self._waiting.values())}
        self._said = {
            file: why
            for file, why in self._said.items()
            if file in waiting or os.path.lexists(self._folders.root / file)
        }

    def _claim(self, drop: Drop) -> Held | None:
        try:
            return self._claims.take(drop, self._today())
        except OSError as error:
            self._say_why(self._relative(drop.path), FileError(f"it cannot be moved: {error.strerror}", _MOVABLE))
            return None

    def _handle(self, held: Held) -> None:
        try:
            outcome = self._handler.handle(held)
        except Waiting as waiting:
            self._put_off(held, waiting.cause)
            if waiting.is_everybodys:
                raise _AllWait(waiting.cause) from waiting
        except (FileError, OSError) as error:
            self._put_off(held, _fault(error))
        else:
            self._waiting.pop(held.claim.id, None)
            self._said.pop(held.claim.drop, None)
            self._tell(outcome)

    def _put_off(self, held: Held, cause: NarrowgateError) -> None:
        held.let_go()
        self._waiting.setdefault(held.claim.id, _Wait(held.claim.drop, Backoff(self._pace))).backoff.count()
        self._say_why(held.claim.drop, cause)

    def _say_why(self, file: str, cause: NarrowgateError) -> None:
        """Tell why something waits, once for each reason."""
        if self._said.get(file) != cause.message:
            self._said[file] = cause.message
            reason = Reason(kind=cause.kind, message=cause.message, remedy=cause.remedy)
            self._tell(Outcome(event="waiting", file=file, reason=reason))

    def _strange(self, path: Path, why: str) -> None:
        """Tell of something that is left alone, once."""
        file = self._relative(path)
        if self._said.get(file) != why:
            self._said[file] = why
            reason = Reason(kind="bad-usage", message=why, remedy="files go into in/SUPPLIER/PURPOSE")
            self._tell(Outcome(event="strange", file=file, reason=reason))

    def _relative(self, path: Path) -> str:
        return printable(str(path.relative_to(self._folders.root)))


@dataclass(frozen=True)
class _Wait:
    """What has to wait, and until when."""

    file: str
    backoff: Backoff


class _AllWait(Exception):
    """Something keeps everything from being handled."""

    def __init__(self, cause: NarrowgateError) -> None:
        super().__init__(cause.message)
        self.cause = cause


def _fault(error: FileError | OSError) -> FileError:
    if isinstance(error, FileError):
        return error
    return FileError(f"{error.filename or 'a file'}: {error.strerror or error}", "see whether the folder is there")
