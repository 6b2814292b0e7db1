"""Proofs of how the log grew."""

from __future__ import annotations

from narrowgate.errors import UsageError
from narrowgate.ledger import merkle
from narrowgate.ledger.checkpoints import open_checkpoint
from narrowgate.ledger.ledger import Ledger
from narrowgate.ledger.rows import NodeReader
from narrowgate.model.log_proof import ConsistencyProof, InclusionProof


def inclusion(ledger: Ledger, number: int) -> InclusionProof:
    """What proves that entry ``number`` is in the ledger as it is now.

    Raises:
        LedgerError: the ledger is not what was signed.
    """
    note, size = _now(ledger)
    with ledger.store.reading() as connection:
        read = NodeReader(connection)
        (leaf,) = read([(0, number)])
        proof = merkle.inclusion_proof(number, size, read)
    return InclusionProof(
        id=leaf.hex(), number=number, size=size, proof=tuple(each.hex() for each in proof), checkpoint=note
    )


def consistency(ledger: Ledger, first: int, second: int | None = None) -> ConsistencyProof:
    """What proves that the ledger of ``second`` entries begins with that of ``first``.

    Args:
        second: None: as many as there are now.

    Raises:
        UsageError: the ledger has not so many, or ``second`` is the smaller one.
        LedgerError: the ledger is not what was signed.
    """
    _, size = _now(ledger)
    second = size if second is None else second
    if not first <= second <= size:
        raise UsageError(
            f"a log of {second:,} entries does not begin with one of {first:,}, or there are only {size:,}",
            "give the sizes of two checkpoints of this ledger, the smaller one first",
        )
    with ledger.store.reading() as connection:
        proof = merkle.consistency_proof(first, second, NodeReader(connection))
    return ConsistencyProof(first=first, second=second, proof=tuple(each.hex() for each in proof))


def _now(ledger: Ledger) -> tuple[str, int]:
    """The checkpoint of the ledger as it is, and its size."""
    note = ledger.checkpoint()
    return note, open_checkpoint(note, ledger.verifier).size
