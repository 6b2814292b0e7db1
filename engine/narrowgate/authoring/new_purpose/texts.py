"""The files of a purpose, written down."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import yaml

from narrowgate.authoring.new_purpose.draft import Draft
from narrowgate.model.actions import as_document
from narrowgate.model.agreement import Supplier
from narrowgate.model.catalogue import Value
from narrowgate.model.yaml import load_yaml


def rego_text(draft: Draft) -> str:
    """``<name>.rego``: what may leave."""
    meta = {
        "title": draft.meta.title,
        "lawful_basis": draft.meta.lawful_basis,
        "article_9_condition": draft.meta.article_9_condition,
        "retention_days": draft.meta.retention_days,
    }
    lines = [f"\t{_rego(key)}: {_rego(value)}," for key, value in meta.items() if value is not None]
    return "\n".join(
        [
            "# METADATA",
            f"# title: {yaml_scalar(draft.meta.title)}",
            "# schemas:",
            "#   - input: schema.input",
            f"package narrowgate.purposes.{draft.name}",
            "",
            "meta := {",
            *lines,
            "}",
            "",
            *(line for field in draft.permits for line in (_permit(draft, field), "")),
            *_release(draft),
            "",
        ]
    )


def _permit(draft: Draft, field: str) -> str:
    document = as_document(draft.permits[field])
    if len(document) == 1:
        return f"permit.{field}.action := {_rego(document['action'])}"
    return f"permit.{field} := {_rego(document)}"


def _release(draft: Draft) -> list[str]:
    conditions = [f"input.record.{field} {_among(values)}" for field, values in draft.release.items()]
    if len(conditions) == 1:
        return [f"release if {conditions[0]}"]
    return ["release if {", *(f"\t{condition}" for condition in conditions), "}"]


def _among(values: tuple[Value, ...]) -> str:
    if len(values) == 1:
        return f"== {_rego(values[0])}"
    return f"in {{{', '.join(_rego(value) for value in values)}}}"


def rego_test_text(draft: Draft) -> str:
    """``<name>_test.rego``: its Rego tests."""
    permitted = "\n".join(f"\t\t{_rego(field)}," for field in sorted(draft.permits))
    served = {field: values[0] for field, values in draft.release.items()}
    tests = [f"test_releases_who_is_served if released({_rego(served)})"]
    for field in draft.release:
        without = {other: value for other, value in served.items() if other != field}
        tests.append(f"test_keeps_back_records_without_{field} if not released({_rego(without)})")
    return "\n".join(
        [
            f"package narrowgate.purposes.{draft.name}_test",
            "",
            f"import data.narrowgate.purposes.{draft.name} as purpose",
            "",
            'released(record) if purpose.release with input as {"record": record}',
            "",
            "test_permits_only_what_the_purpose_needs if {",
            f"\tobject.keys(purpose.permit) == {{\n{permitted}\n\t}}",
            "}",
            *(line for test in tests for line in ("", test)),
            "",
        ]
    )


def data_text(draft: Draft) -> str:
    """``data.yaml``: the agreement."""
    said = draft.agreement
    return "\n".join(
        [
            "agreements:",
            f"  - id: {yaml_scalar(said.id)}",
            f"    supplier: {said.supplier}",
            f"    from: {said.starts}",
            f"    until: {said.until}",
            f"    formats: [{', '.join(said.formats)}]",
            f"    max_rows: {said.max_rows}",
            f"    retention_days: {said.retention_days}",
            "",
        ]
    )


def supplier_line(name: str, supplier: Supplier) -> str:
    """A supplier's line in ``suppliers/data.yaml``."""
    profile = {"name": supplier.name, "kind": supplier.kind, "country": supplier.country}
    return f"{yaml_scalar(name)}: {yaml_flow(profile)}\n"


def yaml_flow(document: dict[str, Any]) -> str:
    """A flat mapping on one line."""
    return "{" + ", ".join(f"{yaml_scalar(key)}: {yaml_scalar(value)}" for key, value in document.items()) + "}"


def yaml_scalar(value: Any) -> str:
    """A value as YAML, in quotes only where it would be taken for something else, be it by YAML 1.1."""
    if not isinstance(value, str):
        return json.dumps(value)
    if all(_read(load, value) for load in (load_yaml, yaml.safe_load)):
        return value
    return json.dumps(value, ensure_ascii=False)


def _read(load: Callable[[str], Any], value: str) -> bool:
    """Whether ``load`` reads the text as itself, wherever it stands."""
    try:
        return bool(load(f"[{value}, x]") == [value, "x"] and load(f"{value}: {value}") == {value: value})
    except yaml.YAMLError:
        return False


def _rego(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
