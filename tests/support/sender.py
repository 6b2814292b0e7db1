"""Somebody who releases officers' cards through the command line, and looks after the ledger they are entered into."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from narrowgate.ledger.ledger import Ledger
from narrowgate.ledger.open import Location, make_ledger, open_ledger, open_store_of
from narrowgate.ledger.rows import body_of
from narrowgate.ledger.schema import entries
from narrowgate.ledger.verify import verify_ledger
from narrowgate.model.entry import ENTRY, Entry, ReleaseEntry
from narrowgate.model.verification import VerificationReport
from support.cli import Outcome, files_in, narrowgate
from support.gates import DAY, SECRET, ledger_in
from support.ledgers import FIELDS, enter_release
from support.officers import officers, write_records
from support.postgres import PASSWORD

CARDS = ("--supplier", "cardco", "--purpose", "id_card_print", "--on", str(DAY))
_HIDDEN = (SECRET, PASSWORD, "INSERT", "SELECT", "COMMIT", "Kestrelby", "psycopg", "sqlite3")
"""What no message may show."""
RELEASE, RECEIPT = "cards.csv", "cards.csv.receipt.json"


@dataclass(frozen=True)
class Sender:
    """Keeps the ledger at ``url``, with its keys and checkpoints in ``folder``."""

    folder: Path
    url: str

    @classmethod
    def prepared(cls, folder: Path, url: str, records: int = 20) -> Sender:
        """One with an export and a ledger in which nothing is entered yet."""
        sender = cls(folder, url)
        write_records(folder / "staff.csv", officers(records))
        sender.outbox.mkdir()
        make_ledger(sender.location, lambda _: None).store.close()
        return sender

    @property
    def outbox(self) -> Path:
        """Where releases and receipts go."""
        return self.folder / "outbox"

    @property
    def location(self) -> Location:
        """Where the ledger is."""
        return ledger_in(self.folder, self.url)

    def environment(self, **more: object) -> dict[str, str]:
        """The settings of a run."""
        usual = {
            "NARROWGATE_LEDGER": self.url,
            "NARROWGATE_KEYS": self.folder / "keys",
            "NARROWGATE_CHECKPOINTS": self.location.checkpoints,
            "NARROWGATE_PSEUDONYM_SECRET": self.location.keys.pseudonym_secret,
        }
        return {name: str(value) for name, value in (usual | more).items()}

    def command(self, outbox: Path | None = None) -> tuple[str, ...]:
        """The release of cards."""
        return ("filter", str(self.folder / "staff.csv"), "-o", str((outbox or self.outbox) / RELEASE), *CARDS)

    def send(self, *options: object, **settings: object) -> Outcome:
        """Release the cards."""
        return narrowgate(*self.command(), *options, environment=self.environment(**settings))

    def enter(self) -> None:
        """Enter a release that somebody else makes."""
        with self.ledger() as ledger:
            enter_release(ledger, {FIELDS: range(5)})

    def left(self) -> set[str]:
        """What is in the outbox."""
        return files_in(self.outbox)

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """The ledger, open."""
        opened = open_ledger(self.location, lambda _: None)
        try:
            yield opened
        finally:
            opened.store.close()

    def entries(self) -> list[Entry]:
        """Everything that is entered."""
        store = open_store_of(self.location)
        try:
            with store.reading() as connection:
                numbers = connection.scalars(sa.select(entries.c.number).order_by(entries.c.number)).all()
                return [ENTRY.validate_json(body_of(connection, number)) for number in numbers]
        finally:
            store.close()

    def digests(self) -> list[str]:
        """The hashes of all files that were released."""
        return [each.release.sha256 for each in self.entries() if isinstance(each, ReleaseEntry)]

    def verified(self) -> VerificationReport:
        """What verification says of the ledger."""
        with self.ledger() as ledger:
            return verify_ledger(ledger.store, ledger.log, ledger.verifier, subject_check=ledger.subject_key.check)

    def require_refused(self, done: Outcome, *, entered: int = 1) -> str:
        """Nothing left, and one line says what happened and the next what to do; returns both.

        Args:
            entered: how many entries there are then.
        """
        done.require(4)
        lines = done.err.splitlines()
        assert len(lines) == 2, done.err
        assert lines[0].startswith("narrowgate: ")
        assert lines[1].startswith("  → ")
        assert not any(each in done.err for each in _HIDDEN), done.err
        assert done.out == ""
        assert self.left() == set()
        assert len(self.entries()) == entered
        return done.err

    def require_goes_on(self, *, entered: int = 2) -> None:
        """Once the fault is mended, a release goes through, and the ledger is sound."""
        self.send().require(0)
        assert self.left() == {RELEASE, RECEIPT}
        assert sha256(self.outbox / RELEASE) == self.digests()[-1]
        assert len(self.entries()) == entered
        assert self.verified().findings == ()


def sha256(path: Path) -> str:
    """The hash of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
