"""``cases.yaml`` of a new purpose: what is expected of each record, on each edge of the agreement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from textwrap import wrap

from narrowgate.authoring.new_purpose.draft import Draft
from narrowgate.authoring.new_purpose.records import Sample
from narrowgate.authoring.new_purpose.texts import yaml_flow, yaml_scalar
from narrowgate.model.actions import as_written
from narrowgate.tables.formats import formats

_WIDTH = 110


@dataclass(frozen=True)
class Tried:
    """A record, and why it does not leave; empty: it does."""

    sample: Sample
    reasons: tuple[str, ...]


def cases_text(draft: Draft, tried: Sequence[Tried], shared_day: date | None, schema: str) -> str:
    """The file.

    Args:
        tried: the first of them leaves.
        shared_day: the day of the fixtures.
        schema: where the file's JSON Schema is, seen from it; empty: nowhere near.
    """
    lines = [f"# yaml-language-server: $schema={schema}"] if schema else []
    lines += ["# What is expected to leave; whatever is not listed is expected to stay."]
    agreement = draft.agreement
    if shared_day is None or not agreement.starts <= shared_day <= agreement.until:
        lines += [f"on: {agreement.starts}"]
    lines += ["", *_records(tried), "tables:", *_of_records(draft, tried), "", *_of_terms(draft, tried[0].sample), ""]
    return "\n".join(lines)


def _records(tried: Sequence[Tried]) -> Iterator[str]:
    written = [each.sample for each in tried if each.sample.written is not None]
    if written:
        yield "records:"
        yield from (f"  {yaml_scalar(each.name)}: {yaml_flow(dict(each.written or {}))}" for each in written)
        yield ""


def _of_records(draft: Draft, tried: Sequence[Tried]) -> Iterator[str]:
    leaving = [each.sample.name for each in tried if not each.reasons]
    yield f"  - name: {draft.agreement.supplier} gets these fields of these people, and nobody else gets anything"
    yield from _wrapped("    records: ", [each.sample.name for each in tried])
    yield "    expect:"
    yield f"      - supplier: {draft.agreement.supplier}"
    yield from _wrapped("        record: ", leaving)
    yield from _leaves(draft)
    for reasons in dict.fromkeys(each.reasons for each in tried if each.reasons):
        names = [each.sample.name for each in tried if each.reasons == reasons]
        yield f"      - supplier: {draft.agreement.supplier}"
        yield from _wrapped("        record: ", names)
        yield f"        withheld: {_list(reasons)}"


def _leaves(draft: Draft) -> Iterator[str]:
    yield "        leaves:"
    for field, action in draft.permits.items():
        written = as_written(action)
        yield f"          {field}: {written if isinstance(written, str) else yaml_flow(written)}"


def _of_terms(draft: Draft, sample: Sample) -> Iterator[str]:
    """The agreement's edges: its first and last day, its formats, its number of records."""
    said, day = draft.agreement, timedelta(days=1)
    others = [name for name in sorted(formats(), key=_written_first) if name not in said.formats]
    days = [said.starts - day, *dict.fromkeys([said.starts, said.until]), said.until + day]
    yield f"  - name: only while {said.id} is in force, in its formats, and no more records than it allows"
    yield f"    suppliers: [{said.supplier}]"
    yield f"    records: {_list([sample.name])}"
    yield f"    days: [{', '.join(map(str, days))}]"
    yield f"    formats: [{', '.join([*said.formats, *others[:1]])}]"
    yield f"    row_counts: [{said.max_rows}, {said.max_rows + 1}]"
    yield "    expect:"
    yield f"      - day: [{', '.join(map(str, days[1:-1]))}]"
    yield f"        format: [{', '.join(said.formats)}]"
    yield f"        row_count: {said.max_rows}"
    yield from _leaves(draft)
    limits = {"max_rows": said.max_rows, "max_bad_share": said.max_bad_share}
    yield f"        limits: {yaml_flow({**limits, 'on_leak': said.on_leak, 'on_hidden': said.on_hidden})}"
    yield "        output: {columns: [], csv: {}}"
    obligations = {"agreement": said.id, "lawful_basis": draft.meta.lawful_basis}
    yield f"        obligations: {yaml_flow({**obligations, 'retention_days': draft.meta.retention_days})}"


def _written_first(name: str) -> bool:
    return not formats()[name].is_written


def _wrapped(key: str, names: Sequence[str]) -> list[str]:
    return wrap(key + _list(names), _WIDTH, subsequent_indent=" " * (len(key) + 1), break_on_hyphens=False)


def _list(values: Sequence[str]) -> str:
    return f"[{', '.join(map(yaml_scalar, values))}]"
