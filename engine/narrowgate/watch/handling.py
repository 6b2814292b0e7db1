"""What is done with a file that has been claimed."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal

from narrowgate.errors import Conflict, FileError, InputError, InternalError, NarrowgateError, Refused
from narrowgate.ledger.receipts import SUFFIX, receipt_path
from narrowgate.model.dialect import told_dialect
from narrowgate.model.watching import Move, Pair, Watching
from narrowgate.service import Gate, Order, filter_export
from narrowgate.watch.claims import Claims, Held
from narrowgate.watch.drops import state_of
from narrowgate.watch.folders import Folders, put
from narrowgate.watch.names import numbered
from narrowgate.watch.outcomes import Outcome, Reason, told
from narrowgate.watch.releases import released_as
from narrowgate.watch.rules import require_pair_usable
from narrowgate.watch.waiting import Waiting, require_final

_REASON = "reason.json"
_TRIES = 5
"""How often a file may end whoever handles it."""
_TURNS = 3
"""How often what cannot be answered as before is asked anew."""


@dataclass(frozen=True)
class _Part:
    """A file of a claim that is to leave."""

    source: str
    folder: str
    name: str
    """Without what is behind it in ``ending``."""
    ending: str = ""

    def target(self, number: int) -> str:
        """Where it goes: the same for ``number`` 1, another for each further one."""
        return f"{self.folder}/{numbered(self.name, number)}{self.ending}"


class Handler:
    """Releases what has been claimed, or puts it aside.

    Args:
        folders: of the watched folder.
        claims: in it.
        rules: how it is watched.
        gate: the gate, for as long as one file takes.
    """

    def __init__(
        self, folders: Folders, claims: Claims, rules: Watching, gate: Callable[[], AbstractContextManager[Gate]]
    ) -> None:
        self._folders, self._claims, self._rules, self._gate = folders, claims, rules, gate

    def handle(self, held: Held) -> Outcome:
        """See to it that a claim is done with, from wherever it was left.

        Raises:
            Waiting: that is not possible now. Whoever takes it up again goes on from there.
        """
        if held.claim.outcome is None:
            self._settle(held)
        outcome = told(self._folders.root, held)
        with self._folders.turn():
            for move in held.claim.moves:
                if os.path.lexists(source := held.folder / move.source):
                    self._folders.move(source, self._folders.root / move.target)
            held.finish()
        return outcome

    def _settle(self, held: Held) -> None:
        """Release the file or have it refused, and write down which."""
        try:
            _require_survivable(held)
            self._release(held)
        except NarrowgateError as error:
            self._put_aside(held, error)
        except OSError as error:
            fault = FileError(f"the system says: {error.strerror or error}", "see what is wrong there")
            fault.__cause__ = error
            self._put_aside(held, fault)
        except (KeyboardInterrupt, SystemExit, Waiting):
            raise
        except BaseException as error:  # noqa: BLE001 - one file must not keep all others back; a panic is no Exception
            self._put_aside(held, InternalError(f"an unexpected {type(error).__name__}", "please report it"))

    def _release(self, held: Held) -> None:
        _require_file(held)
        claim, pair = held.claim, held.claim.pair
        name, write_as = released_as(held.export, self._rules.pair(claim.supplier, claim.purpose))
        # Where it is there, only its way out is missing.
        if not (held.outbox / name).exists():
            self._filter(held, name, write_as)
        parts = [_Part(f"release/{name}{SUFFIX}", f"out/{pair}", name, SUFFIX)]
        parts += [_Part(f"release/{name}", f"out/{pair}", name)]
        if self._rules.keep_done:
            parts += [_Part(f"export/{claim.name}", f"done/{pair}", claim.name)]
        self._decide(held, "released", parts)

    def _filter(self, held: Held, name: str, write_as: str) -> None:
        claim, pair = held.claim, self._rules.pair(held.claim.supplier, held.claim.purpose)
        order = Order(
            supplier=claim.supplier,
            purpose=claim.purpose,
            on=claim.on,
            input=held.export,
            source=pair.source,
            attributes=dict(pair.attributes),
            read_as=pair.read_as,
            dialect=told_dialect(pair.dialect),
            write_as=write_as,
            key=claim.key,
        )
        release = held.outbox / name
        try:
            with self._gate() as gate:
                _require_mended(pair, gate)
                filter_export(gate, order, release, receipt_path(release))
        except Conflict:
            # An earlier try was entered and never left, and what it was cannot be had again: this is another one.
            if claim.turn == _TURNS:
                raise
            held.note(claim.model_copy(update={"turn": claim.turn + 1}))
            self._filter(held, name, write_as)

    def _put_aside(self, held: Held, error: NarrowgateError) -> None:
        """Have a file refused, unless it may fare better later."""
        error.rename(held.inbox, f"in/{held.claim.pair}")
        error.rename(held.outbox, f"out/{held.claim.pair}")
        _require_unchanged(held)
        require_final(error)
        grounds = error.reasons if isinstance(error, Refused) else ()
        reason = Reason(kind=error.kind, message=error.message, remedy=error.remedy, reasons=grounds)
        put(held.folder / _REASON, reason.model_dump_json(indent=2) + "\n")
        name, folder = held.claim.name, f"refused/{held.claim.pair}"
        self._decide(
            held, "refused", [_Part(_REASON, folder, name, f".{_REASON}"), _Part(f"export/{name}", folder, name)]
        )

    def _decide(self, held: Held, outcome: Literal["released", "refused"], parts: list[_Part]) -> None:
        """Write down what becomes of a claim, under names that belong together and that nothing has."""
        with self._folders.turn():
            promised, number = self._claims.promised(held.claim), 1
            while any(self._is_taken(part.target(number), promised) for part in parts):
                number += 1
            moves = tuple(Move(source=part.source, target=part.target(number)) for part in parts)
            held.note(held.claim.model_copy(update={"outcome": outcome, "moves": moves}))

    def _is_taken(self, target: str, promised: set[str]) -> bool:
        return target in promised or os.path.lexists(self._folders.root / target)


def _require_survivable(held: Held) -> None:
    """Raise where trying it has ended the process time and again, so that others get their turn."""
    if held.begin() >= _TRIES:
        raise InternalError(f"whoever handled it was killed, {_TRIES} times", "see how much memory it takes")


def _require_mended(pair: Pair, gate: Gate) -> None:
    """Raise ``Waiting`` where what is said of a pair cannot be used, which is no fault of any file."""
    try:
        require_pair_usable(pair, gate)
    except InputError as error:
        raise Waiting(error) from error


def _require_file(held: Held) -> None:
    """Raise where there is no file that is all there."""
    if not stat.S_ISREG(held.export.lstat().st_mode):
        raise FileError(f"{held.export} is no ordinary file", "put the file itself there; links are not followed")
    _require_unchanged(held)


def _require_unchanged(held: Held) -> None:
    """Raise ``Waiting`` where a file is not as it was when it was taken: somebody writes to it still."""
    state = state_of(held.export.lstat())
    if state != held.claim.state:
        held.note(held.claim.model_copy(update={"state": state}))
        raise Waiting(FileError(f"{held.claim.drop} is still being written", "it is looked at again"))
