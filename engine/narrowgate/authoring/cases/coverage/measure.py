"""Measuring coverage."""

from __future__ import annotations

from collections.abc import Iterator

from narrowgate.authoring.cases.coverage.agreements import agreement_items
from narrowgate.authoring.cases.coverage.exercised import Exercised
from narrowgate.authoring.cases.coverage.heads import ambiguous, heads_of_cases
from narrowgate.authoring.cases.coverage.items import guardrail_items, purpose_items
from narrowgate.authoring.cases.files import Selection
from narrowgate.authoring.cases.rego import RegoCoverage, rego_coverage
from narrowgate.authoring.cases.run import Run
from narrowgate.model.coverage import Coverage, CoverageItem
from narrowgate.service import Gate


def measure(gate: Gate, selection: Selection, run: Run) -> Coverage:
    """What of the selected policies the passing cases of ``run`` exercise.

    Of one purpose, where its folder or file was selected; else of all, guardrails included.
    """
    tests = rego_coverage(selection)
    items = sorted(_items(gate, selection, run, tests), key=lambda item: (item.purpose, item.file, item.line))
    prefix = f"purposes/{selection.purpose}/" if selection.purpose else ""
    return Coverage.of(items, [each for each in tests.lines if each.file.startswith(prefix)])


def _items(gate: Gate, selection: Selection, run: Run, tests: RegoCoverage) -> Iterator[CoverageItem]:
    bundle = gate.engine.policies
    exercised = Exercised(run, bundle)
    for purpose in bundle.purposes:
        if selection.purpose in {None, purpose}:
            alike = ambiguous(purpose, bundle)
            held = heads_of_cases(purpose, bundle, selection.policies, run) if alike else frozenset()
            yield from purpose_items(purpose, bundle, gate.catalogue, exercised, alike - held)
            yield from agreement_items(purpose, bundle, selection.policies, exercised)
    if selection.purpose is None:
        yield from guardrail_items(bundle, exercised, tests.reaches)
