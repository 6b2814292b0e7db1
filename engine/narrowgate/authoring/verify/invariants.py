"""Reading ``invariants.yaml``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from narrowgate.authoring.cases.source import Source
from narrowgate.errors import UsageError
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.invariant import Conditions, Invariant, Invariants
from narrowgate.model.keys import Place
from narrowgate.policy.bundle import Bundle
from narrowgate.policy.vetting.finding import nearest


@dataclass(frozen=True)
class Stated:
    """An invariant, and where it is stated."""

    invariant: Invariant
    file: str
    line: int


def load_invariants(path: Path, bundle: Bundle, catalogue: Catalogue) -> list[Stated]:
    """The invariants that the file ``path`` states.

    Raises:
        UsageError: there are none.
        SourceError: they name something that is not there, or are written in another way.
    """
    if not path.is_file():
        raise UsageError(f"there is no {path}", "name the file of invariants with --invariants, or write one")
    source = Source(path, path.name, page="docs/policies/proofs.md")
    stated = source.parse(Invariants).invariants
    for number, invariant in enumerate(stated):
        for noun, name, known, place in _names(invariant, bundle, catalogue):
            if name not in known:
                where = ("invariants", number, *place)
                raise source.fault(f"there is no {noun} {name}", nearest(name, known, "name one that is"), where)
    names = [invariant.name for invariant in stated]
    for number, name in enumerate(names):
        if name in names[:number]:
            raise source.fault(
                f"two invariants are called “{name}”", "call one otherwise", ("invariants", number, "name")
            )
    return [
        Stated(invariant, path.name, source.line(("invariants", number))) for number, invariant in enumerate(stated)
    ]


def _names(
    invariant: Invariant, bundle: Bundle, catalogue: Catalogue
) -> Iterator[tuple[str, str, Iterable[str], Place]]:
    """Every name that an invariant says: of what, the name, what it may be, and where it stands."""
    fields = catalogue.fields.values()
    known: dict[str, Iterable[str]] = {
        "fields": [*catalogue.fields, "any"],
        "together": [*catalogue.fields],
        "category": {field.category for field in fields},
        "sensitivity": {field.sensitivity for field in fields},
        "supplier": [*bundle.suppliers],
        "purpose": bundle.purposes,
    }
    for part, key in (("never", key) for key in ("fields", "together", "category", "sensitivity")):
        for name in getattr(invariant.never, key) or ():
            noun = "field" if key in {"fields", "together"} else key
            yield noun, name, known[key], (part, key)
    for part, conditions in (("when", invariant.when), ("unless", invariant.unless or Conditions())):
        for key in ("supplier", "purpose"):
            for name in getattr(conditions, key) or ():
                yield key, name, known[key], (part, key)
        for field, values in conditions.record.items():
            yield "field", field, catalogue.fields, (part, "record", field)
            enum = catalogue[field].enum if field in catalogue else None
            for value in values if enum is not None else ():
                yield field, str(value), enum or (), (part, "record", field)
        declared = {name for purpose in bundle.purposes for name in bundle.meta(purpose).attributes}
        for attribute in conditions.attributes:
            yield "attribute", attribute, declared, (part, "attributes", attribute)
