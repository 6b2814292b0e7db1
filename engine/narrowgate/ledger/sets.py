"""Sets of subjects: roaring bitmaps (https://roaringbitmap.org), each whole or as what differs from an earlier one.

Week after week a supplier gets nearly the same people, so a set is kept as its symmetric difference from the last
whole one of its flow while that is much smaller. A set's digest covers the digest of the one it differs from, and is
checked before anything is deserialised.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from pyroaring import BitMap

from narrowgate.errors import LedgerError

_WHOLE = bytes(32)
_WORTH_IT = 4
"""How many times smaller the difference must be."""

_FEW = 64
"""More people than in any set that is small."""

SPAN = 32
"""How many sets of a flow are summed up together."""

Place = tuple[int, int]
"""Entry and part."""


@dataclass(frozen=True)
class Base:
    """A whole set that others may differ from."""

    place: Place
    digest: bytes
    people: BitMap


@dataclass(frozen=True)
class PackedSet:
    """A set as it is kept."""

    bitmap: bytes
    digest: bytes
    base: Place | None


def pack(people: BitMap, base: Base | None) -> PackedSet:
    """``people`` as they are kept: a set for itself, or its difference from ``base``."""
    whole = _serialised(people)
    if base is not None:
        difference = _serialised(people ^ base.people)
        if len(difference) * _WORTH_IT <= len(whole):
            return PackedSet(difference, digest_of(difference, base.digest), base.place)
    return PackedSet(whole, digest_of(whole, None), None)


def is_small(people: BitMap) -> bool:
    """Whether no difference from another set can be so much smaller than ``people`` that it is worth keeping."""
    return len(people) <= _FEW and len(_serialised(people)) < _WORTH_IT * len(_serialised(BitMap()))


@dataclass(frozen=True)
class Summed:
    """Sets summed up: who is in some of them, and who in every one."""

    anyone: BitMap
    everyone: BitMap

    @classmethod
    def of(cls, sets: Sequence[BitMap]) -> Summed:
        """The sum of ``sets``, of which there is one at least."""
        return cls(BitMap.union(*sets), BitMap.intersection(*sets))

    def packed(self) -> dict[str, bytes]:
        """As it is kept."""
        anyone, everyone = _serialised(self.anyone), _serialised(self.everyone)
        return {"anyone": anyone, "everyone": everyone, "digest": span_digest(anyone, everyone)}


def span_digest(anyone: bytes, everyone: bytes) -> bytes:
    """SHA-256 over the length of the first, in 8 bytes, and both."""
    return hashlib.sha256(len(anyone).to_bytes(8, "big") + anyone + everyone).digest()


def digest_of(bitmap: bytes, base: bytes | None) -> bytes:
    """SHA-256 over the digest of the set it differs from, noughts where it is whole, and the portable serialisation."""
    return hashlib.sha256((base or _WHOLE) + bitmap).digest()


def unpack(bitmap: bytes, digest: bytes, base: Base | None, place: Place) -> BitMap:
    """The set at ``place``.

    Raises:
        LedgerError: it is not the one that was kept.
    """
    if digest_of(bitmap, base.digest if base else None) != digest:
        raise corrupt(place)
    try:
        people = BitMap.deserialize(bitmap)
    except ValueError:
        raise corrupt(place) from None
    return people ^ base.people if base else people


def corrupt(place: Place) -> LedgerError:
    """What is said of a set that is not the one that was kept."""
    return LedgerError(
        f"the set of subjects {place[1]} of entry {place[0]:,} has been changed", "run: narrowgate ledger verify"
    )


def _serialised(people: BitMap) -> bytes:
    # From its members anew: how a set came about must not show in its bytes.
    fresh = BitMap(people.to_array())
    fresh.run_optimize()
    return bytes(fresh.serialize())
