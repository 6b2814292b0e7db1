"""Vetting of suppliers and agreements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from narrowgate.model.agreement import Agreement, PurposeData, Supplier
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.keys import known_keys
from narrowgate.model.request import NAME
from narrowgate.model.yaml import YamlError, load_yaml
from narrowgate.policy.bundle import Bundle, Location
from narrowgate.policy.vetting.finding import Finding, nearest, parse_strictly

SUPPLIERS = "suppliers/data.yaml"


def check(bundle: Bundle, catalogue: Catalogue, folder: Path | None) -> Iterator[Finding]:
    """Every fault in the bundle's data."""
    yield from _written_strictly(bundle, folder)
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


def _written_strictly(bundle: Bundle, folder: Path | None) -> Iterator[Finding]:
    """What OPA takes of a file without a word, and nobody means: of a key that is there twice, the last."""
    for file in (SUPPLIERS, *(f"purposes/{purpose}/data.yaml" for purpose in bundle.purpose_data)):
        path = folder / file if folder else None
        if path is not None and path.is_file():
            try:
                load_yaml(path.read_text(encoding="utf-8"))
            except YamlError as error:
                mark = getattr(error, "problem_mark", None)
                at = Location(file, mark.line + 1 if mark else 1)
                yield Finding(
                    "data", at, str(getattr(error, "problem", None) or "it is not YAML"), "keep one of the two"
                )


def _faults(rule: str, model: type[BaseModel], document: Any, at: Location) -> Iterator[Finding]:
    try:
        parse_strictly(model, document)
    except ValidationError as error:
        for fault in error.errors(include_input=False, include_url=False):
            key = ".".join(str(part) for part in fault["loc"])
            said = fault["msg"].removeprefix("Value error, ")
            message, remedy = f"{rule}: {key}: {said}" if key else f"{rule}: {said}", "compare with its neighbours"
            if fault["type"] == "extra_forbidden":
                message = f"{rule}: there is no key {key}"
                remedy = nearest(str(fault["loc"][-1]), known_keys(model, fault["loc"][:-1]), "leave it out")
            yield Finding(rule, at, message, remedy)
