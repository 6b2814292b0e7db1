"""Updating files of cases: each expectation that is not met, one after another, until all are."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from narrowgate.authoring.cases.answers import Answers
from narrowgate.authoring.cases.compare import unexpected
from narrowgate.authoring.cases.files import CaseFile, rewritten
from narrowgate.authoring.cases.rules import RuleBook
from narrowgate.authoring.cases.run import Run, Tried, try_file
from narrowgate.authoring.cases.situations import CaseTrial, TableTrial
from narrowgate.authoring.cases.update.edit import CannotEdit, set_rows, set_value
from narrowgate.authoring.cases.update.expected import Said, case_expectation, outcome, rows_about
from narrowgate.errors import FileError, SourceError, UsageError
from narrowgate.model.keys import Place
from narrowgate.service import Gate


@dataclass(frozen=True)
class Update:
    """A file as it is and as it would be."""

    file: CaseFile
    text: str

    def diff(self) -> Iterator[str]:
        """What would change, as a unified diff."""
        before, after = self.file.source.text.splitlines(), self.text.splitlines()
        return difflib.unified_diff(before, after, self.file.source.name, self.file.source.name, lineterm="")

    def write(self) -> None:
        """Put the new text into the file.

        Raises:
            FileError: it cannot be written.
        """
        try:
            self.file.source.path.write_text(self.text, encoding="utf-8")
        except OSError as error:
            raise FileError(f"{self.file.source.path} cannot be written: {error.strerror}", "see who may") from error


def updates(gate: Gate, run: Run, only: str = "") -> Iterator[Update]:
    """Each file of ``run`` in which expectations are not met, with what is there now; nothing that an error made.

    Raises:
        UsageError: an expectation has to be changed by hand.
    """
    for file in run.files:
        text = _updated(gate, file, only)
        if text != file.source.text:
            yield Update(file, text)


def _updated(gate: Gate, file: CaseFile, only: str) -> str:
    passed: dict[Place, str] = {}
    while True:
        tried, answers = try_file(gate, file, only)
        now = {each.trial.place: each.trial.name for each in tried if each.result.passed}
        failing = next((each for each in tried if not each.result.passed and not _erred(each, answers)), None)
        if failing is None:
            return file.source.text
        if lost := [name for place, name in passed.items() if place not in now]:
            raise _by_hand(file, failing, f"it shares what is written with “{lost[0]}”")
        passed = now
        text = _step(failing, answers, file, RuleBook(gate.engine.policies))
        if text == file.source.text:
            raise _by_hand(file, failing, "there is nothing to write that would do")
        try:
            file = rewritten(file, text)
        except SourceError:
            raise _by_hand(file, failing, "others are written in its words") from None


def _erred(tried: Tried, answers: Answers) -> bool:
    return any(answers[id(situation)].error for situation in tried.trial.situations)


def _step(tried: Tried, answers: Answers, file: CaseFile, book: RuleBook) -> str:
    """The file's text with one expectation changed."""
    trial = tried.trial
    try:
        if isinstance(trial, CaseTrial):
            return _case_step(trial, answers, file)
        return _table_step(trial, answers, file, book)
    except CannotEdit:
        raise _by_hand(file, tried, "it stands in an anchor or a list of its own") from None


def _case_step(trial: CaseTrial, answers: Answers, file: CaseFile) -> str:
    source, place = file.source, (*trial.place, "expect")
    said: Said = source.at(place)
    wanted = case_expectation(trial, answers[id(trial.situation)], said)
    if set(wanted) != set(said):
        return set_value(source, place, wanted)
    for key, value in wanted.items():
        if said[key] != value:
            return set_value(source, (*place, key), value)
    return source.text


def _table_step(trial: TableTrial, answers: Answers, file: CaseFile, book: RuleBook) -> str:
    source, place = file.source, (*trial.place, "expect")
    wrong = [each for each, _ in trial.combinations() if unexpected(trial, each, answers, book)]
    number = trial.rows.get(wrong[0])
    rows, asked = trial.table.expect, dict(trial.combinations())
    row, said = (rows[number], source.at((*place, number))) if number is not None else (None, {})
    about = wrong if number is None else [each for each, row_number in trial.rows.items() if row_number == number]
    about = [each for each in about if trial.rows.get(each) == number]
    wanted = {each: outcome(answers[id(asked[each])], each, row, said) for each in about}
    first = wanted[about[0]]
    if number is not None and all(each == first for each in wanted.values()):
        kept = {key: value for key, value in said.items() if key not in _OUTCOME}
        if set(first) == set(said) - set(kept):
            for key, value in first.items():
                if said[key] != value:
                    return set_value(source, (*place, number, key), value)
        return set_rows(source, place, number, [kept | first])
    return set_rows(source, place, number, list(rows_about(trial, wanted)))


_OUTCOME = {"leaves", "withheld", "refused", "limits", "output", "obligations", "drops"}


def _by_hand(file: CaseFile, tried: Tried, why: str) -> UsageError:
    at = f"{file.source.path}:{tried.result.line}"
    return UsageError(f"{at}: “{tried.trial.name}” cannot be updated: {why}", "change it by hand")
