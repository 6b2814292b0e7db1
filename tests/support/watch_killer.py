"""Kills a watcher before each thing that it does to files: ``python -m support.watch_killer ROOT LEDGER ENGINE PAIR``.

One folder and one ledger all along. For each moment a file is dropped, a watcher is killed then, and another goes on;
now and then that one is killed too, and a third goes on. It ends once the first gets through; how many moments there
were is printed.
"""

from __future__ import annotations

import csv
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from narrowgate.ledger.open import open_ledger
from narrowgate.model.catalogue import load_catalogue
from narrowgate.policy.client import Address, Opa
from narrowgate.policy.engine import OpaEngine
from narrowgate.service import Gate
from support.gates import SECRET, ledger_in
from support.officers import officers
from support.paths import SCHEMAS
from support.watched import Watched

_CHANGES = {"open", "os.rename", "os.link", "os.mkdir"}
_RELATIVE = {"os.remove", "os.rmdir"}
"""Of these the path may be relative to a folder that is open."""


_AGAIN = 4
"""Every how many moments it is killed twice."""


class Fate:
    """Ends the process before the moment of a number; 0 for never."""

    def __init__(self, root: Path, moment: int) -> None:
        self._root, self._left = str(root), moment
        sys.addaudithook(self._seen)

    def _seen(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in _RELATIVE or (event in _CHANGES and self._is_inside(arguments)):
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def _is_inside(self, arguments: tuple[Any, ...]) -> bool:
        return any(os.fspath(each).startswith(self._root) for each in arguments if isinstance(each, str | Path))


def _drop(watched: Path, pair: str, number: int) -> None:
    """An export like no other, dropped."""
    elsewhere = watched / "staff.csv"
    records = officers(1 + number)
    with elsewhere.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(records[0]))
        writer.writeheader()
        writer.writerows(records)
    place = watched / "in" / pair
    place.mkdir(parents=True, exist_ok=True)
    elsewhere.rename(place / "staff.csv")


class Watchers:
    """Watchers of one folder, which find the policies vetted."""

    def __init__(self, root: Path, ledger_folder: Path, url: str) -> None:
        self._root, self._ledger_folder, self._address = root, ledger_folder, Address(url)
        self._catalogue = load_catalogue(SCHEMAS)
        engine = self._engine()
        self._vetted = engine._vetted
        engine.close()

    def _engine(self) -> OpaEngine:
        return OpaEngine(lambda: Opa(self._address), "shared", self._catalogue)

    def look(self, moment: int) -> None:
        """Have one look, which is killed before a moment."""
        ledger, engine = open_ledger(ledger_in(self._ledger_folder), lambda _: None), self._engine()
        engine._vetted = self._vetted
        gate = Gate(engine, self._catalogue, SCHEMAS, SECRET, ledger, ledger.verifier)
        watched = Watched(self._root, gate)
        Fate(self._root, moment)
        watched.look()


def _is_killed(step: Callable[[], None]) -> bool:
    """Whether a process that does ``step`` is killed in it."""
    if (child := os.fork()) == 0:
        code = 1
        try:
            step()
            code = 0
        finally:
            os._exit(code)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, status
    return os.WIFSIGNALED(status)


def main(root: Path, ledger_folder: Path, url: str, pair: str) -> int:
    """How many moments there were."""
    watchers = Watchers(root, ledger_folder, url)
    for moment in count(1):
        _drop(root, pair, moment)
        if not _is_killed(partial(watchers.look, moment)):
            return moment
        if moment % _AGAIN == 0:
            _is_killed(partial(watchers.look, moment // _AGAIN))
        assert not _is_killed(partial(watchers.look, 0))
    raise AssertionError


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:]))
