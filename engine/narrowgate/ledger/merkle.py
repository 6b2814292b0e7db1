"""The Merkle tree of RFC 9162, section 2.1, over SHA-256, which is that of RFC 6962.

What is kept of a tree is the hashes of its complete subtrees, which never change. The rest is worked out from them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence

Coordinate = tuple[int, int]
"""A complete subtree: level and number. Its leaves are those from ``number << level`` to ``(number + 1) << level``."""
ReadNodes = Callable[[Sequence[Coordinate]], Sequence[bytes]]
"""The hashes of complete subtrees, in the order asked for. Each function below asks once."""

_Range = tuple[int, int]
_HASH = 32
EMPTY_ROOT = hashlib.sha256().digest()


def leaf_hash(body: bytes) -> bytes:
    """The hash of a leaf that holds ``body`` (section 2.1.1)."""
    return hashlib.sha256(b"\0" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of a node above two others (section 2.1.1)."""
    return hashlib.sha256(b"\1" + left + right).digest()


def grown(size: int, leaf: bytes, read: ReadNodes) -> list[tuple[Coordinate, bytes]]:
    """The complete subtrees that a tree of ``size`` leaves gains with one more, the leaf itself first.

    Args:
        leaf: its hash.
    """
    # A subtree is completed for each one at the end of ``size``'s binary digits.
    places = [(level, (size >> level) - 1) for level in range((~size & size + 1).bit_length() - 1)]
    made = [((0, size), leaf)]
    for (level, number), left in zip(places, read(places), strict=True):
        made.append(((level + 1, number >> 1), node_hash(left, made[-1][1])))
    return made


def root(size: int, read: ReadNodes) -> bytes:
    """The root of a tree of ``size`` leaves (section 2.1.1)."""
    places = _subtrees((0, size))
    return _joined(list(read(places))) if places else EMPTY_ROOT


def inclusion_proof(index: int, size: int, read: ReadNodes) -> list[bytes]:
    """What proves that leaf ``index`` is in the tree of ``size`` leaves (section 2.1.3.1).

    Raises:
        ValueError: there is no such leaf.
    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    beside: list[_Range] = []
    first, last = 0, size
    while last - first > 1:
        middle = first + _left_part(last - first)
        if index < middle:
            beside.append((middle, last))
            last = middle
        else:
            beside.append((first, middle))
            first = middle
    return _hashes(beside[::-1], read)


def consistency_proof(old: int, new: int, read: ReadNodes) -> list[bytes]:
    """What proves that the tree of ``new`` leaves begins with that of ``old`` (section 2.1.4.1).

    It is empty where the two are of one size, and where the old one is empty.

    Raises:
        ValueError: the old tree is not the smaller one.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {new} leaves does not begin with one of {old}")
    if old == 0:
        return []
    beside: list[_Range] = []
    first, last = 0, new
    while last != old:
        middle = first + _left_part(last - first)
        if old <= middle:
            beside.append((middle, last))
            last = middle
        else:
            beside.append((first, middle))
            first = middle
    # Whoever checks it has the old root already, and a whole left part of the new tree with it.
    whole = [(first, last)] if first else []
    return _hashes([*whole, *reversed(beside)], read)


def root_of_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes | None:
    """The root that a proof of inclusion leads to (section 2.1.3.2).

    Args:
        leaf: its hash.

    Returns:
        None where the proof does not have the form that ``index`` and ``size`` ask for.
    """
    if not 0 <= index < size or not _are_hashes([leaf, *proof]):
        return None
    place, last, digest = index, size - 1, leaf
    for beside in proof:
        if last == 0:
            return None
        if place & 1 or place == last:
            digest = node_hash(beside, digest)
            place, last = _up_to_right_child(place, last)
        else:
            digest = node_hash(digest, beside)
        place, last = place >> 1, last >> 1
    return digest if last == 0 else None


def is_consistent(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether ``proof`` proves that the new tree begins with the old one (section 2.1.4.2)."""
    if not 0 <= old <= new or not _are_hashes([old_root, new_root, *proof]):
        return False
    if old == 0 or old == new:
        # An empty tree begins every other, and a tree itself: nothing is left to prove, so no proof may be given.
        known = EMPTY_ROOT if old == 0 else new_root
        return old_root == known and (new > 0 or new_root == EMPTY_ROOT) and not proof
    path = [old_root, *proof] if old & old - 1 == 0 else list(proof)
    if not path:
        return False
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    of_old = of_new = path[0]
    for beside in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            of_old, of_new = node_hash(beside, of_old), node_hash(beside, of_new)
            place, last = _up_to_right_child(place, last)
        else:
            of_new = node_hash(of_new, beside)
        place, last = place >> 1, last >> 1
    return (of_old, of_new, last) == (old_root, new_root, 0)


class MemoryTree:
    """A tree in memory."""

    def __init__(self) -> None:
        self._levels: list[list[bytes]] = [[]]

    @classmethod
    def from_leaves(cls, leaves: Iterable[bytes]) -> MemoryTree:
        """The tree over these leaf hashes."""
        tree = cls()
        level = list(leaves)
        tree._levels = [level]
        while len(level) > 1:
            level = [node_hash(left, right) for left, right in zip(level[::2], level[1::2], strict=False)]
            tree._levels.append(level)
        return tree

    @property
    def size(self) -> int:
        """How many leaves it has."""
        return len(self._levels[0])

    def append(self, leaf: bytes) -> None:
        """Add a leaf hash."""
        for (level, _), digest in grown(self.size, leaf, self.read):
            if level == len(self._levels):
                self._levels.append([])
            self._levels[level].append(digest)

    def root(self, at: int | None = None) -> bytes:
        """Its root, or that which it had when it had ``at`` leaves."""
        return root(self.size if at is None else at, self.read)

    def read(self, places: Sequence[Coordinate]) -> list[bytes]:
        """The hashes of complete subtrees, for the functions above."""
        return [self._levels[level][number] for level, number in places]


def _left_part(size: int) -> int:
    """The largest power of two below ``size``."""
    return 1 << (size - 1).bit_length() - 1


def _subtrees(leaves: _Range) -> list[Coordinate]:
    """The complete subtrees that a range is made of: the whole tree or what stands beside a path, so the largest first.

    Such a range begins at a multiple of the smallest power of two that is no smaller than it is long.
    """
    first, last = leaves
    places = []
    while first < last:
        level = (last - first).bit_length() - 1
        places.append((level, first >> level))
        first += 1 << level
    return places


def _hashes(ranges: Sequence[_Range], read: ReadNodes) -> list[bytes]:
    """The roots over ``ranges``."""
    places = [place for each in ranges for place in _subtrees(each)]
    found: Mapping[Coordinate, bytes] = dict(zip(places, read(places), strict=True))
    return [_joined([found[place] for place in _subtrees(each)]) for each in ranges]


def _joined(subtrees: list[bytes]) -> bytes:
    """The root over complete subtrees, from left to right."""
    digest = subtrees.pop()
    while subtrees:
        digest = node_hash(subtrees.pop(), digest)
    return digest


def _up_to_right_child(place: int, last: int) -> tuple[int, int]:
    """Pass over the levels on which a last node has none beside it."""
    while place and not place & 1:
        place, last = place >> 1, last >> 1
    return place, last


def _are_hashes(values: Sequence[bytes]) -> bool:
    return all(len(each) == _HASH for each in values)
