"""Vetting of Rego modules, on the compiled syntax tree."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import ValidationError

from narrowgate.model.actions import action_fault, action_names, parse_action
from narrowgate.model.agreement import PurposeMeta
from narrowgate.model.catalogue import Catalogue, Field
from narrowgate.policy.bundle import DATA_ROOTS, ENTRY_POINTS, GUARDRAILS, PURPOSES, ROOT, Bundle, Location, Module
from narrowgate.policy.syntax import Ref, Rule, builtins, constant, refs, walk
from narrowgate.policy.vetting.finding import Finding, nearest, parse_strictly
from narrowgate.resources import shipped

RECORD_RULES = {"release", "withhold", "override"}
_COMPARISONS = {"eq", "equal", "neq", "internal.member_2"}
_ORDERINGS = {"lt", "lte", "gt", "gte"}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_BEGINNING_OF_A_DAY = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")


@cache
def arities() -> Mapping[str, int]:
    """How many arguments each function takes that a policy may call: those of the shipped ``capabilities.json``."""
    document = json.loads((shipped("policies") / "capabilities.json").read_text(encoding="utf-8"))
    return {builtin["name"]: len(builtin["decl"].get("args") or []) for builtin in document["builtins"]}


@cache
def entry_points() -> str:
    """The text of ``narrowgate.rego`` as this version ships it."""
    return (shipped("policies") / ENTRY_POINTS).read_text(encoding="utf-8")


def check(bundle: Bundle, catalogue: Catalogue) -> Iterator[Finding]:
    """Every fault in the bundle's modules."""
    yield from _entry_points(bundle)
    for module in bundle.modules:
        if module.package == ROOT:
            continue
        for rule in module.rules:
            site = _Site(bundle, module, rule, catalogue)
            yield from _reads(site)
            yield from _values(site)
            yield from _calls(site)
            if module.package[:2] == PURPOSES and len(module.package) == 3:
                yield from _purpose_rule(site)
            elif module.package[:2] == GUARDRAILS:
                yield from _guardrail_rule(site)
    for purpose in bundle.purposes:
        yield from _meta(bundle, purpose)


@dataclass(frozen=True)
class _Site:
    """A rule under inspection."""

    bundle: Bundle
    module: Module
    rule: Rule
    catalogue: Catalogue

    def finding(self, rule: str, message: str, remedy: str, text: str = "") -> Finding:
        return Finding(rule, Location(self.module.path, self.module.line(self.rule, text)), message, remedy)

    def reached(self) -> Iterator[Ref]:
        return self.bundle.reached([self.rule])

    def record_reads(self) -> set[str]:
        """The record fields that the rule reads, directly or through others."""
        paths = (ref.path for ref in self.reached() if ref.root == "input" and ref.path[:1] == ("record",))
        return {path[1] or "" if len(path) > 1 else "" for path in paths}


def _entry_points(bundle: Bundle) -> Iterator[Finding]:
    texts = [module for module in bundle.modules if module.package == ROOT]
    for module in texts:
        if module.path != ENTRY_POINTS:
            yield Finding(
                "entry-points", Location(module.path, 1), "only narrowgate.rego is in package narrowgate", "move it out"
            )
        elif module.text.replace("\r\n", "\n") != entry_points():
            yield Finding(
                "entry-points",
                Location(module.path, 1),
                "the entry points differ from those that this version of Narrowgate ships",
                "copy the shipped narrowgate.rego over it; write guardrails to take more away",
            )
    if not texts:
        yield Finding(
            "entry-points",
            Location(ENTRY_POINTS, 1),
            "the entry points are missing",
            "copy the shipped narrowgate.rego",
        )


def _reads(site: _Site) -> Iterator[Finding]:
    """Every read is by name, and within the request, the record and the bundle's own data."""
    for ref in refs(site.rule.node):
        match ref.root, ref.path:
            case "input", () | (None, *_):
                yield site.finding("whole-input", "it reads the whole input", "name what it needs", "input")
            case "input", ("record",) | ("record", None, *_):
                yield site.finding(
                    "dynamic-read",
                    "it reads a record without naming the field",
                    "write input.record.<field>, so that it is known what the rule reads",
                    "input.record",
                )
            case "input", ("record", str(field)) if field not in site.catalogue:
                yield site.finding(
                    "unknown-field", f"there is no field {field}", nearest(field, site.catalogue.fields), field
                )
            case "input", ("record", str(field), *_) if len(ref.path) > 2:
                yield site.finding("nested-read", f"{field} is a plain value", f"write input.record.{field}", field)
            case "input", ("records", *_):
                yield site.finding("dynamic-read", "it reads the batch of records", "read input.record", "records")
            case "input", ("requests", *_):
                yield site.finding("dynamic-read", "it reads other requests", "read input.request", "requests")
            case "data", () | (None, *_):
                yield site.finding("outside-data", "it reads all data", "name what it needs", "data")
            case "data", (str(root), *_) if root not in DATA_ROOTS:
                yield site.finding(
                    "outside-data",
                    f"data.{root} is not part of the bundle's roots, so no revision vouches for it",
                    "keep what policies decide by in the bundle",
                    f"data.{root}",
                )
    for node in walk(site.rule.node):
        if node.get("with"):
            yield site.finding(
                "with", "it changes what another rule sees", "use with only in tests; pass values to a function", "with"
            )


def _values(site: _Site) -> Iterator[Finding]:
    """What is read is compared with values that it can have: with any other, the rule never holds as it is meant."""
    compared = [node["terms"] for node in walk(site.rule.node) if _compares(node.get("terms"))]
    # The compiler gives what is read a name of its own first.
    names = {str(a.get("value")): read for _, a, b in compared if a.get("type") == "var" and (read := _read(b))}
    for operator, one, other in ((op, *pair) for op, a, b in compared for pair in ((a, b), (b, a))):
        read = names.get(str(one.get("value"))) if one.get("type") == "var" else _read(one)
        known, values = constant(other)
        if read is None or not known:
            continue
        for value in values if isinstance(values, list) else [values]:
            if fault := _never(site, read, value, ordered=_name(operator) in _ORDERINGS):
                yield site.finding("unknown-value", *fault, value if isinstance(value, str) else "")


def _never(site: _Site, read: tuple[str | None, ...], value: Any, *, ordered: bool) -> tuple[str, str] | None:
    """Why what is read is never ``value``, and what to write instead; None where it may be."""
    match read:
        case ("record", str(field)) if field in site.catalogue and not ordered:
            allowed = site.catalogue[field].enum
        case ("request", "attributes", str(field)) if site.module.package[:2] == PURPOSES and not ordered:
            allowed = tuple(_meta_document(site.bundle, site.module.package[2]).get("attributes", {}).get(field, ()))
        case _:
            field, allowed = str(read[-1]), None
    if allowed:
        text = value if isinstance(value, str) else ""
        unknown = (f"{field} is never {json.dumps(value)}", nearest(text, allowed, f"values are {', '.join(allowed)}"))
        return None if value in allowed else unknown
    is_day = read == ("request", "on") or (read[0] == "record" and _is_date(site, field))
    if is_day and isinstance(value, str) and not (_BEGINNING_OF_A_DAY if ordered else _DAY).fullmatch(value):
        return f"{field} is a day, and {json.dumps(value)} is none", "write it YYYY-MM-DD, as texts are compared"
    return None


def _is_date(site: _Site, field: str) -> bool:
    return field in site.catalogue and site.catalogue[field].format == "date"


def _compares(terms: Any) -> bool:
    """Whether an expression compares two values, or looks for one among others."""
    return isinstance(terms, list) and len(terms) == 3 and _name(terms[0]) in _COMPARISONS | _ORDERINGS


def _name(operator: Any) -> str:
    parts = operator.get("value")
    return ".".join(str(part.get("value")) for part in parts) if isinstance(parts, list) else ""


def _read(term: Any) -> tuple[str | None, ...] | None:
    """The part of the request or the record that a term is."""
    match list(refs(term)):
        case [Ref("input", path)] if term.get("type") == "ref":
            return path
    return None


def _calls(site: _Site) -> Iterator[Finding]:
    for name in sorted(set(builtins(site.rule.node)) - set(arities())):
        yield site.finding(
            "builtin",
            f"{name} is not among the functions that a policy may call",
            "decide by the request, the record and the bundle's data alone; the day is input.request.on",
            name,
        )


def _purpose_rule(site: _Site) -> Iterator[Finding]:
    match site.rule.name:
        case "permit":
            yield from _action_rule(site)
            if fields := site.record_reads():
                yield site.finding(
                    "permit-reads-record",
                    f"a permit is decided once for all records, and this one reads {_listed(fields)}",
                    "permit the field, and write an override or a withhold for the records that differ",
                )
        case "override":
            yield from _action_rule(site)
            yield from _override_of_nothing(site)
        case "release":
            if not all(known and isinstance(value, bool) for known, value in map(constant, site.rule.values)):
                yield site.finding("computed-release", "release is computed", "write: release if <conditions>")
        case "withhold":
            yield from _reasons(site)
        case "refuse":
            yield from _set_of_reasons(site, 'refuse contains "…"')
            yield from _no_record(site)
        case "meta":
            yield from _no_record(site)
        case "drop":
            yield site.finding("misplaced", "only guardrails drop", "do not permit the field: that is enough")
    if site.rule.name in {"permit", *RECORD_RULES}:
        yield from _known_late(site)
    yield from _attributes(site)


def _guardrail_rule(site: _Site) -> Iterator[Finding]:
    match site.rule.name:
        case "withhold":
            yield from _reasons(site)
            yield from _known_late(site)
        case "drop":
            if len(site.rule.head) < 2 or not (field := site.rule.head[1]):
                yield site.finding(
                    "dynamic-field", "it drops a field without naming it", 'write: drop.<field> contains "…"'
                )
            elif field not in site.catalogue:
                yield site.finding("unknown-field", f"there is no field {field}", nearest(field, site.catalogue.fields))
            yield from _set_of_reasons(site, 'drop.<field> contains "…"')
            yield from _no_record(site)
            yield from _known_late(site)
        case "refuse":
            yield from _set_of_reasons(site, 'refuse contains "…"')
            yield from _no_record(site)
        case "permit" | "override" | "release":
            yield site.finding(
                "misplaced", f"a guardrail has no {site.rule.name}: it only takes away", "move the rule to a purpose"
            )


def _action_rule(site: _Site) -> Iterator[Finding]:
    """``permit`` and ``override`` name one field and spell out its action."""
    name, head = site.rule.name, site.rule.head
    if len(head) < 2 or head[1] is None:
        yield site.finding("dynamic-field", f"{name} does not name a field", f"write one {name}.<field> for each field")
        return
    field = head[1]
    if field not in site.catalogue:
        yield site.finding("unknown-field", f"there is no field {field}", nearest(field, site.catalogue.fields), field)
    if len(head) > 2 and head[2:] != ("action",):
        yield site.finding(
            "partial-action",
            f"the action of {field} is put together from several rules",
            f'write it whole: {name}.{field} := {{"action": "mask", "keep_last": 4}}',
        )
        return
    for branch in site.rule.branches:
        known, value = constant(branch["head"].get("value"))
        if not known:
            yield site.finding(
                "computed-action", f"the action of {field} is computed", "spell each action out, in a rule of its own"
            )
            continue
        document = {"action": value} if len(head) == 3 else value
        if fault := action_fault(document):
            yield site.finding("unknown-action", f"{field}: {fault}", f"actions are {', '.join(action_names())}")
        elif field in site.catalogue and not _suits(document, site.catalogue[field]):
            yield site.finding(
                "unsuitable-action",
                f"{value if len(head) == 3 else value.get('to', value['action'])} means nothing for {field}",
                "dates go to year, month and age_band, numbers to band, postcodes to outward and area",
            )


def _suits(document: Any, field: Field) -> bool:
    action = parse_action(document)
    return action is not None and action.suits(field)


def _override_of_nothing(site: _Site) -> Iterator[Finding]:
    field = site.rule.head[1] if len(site.rule.head) > 1 else None
    permitted = {
        rule.head[1]
        for _, rule in site.bundle.in_package(site.module.package)
        if rule.name == "permit" and len(rule.head) > 1
    }
    if field is not None and field not in permitted:
        yield site.finding(
            "override-without-permit",
            f"no permit names {field}, so there is nothing to override",
            f"add permit.{field}, or remove the override",
        )


def _set_of_reasons(site: _Site, form: str) -> Iterator[Finding]:
    if site.rule.key is None:
        yield site.finding("not-a-set", f"{site.rule.name} is a set of reasons", f"write: {form} if …")


def _reasons(site: _Site) -> Iterator[Finding]:
    """A reason is a fixed text: one made from a record would carry it into reports."""
    yield from _set_of_reasons(site, 'withhold contains "…"')
    known, reason = constant(site.rule.key)
    if site.rule.key is not None and not (known and isinstance(reason, str)):
        yield site.finding("computed-reason", "the reason is computed", "write it out, one rule for each reason")


def _no_record(site: _Site) -> Iterator[Finding]:
    if fields := site.record_reads():
        yield site.finding(
            "no-record-here",
            f"{site.rule.name} is decided before any record is read, and this one reads {_listed(fields)}",
            "write a withhold",
        )


def _known_late(site: _Site) -> Iterator[Finding]:
    """What is known, or changes, only once all records are read can refuse a release, and not shape it."""
    paths = [ref.path for ref in site.reached() if ref.root == "input"]
    if any(path[:2] == ("request", "row_count") for path in paths):
        yield site.finding(
            "row-count", "the number of rows is known only once all are read", "only refuse may go by it", "row_count"
        )
    if any(path[:1] == ("history",) for path in paths):
        yield site.finding(
            "history", "what the supplier has been given may change meanwhile", "only refuse may go by it", "history"
        )


def _attributes(site: _Site) -> Iterator[Finding]:
    declared = set(_meta_document(site.bundle, site.module.package[2]).get("attributes", {}))
    for ref in refs(site.rule.node):
        match ref.root, ref.path:
            case "input", ("request", "attributes", str(name), *_) if name not in declared:
                yield site.finding(
                    "undeclared-attribute",
                    f"meta declares no attribute {name}",
                    f'add it to meta: "attributes": {{"{name}": ["…", "…"]}}',
                    name,
                )


def _meta_document(bundle: Bundle, purpose: str) -> dict[str, Any]:
    for _, rule in bundle.in_package((*PURPOSES, purpose)):
        if rule.head == ("meta",):
            document = constant(rule.value)[1]
            return document if isinstance(document, dict) else {}
    return {}


def _meta(bundle: Bundle, purpose: str) -> Iterator[Finding]:
    found = [(m, r) for m, r in bundle.in_package((*PURPOSES, purpose)) if r.name == "meta"]
    whole = [rule for _, rule in found if len(rule.head) == 1 and "else" not in rule.node and constant(rule.value)[0]]
    if len(found) != 1 or not whole:
        module = next(m for m in bundle.modules if m.package == (*PURPOSES, purpose))
        line = module.line(found[0][1]) if found else 1
        yield Finding(
            "meta",
            Location(module.path, line),
            f"{purpose} needs one meta, written out",
            'write: meta := {"title": "…", "lawful_basis": "…", "retention_days": …}',
        )
        return
    module, rule = found[0]
    try:
        parse_strictly(PurposeMeta, _meta_document(bundle, purpose))
    except ValidationError as error:
        for fault in error.errors(include_input=False, include_url=False):
            key = ".".join(str(part) for part in fault["loc"])
            at = Location(module.path, module.line(rule, str(fault["loc"][0]) if fault["loc"] else ""))
            yield Finding("meta", at, f"meta: {key}: {fault['msg']}", "see schemas/meta.schema.json")


def _listed(fields: set[str]) -> str:
    return ", ".join(sorted(field or "the whole record" for field in fields))
