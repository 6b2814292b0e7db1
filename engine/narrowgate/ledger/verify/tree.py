"""The Merkle tree (RFC 9162, section 2.1) made anew, and held against the one that is stored and those signed for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from narrowgate.ledger.merkle import EMPTY_ROOT, node_hash
from narrowgate.ledger.verify.findings import Findings, told
from narrowgate.ledger.verify.signed import Signed

_TREE = "put back a copy whose tree verifies, and see who could write to this one"

Nodes = dict[tuple[int, int], object]
"""Stored hashes by level and number, whatever stands there."""


@dataclass(frozen=True)
class Standing:
    """How a tree stands to the checkpoints that were signed."""

    size: int
    signed: Sequence[Signed]
    roots: dict[int, bytes]
    """Of the tree, at each size that was signed for."""

    @property
    def agreed(self) -> int:
        """The size of the largest checkpoint that signs this tree: that many entries are as they were."""
        return max((each.size for each in self.signed if self.roots.get(each.size) == each.root), default=0)

    def against(self) -> list[Signed]:
        """Checkpoints that sign another tree, by size."""
        others = (each for each in self.signed if each.size <= self.size and self.roots[each.size] != each.root)
        return sorted(others, key=lambda each: each.size)


def standing(leaves: Sequence[bytes], signed: Sequence[Signed]) -> Standing:
    """How the tree over ``leaves`` stands to the checkpoints."""
    sizes = sorted({each.size for each in signed if each.size <= len(leaves)})
    return Standing(len(leaves), signed, dict(zip(sizes, roots(leaves, sizes), strict=True)))


def roots(leaves: Sequence[bytes], sizes: Sequence[int]) -> Iterator[bytes]:
    """The roots over as many leaves as ``sizes`` say, in their order, from the smallest up.

    It is one pass, which keeps the complete subtrees, the smallest last.
    """
    complete: list[tuple[int, bytes]] = []
    for first, last in pairwise([0, *sizes]):
        for leaf in leaves[first:last]:
            level, digest = 0, leaf
            while complete and complete[-1][0] == level:
                digest = node_hash(complete.pop()[1], digest)
                level += 1
            complete.append((level, digest))
        yield _joined([digest for _, digest in complete])


def _joined(subtrees: list[bytes]) -> bytes:
    root = subtrees.pop() if subtrees else EMPTY_ROOT
    while subtrees:
        root = node_hash(subtrees.pop(), root)
    return root


def check_signed(tree: Standing, findings: Findings) -> None:
    """Say where the tree is not the one that was signed."""
    against = tree.against()
    for each in against:
        if each.size <= tree.agreed:
            message = f"{each.where} signs other entries than those of later ones: the ledger was forked"
            findings.add(each.check, message, (0, each.size - 1))
    if first := next((each for each in against if each.size > tree.agreed), None):
        entries = tree.agreed, first.size - 1
        message = f"something in {told(*entries)} is not what {first.where} signs; what follows cannot be told"
        findings.add(first.check, message, entries)
    largest = max((each.size for each in tree.signed if not each.newer), default=0)
    if largest > tree.size:
        where = next(each for each in tree.signed if each.size == largest)
        lost = tree.size, largest - 1
        are = "is" if lost[0] == lost[1] else "are"
        message = f"{told(*lost)} {are} gone, which {where.where} covers: cut off, or an old copy was put back"
        findings.add(where.check, message, lost)


def check_nodes(leaves: Sequence[bytes], above: Nodes, findings: Findings) -> None:
    """Hold the stored nodes ``above`` the leaves against what ``leaves`` give; of a fault's path the lowest is told."""
    hashes, level, bad = list(leaves), 0, set[int]()
    while len(hashes) > 1:
        level += 1
        hashes = [node_hash(*pair) for pair in zip(hashes[::2], hashes[1::2], strict=False)]
        wrong = {number for number, digest in enumerate(hashes) if above.pop((level, number), None) != digest}
        for number in sorted(wrong - {number >> 1 for number in bad}):
            covered = number << level, ((number + 1) << level) - 1
            findings.add("tree", f"the tree's node over {told(*covered)} is not what they give", covered, _TREE)
        bad = wrong
    if above:
        findings.add("tree", f"the tree has {len(above):,} nodes too many", remedy=_TREE)
