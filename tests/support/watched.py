"""Watched folders, with a watcher that a test has look when it wants."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from narrowgate.ledger.receipts import SUFFIX, prove_receipt, read_receipt
from narrowgate.ledger.rows import body_of
from narrowgate.ledger.schema import entries
from narrowgate.model.entry import ENTRY, Entry, RefusalEntry, ReleaseEntry
from narrowgate.model.watching import Watching
from narrowgate.service import Gate
from narrowgate.watch.folders import Folders
from narrowgate.watch.outcomes import Outcome
from narrowgate.watch.watcher import Watcher
from support.gates import DAY
from support.officers import officers, write_records

CARDS = "cardco/id_card_print"


class Watched:
    """A watched folder.

    Args:
        root: where it is; made if it is not there.
        gate: what decides, with a ledger.
        rules: how it is watched; files need not settle.
    """

    def __init__(self, root: Path, gate: Gate, **rules: Any) -> None:
        root.mkdir(exist_ok=True)
        self.root, self.gate_now = root, gate
        self.rules = Watching.model_validate({"settle": 0, "interval": 0.01} | rules)
        self.folders = Folders(root)
        self.folders.prepare(self.rules.keep_done)
        self.told: list[Outcome] = []
        self.watcher = Watcher(self.folders, self.rules, self.gate, self.told.append, lambda: DAY)

    @contextmanager
    def gate(self) -> Iterator[Gate]:
        """What decides."""
        yield self.gate_now

    def place(self, name: str, pair: str = CARDS) -> Path:
        """Where a file is dropped."""
        path = self.root / "in" / pair / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def drop(self, name: str = "staff.csv", pair: str = CARDS, count: int = 3, **changes: str) -> Path:
        """An export of so many officers, dropped."""
        elsewhere = self.root / name
        write_records(elsewhere, officers(count, **changes))
        return elsewhere.rename(self.place(name, pair))

    def look(self) -> list[Outcome]:
        """What happens in a round."""
        before = len(self.told)
        self.watcher.round()
        return self.told[before:]

    def files(self, folder: str) -> set[str]:
        """What is in a folder of it, but for what is hidden."""
        # By a walk that does not mind what is taken away meanwhile.
        walk = os.walk(self.root / folder)
        paths = (Path(place, name) for place, _, names in walk for name in names if not name.startswith("."))
        return {str(path.relative_to(self.root / folder)) for path in paths}

    def entries(self) -> list[Entry]:
        """What its ledger holds."""
        with self.gate_now.require_ledger().store.reading() as connection:
            numbers = connection.scalars(sa.select(entries.c.number).order_by(entries.c.number)).all()
            return [ENTRY.validate_json(body_of(connection, number)) for number in numbers]

    def require_sound(self) -> None:
        """Each release has left once and is entered once, each refusal is entered once, and nothing is on its way."""
        entered = self.entries()
        released = sorted(each.release.sha256 for each in entered if isinstance(each, ReleaseEntry))
        out = [self.root / "out" / name for name in self.files("out")]
        releases = [path for path in out if not path.name.endswith(SUFFIX)]
        assert sorted(sha256(path) for path in releases) == released
        verifier = self.gate_now.require_ledger().verifier
        for path in releases:
            receipt = read_receipt(path.with_name(path.name + SUFFIX))
            prove_receipt(receipt, verifier)
            assert receipt.entry.release.sha256 == sha256(path)
        assert len(out) == 2 * len(releases)
        reasons = [name for name in self.files("refused") if name.endswith(".reason.json")]
        assert self.files("refused") == {*reasons, *(name.removesuffix(".reason.json") for name in reasons)}
        texts = [(self.root / "refused" / name).read_text() for name in reasons]
        refused = [text for text in texts if '"kind": "refused"' in text]
        assert len(refused) == sum(isinstance(each, RefusalEntry) for each in entered)
        assert self.files("in") == self.files("work") == set()


def sha256(path: Path) -> str:
    """The hash of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
