"""What ``policy test`` found."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from narrowgate.model.base import Document
from narrowgate.model.coverage import Coverage


class Quote(Document):
    """A line of a policy."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


class Difference(Document):
    """One thing that is not as expected."""

    about: str
    """``column rank``, ``record leaver``."""
    expected: str
    actual: str
    reason: str = ""
    """What the policies say of it."""
    rules: tuple[Quote, ...] = ()
    """The rules that decided."""
    situations: tuple[str, ...] = ()
    """The combinations of a table that it is so in."""

    def __str__(self) -> str:
        why = f" ({self.reason})" if self.reason else ""
        return f"{self.about}: expected {self.expected}, got {self.actual}{why}"


class CaseResult(Document):
    """What came of a case, or of a table of them."""

    file: str
    line: int
    purpose: str
    """That it is about; of a table over several, empty."""
    name: str
    situations: int = 1
    """How many combinations were tried."""
    differences: tuple[Difference, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether everything is as expected."""
        return not self.differences

    @property
    def title(self) -> str:
        """What it is called."""
        return f"{self.purpose}: {self.name}" if self.purpose else self.name


class RegoTest(Document):
    """What came of one test in a ``_test.rego`` file."""

    name: str
    """With its package."""
    file: str
    line: int
    passed: bool
    message: str = ""


class RegoReport(Document):
    """What came of the Rego tests."""

    tests: tuple[RegoTest, ...] = ()
    error: str = ""
    """Why they could not be run."""

    @property
    def passed(self) -> bool:
        """Whether all ran and passed."""
        return not self.error and all(test.passed for test in self.tests)

    def failures(self) -> Iterator[RegoTest]:
        """Those that did not pass."""
        return (test for test in self.tests if not test.passed)


class CaseReport(Document):
    """What ``policy test`` found."""

    passed: int
    """How many cases and tables are as expected."""
    failed: int
    situations: int
    """How many combinations of supplier, purpose, day and record they tried."""
    cases: tuple[CaseResult, ...]
    rego: RegoReport | None = None
    """None where no Rego test was chosen."""
    coverage: Coverage | None = None

    @cached_property
    def as_expected(self) -> bool:
        """Whether nothing differs, in cases and Rego tests."""
        return not self.failed and (self.rego is None or self.rego.passed)
