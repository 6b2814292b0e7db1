"""What is expected against what the policies say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from narrowgate.authoring.cases.answers import Answer, Answers
from narrowgate.authoring.cases.rules import RuleBook
from narrowgate.authoring.cases.situations import CaseTrial, Combination, TableTrial, action_of
from narrowgate.model.actions import Action, Drop
from narrowgate.model.base import Document
from narrowgate.model.case import FieldAction, Row, Terms
from narrowgate.model.case_report import Difference, Quote
from narrowgate.model.decision import Decision
from narrowgate.tables.judging import Verdict

NOTHING = "nothing leaves"
_FEW = 4


def case_differences(trial: CaseTrial, answers: Answers, book: RuleBook) -> Iterator[Difference]:
    """Everything that is not as a case expects."""
    answer, expect = answers[id(trial.situation)], trial.case.expect
    if answer.error:
        yield Difference(about="the request", expected=expect.effect, actual="an error", reason=answer.error)
        return
    actual = "release" if answer.plan is not None else "refuse"
    if actual != expect.effect:
        yield _of_request(answer, book, expect.effect, actual)
        return
    if answer.plan is None:
        if expect.reasons is not None and set(expect.reasons) != set(answer.refusal):
            yield _of_request(answer, book, f"refuse for {_all(expect.reasons)}", f"refuse for {_all(answer.refusal)}")
        return
    yield from _terms(answer, expect, book)
    columns = {column.field: column.action for column in answer.plan.columns}
    yield from _columns(answer, book, _actions(expect.columns), columns)
    for name, verdict in answer.verdicts.items():
        leaves = name in expect.released if expect.released is not None else name not in expect.withheld
        yield from _record(answer, book, name, leaves, expect.withheld.get(name, ()), f"record {name}")
        if leaves and verdict.release:
            yield from _overrides(answer, book, name, _actions(expect.overrides.get(name, {})))


def table_differences(trial: TableTrial, answers: Answers, book: RuleBook) -> Iterator[Difference]:
    """Everything that is not as a table expects; what differs alike in several combinations is told once."""
    alike: dict[Difference, list[str]] = {}
    for combination, _ in trial.combinations():
        for difference in _cell(trial, combination, answers, book).differences():
            alike.setdefault(difference, []).append(shown_combination(combination, trial))
    for difference, where in alike.items():
        yield difference.model_copy(update={"situations": tuple(where)})


def unexpected(trial: TableTrial, combination: Combination, answers: Answers, book: RuleBook) -> bool:
    """Whether something is not as a table expects of one combination."""
    return any(_cell(trial, combination, answers, book).differences())


def _cell(trial: TableTrial, combination: Combination, answers: Answers, book: RuleBook) -> _Cell:
    number = trial.rows.get(combination)
    row = trial.table.expect[number] if number is not None else None
    key = tuple(getattr(combination, axis) for axis in trial.axes if axis != "record")
    return _Cell(answers[id(trial.requests[key])], combination.record, row, book)


def shown_combination(combination: Combination, trial: TableTrial) -> str:
    """A combination in words: what the table has several of."""
    parts = []
    for key, values in trial.axes.items():
        if len(values) > 1:
            value = getattr(combination, key)
            shown = " ".join(f"{k}={v}" for k, v in value) or "no attributes" if key == "attributes" else str(value)
            parts.append(f"{shown} rows" if key == "row_count" else shown)
    return ", ".join(parts) or combination.record


def leaving(answer: Answer, record: str) -> dict[str, Action]:
    """What leaves of a record: action by field; nothing where it does not leave."""
    verdict = answer.verdicts.get(record)
    if answer.plan is None or verdict is None or not verdict.release:
        return {}
    columns = {column.field: column.action for column in answer.plan.columns} | dict(verdict.overrides)
    return {field: action for field, action in columns.items() if not isinstance(action, Drop)}


@dataclass(frozen=True)
class _Cell:
    """One combination of a table."""

    answer: Answer
    record: str
    row: Row | None
    book: RuleBook

    def differences(self) -> Iterator[Difference]:
        answer, row, book = self.answer, self.row, self.book
        if answer.error:
            yield Difference(about="the request", expected=self._expected(), actual="an error", reason=answer.error)
        elif row is None:
            if fields := list(leaving(answer, self.record)):
                more = f" and {len(fields) - _FEW} more" if len(fields) > _FEW else ""
                yield self._of_record(NOTHING, f"{', '.join(fields[:_FEW])}{more}")
        elif row.refused is not None:
            if answer.plan is not None:
                yield _of_request(answer, book, "refuse", "release")
            elif row.refused and set(row.refused) != set(answer.refusal):
                expected, actual = f"refuse for {_all(row.refused)}", f"refuse for {_all(answer.refusal)}"
                yield _of_request(answer, book, expected, actual)
        elif answer.plan is None:
            yield _of_request(answer, book, "release", "refuse")
        else:
            yield from _terms(answer, row, book)
            yield from _record(answer, book, self.record, row.withheld is None, row.withheld or (), "the record")
            if row.leaves is not None and answer.verdicts[self.record].release:
                yield from _columns(answer, book, _actions(row.leaves), leaving(answer, self.record), self.record)

    def _expected(self) -> str:
        if self.row is None:
            return NOTHING
        return "refuse" if self.row.refused is not None else "release"

    def _of_record(self, expected: str, actual: str) -> Difference:
        purpose = self.answer.situation.request.purpose
        rules = self.book.at(f"purposes.{purpose}.release")
        return Difference(about="the record", expected=expected, actual=actual, rules=rules)


def _of_request(answer: Answer, book: RuleBook, expected: str, actual: str) -> Difference:
    purpose = answer.situation.request.purpose
    return Difference(
        about="the request",
        expected=expected,
        actual=actual,
        reason="" if actual.startswith(("refuse for", "release")) else "; ".join(answer.refusal),
        rules=book.of_reasons("refuse", purpose, answer.refusal),
    )


def _terms(answer: Answer, expected: Terms, book: RuleBook) -> Iterator[Difference]:
    decision = answer.decision
    if decision is None:
        return
    for part in ("limits", "output", "obligations"):
        said, got = getattr(expected, part), getattr(decision, part)
        for key in sorted(said.model_fields_set) if said is not None else ():
            one, other = getattr(said, key), getattr(got, key)
            if one != other:
                yield Difference(about=f"{part}: {key}", expected=_document(one), actual=_document(other))
    for field, reasons in expected.drops.items():
        yield from _drop(decision, field, reasons, book)


def _drop(decision: Decision, field: str, reasons: tuple[str, ...], book: RuleBook) -> Iterator[Difference]:
    said = decision.columns.get(field)
    guarded = said is not None and any(rule.startswith("guardrails.") for rule in said.rules)
    got = tuple(said.reason.split("; ")) if said is not None and guarded else ()
    if set(got) != set(reasons):
        expected = f"dropped for {_all(reasons)}"
        actual = f"dropped for {_all(got)}" if got else "no guardrail that drops it"
        yield Difference(
            about=f"column {field}", expected=expected, actual=actual, rules=_deciding(decision, field, book)
        )


def _columns(
    answer: Answer, book: RuleBook, expected: Mapping[str, Action], actual: Mapping[str, Action], record: str = ""
) -> Iterator[Difference]:
    """Differences of columns; with ``record``, of its cells."""
    decision, overrides = answer.decision, answer.verdicts[record].overrides if record else {}
    for field in dict.fromkeys([*expected, *actual]):
        if expected.get(field) != actual.get(field) and decision is not None:
            said = decision.columns.get(field)
            reason = said.reason if said else "it is not among the request's columns"
            rules = _deciding(decision, field, book)
            if field in overrides:
                reason, rules = "overridden for the record", _overriding(answer, book, field, overrides[field])
            yield Difference(
                about=f"column {field}",
                expected=shown_action(expected.get(field)),
                actual=shown_action(actual.get(field)),
                reason=reason,
                rules=rules,
            )


def _deciding(decision: Decision, field: str, book: RuleBook) -> tuple[Quote, ...]:
    said = decision.columns.get(field)
    if said is None:
        return ()
    return tuple(quote for rule in said.rules for quote in book.at(rule, said.action))


def _overriding(answer: Answer, book: RuleBook, field: str, action: Action | None) -> tuple[Quote, ...]:
    path = f"purposes.{answer.situation.request.purpose}.override.{field}"
    return book.at(path, action.model_dump(exclude_defaults=False, exclude_none=True) if action else None)


def _record(
    answer: Answer, book: RuleBook, record: str, leaves: bool, reasons: tuple[str, ...], about: str
) -> Iterator[Difference]:
    verdict, purpose = answer.verdicts[record], answer.situation.request.purpose
    if leaves != verdict.release:
        rules = book.at(f"purposes.{purpose}.release") if verdict.release else _withholding(verdict, purpose, book)
        yield Difference(
            about=about,
            expected="released" if leaves else f"withheld for {_all(reasons)}" if reasons else "withheld",
            actual="released" if verdict.release else "withheld",
            reason="; ".join(verdict.reasons),
            rules=rules,
        )
    elif not leaves and reasons and set(reasons) != set(verdict.reasons):
        yield Difference(
            about=about,
            expected=f"withheld for {_all(reasons)}",
            actual=f"withheld for {_all(verdict.reasons)}",
            rules=_withholding(verdict, purpose, book),
        )


def _withholding(verdict: Verdict, purpose: str, book: RuleBook) -> tuple[Quote, ...]:
    return book.of_reasons("withhold", purpose, verdict.reasons)


def _overrides(answer: Answer, book: RuleBook, name: str, expected: Mapping[str, Action]) -> Iterator[Difference]:
    actual = answer.verdicts[name].overrides
    for field in dict.fromkeys([*expected, *actual]):
        if expected.get(field) != actual.get(field):
            yield Difference(
                about=f"record {name}: {field}",
                expected=shown_action(expected.get(field), "no override"),
                actual=shown_action(actual.get(field), "no override"),
                rules=_overriding(answer, book, field, actual.get(field)),
            )


def _actions(said: Mapping[str, FieldAction]) -> dict[str, Action]:
    return {field: action_of(each) for field, each in said.items()}


def shown_action(action: Action | None, nothing: str = "withheld") -> str:
    """An action on one line: ``generalise to=band width=5``."""
    if action is None:
        return nothing
    parts = action.model_dump(exclude_none=True)
    return " ".join([parts.pop("action"), *(f"{name}={value}" for name, value in parts.items())])


def _document(value: object) -> str:
    match value:
        case Document():
            said = value.model_dump(mode="json", by_alias=True, exclude_defaults=True)
            return ", ".join(f"{key}={each}" for key, each in said.items()) or "the default"
        case tuple():
            return "; ".join(_document(each) for each in value) or "none"
        case _:
            return str(value)


def _all(reasons: tuple[str, ...]) -> str:
    return "; ".join(f"“{reason}”" for reason in reasons) or "no reason"
