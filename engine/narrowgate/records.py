"""A few records at a time, from many callers: what ``service.filter_export`` does, for all that wait together.

Policies are asked once for all of them, their records are one batch, and their entries one commit. Each order gets the
release that it would get alone, to the byte, and an entry of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from narrowgate.deciding import (
    NO_PAST,
    Gate,
    Order,
    Question,
    applier_of,
    make_request,
    require_as_planned,
    require_few_enough,
)
from narrowgate.errors import NarrowgateError, Refused
from narrowgate.ledger.again import other_now, past_of, released_before, require_not_refused
from narrowgate.ledger.asking import Asking, Fields, Overtaken, Past, Repeated, together
from narrowgate.ledger.describe import Asked, Describer, describe_refusal
from narrowgate.ledger.ledger import Draft, Entered
from narrowgate.model.decision import Decision
from narrowgate.model.entry import ReleaseEntry
from narrowgate.model.request import Request
from narrowgate.model.source import Source, load_source
from narrowgate.plan.plan import Plan
from narrowgate.tables.counting import OfEach
from narrowgate.tables.few import FORMAT, FewRecords, FewWriter, Written, bind_few, joint_frame
from narrowgate.tables.formats import format_named
from narrowgate.tables.hidden import require_nothing_hidden
from narrowgate.tables.mapping import Binding
from narrowgate.tables.subjects import count_subjects
from narrowgate.tables.tally import Tally, require_sound


@dataclass(frozen=True)
class Released:
    """What one order gets.

    Args:
        body: its release, a JSON array.
        id: of its receipt.
        read: records that came.
        released: records that left.
    """

    body: bytes
    id: str
    read: int
    released: int


Outcome = Released | NarrowgateError


@dataclass
class _Case:
    """One order on its way."""

    records: FewRecords
    question: Question
    fields: tuple[str, ...] = ()
    """What leaves of them, by the plan."""
    tally: Tally = field(default_factory=Tally)
    written: Written | None = None
    outcome: Outcome | None = None

    @property
    def subjects(self) -> tuple[Mapping[Fields, bytes], int]:
        """Whose records leave, as the ledger is asked about them."""
        found = self.tally.subjects
        return found.by_fields(self.fields), found.unidentified

    def release(self, id: str) -> None:
        """It gets its release."""
        assert self.written is not None
        self.outcome = Released(self.written.body, id, self.tally.read, self.tally.released)


class Lane:
    """Orders that are one request, told apart only by their records. For several threads.

    Args:
        gate: with a ledger.
        request: theirs, without a number of rows.
        binding, source: by which their columns are read.
    """

    def __init__(self, gate: Gate, request: Request, binding: Binding, source: Source | None) -> None:
        self._gate, self._request, self._binding, self._source = gate, request, binding, source
        self._ledger = gate.require_ledger()
        self._carrying: _Carrying | None = None

    @property
    def judged(self) -> int:
        """How many judgements it remembers."""
        return self._carrying.judged if self._carrying else 0

    def release(self, orders: Sequence[tuple[FewRecords, str | None]]) -> list[Outcome]:
        """Release of each order what its policies permit.

        Args:
            orders: records with these columns, each with the key under which it is asked for, if any. No key twice.

        Returns:
            For each order what it gets, or why it gets nothing: a refusal is in the ledger then.

        Raises:
            NarrowgateError: nobody gets anything.
        """
        cases = [_Case(records, self._question(key)) for records, key in orders]
        keys = [key for _, key in orders if key is not None]
        before = self._ledger.under(keys) if keys else {}
        for case in cases:
            if (entered := before.get(case.question.key or "")) is not None:
                case.outcome = self._as_before(case, entered)
        if waiting := [case for case in cases if case.outcome is None]:
            self._decide(waiting)
        return [case.outcome for case in cases if case.outcome is not None]

    def _once_more(self, cases: Sequence[_Case]) -> None:
        """Begin anew: somebody else asked under one of the keys meanwhile."""
        outcomes = self.release([(case.records, case.question.key) for case in cases])
        for case, outcome in zip(cases, outcomes, strict=True):
            case.outcome = outcome

    def _question(self, key: str | None) -> Question:
        return Question(self._gate, self._request, NO_PAST, with_pictures=False, key=key)

    def _as_before(self, case: _Case, entered: Entered) -> Outcome:
        try:
            require_not_refused(entered, self._request, case.records.digest)
        except NarrowgateError as error:
            return error
        try:
            carrying = self._carried(lambda: past_of(entered))
            carrying.prepare([case])
            if case.written is None:
                return other_now(entered)
            _require_as_planned([case], carrying, past_of(entered))
            case.release(released_before(self._ledger, entered, case.written.digest).id)
        except Refused:
            return other_now(entered)
        except NarrowgateError as error:
            return error
        assert case.outcome is not None
        return case.outcome

    def _decide(self, cases: Sequence[_Case]) -> None:
        """Carry out the plan, and enter what comes of it."""
        try:
            carrying = self._carried(self._past)
        except Refused as refusal:
            for case in cases:
                case.outcome = refusal
        else:
            carrying.prepare(cases)
            self._enter(carrying, [case for case in cases if case.outcome is None])
        refused = [case for case in cases if isinstance(case.outcome, Refused) and case.written is None]
        try:
            if refused:
                self._enter_refusals(refused)
        except NarrowgateError as error:
            # What was released of the others is.
            for case in refused:
                case.outcome = error

    def _past(self) -> Past:
        return self._ledger.past(Asking(self._request.supplier, self._request.purpose, self._request.on))

    def _carried(self, past: Callable[[], Past]) -> _Carrying:
        """The plan being carried out. What it is does not change: that is made sure of before anything is entered."""
        if self._carrying is None:
            question = self._question(None)
            question.past = past()
            self._carrying = _Carrying(self._gate, self._request, question.plan(), self._binding, self._source)
        return self._carrying

    def _enter(self, carrying: _Carrying, cases: Sequence[_Case]) -> None:
        """Decide again by what is known now, and enter the releases together, each counted with all of them."""
        while cases:
            identified = self._ledger.identify_each([case.subjects for case in cases])
            released = sum(case.tally.released for case in cases)
            asking = Asking(
                self._request.supplier, self._request.purpose, self._request.on, together(identified), released
            )
            past = self._ledger.past(asking)
            try:
                asked = _require_as_planned(cases, carrying, past)
            except Refused as refusal:
                self._refused_together(carrying, cases, refusal)
                return
            entries = [carrying.describe(case, asked[case.tally.read]) for case in cases]
            drafts = [Draft(*each) for each in zip(entries, identified, strict=True)]
            try:
                entered = self._ledger.enter_together(drafts, self._gate.engine.policies.content, past)
            except Overtaken:
                continue
            except Repeated:
                self._once_more(cases)
                return
            for case, each in zip(cases, entered, strict=True):
                case.release(each.id)
            return

    def _refused_together(self, carrying: _Carrying, cases: Sequence[_Case], refusal: Refused) -> None:
        """Together they may be more than is agreed on, and some of them alone not."""
        if len(cases) == 1:
            cases[0].outcome, cases[0].written = refusal, None
            return
        for case in cases:
            try:
                self._enter(carrying, [case])
            except NarrowgateError as error:
                # What was entered before it is released all the same.
                case.outcome = error

    def _enter_refusals(self, cases: Sequence[_Case]) -> None:
        """Enter why each case gets nothing."""
        past, drafts = self._past(), []
        asked: dict[int | None, Question] = {}
        for case in cases:
            assert isinstance(case.outcome, Refused)
            question = case.question
            question.past = past
            if (alike := asked.setdefault(question.request.row_count, question)) is question:
                with suppress(Refused):
                    question.plan()
            question.decision = alike.decision
            drafts.append(Draft(describe_refusal(question.asked(), case.outcome.reasons, case.records.digest)))
        try:
            self._ledger.enter_together(drafts, self._gate.engine.policies.content, past)
        except Repeated:
            self._once_more(cases)


class _Carrying:
    """A plan, and what carries it out."""

    def __init__(self, gate: Gate, request: Request, plan: Plan, binding: Binding, source: Source | None) -> None:
        self.plan = plan
        self._gate, self._binding, self._source = gate, binding, source
        self._apply = applier_of(gate, request, plan, runs_formulas=format_named(FORMAT)[0].formulas)
        self._names = {column.name: column.field for column in plan.columns}
        self._writer = FewWriter(tuple(self._names))
        self._describer = Describer(plan, binding)
        self._decision: Decision | None = None
        self._used = self._apply.fields

    @property
    def judged(self) -> int:
        """How many judgements it remembers."""
        return self._apply.judge.size

    def prepare(self, cases: Sequence[_Case]) -> None:
        """Make the release of each case; or its outcome is why there is none."""
        counting = OfEach([case.tally for case in cases])
        frame = joint_frame([case.records for case in cases], self._binding, self._source, self._used)
        released = self._apply.applied(frame, counting)
        count_subjects(released, self._names, self._gate.require_ledger().subject_key, counting)
        for case, written in zip(cases, self._writer.written(released, len(cases)), strict=True):
            case.fields = tuple(self._names.values())
            try:
                require_few_enough(case.tally.read, self.plan)
                require_sound(case.tally, self.plan)
                require_nothing_hidden(self.plan, case.records.findings)
                case.written = written
            except Refused as refusal:
                case.outcome = refusal

    def same(self, decision: Decision | None) -> Decision | None:
        """``decision``, or the last one if that is the same: what is written of it then is known."""
        if decision != self._decision:
            self._decision = decision
        return self._decision

    def describe(self, case: _Case, asked: Asked) -> ReleaseEntry:
        """The entry of a case's release.

        Args:
            asked: what is asked for all that are like it.
        """
        assert case.written is not None
        own = replace(asked, key=case.question.key)
        return self._describer.release(own, case.tally, (case.records.digest, case.written.digest))


def lane_of(gate: Gate, order: Order, records: FewRecords) -> Lane:
    """The lane of an order.

    Args:
        order: without an input; its key is of no account.

    Raises:
        InputError: there is no such source, or the records' columns are not right.
    """
    source = load_source(gate.schemas, order.source, gate.catalogue) if order.source else None
    binding = bind_few(records.columns, gate.catalogue, source)
    return Lane(gate, make_request(order, binding.columns, FORMAT), binding, source)


def _require_as_planned(cases: Sequence[_Case], carrying: _Carrying, past: Past) -> dict[int, Asked]:
    """Ask once for all cases that have as many records; by that number, what was asked and answered.

    Raises:
        Refused: some of them may not be released, as things are with all of them.
        PolicyInvalid: the plan is another one now.
    """
    asked: dict[int, Asked] = {}
    for case in cases:
        if (count := case.tally.read) not in asked:
            question = case.question
            question.past, question.request = past, question.request.model_copy(update={"row_count": count})
            require_as_planned(question, carrying.plan)
            question.decision = carrying.same(question.decision)
            asked[count] = question.asked()
    return asked
