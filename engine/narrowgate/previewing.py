"""What would leave of an export, record by record, and nothing kept of it: no release, no entry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Literal

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
from narrowgate.errors import Refused
from narrowgate.ledger.asking import Asking
from narrowgate.model.inspection import Finding
from narrowgate.model.request import Request
from narrowgate.model.source import load_source
from narrowgate.plan.plan import Plan
from narrowgate.service import Progress
from narrowgate.tables.apply import Applier
from narrowgate.tables.counting import OfOne
from narrowgate.tables.export import Export, open_export
from narrowgate.tables.formats import format_named
from narrowgate.tables.hidden import require_shown
from narrowgate.tables.interface import Chunk
from narrowgate.tables.pipeline import Prefetched, in_order
from narrowgate.tables.sample import Sample, as_they_came, as_they_leave
from narrowgate.tables.subjects import count_subjects
from narrowgate.tables.tally import Tally, require_sound


@dataclass(frozen=True)
class PreviewedColumn:
    """A column of the export, and what becomes of it."""

    header: str
    field: str | None
    """None: no field of the catalogue claims it."""
    outcome: Literal["kept", "changed", "withheld"]
    form: str
    """How it leaves, in words."""
    reason: str


@dataclass(frozen=True)
class Preview:
    """What would come of an order."""

    request: Request
    refused: tuple[str, ...]
    """Why nothing would leave; nothing where something would."""
    columns: tuple[PreviewedColumn, ...]
    """In the file's order."""
    names: tuple[str, ...]
    """The columns of the release."""
    samples: tuple[Sample, ...]
    """The first records."""
    tally: Tally
    """Of all records, as far as they were read."""
    findings: tuple[Finding, ...]
    """What the export hides."""


def preview_export(gate: Gate, order: Order, most: int, progress: Progress = lambda _: None) -> Preview:
    """What would come of ``order``, if it were carried out now.

    Args:
        order: with an export, and the format of the release.
        most: records to show.
        progress: called with the number of bytes read since the last call.

    Raises:
        InputError: the export cannot be read.
        EngineError: there is no decision.
    """
    assert order.input is not None and order.write_as is not None  # noqa: PT018 - one thing, an order over HTTP
    kind, packing = format_named(order.write_as)
    source = load_source(gate.schemas, order.source, gate.catalogue) if order.source else None
    with (
        open_export(order.input, gate.catalogue, source, order.read_as, order.dialect, None, progress) as export,
        Prefetched(export.reader.chunks()) as chunks,
    ):
        request = make_request(order, export.binding.columns, kind.name)
        first = next(rest := iter(chunks))
        came = as_they_came(export, first, most)
        question = Question(gate, request, NO_PAST, with_pictures=packing == "zip")
        trial, plan, refused = _Trial(gate, question, export, kind.formulas), None, tuple[str, ...]()
        try:
            question.begin(export.file.hashed)
            plan = question.plan()
            require_shown(export, plan)
            came = trial.carried_out(plan, first, rest, most)
        except Refused as refusal:
            refused = refusal.reasons
        return Preview(
            request=request,
            refused=refused,
            columns=tuple(_columns(export, plan)),
            names=tuple(column.name for column in plan.columns) if plan else (),
            samples=tuple(came),
            tally=trial.tally,
            findings=tuple(dict.fromkeys((*export.file.inspection.findings, *export.findings))),
        )


class _Trial:
    """An order on its way, which ends before anything is written.

    Args:
        question: what is asked of the policies.
        runs_formulas: whether the release is opened by programs that run cells beginning with ``=``.
    """

    def __init__(self, gate: Gate, question: Question, export: Export, runs_formulas: bool) -> None:
        self._gate, self._question, self._export, self._runs_formulas = gate, question, export, runs_formulas
        self.tally = Tally()

    def carried_out(self, plan: Plan, first: Chunk, others: Iterable[Chunk], most: int) -> list[Sample]:
        """Read all of the export, and look for what would have it refused.

        Raises:
            Refused: something would.
        """
        request = self._question.request
        apply = applier_of(self._gate, request, plan, runs_formulas=self._runs_formulas)
        shown = as_they_leave(self._export, first, most, plan, apply)
        for counts in self._counted(plan, apply, chain([first], others)):
            self.tally.add(counts)
            require_few_enough(self.tally.read, plan)
        require_sound(self.tally, plan)
        require_shown(self._export, plan)
        self._ask_again(plan)
        return shown

    def _counted(self, plan: Plan, apply: Applier, chunks: Iterable[Chunk]) -> Iterator[Tally]:
        key, used = self._gate.require_ledger().subject_key, apply.fields
        names = {column.name: column.field for column in plan.columns}

        def counted(chunk: Chunk) -> Tally:
            batch = apply(self._export.frame(chunk, used))
            count_subjects(batch.frame, names, key, OfOne(batch.tally))
            return batch.tally

        return in_order(counted, chunks)

    def _ask_again(self, plan: Plan) -> None:
        """Now that it is known of how many people, and of whom: agreements may cap them."""
        ledger, tally, question = self._gate.require_ledger(), self.tally, self._question
        asked = question.request
        subjects = tally.subjects.by_fields(tuple(column.field for column in plan.columns))
        identified = ledger.identify(subjects, tally.subjects.unidentified)
        question.request = asked.model_copy(update={"row_count": tally.read})
        question.past = ledger.past(Asking(asked.supplier, asked.purpose, asked.on, identified, tally.released))
        require_as_planned(question, plan)


def _columns(export: Export, plan: Plan | None) -> Iterator[PreviewedColumn]:
    withheld = {each.field: each.reason for each in plan.withheld} if plan else {}
    for header in export.reader.columns:
        field = export.binding.fields.get(header)
        column = plan.column(field) if plan and field else None
        if column is not None:
            outcome: Literal["kept", "changed"] = "kept" if column.action.action == "keep" else "changed"
            yield PreviewedColumn(header, field, outcome, column.action.describe(), column.reason)
            continue
        reason = (
            withheld.get(field, "nothing of this export leaves") if field else "no field of the catalogue claims it"
        )
        yield PreviewedColumn(header, field, "withheld", "withheld", reason)
