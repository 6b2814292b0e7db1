"""What the gate does, from top to bottom: request, decide, plan, apply, record, release.

Command line and HTTP both call these functions and decide nothing themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from narrowgate.errors import InputError, InternalError, PolicyInvalid, Refused, UsageError
from narrowgate.inspection.inspect import inspect_file
from narrowgate.inspection.summary import Summary
from narrowgate.ledger.describe import describe_release
from narrowgate.ledger.receipts import receipts_beside, write_receipt
from narrowgate.model.agreement import PurposeData
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.check import CheckReport
from narrowgate.model.inspection import Finding
from narrowgate.model.receipt import FileDigest, Receipt
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
from narrowgate.tables.illustrate import illustrated
from narrowgate.tables.interface import Chunk, Part, TableWriter, WriterOptions
from narrowgate.tables.judging import Judge
from narrowgate.tables.packing import Packing, packed, split_packing
from narrowgate.tables.pipeline import Prefetched, in_order
from narrowgate.tables.pseudonyms import Pseudonyms
from narrowgate.tables.tally import Tally, objections

Progress = Callable[[int], None]
_MOST_PLACES = 3
"""At which one channel is told place by place."""


@dataclass(frozen=True)
class Gate:
    """What every call needs: who decides, and by which catalogue."""

    engine: Engine
    catalogue: Catalogue
    schemas: Path
    pseudonym_secret: str | None = None


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
    gate: Gate, order: Order, output: Path, receipt_to: Path, progress: Progress = lambda _: None
) -> Receipt:
    """Release of an export what its policies permit.

    Args:
        output: where the release goes. It appears whole, after its receipt, or not at all.
        receipt_to: where the receipt goes.
        progress: called with the number of bytes read since the last call.

    Raises:
        NarrowgateError: nothing was released, and nothing is left behind.
    """
    _require_apart(order.input, output, receipt_to)
    kind, packing = format_to_write(output, order.write_as)
    with _opened(gate, order, progress) as export, Prefetched(export.reader.chunks()) as chunks:
        request = make_request(order, export.binding.columns, kind.name)
        try:
            plan = decide(gate, request, with_pictures=packing == "zip")
        except Refused as refusal:
            # What the policy misses may be what the export hides.
            hidden = _hidden(each for each in export.findings if each.hides_cells)
            raise Refused([*refusal.reasons, *hidden], refusal.remedy) from refusal
        _require_shown(export, plan)
        names = tuple(column.name for column in plan.columns)
        writer = kind.create(WriterOptions(names, plan.csv, export.kept_types(plan)))
        judge = Judge(plan, gate.catalogue, lambda records: gate.engine.judge(request, records))
        context = Context(request.on, Pseudonyms(gate.pseudonym_secret, request.supplier, request.purpose))
        apply = Applier(plan, gate.catalogue, judge, context, kind.formulas)

        def prepare(chunk: Chunk) -> tuple[Tally, Part]:
            batch = apply(export.frame(chunk, plan.fields_used()))
            # Pictures are numbered in the order of records, so batches wait their turn for them.
            return batch.tally, batch.frame if plan.pictures() else writer.encode(batch.frame)

        with OutputFile(output, kind.name, packing) as release:
            tally = Tally()
            with release.stream() as stream, contents(stream, packing, kind.suffixes[0]) as (table, put):
                parts = _counted(in_order(prepare, chunks), tally, plan)
                if plan.pictures():
                    parts = _illustrated(parts, tally, plan, export, put, writer)
                writer.write(parts, table)
            _require_sound(tally, plan)
            _require_shown(export, plan)
            request = request.model_copy(update={"row_count": tally.read})
            _confirm(gate, request, plan, with_pictures=packing == "zip")
            files = export.reader.digest(), release.seal()
            _require_clean(release, kind.name, packing, plan.csv.delimiter)
            policy, engine = gate.engine.revision, gate.engine.info
            receipt = describe_release(request, plan, export, tally, policy, engine, files)
            write_receipt(receipt, receipt_to)
            release.publish()
    return receipt


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
        objections += _hidden(each for each in export.file.inspection.findings if each.severity != "low")
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
        objections += _hidden(export.reader.findings)
        path = export.file.path
    receipts = [receipt] if receipt else list(receipts_beside(path))
    proof = next((each for each in receipts if _proves(each, request, digest, plan, gate)), None)
    if proof is None:
        objections += audit_objections(tally, plan)
    if not (judgeable or proof):
        objections.append(
            f"which records may leave cannot be told without {' and '.join(reads)}, or the file's receipt"
            + _of_its_receipts(receipts, digest)
        )
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
        return decide(gate, request, with_pictures=packing == "zip")


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


def decide(gate: Gate, request: Request, *, with_pictures: bool = True) -> Plan:
    """Ask for the decision, and bind it to the request's columns."""
    require_purpose(gate, request.purpose)
    policies = gate.engine.policies
    reads, overridable = policies.reads(request.purpose), policies.overridable(request.purpose)
    return make_plan(gate.engine.decide(request), request, reads, overridable, gate.catalogue, with_pictures)


def _confirm(gate: Gate, request: Request, plan: Plan, *, with_pictures: bool) -> None:
    """Ask again, now that the number of records is known; the answer must be the plan that was carried out."""
    gate.engine.confirm()
    if decide(gate, request, with_pictures=with_pictures) != plan:
        raise PolicyInvalid(
            f"{request.purpose} decides otherwise once it knows the number of records",
            "let only refuse go by input.request.row_count",
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
    frames: Iterable[Any], tally: Tally, plan: Plan, export: Export, put: PutPicture, writer: TableWriter
) -> Iterator[Part]:
    """The batches' parts, with pictures put into the release as their records pass."""
    with Album(export.pictures, put) as album:
        for frame in frames:
            yield writer.encode(illustrated(frame, plan, album))
        album.counts.unreferenced = export.pictures.unreferenced(tally.picture_paths)
        tally.pictures = album.counts


def _require_shown(export: Export, plan: Plan) -> None:
    """Raise ``Refused`` where the export hides what its agreement or purpose does not tolerate."""
    strictly = plan.limits.on_hidden == "refuse_anything"
    findings = (*export.file.inspection.findings, *export.reader.findings) if strictly else export.findings
    hidden = [each for each in findings if each.severity != "low" and (strictly or each.hides_cells)]
    if hidden and plan.limits.on_hidden != "leave_out":
        otherwise = "" if strictly else ", or agree on leaving it out (on_hidden: leave_out)"
        raise Refused(_hidden(hidden), f"take it out of the export{otherwise}; see: narrowgate inspect")


def _hidden(findings: Iterable[Finding]) -> list[str]:
    """A line for each channel, and for each of a few places."""
    summary = Summary(_MOST_PLACES)
    summary.add(findings)
    return [f"{each.place()}: {each.title} ({each.amount()})" for each in summary.findings()]


def _require_clean(release: OutputFile, format: str, packing: Packing, delimiter: str) -> None:
    """Raise ``InternalError`` where the release has any channel besides its cells."""
    remedy = "please report it; nothing was released"
    try:
        kind = {"": format, "gz": "gzip", "zip": "zip"}[packing]
        findings = inspect_file(release.readable, f"release.{packed(format, packing)}", delimiter, kind).findings
    except InputError as error:
        raise InternalError("the release cannot be looked into", remedy) from error
    if findings:
        raise InternalError(f"the release would hide something: {_hidden(findings)[0]}", remedy)


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


def _proves(receipt: Receipt, request: Request, file: FileDigest, plan: Plan, gate: Gate) -> bool:
    """Whether the receipt says that this very file was released as it would be today."""
    asked, released = receipt.request, {each.field: each.action for each in receipt.columns if each.name}
    return (
        receipt.release.sha256 == file.sha256
        and receipt.policy.digest == gate.engine.revision.digest
        and (asked.supplier, asked.purpose) == (request.supplier, request.purpose)
        and asked.attributes == request.attributes
        and released == {each.field: each.action.model_dump(exclude_none=True) for each in plan.columns}
    )


def _of_its_receipts(receipts: list[Receipt], file: FileDigest) -> str:
    """What is to be said of receipts that prove nothing."""
    if not receipts:
        return ""
    if all(receipt.release.sha256 != file.sha256 for receipt in receipts):
        return "; the receipt at hand is of another file, so this one was changed after its release, or packed anew"
    return "; its receipt is of other policies or for somebody else"


def _not_compliant(request: Request, objections: list[str]) -> CheckReport:
    return CheckReport(
        compliant=False,
        objections=tuple(objections),
        records="not judged",
        record_count=0,
        request=request,
        file=None,
    )
