"""What is decided under the agreements, whatever a request says, of columns alone and together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import product

from narrowgate.authoring.domain.scope import Policies
from narrowgate.model.actions import Action, parse_action
from narrowgate.model.agreement import Agreement
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.decision import Decision
from narrowgate.model.request import Request
from narrowgate.policy.interface import Engine

FORMAT, SOURCE = "the format", "the source"
"""What a request says besides its attributes; no attribute is called so."""


@dataclass(frozen=True)
class Situation:
    """A request under an agreement, for every column of the catalogue or for some."""

    purpose: str
    agreement: Agreement
    on: date
    said: Mapping[str, str]
    """The request's attributes; and its format and source, where rules go by them."""
    columns: tuple[str, ...]

    @property
    def request(self) -> Request:
        """As the engine is asked."""
        return Request(
            supplier=self.agreement.supplier,
            purpose=self.purpose,
            on=self.on,
            source=self.said.get(SOURCE),
            format=self.said.get(FORMAT, self.agreement.formats[0]),
            columns=self.columns,
            attributes={name: value for name, value in self.said.items() if name not in {FORMAT, SOURCE}},
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


def assignments(policies: Policies, purpose: str, agreement: Agreement) -> Iterator[dict[str, str]]:
    """Everything that a request under an agreement may say, as far as what leaves goes by it.

    Each value of each attribute that the purpose declares, and each attribute left out; each format that the agreement
    allows, and each source that rules name.
    """
    choices: dict[str, tuple[str | None, ...]] = {
        name: (None, *values) for name, values in policies.bundle.meta(purpose).attributes.items()
    }
    readings = policies.read_for(purpose, {"permit", "drop"})
    if ("request", "format") in readings:
        choices[FORMAT] = agreement.formats
    if sources := readings.get(("request", "source")):
        choices[SOURCE] = (None, *sorted(str(each) for each in sources.constants))
    for chosen in product(*choices.values()):
        yield {name: value for name, value in zip(choices, chosen, strict=True) if value is not None}


def alone_and_together(
    engine: Engine, catalogue: Catalogue, agreed: Iterable[tuple[str, Agreement, date]]
) -> list[Answer]:
    """What is decided under each agreement on its day, of each column alone and of all together.

    Args:
        agreed: purpose, agreement and day.
    """
    every, policies = tuple(catalogue.fields), Policies(engine.policies)
    situations = [
        Situation(purpose, agreement, on, said, columns)
        for purpose, agreement, on in agreed
        for said in assignments(policies, purpose, agreement)
        for columns in (every, *((field,) for field in every))
    ]
    return answers(engine, situations)


def answers(engine: Engine, situations: list[Situation]) -> list[Answer]:
    """What is decided in each situation, in order."""
    decisions = engine.decide_each([situation.request for situation in situations])
    return [Answer(situation, decision) for situation, decision in zip(situations, decisions, strict=True)]
