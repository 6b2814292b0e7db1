"""What ever leaves: over every situation that the policies can tell apart, as the engine decides it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from narrowgate.authoring.domain.outcomes import Outcomes
from narrowgate.authoring.domain.readings import Obstacle
from narrowgate.authoring.domain.scope import Policies, Unbounded, domain_of
from narrowgate.model.actions import Action, parse_action
from narrowgate.service import Gate

Forms = Mapping[str, frozenset[Action]]
"""By field, the forms in which it leaves."""


@dataclass(frozen=True)
class Leaving:
    """What leaves for a purpose, in any situation at all."""

    columns: Forms
    """As whole columns."""
    overrides: Forms
    """What rules for single records give instead, for records that leave."""
    obstacles: tuple[Obstacle, ...] = ()
    """Why the situations cannot be listed. Then nothing is known of what leaves."""


def leaving_of(gate: Gate) -> dict[str, Leaving]:
    """What leaves for each purpose.

    Raises:
        EngineError: there is no decision.
    """
    policies = Policies(gate.engine.policies)
    return {purpose: _leaving(gate, policies, purpose) for purpose in policies.bundle.purposes}


def _leaving(gate: Gate, policies: Policies, purpose: str) -> Leaving:
    try:
        domain = domain_of([policies], purpose, gate.catalogue, {})
    except Unbounded as error:
        return Leaving({}, {}, error.obstacles)
    return _decided(Outcomes(gate, domain))


def _decided(outcomes: Outcomes) -> Leaving:
    columns = {(column.field, column.action) for plan in outcomes.plans.values() for column in plan.columns}
    judged = (each for judgements in outcomes.judgements.values() for each in judgements)
    overriding = {
        (field, action)
        for judgement in judged
        if judgement is not None and judgement.release
        for field, document in judgement.override.items()
        if (action := parse_action(document)) is not None
    }
    return Leaving(_forms(columns), _forms(overriding))


def _forms(pairs: set[tuple[str, Action]]) -> Forms:
    return {name: frozenset(action for field, action in pairs if field == name) for name, _ in pairs}
