"""Purposes that do nothing, or not what their author will have meant."""

from __future__ import annotations

from collections.abc import Iterator

from narrowgate.authoring.lint.interface import Found, Look, lint_rule
from narrowgate.policy.bundle import Location


@lint_rule("no-release")
def no_release(look: Look) -> Iterator[Found]:
    """A purpose without a release rule releases no record."""
    for purpose in look.bundle.purposes:
        if not any(look.sites(purpose, "release")):
            at = Location(look.module(purpose).path, 1)
            yield Found(at, "no record is ever released", 'write: release if input.record.status == "active"')


@lint_rule("no-permit")
def no_permit(look: Look) -> Iterator[Found]:
    """A purpose without a permit releases no field."""
    for purpose in look.bundle.purposes:
        if not any(look.sites(purpose, "permit")):
            at = Location(look.module(purpose).path, 1)
            yield Found(at, "no field is ever released", 'write: permit.surname.action := "keep"')


@lint_rule("no-agreement")
def no_agreement(look: Look) -> Iterator[Found]:
    """A purpose without an agreement refuses everybody."""
    for purpose in look.bundle.purposes:
        if not look.agreements[purpose]:
            at = Location(look.module(purpose).path, 1)
            remedy = f"add one to purposes/{purpose}/data.yaml"
            yield Found(at, "no agreement is for this purpose, so it refuses", remedy)


@lint_rule("condition-on-part")
def condition_on_part(look: Look) -> Iterator[Found]:
    """A condition stands on a part of an action, which leaves an empty action where it fails."""
    for purpose in look.bundle.purposes:
        for site in look.sites(purpose, "permit", "override"):
            head = site.rule.head
            if len(head) == 3 and not _is_unconditional(site.rule.node["body"]):
                yield Found(
                    site.at(),
                    f"when its condition fails, {head[0]}.{head[1]} is an empty object and the field is withheld",
                    f'put the condition on the whole action: {head[0]}.{head[1]} := {{"action": …}} if …',
                )


def _is_unconditional(body: list[dict[str, object]]) -> bool:
    # OPA gives a rule without conditions the body ``true``.
    return [term.get("terms") for term in body] == [{"type": "boolean", "value": True}]
