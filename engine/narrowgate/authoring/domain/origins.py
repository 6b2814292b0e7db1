"""Where a value in a policy may come from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Scalar = str | int | float | bool | None
Path = tuple[str, ...]
"""Of a document below ``input``: ``("record", "posting")``. A computed part is ``*``."""

COMPUTED = "*"
THE_PURPOSE = "input.request.purpose"
"""Stands for the purpose of the request in a path of the bundle's data."""
_DEEPEST = 8


@dataclass(frozen=True)
class Constant:
    """It is written in the policy."""

    value: Scalar


@dataclass(frozen=True)
class Read:
    """It is the input's, as it is."""

    path: Path


@dataclass(frozen=True)
class Data:
    """It is the bundle's data; ``None`` stands for any key or index."""

    path: tuple[str | None, ...]


@dataclass(frozen=True)
class Below:
    """It is any plain value of the bundle's data below ``path``, or a key there."""

    path: tuple[str | None, ...]


@dataclass(frozen=True)
class Keys:
    """It is a key of the bundle's data."""

    path: tuple[str | None, ...]


@dataclass(frozen=True)
class Made:
    """A function has made it of the input's value at ``path``."""

    path: Path
    function: str


@dataclass(frozen=True)
class Index:
    """It is a place in an array."""


@dataclass(frozen=True)
class Array:
    """It is an array: its keys are places."""


@dataclass(frozen=True)
class Anything:
    """Nothing is known of it, but that it does not hang on values of the input that are told apart."""


@dataclass(frozen=True)
class Lost:
    """Where it comes from cannot be followed."""


@dataclass(frozen=True)
class In:
    """It is a collection, and this is in it, be it as a key."""

    of: Origin


Origin = Constant | Read | Data | Below | Keys | Made | Index | Array | Anything | Lost | In
Origins = frozenset[Origin]


NOTHING = Constant(None)
"""Tells no two values apart."""


def constant(value: Scalar) -> Constant:
    """Of a value that is written out. A truth value tells none apart: of those, each is tried."""
    # In Python, 1 is True.
    return NOTHING if isinstance(value, bool) else Constant(value)


def within(origins: Iterable[Origin], levels: int = 1) -> Origins:
    """Of a collection of what comes from ``origins``, nested ``levels`` times."""
    found = frozenset(origins)
    for _ in range(levels):
        found = frozenset(_in(each) for each in found) or frozenset({In(NOTHING)})
    return found


def _in(origin: Origin) -> Origin:
    """Of a collection; of one that is nested deeper than is worth following, that a function has made it."""
    if _depth(origin) < _DEEPEST:
        return In(origin)
    core = innermost(origin)
    return Made(core.path, "nesting") if isinstance(core, Read | Made) else core


def innermost(origin: Origin) -> Origin:
    """What is in a collection, or in collections within it."""
    while isinstance(origin, In):
        origin = origin.of
    return origin


def step(origins: Iterable[Origin], part: str | None) -> Origins:
    """Of what is found under ``part`` of what comes from ``origins``; None: under anything."""
    found: set[Origin] = set()
    for origin in origins:
        match origin:
            case Read(path):
                found.add(Read((*path, COMPUTED if part is None else part)))
            case Data(path):
                found.add(Data((*path, part)))
            case In(of):
                found.add(of)
            case Made() | Anything() | Below() | Lost():
                found.add(origin)
            case Constant() | Keys() | Index() | Array():
                pass
    return frozenset(found)


def keys(origins: Iterable[Origin]) -> Origins:
    """Of the keys of what comes from ``origins``."""
    found: set[Origin] = set()
    for origin in origins:
        match origin:
            case Data(path):
                found.add(Keys(path))
            case In(of):
                found.add(of)
            case Made() | Anything() | Below() | Lost():
                found.add(origin)
            case Array() | Read(("request", "columns")):
                found.add(Index())
            case Read():
                found.add(Anything())
            case Constant() | Keys() | Index():
                pass
    return frozenset(found)


def elements(origins: Iterable[Origin]) -> Origins:
    """Of what a collection that comes from ``origins`` holds."""
    return step(origins, None)


def _depth(origin: Origin) -> int:
    depth = 0
    while isinstance(origin, In):
        origin, depth = origin.of, depth + 1
    return depth
