"""That an entry is in the ledger."""

from __future__ import annotations

from dataclasses import dataclass

from narrowgate.model.entry import ReleaseEntry
from narrowgate.model.receipt import Receipt


@dataclass(frozen=True)
class Evidence:
    """That an entry is in the ledger."""

    number: int
    leaf: bytes
    proof: tuple[bytes, ...]
    size: int
    """Of the tree that ``checkpoint`` signs."""
    checkpoint: str

    def receipt(self, entry: ReleaseEntry) -> Receipt:
        """The receipt of ``entry``, whose evidence this is."""
        return Receipt(
            id=self.leaf.hex(),
            entry=entry,
            number=self.number,
            proof=tuple(each.hex() for each in self.proof),
            checkpoint=self.checkpoint,
        )
