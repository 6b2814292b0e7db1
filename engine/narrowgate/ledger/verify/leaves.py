"""Entries and the leaves of the stored tree: which do not fit each other, which are missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

import sqlalchemy as sa

from narrowgate.ledger.schema import nodes
from narrowgate.ledger.verify.findings import Findings, runs, told
from narrowgate.ledger.verify.raw import read
from narrowgate.ledger.verify.tree import Nodes

_LEAF = "put back a copy whose tree verifies, and see who could write to this one"


@dataclass
class Leaves:
    """Leaf hashes by number: of the entries as they are, and as the tree has them."""

    of_entries: dict[int, bytes] = field(default_factory=dict)
    stored: dict[int, bytes] = field(default_factory=dict)
    unreadable: set[int] = field(default_factory=set)
    """Entries that are there, and of which a finding is told already."""
    signatures: dict[int, object] = field(default_factory=dict)
    """What the database has as the signature of the checkpoint that ends with each entry."""
    number_of: dict[bytes, int] = field(default_factory=dict)
    """The other way round: which entry has been read with this leaf."""

    def add(self, number: int, leaf: bytes) -> None:
        """Keep the leaf of an entry."""
        self.of_entries[number] = leaf
        self.number_of[leaf] = number

    def by_entries(self) -> list[bytes]:
        """From 0 to the first gap; where an entry is missing, the stored leaf."""
        return _unbroken(self.of_entries, self.stored)

    def by_tree(self) -> list[bytes]:
        """From 0 to the first gap; where a stored leaf is missing, that of the entry."""
        return _unbroken(self.stored, self.of_entries)


def _unbroken(first: dict[int, bytes], second: dict[int, bytes]) -> list[bytes]:
    leaves: list[bytes] = []
    for number in count():
        leaf = first.get(number) or second.get(number)
        if leaf is None:
            break
        leaves.append(leaf)
    return leaves


def read_tree(connection: sa.Connection, leaves: Leaves) -> Nodes:
    """Read the stored tree: its leaves into ``leaves``; returned are the nodes above them, and what is no node."""
    above: Nodes = {}
    for row in read(connection, nodes):
        level, number, digest = row["level"], row["number"], row["hash"]
        if level == 0 and isinstance(number, int) and isinstance(digest, bytes):
            leaves.stored[number] = digest
        else:
            above[level, number] = digest
    return above


def check_leaves(leaves: Leaves, size: int, agreed: int, findings: Findings) -> None:
    """Say which entries and stored leaves do not fit each other.

    Args:
        size: up to the first gap.
        agreed: how many of the stored leaves are as they were signed for.
    """
    entered = {digest: number for number, digest in leaves.stored.items()}
    odd = [
        number
        for number in range(size)
        if leaves.of_entries.get(number) != leaves.stored.get(number) and number not in leaves.unreadable
    ]
    shifts = {number: _shift(number, leaves, entered) for number in odd}
    for first, last in _alike(odd, leaves, shifts):
        _tell(first, last, leaves, shifts[first], agreed, findings)
    beyond = {number for number in leaves.of_entries.keys() | leaves.stored.keys() if not 0 <= number < size}
    for first, last in runs(sorted(beyond)):
        findings.add("entries", f"before {told(first, last)} there is a gap", (first, last))


def _shift(number: int, leaves: Leaves, entered: dict[bytes, int]) -> int | None:
    """How many places further on the tree has what is the entry ``number``; None where it has it nowhere."""
    leaf = leaves.of_entries.get(number)
    known = entered.get(leaf) if leaf is not None else None
    return None if known is None else known - number


def _alike(odd: list[int], leaves: Leaves, shifts: dict[int, int | None]) -> Iterator[tuple[int, int]]:
    """Runs of ``odd`` numbers of which the same is to be said."""
    kinds: dict[tuple[bool, bool, int | None], list[int]] = {}
    for number in odd:
        kinds.setdefault((number in leaves.of_entries, number in leaves.stored, shifts[number]), []).append(number)
    return iter(sorted(run for numbers in kinds.values() for run in runs(numbers)))


def _tell(first: int, last: int, leaves: Leaves, shift: int | None, agreed: int, findings: Findings) -> None:
    entries, these = (first, last), f"{told(first, last)} {'is' if first == last else 'are'}"
    if first not in leaves.of_entries:
        findings.add("entries", f"{these} missing", entries)
    elif first not in leaves.stored:
        findings.add("tree", f"{these} not in the tree", entries, _LEAF)
    elif shift is not None:
        findings.add("entries", f"{these} what was entered as {told(first + shift, last + shift)}", entries)
    elif first < agreed:
        findings.add("entries", f"{these} not what was entered", entries)
    else:
        findings.add("tree", f"{these} not what the tree is made of", entries, _LEAF)
