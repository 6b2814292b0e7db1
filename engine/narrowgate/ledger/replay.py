"""Deciding an old request again: by the policies that decided it, or by others."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import sqlalchemy as sa

from narrowgate.errors import EvidenceError, LedgerError, UsageError
from narrowgate.ledger import merkle
from narrowgate.ledger.canonical import unpacked
from narrowgate.ledger.checkpoints import CheckpointLog, open_checkpoint
from narrowgate.ledger.notes import Verifier
from narrowgate.ledger.rows import NodeReader, body_of
from narrowgate.ledger.schema import policies
from narrowgate.ledger.stores.interface import Store
from narrowgate.model.decision import Decision
from narrowgate.model.entry import ENTRY, RefusalEntry, ReleaseEntry, named
from narrowgate.model.verification import Difference, ReplayReport
from narrowgate.policy.interface import Engine
from narrowgate.policy.stored import open_stored

_VERIFY = "run: narrowgate ledger verify"


def replay_entry(
    store: Store,
    number: int,
    log: CheckpointLog,
    verifier: Verifier,
    engine: Engine | None = None,
    timeout: float = 10.0,
) -> ReplayReport:
    """Decide the request of an entry again, with the history that it had then.

    Args:
        number: of a release or a refusal.
        log: checkpoints of the ledger. What none of them covers is not run.
        verifier: the public key that signed them.
        engine: what decides instead of the stored policies.
        timeout: seconds that the stored policies may take.

    Raises:
        UsageError: nothing was decided in that entry.
        EvidenceError: the entry is not one that was signed.
        LedgerError: the entry or its policies cannot be read.
        EngineError: there is no decision.
    """
    with store.reading() as connection:
        body = body_of(connection, number)
        _require_signed(connection, number, body, log, verifier)
        entry = ENTRY.validate_json(body)
        if not isinstance(entry, ReleaseEntry | RefusalEntry):
            raise UsageError(f"entry {number:,} is {named(entry)}, in which nothing was decided", "name a release")
        content = _policies_of(connection, entry.policy.digest) if engine is None else b""
    opening: AbstractContextManager[Engine]
    opening = nullcontext(engine) if engine else open_stored(content, entry.policy.digest, timeout)
    with opening as deciding:
        again = _decide(deciding, entry)
        return ReplayReport(
            entry=number,
            id=merkle.leaf_hash(body).hex(),
            recorded_policy=entry.policy.digest,
            replayed_policy=deciding.revision.digest,
            recorded_engine=entry.engine,
            replayed_engine=deciding.info,
            recorded_effect=entry.decision.effect if entry.decision else None,
            replayed_effect=again.effect if again else None,
            differences=tuple(_differences("", _document(entry.decision), _document(again))),
        )


def _require_signed(
    connection: sa.Connection, number: int, body: bytes, log: CheckpointLog, verifier: Verifier
) -> None:
    """Make sure that an entry is one of ours before any policy is run that it names."""
    note = log.latest()
    if note is None:
        raise EvidenceError(f"there are no checkpoints in {log.path}", "name their file with NARROWGATE_CHECKPOINTS")
    signed = open_checkpoint(note, verifier)
    if signed.size <= number:
        raise EvidenceError(f"no checkpoint covers entry {number:,}", _VERIFY)
    proof = merkle.inclusion_proof(number, signed.size, NodeReader(connection))
    if merkle.root_of_inclusion(merkle.leaf_hash(body), number, signed.size, proof) != signed.root:
        raise EvidenceError(f"entry {number:,} is not what was signed", _VERIFY)


def _policies_of(connection: sa.Connection, digest: str) -> bytes:
    kept = connection.scalar(sa.select(policies.c.bundle).where(policies.c.digest == digest))
    if kept is None:
        raise LedgerError("the policies that decided are not in the ledger", _VERIFY)
    return unpacked(bytes(kept), "the stored policies")


def _decide(engine: Engine, entry: ReleaseEntry | RefusalEntry) -> Decision | None:
    """The decision; None where there is no such purpose, which is not asked about."""
    if entry.request.purpose not in engine.policies.purposes:
        return None
    return engine.decide(entry.request, entry.history)


def _document(decision: Decision | None) -> dict[str, Any]:
    return decision.model_dump(mode="json", by_alias=True) if decision else {}


def _differences(path: str, recorded: Any, replayed: Any) -> Iterator[Difference]:
    """Where two documents differ, as deep as both have something."""
    if isinstance(recorded, dict) and isinstance(replayed, dict):
        for key in dict.fromkeys([*recorded, *replayed]):
            below = f"{path}.{key}" if path else key
            yield from _differences(below, recorded.get(key), replayed.get(key))
    elif recorded != replayed:
        yield Difference(path=path, recorded=recorded, replayed=replayed)
