"""Forms that say too much: finer than a field's kind bears, or nearly the whole value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from narrowgate.authoring.lint.interface import Found, Look, Site, lint_rule
from narrowgate.model.actions import Action, Generalise, Mask, Truncate
from narrowgate.model.catalogue import Field


@dataclass(frozen=True)
class Floor:
    """How coarse a general form of some fields has to be."""

    of: Callable[[Field], bool]
    to: tuple[str, ...]
    """The forms that are looked at."""
    width: int | None
    """The least width of a band; None: the form is too fine whatever its width."""
    why: str
    write: str


FLOORS = (
    Floor(
        lambda field: field.format == "date" and field.category == "identity",
        ("month",),
        None,
        "a month of birth and a rank or a town single people out",
        '{"action": "generalise", "to": "year"}',
    ),
    Floor(
        lambda field: field.format == "date" and field.category == "identity",
        ("age_band",),
        5,
        "bands of ages under five years are hardly wider than a year of birth",
        '{"action": "generalise", "to": "age_band", "width": 5}',
    ),
    Floor(
        lambda field: field.format == "date" and field.sensitivity in {"special", "operational"},
        ("month",),
        None,
        "few people share a month of what is special or operational",
        '{"action": "generalise", "to": "year"}',
    ),
    Floor(
        lambda field: field.format == "uk-postcode",
        ("outward",),
        None,
        "an outward code may hold a few thousand households, and few of one employer",
        '{"action": "generalise", "to": "area"}',
    ),
    Floor(
        lambda field: field.category == "pay" and (field.maximum or 0) >= 100_000,
        ("band",),
        1_000,
        "bands of pay under 1,000 pounds give the point of the scale away",
        '{"action": "generalise", "to": "band", "width": 1000}',
    ),
    Floor(
        lambda field: field.sensitivity == "special",
        ("band",),
        5,
        "bands under five of what is special tell most of it",
        '{"action": "generalise", "to": "band", "width": 5}',
    ),
)
"""The documentation has the same table."""

_USUAL_LENGTHS = {"identity": 7, "next of kin": 7, "identifier": 9, "bank": 8, "contact": 14, "vetting": 8}
_OTHERWISE = 12


@lint_rule("too-fine")
def too_fine(look: Look) -> Iterator[Found]:
    """A general form that is finer than its field's kind bears."""
    for site, field, action in _forms(look):
        if isinstance(action, Generalise):
            for floor in FLOORS:
                fine = floor.width is None or (action.width or 0) < floor.width
                if floor.of(field) and action.to in floor.to and fine:
                    message = f"{field.name} {action.describe()} is too fine: {floor.why}"
                    yield Found(site.at(), message, f"write: {site.rule.name}.{field.name} := {floor.write}")


@lint_rule("reveals-most")
def reveals_most(look: Look) -> Iterator[Found]:
    """A mask or a cut that leaves half of a usual value, or more."""
    for site, field, action in _forms(look):
        usual, shown = usual_length(field), _shown(action)
        if shown * 2 >= usual:
            message = f"{shown} characters of {field.name} are most of it: it usually has about {usual}"
            remedy = f"leave fewer than {(usual + 1) // 2}, generalise it, or keep it and say so"
            yield Found(site.at(), message, remedy)


def usual_length(field: Field) -> int:
    """About how many characters a value has."""
    if field.enum is not None:
        return min(map(len, field.enum))
    if field.format is not None:
        return {"date": 10, "uk-postcode": 7}[field.format]
    if field.type != "string":
        return len(str(int(field.maximum or 99_999)))
    return _USUAL_LENGTHS.get(field.category, _OTHERWISE)


def _shown(action: Action) -> int:
    match action:
        case Mask(keep_first=first, keep_last=last):
            return first + last
        case Truncate(length=length):
            return length
        case _:
            return 0


def _forms(look: Look) -> Iterator[tuple[Site, Field, Action]]:
    for purpose in look.bundle.purposes:
        for site, field, action in look.forms(purpose, "permit", "override"):
            yield site, look.catalogue[field], action
