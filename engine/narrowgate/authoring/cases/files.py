"""Finding and reading files of cases, and the fixtures that they share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from narrowgate.authoring.cases.source import Source
from narrowgate.errors import UsageError
from narrowgate.model.case import LIKE, CaseRequest, Cases, CellValue, Fixtures
from narrowgate.model.catalogue import Catalogue
from narrowgate.policy.bundle import ENTRY_POINTS
from narrowgate.policy.vetting.finding import nearest

CASES = "cases.yaml"
FIXTURES = "fixtures.yaml"

Record = Mapping[str, CellValue]


@dataclass(frozen=True)
class CaseFile:
    """A file of cases, with all that it may name."""

    source: Source
    purpose: str | None
    """That of its folder; None beside no purpose."""
    cases: Cases
    on: date | None
    """The day of requests that name no other."""
    records: Mapping[str, Record]
    requests: Mapping[str, CaseRequest]


def rewritten(file: CaseFile, text: str) -> CaseFile:
    """``file`` with other expectations in it.

    Raises:
        SourceError: ``text`` is not one of cases.
    """
    source = Source(file.source.path, file.source.name, text)
    return replace(file, source=source, cases=source.parse(Cases))


@dataclass(frozen=True)
class Selection:
    """The policies, and what of them is to be tested."""

    policies: Path
    within: Path
    """The folder, or the file of cases: of the policies, or all of them."""

    @property
    def purpose(self) -> str | None:
        """The purpose whose folder, or file, is meant; None where it is all policies, or cases beside no purpose."""
        parts = self.within.relative_to(self.policies).parts
        return parts[1] if len(parts) > 1 and parts[0] == "purposes" else None

    def files(self) -> list[Path]:
        """The files of cases that are meant."""
        if self.within.is_file():
            return [self.within]
        found = [self.policies / CASES, *sorted(self.policies.glob(f"purposes/*/{CASES}"))]
        return [path for path in found if path.is_file() and path.is_relative_to(self.within)]


def select(path: Path) -> Selection:
    """What ``path`` means: a folder of policies, or a folder or a file of cases inside one.

    Raises:
        UsageError: it is none of them.
    """
    if not path.exists() or (path.is_file() and path.name != CASES):
        raise UsageError(f"{path} is no folder", f"name a folder of policies, a purpose's folder or its {CASES}")
    within = path.resolve()
    policies = next((folder for folder in (within, *within.parents) if (folder / ENTRY_POINTS).is_file()), within)
    if policies.is_file():
        raise UsageError(f"{path} lies in no folder of policies", f"one holds {ENTRY_POINTS}")
    return Selection(path, path) if policies == within else Selection(policies, within)


def load_case_files(selection: Selection, catalogue: Catalogue) -> list[CaseFile]:
    """The files of cases that are selected.

    Raises:
        SourceError: one of them, or the fixtures, cannot be used.
    """
    shared = selection.policies / FIXTURES
    fixtures = None
    if shared.is_file():
        source = Source(shared, FIXTURES)
        fixtures = _Definitions(source, source.parse(Fixtures))
    return [_load(selection, path, fixtures, catalogue) for path in selection.files()]


def _load(selection: Selection, path: Path, fixtures: _Definitions | None, catalogue: Catalogue) -> CaseFile:
    relative = path.relative_to(selection.policies)
    source = Source(path, relative.as_posix())
    cases = source.parse(Cases)
    own = _Definitions(source, cases)
    if fixtures is not None:
        own.require_apart(fixtures)
    known = [each for each in (fixtures, own) if each is not None]
    return CaseFile(
        source=source,
        purpose=relative.parts[1] if len(relative.parts) == 3 else None,
        cases=cases,
        on=cases.on or (fixtures.said.on if fixtures else None),
        records=dict(_Records(known, catalogue).all()),
        requests={name: request for each in known for name, request in each.said.requests.items()},
    )


@dataclass(frozen=True)
class _Definitions:
    """What one file defines."""

    source: Source
    said: Fixtures

    def require_apart(self, other: _Definitions) -> None:
        """Make sure that no name is defined in both."""
        for kind, ours, theirs in (
            ("records", self.said.records, other.said.records),
            ("requests", self.said.requests, other.said.requests),
        ):
            for name in ours:
                if name in theirs:
                    line = other.source.line((kind, name))
                    message = f"{name} is defined already, on line {line} of {other.source.name}"
                    raise self.source.fault(message, "give it another name, or use the one there", (kind, name))


class _Records:
    """Records, with those that they are like looked up."""

    def __init__(self, definitions: list[_Definitions], catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._said = {name: (each, said) for each in definitions for name, said in each.said.records.items()}

    def all(self) -> Iterator[tuple[str, Record]]:
        """Every record by name."""
        for name in self._said:
            yield name, {field: value for field, value in self._whole(name, ()).items() if value is not None}

    def _whole(self, name: str, seen: tuple[str, ...]) -> dict[str, CellValue]:
        definitions, said = self._said[name]
        source = definitions.source
        place = ("records", name)
        own = {field: value for field, value in said.items() if field != LIKE}
        for field in own:
            if field not in self._catalogue:
                raise source.fault(
                    f"there is no field {field}", nearest(field, self._catalogue.fields), (*place, field)
                )
        if LIKE not in said:
            return own
        base = str(said[LIKE])
        if base not in self._said:
            raise source.fault(f"there is no record {base}", suggest(base, self._said), (*place, LIKE))
        if base in (name, *seen):
            raise source.fault(f"{name} is like itself in the end", "write one of them out", (*place, LIKE))
        return {**self._whole(base, (*seen, name)), **own}


def suggest(name: str, known: Mapping[str, object] | tuple[str, ...] | list[str]) -> str:
    """What to write instead of ``name``."""
    return nearest(name, known, f"there are {', '.join(known)}" if known else "define it first")
