"""What rules read of the input, and what they compare it with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from narrowgate.authoring.domain.origins import (
    COMPUTED,
    NOTHING,
    THE_PURPOSE,
    Anything,
    Below,
    Constant,
    Data,
    In,
    Index,
    Keys,
    Lost,
    Made,
    Origin,
    Origins,
    Path,
    Read,
    Scalar,
    elements,
    innermost,
)
from narrowgate.authoring.domain.uses import Comparison, Membership, Opaque, Use, Uses
from narrowgate.policy.bundle import Bundle, Location
from narrowgate.policy.syntax import Rule

COLUMNS: Path = ("request", "columns")
NOWHERE: Path = ("",)
"""Stands for values of which it cannot be told what of the input they are."""
_NUMBER_OF_HISTORY = 4
"""``input.history.<purpose>.<window>.people_after`` is a number; less of it is a document."""

Readings = Mapping[Path, "Reading"]


@dataclass(frozen=True)
class Obstacle:
    """Why the values that rules can tell apart cannot be listed."""

    what: str
    at: Location

    def __str__(self) -> str:
        return f"{self.at}: {self.what}"


@dataclass
class Reading:
    """How rules go by one value of the input."""

    constants: set[Scalar] = field(default_factory=set)
    """Everything it is compared with, or looked for among."""
    compared: set[Scalar] = field(default_factory=set)
    """What of it is compared by itself, and not only as one of a collection."""
    beside: set[Path] = field(default_factory=set)
    """Other values of the input that it is compared with."""
    ordered: bool = False
    """Whether it matters which is the greater."""
    obstacles: list[Obstacle] = field(default_factory=list)
    """Uses that are no comparison."""


def merged(readings: Iterable[Readings]) -> dict[Path, Reading]:
    """What is read by any."""
    found: dict[Path, Reading] = defaultdict(Reading)
    for each in readings:
        for path, reading in each.items():
            found[path].constants |= reading.constants
            found[path].compared |= reading.compared
            found[path].beside |= reading.beside
            found[path].ordered |= reading.ordered
            found[path].obstacles += reading.obstacles
    return dict(found)


def read_by(uses: Uses, bundle: Bundle, purpose: str, starts: Iterable[Rule]) -> dict[Path, Reading]:
    """What ``starts``, and the rules that they use, read when they are asked for ``purpose``."""
    rules = uses.reached(starts, purpose)
    notes = _Notes({"purposes": bundle.purpose_data, "suppliers": bundle.suppliers}, purpose)
    for read, at in uses.read(rules):
        notes.found[read.path].obstacles += _read_blindly(read.path, at)
    for use in uses.of(rules):
        notes.note(use)
    return dict(notes.found)


def _read_blindly(path: Path, at: Location) -> Iterator[Obstacle]:
    """Reads that do not say which value they are of."""
    if path in {("request",), ("record",), ("history",)}:
        yield Obstacle(f"{dotted(path)} is read as a whole", at)
    elif path[:2] in {(path[0], COMPUTED), COLUMNS} and len(path) > 1 + (path[:2] == COLUMNS):
        yield Obstacle(f"which part of {dotted(path[:-1])} is read is computed", at)


class _Notes:
    """What is read, as uses of it are noted."""

    def __init__(self, documents: Mapping[str, Any], purpose: str) -> None:
        self.found: dict[Path, Reading] = defaultdict(Reading)
        self._documents, self._purpose = documents, purpose

    def note(self, use: Use) -> None:
        """Note what a rule's outcome hangs on."""
        match use:
            case Opaque(of, function, at):
                for origin in map(innermost, of):
                    if isinstance(origin, Lost):
                        self._lost(at)
                    elif isinstance(origin, Read | Made):
                        self._blocked(origin.path, f"{function} is asked about {dotted(origin.path)}", at)
            case Membership(value, collection, at):
                self._membership(value, collection, at)
            case Comparison(left, right, ordered, at):
                for one in left:
                    for other in right:
                        self._pair(one, other, ordered, at)

    def _membership(self, value: Origins, collection: Origins, at: Location) -> None:
        stored = frozenset(each for each in collection if isinstance(each, Data))
        columns = frozenset({Read(COLUMNS)} & collection)
        for one in value:
            for origin in columns and {one}:
                self._column(origin, at)
            for other in elements(stored):
                if isinstance(one, Read) and not _is_collection(one.path):
                    self.found[one.path].constants |= self._values(other)
                else:
                    self._pair(one, other, False, at)
            for other in elements(collection - stored - columns):
                self._pair(one, other, False, at)

    def _column(self, origin: Origin, at: Location) -> None:
        if isinstance(origin, Constant):
            self.found[COLUMNS].constants.add(origin.value)
        else:
            self._blocked(COLUMNS, "which column is looked for is computed", at)

    def _pair(self, one: Origin, other: Origin, ordered: bool, at: Location) -> None:
        """Note that two values are compared, or what is in the same place of two collections."""
        if isinstance(one, Lost) or isinstance(other, Lost):
            self._lost(at)
            return
        for each, its in ((one, other), (other, one)):
            match each:
                case Read(path) if _is_collection(path):
                    self._collection(path, its, ordered, at)
                case Read(path):
                    self._compared(path, its, ordered, at)
                case Made(path, function):
                    self._blocked(path, f"{dotted(path)} is compared once {function} has changed it", at)
                case In(of):
                    self._in_collection(of, its, ordered, at)
        if isinstance(one, In) and isinstance(other, In):
            self._pair(one.of, other.of, ordered, at)

    def _compared(self, path: Path, its: Origin, ordered: bool, at: Location) -> None:
        reading = self.found[path]
        if path[:2] == COLUMNS:
            self._blocked(path, f"each of {dotted(COLUMNS)} is compared", at)
        reading.ordered |= ordered and its != NOTHING
        match its:
            case Constant() | Data() | Below() | Keys():
                reading.constants |= self._values(its)
                reading.compared |= self._values(its)
            case Read(beside) if not _is_collection(beside):
                if beside != path:
                    reading.beside.add(beside)
                elif COMPUTED in path:
                    self._blocked(path, f"one {dotted(path)} is compared with another", at)
            case Made(beside, function):
                self._blocked(path, f"{dotted(path)} is compared with what {function} makes of {dotted(beside)}", at)
            case Index() | Anything():
                self._blocked(path, f"what {dotted(path)} is compared with is computed", at)

    def _in_collection(self, of: Origin, its: Origin, ordered: bool, at: Location) -> None:
        """Note that a collection is compared with what is not written as one."""
        match its:
            case Data(path) | Below(path):
                self._pair(of, Below(path), ordered, at)
            case Read(("request", "attributes") as path):
                self._pair(of, Read((*path, COMPUTED)), ordered, at)
            case Made() | Anything():
                self._pair(of, its, ordered, at)

    def _collection(self, path: Path, its: Origin, ordered: bool, at: Location) -> None:
        """Note that a collection of the input is compared; with a plain value, it is never the same."""
        if isinstance(its, Constant | Keys | Index) and not ordered and its != NOTHING:
            return
        if its != Read(path):
            self._blocked(path, f"{dotted(path)} is compared as a whole", at)

    def _blocked(self, path: Path, what: str, at: Location) -> None:
        self.found[path].obstacles.append(Obstacle(what, at))

    def _lost(self, at: Location) -> None:
        self._blocked(NOWHERE, "it cannot be told where a value comes from that is compared here", at)

    def _values(self, origin: Origin) -> set[Scalar]:
        """Every plain value that comes from ``origin``."""
        if isinstance(origin, Constant):
            return {origin.value}
        if not isinstance(origin, Data | Below | Keys):
            return set()
        found: list[Any] = [self._documents]
        for part in origin.path:
            name = self._purpose if part == THE_PURPOSE else part
            found = [below for document in found for below in _below(document, name)]
        if isinstance(origin, Keys):
            return {key for document in found for key in _keys(document)}
        if isinstance(origin, Below):
            return {value for document in found for value in _all_below(document)}
        return {value for value in found if _is_plain(value)}


def _is_collection(path: Path) -> bool:
    return path in {(), ("request",), ("record",), COLUMNS, ("request", "attributes")} or (
        path[0] == "history" and len(path) < _NUMBER_OF_HISTORY
    )


def dotted(path: Path) -> str:
    """``input.record.posting``."""
    return ".".join(("input", *path))


def _keys(document: Any) -> Iterable[Scalar]:
    if isinstance(document, Mapping):
        return document.keys()
    return range(len(document)) if isinstance(document, list | tuple) else ()


def _all_below(document: Any) -> Iterator[Scalar]:
    if _is_plain(document):
        yield document
        return
    yield from _keys(document)
    for below in _below(document, None):
        yield from _all_below(below)


def _is_plain(value: Any) -> bool:
    # In Python, 1 is True; and of truth values, each is tried.
    return not isinstance(value, dict | list | bool)


def _below(document: Any, part: str | None) -> list[Any]:
    if isinstance(document, Mapping):
        return [value for key, value in document.items() if part in (None, key)]
    return list(document) if isinstance(document, list | tuple) and part in (None, COMPUTED) else []
