"""Rules for what nobody ever gets, and suppliers and fields that nothing is about."""

from __future__ import annotations

from collections.abc import Iterator

from narrowgate.authoring.lint.interface import Found, Look, lint_rule
from narrowgate.policy.bundle import Location
from narrowgate.policy.vetting.data import SUPPLIERS


@lint_rule("unused-permit")
def unused_permit(look: Look) -> Iterator[Found]:
    """A permit whose field leaves in its form in no situation: for no supplier, on no day, whatever is asked."""
    for purpose, leaving in look.leaving.items():
        if not look.agreements[purpose] or leaving.obstacles:
            continue
        for site, field, action in look.forms(purpose, "permit"):
            if action.action != "drop" and action not in leaving.columns.get(field, ()):
                message = f"nobody ever gets {field} {action.describe()} for this purpose, whatever the request says"
                yield Found(site.at(), message, _why_not(look, purpose, field))


def _why_not(look: Look, purpose: str, field: str) -> str:
    others = " or ".join(sorted(form.describe() for form in look.leaving[purpose].columns.get(field, ())))
    if others:
        return f"it leaves {others}: remove the rule, or mend its condition"
    dropped = [module for module, rule in look.bundle.all_rules() if rule.head[:2] == ("drop", field)]
    if dropped:
        return f"a guardrail withholds it ({dropped[0].path}): remove the permit"
    return "mend its condition, make an agreement that it is for, or remove it"


@lint_rule("unused-override")
def unused_override(look: Look) -> Iterator[Found]:
    """An override that no released record of a field that leaves ever meets."""
    for purpose, leaving in look.leaving.items():
        if not look.agreements[purpose] or leaving.obstacles:
            continue
        for site, field, action in look.forms(purpose, "override"):
            if field not in leaving.columns:
                remedy = f"remove it, or see why nobody gets {field}"
                yield Found(site.at(), f"it never applies, as {field} never leaves for this purpose", remedy)
            elif action not in leaving.overrides.get(field, ()):
                message = f"it never applies: no record that is released ever has its {field} {action.describe()}"
                yield Found(site.at(), message, "mend its condition; it holds only for records that do not leave")


@lint_rule("situations-not-listed", "note")
def situations_not_listed(look: Look) -> Iterator[Found]:
    """A rule by which situations cannot be listed, so that it is not known what ever leaves."""
    for obstacle in dict.fromkeys(obstacle for leaving in look.leaving.values() for obstacle in leaving.obstacles):
        yield Found(
            obstacle.at,
            f"{obstacle.what}, so it is not known which permits are used",
            "compare with values that are written out, which policy verify asks for, too",
        )


@lint_rule("field-for-nobody", "note")
def field_for_nobody(look: Look) -> Iterator[Found]:
    """A field that leaves for no purpose."""
    if any(leaving.obstacles for leaving in look.leaving.values()):
        return
    received = {field for leaving in look.leaving.values() for field in leaving.columns}
    for field in look.catalogue.fields:
        if field not in received:
            message = f"nobody may receive {field}"
            yield Found(look.in_catalogue(field), message, "leave it at that, or permit it in a purpose")


@lint_rule("supplier-without-agreement", "note")
def supplier_without_agreement(look: Look) -> Iterator[Found]:
    """A supplier who has no agreement, past, present or to come."""
    agreed = {agreement.supplier for agreements in look.agreements.values() for agreement in agreements}
    for name in look.bundle.suppliers:
        if name not in agreed:
            at: Location = look.in_file(SUPPLIERS, f"{name}:")
            yield Found(at, f"{name} has no agreement for any purpose", f"remove {name}, or add its agreement")
