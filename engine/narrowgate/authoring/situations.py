"""What is decided under the agreements: every agreement, each assignment of the attributes, columns alone and together.

The matrix and lint ask the same questions, by few calls of the engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import product

from narrowgate.model.actions import Action, parse_action
from narrowgate.model.agreement import Agreement, PurposeMeta
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.decision import Decision
from narrowgate.model.request import Request
from narrowgate.policy.interface import Engine


@dataclass(frozen=True)
class Situation:
    """A request under an agreement, for every column of the catalogue or for some."""

    purpose: str
    agreement: Agreement
    on: date
    attributes: Mapping[str, str]
    columns: tuple[str, ...]

    @property
    def request(self) -> Request:
        """As the engine is asked."""
        return Request(
            supplier=self.agreement.supplier,
            purpose=self.purpose,
            on=self.on,
            format=self.agreement.formats[0],
            columns=self.columns,
            attributes=dict(self.attributes),
        )


@dataclass(frozen=True)
class Answer:
    """A situation and what is decided in it."""

    situation: Situation
    decision: Decision

    @property
    def released(self) -> bool:
        """Whether anything may leave at all."""
        return self.decision.effect == "release"

    def leaving(self, field: str, catalogue: Catalogue) -> Action | None:
        """In what form ``field`` leaves; None where it does not."""
        answer = self.decision.columns.get(field)
        if answer is None or not self.released:
            return None
        action = parse_action(answer.action)
        return action if action is not None and action.action != "drop" and action.suits(catalogue[field]) else None


def assignments(meta: PurposeMeta) -> Iterator[dict[str, str]]:
    """Every way to give the attributes that a purpose declares: each value of each, and each left out."""
    choices = [(None, *values) for values in meta.attributes.values()]
    for chosen in product(*choices):
        yield {name: value for name, value in zip(meta.attributes, chosen, strict=True) if value is not None}


def alone_and_together(
    engine: Engine, catalogue: Catalogue, agreed: Iterable[tuple[str, Agreement, date]]
) -> list[Answer]:
    """What is decided under each agreement on its day, of each column alone and of all together.

    Args:
        agreed: purpose, agreement and day.
    """
    every = tuple(catalogue.fields)
    situations = [
        Situation(purpose, agreement, on, attributes, columns)
        for purpose, agreement, on in agreed
        for attributes in assignments(engine.policies.meta(purpose))
        for columns in (every, *((field,) for field in every))
    ]
    return answers(engine, situations)


def answers(engine: Engine, situations: list[Situation]) -> list[Answer]:
    """What is decided in each situation, in order."""
    decisions = engine.decide_each([situation.request for situation in situations])
    return [Answer(situation, decision) for situation, decision in zip(situations, decisions, strict=True)]
