"""Vetting of suppliers and agreements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from narrowgate.model.agreement import Agreement, PurposeData, Supplier
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.request import NAME
from narrowgate.policy.bundle import Bundle, Location
from narrowgate.policy.vetting.finding import Finding, nearest, parse_strictly

SUPPLIERS = "suppliers/data.yaml"


def check(bundle: Bundle, catalogue: Catalogue, folder: Path | None) -> Iterator[Finding]:
    """Every fault in the bundle's data."""
    for name, document in bundle.suppliers.items():
        if not re.fullmatch(NAME, name):
            message = f"no request can name the supplier {name}"
            yield Finding("supplier-name", _at(folder, SUPPLIERS, name), message, "call it in lower case, like card_co")
        yield from _faults("supplier", Supplier, document, _at(folder, SUPPLIERS, name))
    for purpose, document in bundle.purpose_data.items():
        file = f"purposes/{purpose}/data.yaml"
        if purpose not in bundle.purposes:
            yield Finding(
                "unknown-purpose",
                _at(folder, file, "agreements"),
                f"there are agreements for {purpose}, which has no policy",
                f"write purposes/{purpose}/{purpose}.rego, or remove the folder",
            )
        yield from _agreements(bundle, catalogue, folder, file, document)


def _agreements(
    bundle: Bundle, catalogue: Catalogue, folder: Path | None, file: str, document: Any
) -> Iterator[Finding]:
    entries = document.get("agreements") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        yield from _faults("agreement", PurposeData, document, _at(folder, file, ""))
        return
    for entry in entries:
        name = str(entry.get("id", "")) if isinstance(entry, dict) else ""
        at = _at(folder, file, name)
        faults = list(_faults("agreement", Agreement, entry, at))
        yield from faults
        if faults:
            continue
        agreement = parse_strictly(Agreement, entry)
        if agreement.supplier not in bundle.suppliers:
            yield Finding(
                "unknown-supplier",
                at,
                f"agreement {agreement.id} is with {agreement.supplier}, who is no supplier",
                f"add {agreement.supplier} to {SUPPLIERS}",
            )
        for column in agreement.columns:
            if column.field not in catalogue:
                message = f"agreement {agreement.id} orders {column.field}, which is no field"
                yield Finding("unknown-field", at, message, nearest(column.field, catalogue.fields))


def _at(folder: Path | None, file: str, text: str) -> Location:
    """The first line of ``file`` that holds ``text``, if the file lies here; else its first."""
    path = folder / file if folder else None
    if not text or path is None or not path.is_file():
        return Location(file, 1)
    lines = path.read_text(encoding="utf-8").splitlines()
    return Location(file, next((number for number, line in enumerate(lines, 1) if text in line), 1))


def _faults(rule: str, model: type[BaseModel], document: Any, at: Location) -> Iterator[Finding]:
    try:
        parse_strictly(model, document)
    except ValidationError as error:
        for fault in error.errors(include_input=False, include_url=False):
            key = ".".join(str(part) for part in fault["loc"])
            message = f"{rule}: {key}: {fault['msg']}" if key else f"{rule}: {fault['msg']}"
            yield Finding(rule, at, message, f"see schemas/{rule}.schema.json")
