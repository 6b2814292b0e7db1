"""Trying mutants: does anybody notice, and if nobody does, does more leave?"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mutation.mutant import Mutant
from mutation.opa import Loaded, Refused, loaded_opa
from narrowgate.authoring.cases.files import CaseFile, load_case_files, select
from narrowgate.authoring.cases.rego import run_rego
from narrowgate.authoring.cases.run import try_file
from narrowgate.authoring.diff.compare import Side, both_for, field_changes
from narrowgate.authoring.diff.report import compare
from narrowgate.authoring.diff.terms import term_changes
from narrowgate.authoring.domain.scope import Unbounded
from narrowgate.authoring.verify.invariants import load_invariants
from narrowgate.authoring.verify.prove import verify
from narrowgate.errors import NarrowgateError, PolicyInvalid
from narrowgate.model.invariant import FILE_NAME
from narrowgate.policy.client import Address, Opa
from narrowgate.policy.engine import OpaEngine
from narrowgate.service import Gate
from support.gates import private_gate
from support.paths import POLICIES, SCHEMAS

Catcher = Literal["vetting", "cases", "Rego tests", "verify"]


@dataclass(frozen=True)
class Verdict:
    """What came of a mutant."""

    mutant: Mutant
    caught_by: Catcher | None
    widens: bool | None = None
    """Whether more leaves. It is asked only of those that nobody catches: what is caught is noticed either way."""

    @property
    def survives(self) -> bool:
        """More leaves, and nobody notices."""
        return self.caught_by is None and self.widens is not False

    @property
    def end(self) -> str:
        """What came of it, in a few words."""
        return f"caught by {self.caught_by}" if self.caught_by else "SURVIVES" if self.survives else "lets no more out"

    def __str__(self) -> str:
        return f"{self.end:<22} {self.mutant.name}"


class Trials:
    """The shipped policies, of which one file at a time is a mutant's."""

    def __init__(self, opa: Loaded, shipped: Gate) -> None:
        self._opa, self._catalogue, self._shipped = opa, shipped.catalogue, Side(shipped)
        self._files = load_case_files(select(POLICIES), shipped.catalogue)

    def verdict(self, mutant: Mutant) -> Verdict:
        """Who catches ``mutant``; the quickest first."""
        try:
            with self._changed(mutant), self._gate() as gate:
                gate.engine.policies  # noqa: B018 - vetted here
                steps: dict[Catcher, Callable[[], bool]] = {
                    "cases": lambda: self._cases_fail(gate, mutant),
                    "Rego tests": lambda: _rego_fails(mutant),
                    "verify": lambda: self._is_disproved(gate),
                }
                caught = next((name for name, fails in steps.items() if fails()), None)
                return Verdict(mutant, caught, None if caught else self._widens(gate, mutant))
        except (Refused, PolicyInvalid):
            return Verdict(mutant, "vetting")

    @contextmanager
    def _changed(self, mutant: Mutant) -> Iterator[None]:
        try:
            self._opa.put(mutant.file, mutant.text)
            yield
        finally:
            self._opa.put(mutant.file, (POLICIES / mutant.file).read_text(encoding="utf-8"))

    @contextmanager
    def _gate(self) -> Iterator[Gate]:
        engine = OpaEngine(lambda: Opa(Address(self._opa.url)), "private", self._catalogue, POLICIES)
        try:
            yield Gate(engine, self._catalogue, SCHEMAS)
        finally:
            engine.close()

    def _cases_fail(self, gate: Gate, mutant: Mutant) -> bool:
        """Those of the purpose that is changed first; those beside no purpose last."""
        mine = [file for file in self._files if mutant.purpose in {None, file.purpose}]
        rest = [file for file in self._files if file.purpose is None and file not in mine]
        return any(self._fails(gate, file) for file in [*mine, *rest])

    @staticmethod
    def _fails(gate: Gate, file: CaseFile) -> bool:
        try:
            return any(not tried.result.passed for tried in try_file(gate, file)[0])
        except PolicyInvalid:
            raise
        except NarrowgateError:
            return True  # they name what is not there any more

    def _is_disproved(self, gate: Gate) -> bool:
        stated = load_invariants(POLICIES / FILE_NAME, gate.engine.policies, self._catalogue)
        return not verify(gate, stated).holds

    def _widens(self, gate: Gate, mutant: Mutant) -> bool:
        """Whether more leaves; where only one purpose can change, for that."""
        old, new = self._shipped, Side(gate)
        if mutant.purpose is None:
            report = compare(old, new, ("shipped", "mutant"), None, lambda _: None)
            return report.widens or bool(report.not_compared)
        try:
            both = both_for(mutant.purpose, old, new)
        except Unbounded:
            return True
        directions = {line.change.direction for line in field_changes(both, old, new)}
        return not directions <= {"narrows"} or any(term.direction == "widens" for term in term_changes(both))


def _rego_fails(mutant: Mutant) -> bool:
    with tempfile.TemporaryDirectory(prefix="narrowgate-mutant-") as scratch:
        folder = Path(scratch) / "policies"
        shutil.copytree(POLICIES, folder)
        if mutant.text is None:
            (folder / mutant.file).unlink()
        else:
            (folder / mutant.file).write_text(mutant.text, encoding="utf-8")
        report = run_rego(select(folder))
    return report is None or bool(report.error) or any(not test.passed for test in report.tests)


@contextmanager
def trials() -> Iterator[Trials]:
    """Ready to try mutants."""
    with private_gate(POLICIES) as shipped, loaded_opa(POLICIES) as opa:
        yield Trials(opa, shipped)
