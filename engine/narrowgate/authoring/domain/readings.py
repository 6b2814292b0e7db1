"""What rules read of the input, and what they compare it with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from narrowgate.authoring.domain.flow import Comparison, Flow, Membership, Opaque, Use
from narrowgate.authoring.domain.origins import (
    COMPUTED,
    THE_PURPOSE,
    Anything,
    Constant,
    Data,
    In,
    Index,
    Keys,
    Made,
    Origin,
    Origins,
    Path,
    Read,
    Scalar,
    elements,
)
from narrowgate.policy.bundle import Bundle, Location
from narrowgate.policy.syntax import Rule

COLUMNS: Path = ("request", "columns")

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


def read_by(flow: Flow, bundle: Bundle, purpose: str, starts: Iterable[Rule]) -> dict[Path, Reading]:
    """What ``starts``, and the rules that they use, read when they are asked for ``purpose``."""
    rules = list(bundle.rules_reached(starts))
    found: dict[Path, Reading] = defaultdict(Reading)
    for read, at in flow.read(rules):
        found[read.path].obstacles += _read_blindly(read.path, at)
    documents = {"purposes": bundle.purpose_data, "suppliers": bundle.suppliers}
    for use in flow.uses(rules):
        _note(use, found, lambda origin: _values(origin, documents, purpose))
    return dict(found)


def _read_blindly(path: Path, at: Location) -> Iterator[Obstacle]:
    """Reads that do not say which value they are of."""
    if path in {("request",), ("record",), ("history",)}:
        yield Obstacle(f"{dotted(path)} is read as a whole", at)
    elif path[:2] in {(path[0], COMPUTED), ("request", "columns")} and len(path) > 1 + (path[1] == "columns"):
        yield Obstacle(f"which part of {dotted(path[:-1])} is read is computed", at)


def _note(use: Use, found: dict[Path, Reading], values: Any) -> None:
    match use:
        case Opaque(of, function, at):
            for path in _paths(of):
                found[path].obstacles.append(Obstacle(f"{function} is asked about {dotted(path)}", at))
        case Membership(value, collection, at):
            if Read(COLUMNS) in collection:
                _note_columns(value, found[COLUMNS], at)
            stored = frozenset(each for each in collection if isinstance(each, Data))
            for path in _paths(value):
                found[path].constants |= {each for origin in elements(stored) for each in values(origin)}
            _note_pairs(value, elements(collection - stored - {Read(COLUMNS)}), False, at, found, values)
        case Comparison(left, right, ordered, at):
            _note_pairs(left, right, ordered, at, found, values)


def _note_columns(value: Origins, reading: Reading, at: Location) -> None:
    for origin in value:
        if isinstance(origin, Constant):
            reading.constants.add(origin.value)
        else:
            reading.obstacles.append(Obstacle("which column is looked for is computed", at))


def _note_pairs(
    one: Origins, other: Origins, ordered: bool, at: Location, found: dict[Path, Reading], values: Any
) -> None:
    for each, its in [(a, b) for x, y in ((one, other), (other, one)) for a in x for b in y if a != b]:
        for path in _paths({each}):
            reading = found[path]
            reading.ordered |= ordered
            match its:
                case _ if isinstance(each, Made):
                    what = f"{dotted(path)} is compared once {each.function} has changed it"
                    reading.obstacles.append(Obstacle(what, at))
                case Constant() | Data() | Keys():
                    reading.constants |= values(its)
                    reading.compared |= values(its)
                case Read(beside):
                    reading.beside.add(beside)
                case Made(beside, function):
                    what = f"{dotted(path)} is compared with what {function} makes of {dotted(beside)}"
                    reading.obstacles.append(Obstacle(what, at))
                case Index() | Anything():
                    what = f"what {dotted(path)} is compared with is computed"
                    reading.obstacles.append(Obstacle(what, at))
                case In():
                    pass  # a plain value is never a collection


def _paths(origins: Iterable[Origin]) -> Iterator[Path]:
    for origin in origins:
        if isinstance(origin, Read | Made):
            yield origin.path


def dotted(path: Path) -> str:
    """``input.record.posting``."""
    return ".".join(("input", *path))


def _values(origin: Constant | Data | Keys, documents: Mapping[str, Any], purpose: str) -> set[Scalar]:
    """Every plain value that comes from ``origin``."""
    if isinstance(origin, Constant):
        return {origin.value}
    found: list[Any] = [documents]
    for part in origin.path:
        found = [below for document in found for below in _below(document, purpose if part == THE_PURPOSE else part)]
    if isinstance(origin, Keys):
        return {key for document in found for key in (document if isinstance(document, dict) else range(len(document)))}
    return {value for value in found if not isinstance(value, dict | list)}


def _below(document: Any, part: str | None) -> list[Any]:
    if isinstance(document, Mapping):
        return [value for key, value in document.items() if part in (None, key)]
    return list(document) if isinstance(document, list | tuple) and part in (None, COMPUTED) else []
