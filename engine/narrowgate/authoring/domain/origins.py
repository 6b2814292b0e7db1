"""Where a value in a policy may come from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from narrowgate.policy.bundle import Location

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
class Keys:
    """It is a key of the bundle's data."""

    path: tuple[str | None, ...]


@dataclass(frozen=True)
class Made:
    """A function has made it of the input's value at ``path``."""

    path: Path
    function: str
    at: Location
    number: int
    """Which call it was."""


@dataclass(frozen=True)
class Index:
    """It is a place in an array."""


@dataclass(frozen=True)
class Anything:
    """Nothing is known of it."""


@dataclass(frozen=True)
class In:
    """It is a collection, and this is in it, be it as a key."""

    of: Origin


Origin = Constant | Read | Data | Keys | Made | Index | Anything | In
Origins = frozenset[Origin]


class TooDeep(Exception):
    """A policy nests collections deeper than any does that is worth reading."""


def within(origins: Iterable[Origin], levels: int = 1) -> Origins:
    """Of a collection of what comes from ``origins``, nested ``levels`` times."""
    found = frozenset(origins)
    for _ in range(levels):
        found = frozenset(In(each) for each in found)
    if any(_depth(each) > _DEEPEST for each in found):
        raise TooDeep
    return found


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
            case Made() | Anything():
                found.add(origin)
            case Constant() | Keys() | Index():
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
            case Made() | Anything():
                found.add(origin)
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
