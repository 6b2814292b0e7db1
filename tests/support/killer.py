"""Runs the command line and kills it at a step: ``python -m support.killer STEP ARGUMENTS…``."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

import sqlalchemy as sa

from narrowgate import service
from narrowgate.cli import main
from narrowgate.deciding import Question
from narrowgate.ledger.checkpoints import CheckpointLog
from narrowgate.ledger.draw import Drawing
from narrowgate.ledger.ledger import Ledger
from narrowgate.ledger.log import Log
from narrowgate.ledger.stores._sql import SqlStore
from narrowgate.tables.files import OutputFile

PLACES: dict[str, tuple[Any, str, int]] = {
    "tables": (SqlStore, "create", 1),
    "decide": (Question, "plan", 1),
    "open": (OutputFile, "__enter__", 1),
    "stream": (OutputFile, "write", 1),
    "seal": (OutputFile, "seal", 1),
    "identify": (Ledger, "identify", 1),
    "confirm": (service, "require_as_planned", 1),
    "entry": (Log, "add", 1),
    "draw": (Drawing, "write", 1),
    "commit": (SqlStore, "writing", 1),
    "checkpoint": (CheckpointLog, "append", 1),
    "checkpoint's commit": (SqlStore, "writing", 2),
    "receipt": (service, "write_receipt", 1),
    "receipt's link": (os, "link", 1),
    "receipt's name": (Path, "replace", 1),
    "publish": (OutputFile, "publish", 2),
    "link": (os, "link", 2),
    "name": (Path, "replace", 2),
}
"""What a release goes through: a function, and which of its calls it is."""

STEPS = (
    *("before decide", "after decide", "before open", "after open", "before stream", "after stream"),
    *("before seal", "after seal", "before identify", "after identify", "before confirm", "after confirm"),
    *("before entry", "after entry", "before draw", "after draw", "before commit", "after commit"),
    *("inside checkpoint", "after checkpoint", "before checkpoint's commit", "after checkpoint's commit"),
    *("before receipt", "before receipt's link", "after receipt's link"),
    *("after receipt's name", "after receipt", "before publish", "before link", "after link", "after name"),
    "after publish",
)
"""When to kill, in the order in which a release gets there. Where one step is the next, it stands here once."""

MAKING = ("before tables", "before commit", "after commit", "after tables")
"""When to kill while the ledger is made."""


def _die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def _deadly(function: Callable[..., Any], when: str, turn: int) -> Callable[..., Any]:
    calls = count(1)

    def killing(*arguments: Any, **named: Any) -> Any:
        if next(calls) != turn:
            return function(*arguments, **named)
        if when == "before":
            _die()
        function(*arguments, **named)
        _die()

    return killing


def _deadly_commit(
    writing: Callable[..., AbstractContextManager[sa.Connection]], when: str, turn: int
) -> Callable[..., AbstractContextManager[sa.Connection]]:
    """A block whose end is the commit."""
    calls = count(1)

    @contextmanager
    def killing(store: SqlStore, **named: Any) -> Iterator[sa.Connection]:
        fatal = next(calls) == turn
        with writing(store, **named) as connection:
            yield connection
            if fatal and when == "before":
                _die()
        if fatal:
            _die()

    return killing


def _write_half(log: CheckpointLog, note: str) -> NoReturn:
    with log.path.open("ab") as file:
        file.write(note.encode()[: len(note) // 2])
    _die()


def _arm(step: str) -> None:
    when, _, name = step.partition(" ")
    owner, attribute, turn = PLACES[name]
    function = getattr(owner, attribute)
    if owner is SqlStore and attribute == "writing":
        setattr(owner, attribute, _deadly_commit(function, when, turn))
    elif when == "inside":
        setattr(owner, attribute, _write_half)
    else:
        setattr(owner, attribute, _deadly(function, when, turn))


if __name__ == "__main__":
    step, *sys.argv[1:] = sys.argv[1:]
    _arm(step)
    main()
