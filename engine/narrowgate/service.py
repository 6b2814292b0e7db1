"""What the gate does, from top to bottom: request, decide, plan, apply, record, release.

Command line and HTTP both call these functions and decide nothing themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from narrowgate.deciding import (
    NO_PAST,
    Gate,
    Order,
    Question,
    applier_of,
    make_request,
    require_as_planned,
    require_few_enough,
    require_purpose,
)
from narrowgate.errors import Refused, UsageError
from narrowgate.ledger.again import other_now, released_before
from narrowgate.ledger.asking import Asking, Overtaken, Repeated
from narrowgate.ledger.describe import Describer, describe_refusal
from narrowgate.ledger.proof import Claim
from narrowgate.ledger.receipts import receipts_beside, write_receipt
from narrowgate.model.agreement import PurposeData
from narrowgate.model.check import CheckReport
from narrowgate.model.entry import FileDigest, ReleaseEntry
from narrowgate.model.receipt import Receipt
from narrowgate.model.request import Request
from narrowgate.model.source import load_source
from narrowgate.pictures.album import Album
from narrowgate.plan.explanation import Explanation, explain_request
from narrowgate.plan.plan import Plan, make_plan
from narrowgate.tables.audit import Auditor, AuditTally, audit_objections
from narrowgate.tables.bundle import PutPicture, contents
from narrowgate.tables.counting import OfOne
from narrowgate.tables.export import Export, open_export
from narrowgate.tables.files import OutputFile
from narrowgate.tables.formats import format_to_write
from narrowgate.tables.hidden import hidden_reasons, require_clean, require_shown
from narrowgate.tables.illustrate import illustrated
from narrowgate.tables.interface import Chunk, Part, TableWriter, WriterOptions
from narrowgate.tables.judging import Judge
from narrowgate.tables.packing import split_packing
from narrowgate.tables.pipeline import Prefetched, in_order
from narrowgate.tables.subjects import SUBJECT, count_subjects
from narrowgate.tables.tally import Tally, require_sound

if TYPE_CHECKING:
    # What only decides is not to wait for a database to be imported.
    pass

__all__ = [
    "Gate",
    "Order",
    "check_export",
    "explain_order",
    "filter_export",
    "make_request",
    "plan_order",
    "plan_request",
    "receipt_of",
    "require_purpose",
]

Progress = Callable[[int], None]


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
        Conflict: something else was asked under the same key.
        NarrowgateError: nothing was released, and nothing is left behind.
    """
    _require_apart(order.input, output, receipt_to)
    kind, packing = format_to_write(output, order.write_as)
    with _opened(gate, order, progress) as export, Prefetched(export.reader.chunks()) as chunks:
        request = make_request(order, export.binding.columns, kind.name)
        question = Question(gate, request, NO_PAST, with_pictures=packing == "zip", key=order.key)
        question.begin(export.file.hashed)
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
                require_sound(tally, plan)
                require_shown(export, plan)
                files = export.reader.digest(), release.seal()
                require_clean(release, kind.name, packing, plan.csv.delimiter)
                receipt = _entered(gate, question, plan, export, tally, files)
                if receipt_to is not None:
                    write_receipt(receipt, receipt_to)
                release.publish()
        except Refused as refusal:
            _enter_refusal(gate, question, refusal, export.file.hashed())
            raise
    return receipt


def receipt_of(gate: Gate, name: str) -> Receipt:
    """The receipt of the release that ``name`` means: its entry's number, or the beginning of its id.

    Raises:
        NotThere: there is no such entry.
    """
    ledger = gate.require_ledger()
    return ledger.receipt(ledger.find(name))


def check_export(
    gate: Gate, order: Order, receipt: Receipt | None = None, progress: Progress = lambda _: None
) -> CheckReport:
    """Say whether a file is already no more than its policies permit. Writes nothing.

    A released file lacks what its records were judged by, unless that was permitted too. That they were judged is
    then known by its receipt.

    Args:
        receipt: of the file; None: looked for beside it.
        progress: called with the number of bytes read since the last call.
    """
    also = _agreed_names(gate, order)
    with _opened(gate, order, progress, also) as export, Prefetched(export.reader.chunks()) as chunks:
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
    return Question(gate, request, NO_PAST, with_pictures).plan()


def _first_plan(question: Question, export: Export) -> Plan:
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
    apply = applier_of(gate, request, plan, runs_formulas=runs_formulas)
    used = apply.fields

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
    count_subjects(frame, names, gate.require_ledger().subject_key, OfOne(tally))
    return writer.encode(frame.drop(SUBJECT))


def _entered(
    gate: Gate, question: Question, plan: Plan, export: Export, tally: Tally, files: tuple[FileDigest, FileDigest]
) -> Receipt:
    """Decide again by what is known now, and enter the release. What else the supplier got meanwhile counts."""
    ledger, request = gate.require_ledger(), question.request.model_copy(update={"row_count": tally.read})
    subjects = tally.subjects.by_fields(tuple(column.field for column in plan.columns))
    question.request = request
    describer = Describer(plan, export.binding)
    while question.before is None:
        identified = ledger.identify(subjects, tally.subjects.unidentified)
        question.past = ledger.past(Asking(request.supplier, request.purpose, request.on, identified, tally.released))
        require_as_planned(question, plan)
        entry = describer.release(question.asked(), tally, files, export.findings)
        try:
            return ledger.enter_release(entry, identified, gate.engine.policies.content, question.past)
        except Overtaken:
            continue
        except Repeated:
            # Somebody else asked under the same key meanwhile.
            question.begin(lambda: files[0])
    require_as_planned(question, plan)
    return released_before(ledger, question.before, files[1])


def _enter_refusal(gate: Gate, question: Question, refusal: Refused, export: FileDigest) -> None:
    """Enter that it was refused.

    Raises:
        Conflict: under the same key it was released.
    """
    if question.before is None:
        try:
            refused = describe_refusal(question.asked(), refusal.reasons, export)
            gate.require_ledger().enter_refusal(refused, gate.engine.policies.content)
            return
        except Repeated:
            question.begin(lambda: export)
    assert question.before is not None
    if isinstance(question.before.entry, ReleaseEntry):
        raise other_now(question.before) from refusal


def _counted(batches: Iterable[tuple[Tally, Part]], tally: Tally, plan: Plan) -> Iterator[Part]:
    """The batches' parts, their counts added up, for as long as the agreement allows."""
    for counts, part in batches:
        tally.add(counts)
        require_few_enough(tally.read, plan)
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
