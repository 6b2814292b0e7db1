"""What the gate does, from top to bottom: request, decide, plan, apply, record, release.

Command line and HTTP both call these functions and decide nothing themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from narrowgate.errors import LedgerError, PolicyInvalid, Refused, UsageError
from narrowgate.ledger.asking import Asking, Overtaken, Past
from narrowgate.ledger.describe import Asked, describe_refusal, describe_release
from narrowgate.ledger.notes import Verifier
from narrowgate.ledger.proof import Claim
from narrowgate.ledger.receipts import receipts_beside, write_receipt
from narrowgate.model.agreement import PurposeData
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.check import CheckReport
from narrowgate.model.decision import Decision
from narrowgate.model.entry import FileDigest
from narrowgate.model.receipt import Receipt
from narrowgate.model.request import Request
from narrowgate.model.source import load_source
from narrowgate.pictures.album import Album
from narrowgate.plan.explanation import Explanation, explain_request
from narrowgate.plan.plan import Plan, make_plan
from narrowgate.policy.interface import Engine
from narrowgate.policy.vetting.finding import nearest
from narrowgate.tables.actions import Context
from narrowgate.tables.apply import Applier
from narrowgate.tables.audit import Auditor, AuditTally, audit_objections
from narrowgate.tables.bundle import PutPicture, contents
from narrowgate.tables.export import Export, open_export
from narrowgate.tables.files import OutputFile
from narrowgate.tables.formats import format_to_write
from narrowgate.tables.hidden import hidden_reasons, require_clean, require_shown
from narrowgate.tables.illustrate import illustrated
from narrowgate.tables.interface import Chunk, Part, TableWriter, WriterOptions
from narrowgate.tables.judging import Judge
from narrowgate.tables.packing import split_packing
from narrowgate.tables.pipeline import Prefetched, in_order
from narrowgate.tables.pseudonyms import Pseudonyms
from narrowgate.tables.subjects import SUBJECT, subjects_of
from narrowgate.tables.tally import Tally, objections

if TYPE_CHECKING:
    # What only decides is not to wait for a database to be imported.
    from narrowgate.ledger.ledger import Ledger

Progress = Callable[[int], None]
_NO_PAST = Past({}, 0)


@dataclass(frozen=True)
class Gate:
    """What every call needs: who decides, and by which catalogue."""

    engine: Engine
    catalogue: Catalogue
    schemas: Path
    pseudonym_secret: str | None = None
    ledger: Ledger | None = None
    """Where releases and refusals are entered; None where nothing is to be released."""
    verifier: Verifier | None = None
    """By which receipts are checked; None where no public key is known, and none proves anything."""

    def require_ledger(self) -> Ledger:
        """The ledger.

        Raises:
            LedgerError: there is none.
        """
        if self.ledger is None:
            raise LedgerError("there is no ledger to enter the release into", "name one with --ledger")
        return self.ledger


@dataclass(frozen=True)
class Order:
    """What somebody asks to send."""

    supplier: str
    purpose: str
    on: date
    input: Path | None = None
    """The export. None only where a decision is explained without one."""
    source: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    read_as: str | None = None
    """Format of the export; None: as its name says."""
    dialect: Mapping[str, str | int | None] = field(default_factory=dict)
    """What is told of how the file is written; the source tells the rest."""
    write_as: str | None = None
    """Format of the release; None: as its name says."""


def filter_export(
    gate: Gate, order: Order, output: Path, receipt_to: Path | None, progress: Progress = lambda _: None
) -> Receipt:
    """Release of an export what its policies permit.

    Args:
        output: where the release goes. It appears whole, after it has been entered into the ledger, or not at all.
        receipt_to: where the receipt goes; None: the ledger has it.
        progress: called with the number of bytes read since the last call.

    Raises:
        Refused: nothing was released, and the ledger says why.
        NarrowgateError: nothing was released, and nothing is left behind.
    """
    _require_apart(order.input, output, receipt_to)
    kind, packing = format_to_write(output, order.write_as)
    ledger = gate.require_ledger()
    with _opened(gate, order, progress) as export, Prefetched(export.reader.chunks()) as chunks:
        request = make_request(order, export.binding.columns, kind.name)
        past = ledger.past(Asking(request.supplier, request.purpose, request.on))
        question = _Question(gate, request, past, with_pictures=packing == "zip")
        try:
            plan = _first_plan(question, export)
            names = tuple(column.name for column in plan.columns)
            writer = kind.create(WriterOptions(names, plan.csv, export.kept_types(plan)))
            prepare = _preparation(gate, request, plan, export, writer, runs_formulas=kind.formulas)
            with OutputFile(output, kind.name, packing) as release:
                tally = Tally()
                with release.stream() as stream, contents(stream, packing, kind.suffixes[0]) as (table, put):
                    parts = _counted(in_order(prepare, chunks), tally, plan)
                    if plan.pictures():
                        parts = _illustrated(parts, tally, gate, plan, export, put, writer)
                    writer.write(parts, table)
                _require_sound(tally, plan)
                require_shown(export, plan)
                files = export.reader.digest(), release.seal()
                require_clean(release, kind.name, packing, plan.csv.delimiter)
                receipt = _entered(gate, question, plan, export, tally, files)
                if receipt_to is not None:
                    write_receipt(receipt, receipt_to)
                release.publish()
        except Refused as refusal:
            refused = describe_refusal(question.asked(), refusal.reasons, export.file.hashed())
            ledger.enter_refusal(refused, gate.engine.policies.content)
            raise
    return receipt


def receipt_of(gate: Gate, name: str) -> Receipt:
    """The receipt of the release that ``name`` means: its entry's number, or the beginning of its id.

    Raises:
        UsageError: there is no such release.
    """
    ledger = gate.require_ledger()
    return ledger.receipt(ledger.find(name))


def check_export(gate: Gate, order: Order, receipt: Receipt | None = None) -> CheckReport:
    """Say whether a file is already no more than its policies permit. Writes nothing.

    A released file lacks what its records were judged by, unless that was permitted too. That they were judged is
    then known by its receipt.

    Args:
        receipt: of the file; None: looked for beside it.
    """
    with _opened(gate, order, also=_agreed_names(gate, order)) as export, Prefetched(export.reader.chunks()) as chunks:
        request = make_request(order, export.binding.columns, export.format.name)
        require_purpose(gate, request.purpose)
        decision, policies = gate.engine.decide(request), gate.engine.policies
        reads = policies.reads(request.purpose)
        judgeable = all(name in request.columns for name in reads)
        rules = (reads, policies.overridable(request.purpose)) if judgeable else ((), ())
        objections = [f"column {column} is none that the catalogue knows" for column in export.binding.unknown]
        objections += hidden_reasons(each for each in export.file.inspection.findings if each.severity != "low")
        try:
            plan = make_plan(decision, request, *rules, gate.catalogue, export.file.packing == "zip")
        except Refused as refusal:
            return _not_compliant(request, [*refusal.reasons, *objections])
        present = set(export.binding.fields.values())
        objections += [f"{each.field} may not leave: {each.reason}" for each in plan.withheld if each.field in present]
        judge = Judge(plan, gate.catalogue, lambda records: gate.engine.judge(request, records)) if judgeable else None
        auditor = Auditor(plan, gate.catalogue, judge)
        tally = AuditTally()
        for part in in_order(lambda chunk: auditor(export.frame(chunk, plan.fields_used())), chunks):
            tally.add(part)
        digest = export.reader.digest()
        objections += hidden_reasons(export.reader.findings)
        path = export.file.path
    receipts = [receipt] if receipt else list(receipts_beside(path))
    claim = Claim(digest, request, plan, gate.engine.revision.digest, gate.verifier)
    proof = claim.proved_by(receipts)
    if proof is None:
        objections += audit_objections(tally, plan)
    if not (judgeable or proof):
        untold = f"which records may leave cannot be told without {' and '.join(reads)}, or the file's receipt"
        objections.append("; ".join(filter(None, [untold, claim.shortfall(receipts)])))
    return CheckReport(
        compliant=not objections,
        objections=tuple(objections),
        records="judged" if judgeable else "judged at release" if proof else "not judged",
        record_count=tally.records,
        request=request.model_copy(update={"row_count": tally.records}),
        file=digest,
        receipt=proof.id if proof else None,
    )


def explain_order(gate: Gate, order: Order) -> Explanation:
    """Explain what would leave of an export, or, without one, of everything that the catalogue knows."""
    if order.input is None:
        request = make_request(order, tuple(gate.catalogue.fields), order.write_as or "csv")
        return explain_request(gate.engine.decide(request), request, gate.engine.policies, gate.catalogue)
    with _opened(gate, order) as export:
        request = make_request(order, export.binding.columns, order.write_as or export.format.name)
        decision, unknown = gate.engine.decide(request), export.binding.unknown
        return explain_request(decision, request, gate.engine.policies, gate.catalogue, unknown)


def plan_order(gate: Gate, order: Order) -> Plan:
    """The plan by which an export would be filtered."""
    with _opened(gate, order) as export:
        packing = split_packing(order.write_as)[1] if order.write_as else export.file.packing
        request = make_request(order, export.binding.columns, order.write_as or export.format.name)
        return plan_request(gate, request, with_pictures=packing == "zip")


def plan_request(gate: Gate, request: Request, *, with_pictures: bool = True) -> Plan:
    """The plan for a request to a supplier that holds nothing yet."""
    return _Question(gate, request, _NO_PAST, with_pictures).plan()


def make_request(order: Order, columns: tuple[str, ...], write_as: str) -> Request:
    """The request that policies decide.

    Raises:
        UsageError: a name in it cannot be one.
    """
    try:
        return Request(
            supplier=order.supplier,
            purpose=order.purpose,
            source=order.source,
            on=order.on,
            format=split_packing(write_as)[0],
            columns=columns,
            attributes=dict(order.attributes),
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise UsageError(f"{first['loc'][0]}: {first['msg']}", "names are lower case, like id_card_print") from None


def require_purpose(gate: Gate, purpose: str) -> None:
    """Raise ``Refused`` where no policy that was vetted is for ``purpose``."""
    known = gate.engine.policies.purposes
    if purpose not in known:
        raise Refused(
            [f"there is no purpose {purpose}"],
            f"{nearest(purpose, known, 'see policies/purposes')}; known are {', '.join(known)}",
        )


@dataclass
class _Question:
    """What is asked and what was answered: what the ledger keeps of it, whatever comes of it."""

    gate: Gate
    request: Request
    past: Past
    with_pictures: bool = True
    decision: Decision | None = None

    def plan(self) -> Plan:
        """Ask for the decision, and bind it to the request's columns."""
        require_purpose(self.gate, self.request.purpose)
        policies = self.gate.engine.policies
        self.decision = self.gate.engine.decide(self.request, self.past.history)
        reads, overridable = policies.reads(self.request.purpose), policies.overridable(self.request.purpose)
        return make_plan(self.decision, self.request, reads, overridable, self.gate.catalogue, self.with_pictures)

    def asked(self) -> Asked:
        """What the ledger keeps of it."""
        engine = self.gate.engine
        return Asked(self.request, self.past.history, engine.revision, engine.info, self.decision)


def _first_plan(question: _Question, export: Export) -> Plan:
    """The plan, made before any record has been read."""
    try:
        plan = question.plan()
    except Refused as refusal:
        # What the policy misses may be what the export hides.
        hidden = hidden_reasons(each for each in export.findings if each.hides_cells)
        raise Refused([*refusal.reasons, *hidden], refusal.remedy) from refusal
    require_shown(export, plan)
    return plan


def _preparation(
    gate: Gate, request: Request, plan: Plan, export: Export, writer: TableWriter, *, runs_formulas: bool
) -> Callable[[Chunk], tuple[Tally, Part]]:
    """What happens to each batch, in any thread: the plan is applied, what leaves is encoded, its subjects counted."""
    judge = Judge(plan, gate.catalogue, lambda records: gate.engine.judge(request, records))
    context = Context(request.on, Pseudonyms(gate.pseudonym_secret, request.supplier, request.purpose))
    apply = Applier(plan, gate.catalogue, judge, context, runs_formulas)
    used = tuple(dict.fromkeys([*plan.fields_used(), gate.catalogue.subject_key]))

    def prepare(chunk: Chunk) -> tuple[Tally, Part]:
        batch = apply(export.frame(chunk, used))
        if plan.pictures():
            # Pictures are numbered in the order of records, so batches wait their turn for them.
            return batch.tally, batch.frame
        return batch.tally, _encoded(gate, plan, batch.frame, batch.tally, writer)

    return prepare


def _encoded(gate: Gate, plan: Plan, frame: Any, tally: Tally, writer: TableWriter) -> Part:
    """A batch ready to be written, its subjects counted in."""
    names = {column.name: column.field for column in plan.columns}
    tally.subjects.add(subjects_of(frame, names, gate.require_ledger().subject_key))
    return writer.encode(frame.drop(SUBJECT))


def _entered(
    gate: Gate, question: _Question, plan: Plan, export: Export, tally: Tally, files: tuple[FileDigest, FileDigest]
) -> Receipt:
    """Decide again by what is known now, and enter the release. What else the supplier got meanwhile counts."""
    ledger, request = gate.require_ledger(), question.request.model_copy(update={"row_count": tally.read})
    subjects = tally.subjects.by_fields(tuple(column.field for column in plan.columns))
    question.request = request
    while True:
        identified = ledger.identify(subjects, tally.subjects.unidentified)
        question.past = ledger.past(Asking(request.supplier, request.purpose, request.on, identified, tally.released))
        _confirm(gate, question, plan)
        entry = describe_release(question.asked(), plan, export, tally, files)
        try:
            return ledger.enter_release(entry, identified, gate.engine.policies.content, question.past)
        except Overtaken:
            continue


def _confirm(gate: Gate, question: _Question, plan: Plan) -> None:
    """Ask again, now that the records and their people are known; the answer must be the plan that was carried out."""
    gate.engine.confirm()
    if question.plan() != plan:
        raise PolicyInvalid(
            f"{question.request.purpose} decides otherwise once it knows the number of records",
            "let only refuse go by input.request.row_count and input.history",
        )


def _counted(batches: Iterable[tuple[Tally, Part]], tally: Tally, plan: Plan) -> Iterator[Part]:
    """The batches' parts, their counts added up, for as long as the agreement allows."""
    for counts, part in batches:
        tally.add(counts)
        if tally.read > plan.limits.max_rows:
            reason = f"there are more than the {plan.limits.max_rows:,} records that the agreement allows"
            raise Refused([reason], "send fewer, or agree on more")
        yield part


def _illustrated(
    frames: Iterable[Any], tally: Tally, gate: Gate, plan: Plan, export: Export, put: PutPicture, writer: TableWriter
) -> Iterator[Part]:
    """The batches' parts, with pictures put into the release as their records pass."""
    with Album(export.pictures, put) as album:
        for frame in frames:
            yield _encoded(gate, plan, illustrated(frame, plan, album), tally, writer)
        album.counts.unreferenced = export.pictures.unreferenced(tally.picture_paths)
        tally.pictures = album.counts


def _require_sound(tally: Tally, plan: Plan) -> None:
    if reasons := objections(tally, plan):
        raise Refused(reasons, "see whether the export's columns have slipped, and export it again")


@contextmanager
def _opened(
    gate: Gate, order: Order, progress: Progress = lambda _: None, also: Mapping[str, str] | None = None
) -> Iterator[Export]:
    assert order.input is not None
    source = load_source(gate.schemas, order.source, gate.catalogue) if order.source else None
    with open_export(order.input, gate.catalogue, source, order.read_as, order.dialect, also, progress) as export:
        yield export


def _require_apart(*paths: Path | None) -> None:
    """Raise ``UsageError`` where the export, the release and the receipt cannot be three files."""
    places = [path.resolve() for path in paths if path is not None]
    if len(set(places)) < len(places):
        raise UsageError("the export, the release and the receipt must be different files", "name another output")
    for path in places[1:]:
        if path.is_dir():
            raise UsageError(f"{path} is a folder", "name a file in it")


def _agreed_names(gate: Gate, order: Order) -> dict[str, str]:
    """Names that agreements give to fields, for files that were released under them."""
    data = PurposeData.model_validate(gate.engine.policies.purpose_data.get(order.purpose, {}))
    ours = (agreement for agreement in data.agreements if agreement.supplier == order.supplier)
    return {column.name: column.field for agreement in ours for column in agreement.columns if column.name}


def _not_compliant(request: Request, objections: list[str]) -> CheckReport:
    return CheckReport(
        compliant=False,
        objections=tuple(objections),
        records="not judged",
        record_count=0,
        request=request,
        file=None,
    )
