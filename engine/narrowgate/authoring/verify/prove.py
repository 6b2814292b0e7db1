"""Proving invariants, or finding the smallest situation in which one does not hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from narrowgate.authoring.domain.domain import Circumstances, Domain
from narrowgate.authoring.domain.outcomes import Leaving, Outcomes
from narrowgate.authoring.domain.scope import Policies, Unbounded, domain_of
from narrowgate.authoring.verify.conditions import Circle, hold_of_record, told_apart
from narrowgate.authoring.verify.counterexample import Violation, counterexample
from narrowgate.authoring.verify.invariants import Stated
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.invariant import Invariant, What
from narrowgate.model.proof import Counterexample, CoveredPurpose, Proof, Unproven, VerifyReport
from narrowgate.service import Gate

Progress = Callable[[str], None]


def verify(gate: Gate, stated: Sequence[Stated], progress: Progress = lambda _: None) -> VerifyReport:
    """Look at every situation of every purpose.

    Args:
        progress: called with each purpose once it has been looked at.

    Raises:
        EngineError: the engine does not answer, or not by these policies.
    """
    policies = Policies(gate.engine.policies)
    covered, unproven, conflicts = [], [], list[str]()
    found: dict[str, list[Violation]] = {each.invariant.name: [] for each in stated}
    concerning = set[str]()
    for purpose in policies.bundle.purposes:
        circle = Circle(policies.bundle, purpose)
        besides = told_apart((each.invariant for each in stated), circle)
        try:
            domain = domain_of([policies], purpose, gate.catalogue, besides)
        except Unbounded as error:
            unproven.append(Unproven(purpose=purpose, obstacles=tuple(map(str, error.obstacles))))
            continue
        outcomes = Outcomes(gate, domain)
        for each in stated:
            found[each.invariant.name] += _violations(each.invariant, circle, outcomes, gate.catalogue)
            if each.invariant.name not in concerning and _is_about_some(each.invariant, circle, outcomes):
                concerning.add(each.invariant.name)
        covered.append(CoveredPurpose(purpose=purpose, situations=domain.situations, sizes=dict(domain.sizes)))
        conflicts += outcomes.conflicts
        progress(purpose)
    proofs = tuple(_proof(each, found[each.invariant.name], each.invariant.name in concerning, gate) for each in stated)
    return VerifyReport(
        holds=all(proof.holds for proof in proofs) and not unproven,
        situations=sum(each.situations for each in covered),
        covered=tuple(covered),
        proofs=proofs,
        unproven=tuple(unproven),
        conflicts=tuple(dict.fromkeys(conflicts)),
    )


def _proof(stated: Stated, violations: Sequence[Violation], concerning: bool, gate: Gate) -> Proof:
    smallest: Counterexample | None = None
    if violations:
        first = min(violations, key=lambda violation: violation.size)
        smallest = counterexample(stated.invariant, first, gate)
    return Proof(
        name=stated.invariant.name,
        file=stated.file,
        line=stated.line,
        holds=not violations,
        about_nothing=not concerning,
        violations=len(violations),
        counterexample=smallest,
    )


def _is_about_some(invariant: Invariant, circle: Circle, outcomes: Outcomes) -> bool:
    """Whether there is a situation in which the invariant must hold, be it that nothing leaves there."""
    domain = outcomes.domain
    return any(circle.hold(invariant.when, asked) for asked in outcomes.circumstances) and any(
        hold_of_record(invariant.when, dict(record)) for record in domain.records
    )


def _violations(invariant: Invariant, circle: Circle, outcomes: Outcomes, catalogue: Catalogue) -> Iterator[Violation]:
    """The smallest violation for each supplier."""
    by_supplier: dict[str, Violation] = {}
    for asked, exempt in _told_apart(invariant, circle, outcomes):
        for violation in _in(invariant, exempt, asked, outcomes, catalogue):
            known = by_supplier.get(asked.supplier)
            if known is None or violation.size < known.size:
                by_supplier[asked.supplier] = violation
    yield from by_supplier.values()


def _told_apart(invariant: Invariant, circle: Circle, outcomes: Outcomes) -> Iterator[tuple[Circumstances, bool]]:
    """Circumstances in which the invariant must hold, one for each way that rules or it can tell them apart."""
    domain, seen = outcomes.domain, set[object]()
    for asked in sorted(outcomes.released, key=_plainness):
        if not circle.hold(invariant.when, asked):
            continue
        unless = invariant.unless
        exempt = unless is not None and circle.hold(unless, asked)
        if exempt and unless is not None and not unless.record:
            continue
        factors = (domain.effect, domain.columns, domain.judgement)
        # What tells the effect apart matters only where it goes by columns; else all of these are released.
        key = (asked.supplier, exempt, *(factor.key(asked) for factor in factors[0 if domain.effect.columns else 1 :]))
        if key not in seen:
            seen.add(key)
            yield asked, exempt


def _in(
    invariant: Invariant, exempt: bool, asked: Circumstances, outcomes: Outcomes, catalogue: Catalogue
) -> Iterator[Violation]:
    """Where the invariant does not hold in these circumstances: a violation for each set of columns."""
    domain = outcomes.domain
    records = [number for number in range(len(domain.records)) if _concerned(invariant, exempt, domain, number)]
    for absent in domain.absences:
        for number in records:
            leaving = outcomes.leaving(asked, absent, number)
            if forbidden := _forbidden(invariant.never, leaving, catalogue):
                plan = outcomes.plan(asked, absent)
                assert plan is not None
                yield Violation(plan, asked, absent, domain, number, leaving, forbidden)
                break


def _concerned(invariant: Invariant, exempt: bool, domain: Domain, number: int) -> bool:
    """Whether the invariant must hold for the record with this number."""
    record = dict(domain.records[number])
    if not hold_of_record(invariant.when, record):
        return False
    return not (exempt and invariant.unless is not None and hold_of_record(invariant.unless, record))


def _forbidden(never: What, leaving: Leaving, catalogue: Catalogue) -> tuple[str, ...]:
    """A part of what leaves that must not; as little as there can be."""
    found = [
        field
        for field, action in leaving.items()
        if _means(never, field, catalogue) and (never.forms is None or action.action in never.forms)
    ]
    if never.together is not None:
        return tuple(found) if set(found) == set(never.together) else ()
    return tuple(found[:1])


def _means(never: What, field: str, catalogue: Catalogue) -> bool:
    if never.fields is not None:
        return field in never.fields or "any" in never.fields
    if never.together is not None:
        return field in never.together
    known = catalogue[field]
    return known.category in (never.category or ()) or known.sensitivity in (never.sensitivity or ())


def _plainness(asked: Circumstances) -> tuple[int, int, int]:
    """Fewer attributes, no number of rows, no history come first."""
    return len(asked.attributes), int(asked.row_count is not None), sum(number for _, number in asked.given)
