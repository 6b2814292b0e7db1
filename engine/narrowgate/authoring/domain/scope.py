"""Finding the situations that policies can tell apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import combinations, product
from math import prod
from typing import Any

from narrowgate.authoring.domain.domain import Circumstances, Domain, Factor, Given
from narrowgate.authoring.domain.flow import Flow
from narrowgate.authoring.domain.origins import COMPUTED, THE_PURPOSE, Path, Scalar
from narrowgate.authoring.domain.points import all_of, days, numbers, texts, whole_numbers
from narrowgate.authoring.domain.readings import COLUMNS, Obstacle, Reading, Readings, dotted, merged, read_by
from narrowgate.authoring.domain.uses import Uses
from narrowgate.model.catalogue import Catalogue, Value
from narrowgate.model.history import Windows
from narrowgate.model.request import FIRST_DAY, LAST_DAY
from narrowgate.policy.bundle import GUARDRAILS, PURPOSES, ROOT, Bundle, Location

MOST = 1_000_000
"""Requests or records for one purpose, beyond which nobody would wait."""

_EFFECT, _COLUMNS, _JUDGEMENT = {"refuse"}, {"permit", "drop"}, {"release", "withhold", "override"}
_AGREEMENT = frozenset({"agreement", "in_force"})
"""Rules of the entry points that the effect hangs on, whatever guardrails there are."""


class Unbounded(Exception):
    """The situations cannot be listed.

    Args:
        obstacles: why not.
    """

    def __init__(self, obstacles: Iterable[Obstacle]) -> None:
        self.obstacles = tuple(dict.fromkeys(obstacles))
        super().__init__("; ".join(map(str, self.obstacles)))


class Policies:
    """A bundle, and how values flow through it."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.uses = Uses(Flow(bundle))

    def read_for(self, purpose: str, names: set[str], entry_points: frozenset[str] = frozenset()) -> Readings:
        """What the rules of these names read, those of ``purpose`` and of guardrails."""
        rules = [
            rule
            for module, rule in self.bundle.all_rules()
            if (rule.name in names and (module.package == (*PURPOSES, purpose) or module.package[:2] == GUARDRAILS))
            or (rule.name in entry_points and module.package == ROOT)
        ]
        return read_by(self.uses, self.bundle, purpose, rules)


def domain_of(policies: Sequence[Policies], purpose: str, catalogue: Catalogue, besides: Readings) -> Domain:
    """Every situation for ``purpose`` that any of ``policies`` can tell apart.

    Args:
        besides: what is to be told apart whether rules do or not.

    Raises:
        Unbounded: they cannot be listed.
    """
    bundles = [each.bundle for each in policies]
    attributes: dict[str, tuple[str, ...]] = {}
    declared = [bundle.meta(purpose).attributes if purpose in bundle.purposes else {} for bundle in bundles]
    for each in declared:
        for name, values in each.items():
            attributes[name] = tuple(dict.fromkeys([*attributes.get(name, ()), *values]))
    scope = _Scope(
        purpose=purpose,
        catalogue=catalogue,
        suppliers=tuple(dict.fromkeys(name for bundle in bundles for name in bundle.suppliers)),
        attributes=attributes,
        attributes_differ=any(each != attributes for each in declared),
        effect=merged(each.read_for(purpose, _EFFECT, _AGREEMENT) for each in policies),
        columns=merged(each.read_for(purpose, _COLUMNS) for each in policies),
        judgement=merged(each.read_for(purpose, _JUDGEMENT) for each in policies),
        besides=besides,
        data=tuple({"purposes": bundle.purpose_data, "suppliers": bundle.suppliers} for bundle in bundles),
    )
    return scope.domain()


@dataclass(frozen=True)
class _Scope:
    """What is to be told apart: by which readings, among whom, with which attributes."""

    purpose: str
    catalogue: Catalogue
    suppliers: tuple[str, ...]
    attributes: Mapping[str, tuple[str, ...]]
    attributes_differ: bool
    """Between bundles."""
    effect: Readings
    columns: Readings
    judgement: Readings
    besides: Readings
    """What more is to be told apart than rules do."""
    data: tuple[Mapping[str, Any], ...]
    """Each bundle's."""

    def domain(self) -> Domain:
        """Every situation.

        Raises:
            Unbounded: they cannot be listed.
        """
        obstacles = list(self._obstacles())
        if obstacles:
            raise Unbounded(obstacles)
        record_fields = tuple(sorted(path[1] for path in self._all if path[0] == "record"))
        values = [self._field_values(field) for field in record_fields]
        self._require_few("records", [len(each) for each in values])
        asked = sorted({str(name) for name in self._reading(COLUMNS).constants} & set(self.catalogue.fields))
        lacking = [name for name in asked if ("record", name) not in self.judgement]
        self._require_few("sets of columns", [2] * len(lacking))
        domain = Domain(
            purpose=self.purpose,
            fields=tuple(self.catalogue.fields),
            suppliers=self.suppliers,
            days=tuple(days(*self._constants(("request", "on")), FIRST_DAY, LAST_DAY)),
            formats=tuple(self._texts(("request", "format"))),
            row_counts=self._row_counts(),
            sources=(None, *self._texts(("request", "source"))) if ("request", "source") in self._all else (None,),
            attributes=tuple(self._attributes()),
            given=tuple(self._given()),
            absences=tuple(frozenset(each) for n in range(len(lacking) + 1) for each in combinations(lacking, n)),
            record_fields=record_fields,
            records=tuple(tuple(zip(record_fields, each, strict=True)) for each in product(*values)),
            # Attributes that not all bundles declare are refused by those that do not.
            effect=self._factor(self.effect, *(["attributes"] if self.attributes_differ else [])),
            columns=self._factor(self.columns),
            judgement=self._factor(self.judgement),
        )
        sizes = domain.sizes
        self._require_few("requests", [n for name, n in sizes.items() if name not in {"fields", "records"}])
        return domain

    @cached_property
    def _all(self) -> Readings:
        return merged([self.effect, self.columns, self.judgement, self.besides])

    def _reading(self, path: Path) -> Reading:
        return self._all.get(path, Reading())

    def _factor(self, readings: Readings, *always: str) -> Factor:
        names = {"given" if path[0] == "history" else path[1] for path in readings if path[0] in {"history", "request"}}
        return Factor(frozenset({*names, *always} & {*Circumstances._fields}), "columns" in names)

    # Values that stand for all others.

    def _field_values(self, name: str) -> Sequence[Value]:
        field, path = self.catalogue[name], ("record", name)
        if (whole := self._whole(path)) is not None:
            return whole
        constants, between = self._constants(path)
        if field.format == "date":
            return [day.isoformat() for day in days(constants, between, date.min, date.max)]
        if field.type == "integer":
            return whole_numbers(constants, between, field.minimum, field.maximum)
        if field.type == "number":
            beside_whole = any(self._is_whole(each) for each in self._group(path))
            return numbers(constants, between, field.minimum, field.maximum, beside_whole)
        return self._texts(path)

    def _whole(self, path: Path) -> Sequence[Value] | None:
        """All values of a field, where they are not to be told apart by constants."""
        if path[0] != "record":
            return None
        field, reading = self.catalogue[path[1]], self._reading(path)
        listed = field.enum is not None or field.type == "boolean"
        return all_of(field) if listed or reading.obstacles else None

    def _is_whole(self, path: Path) -> bool:
        return path[0] == "record" and self.catalogue[path[1]].type == "integer"

    def _texts(self, path: Path) -> list[str]:
        constants, _ = self._constants(path)
        group = [path, *sorted(self._group(path) - {path})]
        fields = [self.catalogue[name] if part == "record" else None for part, name, *_ in group]
        found = texts(fields, self._distinct(path, constants), len(group))
        if found is None:
            known = f"no value of {dotted(path)} is known that differs from those compared with"
            common = f"no value is known that {' and '.join(map(dotted, group))} may have alike"
            raise Unbounded([self._obstacle(common if len(group) > 1 else known)])
        return found

    def _distinct(self, path: Path, constants: set[Scalar]) -> set[Scalar]:
        """One for all constants that are only ever looked for among others, and always found among the same."""
        compared = self._reading(path).compared
        if self._reading(path).beside:
            return constants
        alone, others = constants & compared, sorted(constants - compared, key=str, reverse=True)
        return alone | set({self._found_among(text): text for text in others}.values())

    def _found_among(self, value: Scalar) -> frozenset[tuple[object, ...]]:
        """The places of all collections of the data that hold ``value``."""
        found = set[tuple[object, ...]]()
        todo: list[tuple[tuple[object, ...], Any]] = [
            ((number,), document) for number, document in enumerate(self.data)
        ]
        while todo:
            place, document = todo.pop()
            if isinstance(document, Mapping | list):
                below = document.items() if isinstance(document, Mapping) else enumerate(document)
                todo += [((*place, key), each) for key, each in below]
                if value in (document.values() if isinstance(document, Mapping) else document):
                    found.add(place)
        return frozenset(found)

    def _row_counts(self) -> tuple[int | None, ...]:
        path = ("request", "row_count")
        return (None, *whole_numbers(*self._constants(path), 0, None)) if path in self._all else (None,)

    def _attributes(self) -> Iterator[tuple[tuple[str, str], ...]]:
        choices = [[None, *((name, value) for value in values)] for name, values in sorted(self.attributes.items())]
        for each in product(*choices):
            yield tuple(pair for pair in each if pair is not None)

    def _given(self) -> Iterator[Given]:
        paths = [path for path in self._all if path[0] == "history" and len(path) == 4]
        cells = sorted({cell for path in paths for cell in self._cells(path)})
        values = [
            whole_numbers({each for path in paths for each in self._reading(path).constants}, 1, 0, None) for _ in cells
        ]
        self._require_few("histories", [len(each) for each in values])
        for each in product(*values):
            yield tuple(zip(cells, each, strict=True))

    def _cells(self, path: Path) -> Iterator[tuple[str, str, str]]:
        """The numbers of a history that ``path`` may lead to. A window that nothing caps is not told apart."""
        _, purpose, window, measure = path
        if self._reading(path).constants:
            for each in [window] if window != COMPUTED else list(Windows.model_fields):
                yield (self.purpose if purpose == THE_PURPOSE else purpose, each, measure)

    # What is compared with what.

    def _constants(self, path: Path) -> tuple[set[Scalar], int]:
        """What the value at ``path`` may be compared with, and how many values are compared with each other.

        Values that are compared with each other are told apart by the constants, and bounds, of each.
        """
        group = self._group(path)
        constants: set[Scalar] = set()
        for each in group:
            reading = self._reading(each)
            constants |= reading.constants
            for beside in reading.beside:
                constants |= {*(self._listed(beside) or ())}
            if len(group) > 1 and each[0] == "record":
                field = self.catalogue[each[1]]
                constants |= {field.minimum, field.maximum} - {None}
        return constants, len(group)

    def _group(self, path: Path) -> set[Path]:
        """The values that are compared with each other, ``path`` among them; those that are listed do not count."""
        group, todo = {path}, [path]
        while todo:
            beside = {each for each in self._reading(todo.pop()).beside if self._listed(each) is None} - group
            group |= beside
            todo += beside
        return group

    def _listed(self, path: Path) -> Sequence[Value] | None:
        """All values at ``path``, where they are listed."""
        match path:
            case ("request", "supplier"):
                return self.suppliers
            case ("request", "purpose"):
                return [self.purpose]
            case ("request", "attributes", *_):
                return [value for values in self.attributes.values() for value in values]
            case _:
                return self._whole(path)

    def _obstacles(self) -> Iterator[Obstacle]:
        for path, reading in self._all.items():
            if self._listed(path) is not None:
                continue
            yield from reading.obstacles
            if path[0] == "history" and reading.beside:
                yield self._obstacle(f"{dotted(path)} is compared with {dotted(min(reading.beside))}, and no constant")
            for beside in reading.beside:
                if self._listed(beside) is None and self._kind(beside) != self._kind(path):
                    yield self._obstacle(f"{dotted(path)} is compared with {dotted(beside)}, which is of another kind")
            if reading.ordered and self._kind(path) == "text":
                yield self._obstacle(f"{dotted(path)} is a text, and it is asked which comes first")
            if path[0] == "history" and reading.constants and path[1] == COMPUTED:
                yield self._obstacle("for which purpose a history is asked is computed")

    def _kind(self, path: Path) -> str:
        match path:
            case ("record", name):
                field = self.catalogue[name]
                return "day" if field.format == "date" else "text" if field.type == "string" else "number"
            case ("request", "on"):
                return "day"
            case ("request", "row_count") | ("history", *_):
                return "number"
            case _:
                return "text"

    def _obstacle(self, what: str) -> Obstacle:
        return Obstacle(what, Location(f"purposes/{self.purpose}/{self.purpose}.rego", 1))

    def _require_few(self, what: str, sizes: Sequence[int]) -> None:
        if prod(sizes) > MOST:
            raise Unbounded([self._obstacle(f"{prod(sizes):,} {what} are more than anybody would wait for")])
