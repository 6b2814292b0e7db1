"""Running cases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from narrowgate.authoring.cases.answers import Answer, Answers, ask
from narrowgate.authoring.cases.compare import case_differences, table_differences
from narrowgate.authoring.cases.files import CaseFile, Selection, load_case_files
from narrowgate.authoring.cases.rules import RuleBook
from narrowgate.authoring.cases.situations import CaseTrial, Trial, trials
from narrowgate.model.case_report import CaseReport, CaseResult, RegoReport
from narrowgate.model.coverage import Coverage
from narrowgate.service import Gate


@dataclass(frozen=True)
class Tried:
    """A case or a table, what the policies answered, and what came of it."""

    trial: Trial
    result: CaseResult


@dataclass(frozen=True)
class Run:
    """All that was tried."""

    files: tuple[CaseFile, ...]
    tried: tuple[Tried, ...]
    answers: Answers


def try_file(gate: Gate, file: CaseFile, only: str = "") -> tuple[tuple[Tried, ...], Answers]:
    """Try the cases of one file whose purpose or name holds ``only``.

    Raises:
        SourceError: a case names what is not there.
        EngineError: there are no answers to be had.
    """
    bundle = gate.engine.policies
    every = trials(file, bundle, gate.catalogue)
    wanted = [trial for trial in every if only in f"{trial.purpose}: {trial.name}"]
    answers, book = ask(gate, wanted), RuleBook(bundle)
    return tuple(Tried(trial, _result(trial, answers, book)) for trial in wanted), answers


def run_cases(gate: Gate, selection: Selection, only: str = "") -> Run:
    """Try the cases of ``selection`` whose purpose or name holds ``only``.

    Raises:
        SourceError: a file is not one of cases, or a case names what is not there.
        EngineError: there are no answers to be had.
    """
    files = load_case_files(selection, gate.catalogue)
    tried: list[Tried] = []
    answers: dict[int, Answer] = {}
    for file in files:
        of_file, answered = try_file(gate, file, only)
        tried += of_file
        answers |= answered
    return Run(tuple(files), tuple(tried), answers)


def _result(trial: Trial, answers: Answers, book: RuleBook) -> CaseResult:
    if isinstance(trial, CaseTrial):
        differences, count = tuple(case_differences(trial, answers, book)), 1
    else:
        differences, count = tuple(table_differences(trial, answers, book)), sum(1 for _ in trial.combinations())
    return CaseResult(
        file=trial.file.source.name,
        line=trial.file.source.line(trial.place),
        purpose=trial.purpose,
        name=trial.name,
        situations=count,
        differences=differences,
    )


def report_of(tried: Sequence[Tried], rego: RegoReport | None, coverage: Coverage | None = None) -> CaseReport:
    """What there is to say of it."""
    results = tuple(each.result for each in tried)
    failed = sum(1 for _ in _failed(results))
    return CaseReport(
        passed=len(results) - failed,
        failed=failed,
        situations=sum(result.situations for result in results),
        cases=results,
        rego=rego,
        coverage=coverage,
    )


def _failed(results: Iterable[CaseResult]) -> Iterator[CaseResult]:
    return (result for result in results if not result.passed)
