"""What is known of a release before it is entered: whose data it holds, and what its supplier has been given already.

Nothing here needs a database, so that what only decides need not import one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from pyroaring import BitMap

from narrowgate.model.history import Windows

Fields = tuple[str, ...]


@dataclass(frozen=True)
class Identified:
    """Whose data a release holds, by the fields that leave of them."""

    known: Mapping[Fields, BitMap]
    """People whom the ledger has met."""
    unknown: Mapping[Fields, tuple[bytes, ...]]
    """Pseudonyms of those whom it has not, each once."""
    unidentified: int = 0
    """Records that do not say whose they are."""
    erasure: int | None = None
    """The latest entry that erased anybody, then. Whoever is erased meanwhile has no number any more."""

    def everybody(self) -> tuple[BitMap, int]:
        """The known, and how many there are besides."""
        others = {pseudonym for each in self.unknown.values() for pseudonym in each}
        return BitMap.union(*self.known.values()) if self.known else BitMap(), len(others) + self.unidentified


NOBODY = Identified({}, {})


def together(several: Sequence[Identified]) -> Identified:
    """The people of several releases, whatever leaves of them."""
    known = BitMap.union(*(people for each in several for people in each.known.values()), BitMap())
    unknown = tuple(dict.fromkeys(one for each in several for some in each.unknown.values() for one in some))
    return Identified({(): known}, {(): unknown}, sum(each.unidentified for each in several))


@dataclass(frozen=True)
class Asking:
    """The release that is asked for."""

    supplier: str
    purpose: str
    on: date
    identified: Identified = NOBODY
    """Its people, once its records have been read."""
    records: int = 0


@dataclass(frozen=True)
class Past:
    """What a supplier has been given, as of one moment."""

    history: dict[str, Windows]
    size: int
    """How many entries there were."""


class Overtaken(Exception):
    """Another release to the supplier was entered meanwhile, so its history is no longer what was decided by.

    Or somebody was erased, so that not everybody has the number any more by which they were identified.
    """


class Repeated(Exception):
    """What is to be entered was asked for under a key under which there is an entry: it is not entered again."""
