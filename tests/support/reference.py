"""The decision algebra in plain Python, a page long: what OPA and the plan together must equal.

A policy here is a small document (``Policy``); ``rego`` writes it as an author would.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

Action = dict[str, Any]
Record = dict[str, str | None]

ALLOWED = {
    "posting": {"response", "neighbourhood", "investigation", "firearms", "headquarters", "covert", "undercover"},
    "status": {"active", "suspended", "leaver"},
}
KINDS = {"cardco": "card printer", "oldco": "card printer", "vetright": "vetting provider"}


@dataclass(frozen=True)
class Agreement:
    supplier: str
    first: str
    last: str
    format: str


@dataclass(frozen=True)
class Policy:
    permits: list[tuple[str, Action, str | None]]
    """Field, action, and the one supplier it is for."""
    release: set[str]
    """Statuses whose records leave."""
    withholds: list[tuple[str, str]] = field(default_factory=list)
    """Reason, and the posting it is for."""
    overrides: list[tuple[str, Action, str]] = field(default_factory=list)
    """Field, action, and the posting it is for."""
    agreements: list[Agreement] = field(default_factory=list)


class Conflict(Exception):
    """Two rules give one field two actions."""


@dataclass(frozen=True)
class Verdict:
    release: bool
    reasons: frozenset[str]
    overrides: dict[str, Action]


def columns(policy: Policy, supplier: str, day: str, format: str, asked: list[str]) -> dict[str, Action] | None:
    """Action by column that leaves; None where the request is refused."""
    permitted = {
        name: _one([a for f, a, only in policy.permits if f == name and only in (None, supplier)]) for name in asked
    }
    leaving = {name: action for name, action in permitted.items() if action is not None}
    would_leave = {name for name, action in leaving.items() if action["action"] != "drop"}
    guarded = {"vetting_level"} if KINDS.get(supplier) != "vetting provider" else set()
    if {"photo", "home_address"} <= would_leave:
        guarded |= {"photo", "home_address"}
    in_force = [a for a in policy.agreements if a.supplier == supplier and a.first <= day <= a.last]
    if supplier not in KINDS or len(in_force) != 1 or in_force[0].format != format:
        return None
    if not reads(policy) <= set(asked):
        return None
    left = {name: leaving[name] for name in asked if name in would_leave - guarded}
    return left or None


def reads(policy: Policy) -> set[str]:
    """The fields by which records are judged: a guardrail reads the posting, a release rule the status."""
    return {"posting", "status"} if policy.release else {"posting"}


def verdict(policy: Policy, leaving: dict[str, Action], record: Record) -> Verdict:
    """What holds for one record."""
    faults = {
        f"{name} is missing" if record.get(name) is None else f"{name} is not what the catalogue allows"
        for name in reads(policy)
        if record.get(name) not in ALLOWED[name]
    }
    if faults:
        return Verdict(False, frozenset(faults), {})
    reasons = {reason for reason, posting in policy.withholds if posting == record["posting"]}
    if record["posting"] in {"covert", "undercover"}:
        reasons.add("covert posting")
    if record["status"] not in policy.release:
        reasons.add("outside the purpose's release rule")
    overridden = {
        name: _one([action for f, action, posting in policy.overrides if f == name and posting == record["posting"]])
        for name, _, _ in policy.overrides
    }
    own = {f: action for f, action in overridden.items() if action and f in leaving and action != leaving[f]}
    return Verdict(not reasons, frozenset(reasons), own)


def _one(actions: list[Action]) -> Action | None:
    different = {json.dumps(action, sort_keys=True) for action in actions}
    if len(different) > 1:
        raise Conflict
    return actions[0] if actions else None


def rego(policy: Policy) -> str:
    """The policy as rules, for ``support.policies.purpose``."""
    lines = []
    for name, action, only in policy.permits:
        condition = f' if input.request.supplier == "{only}"' if only else ""
        lines.append(f"permit.{name} := {json.dumps(action)}{condition}")
    lines += [f'release if input.record.status == "{status}"' for status in sorted(policy.release)]
    lines += [
        f'withhold contains "{reason}" if input.record.posting == "{posting}"' for reason, posting in policy.withholds
    ]
    for name, action, posting in policy.overrides:
        lines.append(f'override.{name} := {json.dumps(action)} if input.record.posting == "{posting}"')
    return "\n\n".join(lines) + "\n"


def agreements(policy: Policy) -> str:
    """The policy's agreements, as its ``data.yaml``."""
    entries = [
        {"id": f"T{n}", "supplier": a.supplier, "from": a.first, "until": a.last, "formats": [a.format], "max_rows": 99}
        | {"retention_days": 1}
        for n, a in enumerate(policy.agreements)
    ]
    return json.dumps({"agreements": entries})
