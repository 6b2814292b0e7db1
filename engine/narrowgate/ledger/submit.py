"""Having what the ledger holds cosigned, so that even the holder of its key cannot show others something else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from narrowgate.errors import UsageError
from narrowgate.ledger import merkle
from narrowgate.ledger.checkpoints import open_checkpoint
from narrowgate.ledger.ledger import Ledger
from narrowgate.ledger.notes import Verifier, verified
from narrowgate.ledger.rows import NodeReader
from narrowgate.ledger.witness.client import cosigned_from


@dataclass(frozen=True)
class Cosigned:
    """A checkpoint that a witness cosigned.

    Args:
        note: with both signatures.
        size: how many entries it covers.
        at: when it was cosigned; None where the witness's key is of a kind that says no time.
    """

    note: str
    size: int
    at: datetime | None


def submit(ledger: Ledger, url: str, witness: Verifier) -> Cosigned:
    """Have a witness cosign the ledger as it is now, and keep that among its checkpoints.

    Args:
        url: of the witness.
        witness: its public key.

    Raises:
        UsageError: the ledger holds nothing yet.
        LedgerError: the witness does not answer, or refuses.
        EvidenceError: it has cosigned something that the ledger does not go on from.
    """
    note = ledger.checkpoint()
    checkpoint = open_checkpoint(note, ledger.verifier)
    if not checkpoint.size:
        raise UsageError("the ledger holds nothing yet", "have it cosigned once it does")

    def prove(old: int) -> Sequence[bytes]:
        with ledger.store.reading() as connection:
            return merkle.consistency_proof(old, checkpoint.size, NodeReader(connection))

    cosigned = cosigned_from(url, note, checkpoint.size, prove, witness)
    ledger.log.append(cosigned)
    at = verified(cosigned, [witness]).signed[witness]
    return Cosigned(cosigned, checkpoint.size, None if at is None else datetime.fromtimestamp(at, UTC))
