"""Whether a receipt proves that a file was released as it would be today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from narrowgate.errors import EvidenceError
from narrowgate.ledger.notes import Verifier
from narrowgate.ledger.receipts import prove_receipt
from narrowgate.model.entry import FileDigest
from narrowgate.model.receipt import Receipt
from narrowgate.model.request import Request
from narrowgate.plan.plan import Plan


@dataclass(frozen=True)
class Claim:
    """A file, and as what it is said to have been released.

    Args:
        policy: digest of today's policies.
        verifier: the ledger's public key; None where it is not known, and nothing is proved.
    """

    file: FileDigest
    request: Request
    plan: Plan
    policy: str
    verifier: Verifier | None

    def proved_by(self, receipts: Sequence[Receipt]) -> Receipt | None:
        """The first of ``receipts`` that proves it."""
        return next((each for each in receipts if self._is_proved_by(each)), None)

    def shortfall(self, receipts: Sequence[Receipt]) -> str:
        """Why ``receipts``, of which none proves it, do not; empty where there are none."""
        if not receipts:
            return ""
        if self.verifier is None:
            return "the receipt at hand cannot be checked without the ledger's public key: set NARROWGATE_LEDGER_KEY"
        if all(receipt.entry.release.sha256 != self.file.sha256 for receipt in receipts):
            return "the receipt at hand is of another file, so this one was changed after its release, or packed anew"
        if not any(map(self._is_entered, receipts)):
            return "the receipt at hand is not from our ledger"
        return "its receipt is of other policies or for somebody else"

    def _is_proved_by(self, receipt: Receipt) -> bool:
        entry = receipt.entry
        asked, released = entry.request, {each.field: each.action for each in entry.columns if each.name}
        return (
            self._is_entered(receipt)
            and entry.release.sha256 == self.file.sha256
            and entry.policy.digest == self.policy
            and (asked.supplier, asked.purpose) == (self.request.supplier, self.request.purpose)
            and asked.attributes == self.request.attributes
            and released == {each.field: each.action.model_dump(exclude_none=True) for each in self.plan.columns}
        )

    def _is_entered(self, receipt: Receipt) -> bool:
        """Whether our ledger holds the receipt's entry."""
        if self.verifier is None:
            return False
        try:
            prove_receipt(receipt, self.verifier)
        except EvidenceError:
            return False
        return True
