"""Saying in which situations something is so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from narrowgate.authoring.diff.parts import Part, Point, Space
from narrowgate.authoring.domain.domain import Circumstances
from narrowgate.model.diff import Where

Numbers = frozenset[int]
Region = tuple[Numbers | None, ...]
"""Situations, part by part: the numbers of the values it has there, or None where it has any."""


@dataclass(frozen=True)
class Spot:
    """Situations of one supplier that policies do not tell apart."""

    circumstances: tuple[Circumstances, ...]
    rest: Point
    """Columns and record."""
    record: int
    """Its number in the domain."""


def holds(region: Region, point: Sequence[int]) -> bool:
    """Whether ``point``, or the part of a situation that it is, lies in ``region``."""
    return all(numbers is None or number in numbers for numbers, number in zip(region, point, strict=True))


def told(field: str, region: Region, parts: Sequence[Part]) -> tuple[Where, ...]:
    """``region`` in words; that ``field`` is sent goes without saying."""
    found = (part.told(numbers) for part, numbers in zip(parts, region, strict=True) if numbers is not None)
    return tuple(where for where in found if where != Where(what=field, values=("sent",)))


class Ground:
    """The situations of one supplier in which anything leaves.

    Values of circumstances that are alike in all of them are taken as one, so that there are few points to look at.
    """

    def __init__(self, space: Space, spots: Sequence[Spot]) -> None:
        groups = {id(spot.circumstances): [space.of(each) for each in spot.circumstances] for spot in spots}
        self._classes = _classes(space.asked_about, groups.values())
        folded = {key: {self._folded(asked) for asked in group} for key, group in groups.items()}
        self._points = [{asked + spot.rest for asked in folded[id(spot.circumstances)]} for spot in spots]
        self._all = set[Point]().union(*self._points)
        self._everywhere = _hull(self._all)

    def _folded(self, asked: Point) -> Point:
        return tuple(classes[number] for classes, number in zip(self._classes, asked, strict=True))

    def regions(self, numbers: Iterable[int]) -> tuple[Region, ...]:
        """Few regions that together hold the spots of these numbers, and of the others none."""
        here = set[Point]().union(*(self._points[number] for number in numbers))
        found = dict.fromkeys(self._widened(region, here) for region in self._split(here))
        return tuple(self._unfolded(region) for region in self._needed(list(found), here))

    def _split(self, here: set[Point]) -> Iterator[Region]:
        hull = tuple(mine if mine != every else None for mine, every in zip(_hull(here), self._everywhere, strict=True))
        if self._is_within(hull, here):
            yield hull
            return
        ways = (_slices(here, place) for place in range(len(hull)))
        for some in min((way for way in ways if len(way) > 1), key=len):
            yield from self._split(some)

    def _widened(self, region: Region, here: set[Point]) -> Region:
        """As few parts said as it takes."""
        for place, numbers in enumerate(region):
            wider = (*region[:place], None, *region[place + 1 :])
            if numbers is not None and self._is_within(wider, here):
                region = wider
        return region

    def _needed(self, regions: list[Region], here: set[Point]) -> Iterator[Region]:
        """Those without which some point would be left out."""
        held = {region: {point for point in here if holds(region, point)} for region in regions}
        left = list(regions)
        for region in sorted(regions, key=lambda each: len(held[each])):
            others = set[Point]().union(*(held[each] for each in left if each is not region))
            if held[region] <= others:
                left.remove(region)
        return iter(left)

    def _is_within(self, region: Region, here: set[Point]) -> bool:
        return all(point in here for point in self._all if holds(region, point))

    def _unfolded(self, region: Region) -> Region:
        asked = (
            None if numbers is None else frozenset(n for n, folded in classes.items() if folded in numbers)
            for classes, numbers in zip(self._classes, region, strict=False)
        )
        return (*asked, *region[len(self._classes) :])


def _hull(points: Iterable[Point]) -> tuple[Numbers, ...]:
    return tuple(frozenset(numbers) for numbers in zip(*points, strict=True))


def _slices(points: set[Point], place: int) -> list[set[Point]]:
    """``points`` in as few sets as their values at one place tell apart."""
    by_value: dict[int, list[Point]] = defaultdict(list)
    for point in points:
        by_value[point[place]].append(point)
    alike: dict[frozenset[Point], set[Point]] = defaultdict(set)
    for some in by_value.values():
        alike[frozenset((*point[:place], *point[place + 1 :]) for point in some)] |= set(some)
    return list(alike.values())


def _classes(places: int, groups: Iterable[Sequence[Point]]) -> list[dict[int, int]]:
    """For each part of circumstances, by the number of a value: that of the first that is always in the same groups."""
    points = [(asked, number) for number, group in enumerate(groups) for asked in group]
    found: list[dict[int, int]] = []
    for place in range(places):
        others: dict[int, set[tuple[Point, int]]] = defaultdict(set)
        for point, number in points:
            others[point[place]].add(((*point[:place], *point[place + 1 :]), number))
        first: dict[frozenset[tuple[Point, int]], int] = {}
        found.append({value: first.setdefault(frozenset(others[value]), value) for value in sorted(others)})
    return found
