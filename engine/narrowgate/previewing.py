"""What would leave of an export, record by record, and nothing kept of it: no release, no entry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from narrowgate.errors import Refused
from narrowgate.ledger.asking import Asking, Past
from narrowgate.model.inspection import Finding
from narrowgate.model.request import Request
from narrowgate.model.source import load_source
from narrowgate.plan.plan import Plan, make_plan
from narrowgate.service import Gate, Order, Progress, make_request, require_purpose
from narrowgate.tables.actions import Context
from narrowgate.tables.apply import Applier
from narrowgate.tables.counting import OfOne
from narrowgate.tables.export import Export, open_export
from narrowgate.tables.formats import format_named
from narrowgate.tables.hidden import require_shown
from narrowgate.tables.interface import Chunk
from narrowgate.tables.judging import Judge
from narrowgate.tables.pipeline import Prefetched, in_order
from narrowgate.tables.pseudonyms import Pseudonyms
from narrowgate.tables.sample import Sample, as_they_came, as_they_leave
from narrowgate.tables.subjects import count_subjects
from narrowgate.tables.tally import Tally, objections


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
        trial, refused = _Trial(gate, request, export, packing == "zip", kind.formulas), tuple[str, ...]()
        try:
            agreed = trial.plan(_past(gate, request))
            require_shown(export, agreed)
            came = trial.carried_out(agreed, first, rest, most)
        except Refused as refusal:
            refused = refusal.reasons
        plan = trial.agreed
        return Preview(
            request=request,
            refused=refused,
            columns=tuple(_columns(export, plan)),
            names=tuple(column.name for column in plan.columns) if plan else (),
            samples=tuple(came),
            tally=trial.tally,
            findings=tuple(dict.fromkeys((*export.file.inspection.findings, *export.findings))),
        )


@dataclass
class _Trial:
    """An order on its way, which ends before anything is written."""

    gate: Gate
    request: Request
    export: Export
    with_pictures: bool
    runs_formulas: bool
    agreed: Plan | None = None

    def __post_init__(self) -> None:
        self.tally = Tally()

    def plan(self, past: Past) -> Plan:
        """Ask for the decision."""
        require_purpose(self.gate, self.request.purpose)
        policies, purpose = self.gate.engine.policies, self.request.purpose
        decision = self.gate.engine.decide(self.request, past.history)
        rules = policies.reads(purpose), policies.overridable(purpose)
        self.agreed = make_plan(decision, self.request, *rules, self.gate.catalogue, self.with_pictures)
        return self.agreed

    def carried_out(self, plan: Plan, first: Chunk, others: Iterable[Chunk], most: int) -> list[Sample]:
        """Read all of the export, and look for what would have it refused.

        Raises:
            Refused: something would.
        """
        judge = Judge(plan, self.gate.catalogue, lambda records: self.gate.engine.judge(self.request, records))
        pseudonyms = Pseudonyms(self.gate.pseudonym_secret, self.request.supplier, self.request.purpose)
        apply = Applier(plan, self.gate.catalogue, judge, Context(self.request.on, pseudonyms), self.runs_formulas)
        shown = as_they_leave(self.export, first, most, plan, apply)
        for counts in self._counted(plan, apply, chain([first], others)):
            self.tally.add(counts)
        reasons = objections(self.tally, plan)
        if self.tally.read > plan.limits.max_rows:
            reasons.append(f"there are more than the {plan.limits.max_rows:,} records that the agreement allows")
        if reasons:
            raise Refused(reasons)
        require_shown(self.export, plan)
        self._ask_again(plan)
        return shown

    def _counted(self, plan: Plan, apply: Applier, chunks: Iterable[Chunk]) -> Iterator[Tally]:
        catalogue, key = self.gate.catalogue, self.gate.require_ledger().subject_key
        used = tuple(dict.fromkeys([*plan.fields_used(), catalogue.subject_key]))
        names = {column.name: column.field for column in plan.columns}

        def counted(chunk: Chunk) -> Tally:
            batch = apply(self.export.frame(chunk, used))
            count_subjects(batch.frame, names, key, OfOne(batch.tally))
            return batch.tally

        return in_order(counted, chunks)

    def _ask_again(self, plan: Plan) -> None:
        """Now that it is known of how many people, and of whom: agreements may cap them."""
        ledger, tally = self.gate.require_ledger(), self.tally
        subjects = tally.subjects.by_fields(tuple(column.field for column in plan.columns))
        identified = ledger.identify(subjects, tally.subjects.unidentified)
        asked = self.request
        self.request = asked.model_copy(update={"row_count": tally.read})
        self.plan(ledger.past(Asking(asked.supplier, asked.purpose, asked.on, identified, tally.released)))


def _past(gate: Gate, request: Request) -> Past:
    return gate.require_ledger().past(Asking(request.supplier, request.purpose, request.on))


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
