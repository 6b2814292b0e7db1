"""JSON Schemas of the documents that cross a boundary, generated from their models.

``make schemas`` writes them to ``schemas/``, and a test holds the two in step. ``input.json`` is what
``opa check --schema`` goes by: the request, and a record with the catalogue's fields and no others.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from narrowgate.model.agreement import Agreement, PurposeData, PurposeMeta, Supplier, Suppliers
from narrowgate.model.breach import BreachReport
from narrowgate.model.bundle import BundleReport
from narrowgate.model.case import BY_FIELD, LIKE, Cases, Fixtures
from narrowgate.model.case_report import CaseReport
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.client import ClientReport, Clients, NewKey
from narrowgate.model.decision import Decision, Judgement
from narrowgate.model.diff import DiffReport
from narrowgate.model.history import DAYS, Held
from narrowgate.model.inspection import InspectionReport
from narrowgate.model.invariant import Invariants
from narrowgate.model.job import JobReport
from narrowgate.model.lint import LintReport
from narrowgate.model.listing import EntryList, ProvenReceipt, ShownEntry
from narrowgate.model.log_proof import ConsistencyProof, InclusionProof
from narrowgate.model.matrix import Matrix
from narrowgate.model.obligation import ObligationsReport
from narrowgate.model.person import PersonReport
from narrowgate.model.problem import Problem
from narrowgate.model.proof import VerifyReport
from narrowgate.model.receipt import Receipt
from narrowgate.model.request import Request
from narrowgate.model.ropa import RecordOfProcessing
from narrowgate.model.source import Source
from narrowgate.model.verification import ReplayReport, VerificationReport
from narrowgate.model.watching import Watching
from narrowgate.model.witness import WitnessReport

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_MODELS: dict[str, type[BaseModel]] = {
    "agreement": Agreement,
    "breach": BreachReport,
    "bundle": BundleReport,
    "case-report": CaseReport,
    "cases": Cases,
    "client-key": NewKey,
    "client-list": ClientReport,
    "clients": Clients,
    "consistency-proof": ConsistencyProof,
    "decision": Decision,
    "diff": DiffReport,
    "entries": EntryList,
    "entry": ShownEntry,
    "inclusion-proof": InclusionProof,
    "inspection": InspectionReport,
    "fixtures": Fixtures,
    "invariants": Invariants,
    "job": JobReport,
    "judgement": Judgement,
    "lint": LintReport,
    "matrix": Matrix,
    "meta": PurposeMeta,
    "obligations": ObligationsReport,
    "person": PersonReport,
    "problem": Problem,
    "proven-receipt": ProvenReceipt,
    "purpose-data": PurposeData,
    "receipt": Receipt,
    "record-of-processing": RecordOfProcessing,
    "replay": ReplayReport,
    "request": Request,
    "source": Source,
    "supplier": Supplier,
    "suppliers": Suppliers,
    "verification": VerificationReport,
    "verify": VerifyReport,
    "watching": Watching,
    "witness": WitnessReport,
}


def generated_schemas(catalogue: Catalogue) -> dict[str, dict[str, Any]]:
    """Every generated schema by file name."""
    schemas = {
        f"{name}.schema.json": {"$schema": _DIALECT, **model.model_json_schema(by_alias=True)}
        for name, model in _MODELS.items()
    }
    for name in ("cases", "fixtures"):
        _name_fields(schemas[f"{name}.schema.json"], catalogue)
    schemas["input.json"] = _input_schema(catalogue)
    return schemas


def _name_fields(schema: dict[str, Any], catalogue: Catalogue) -> None:
    """Tell mappings by field what fields there are, so that editors complete them; others stay allowed."""
    titles = {field.name: {"description": field.title} for field in catalogue.fields.values()}
    schema["$defs"]["fields"] = {"properties": titles}
    schema["$defs"]["record"] = {"properties": {LIKE: {"type": "string"}, **titles}}
    todo: list[Any] = [schema]
    while todo:
        part = todo.pop()
        todo += part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
        if isinstance(part, dict) and part.pop(BY_FIELD, False):
            kind = "record" if LIKE in part.get("description", "") else "fields"
            part["allOf"] = [{"$ref": f"#/$defs/{kind}"}]


def _input_schema(catalogue: Catalogue) -> dict[str, Any]:
    record = {
        "type": "object",
        "additionalProperties": False,
        "properties": {field.name: {"type": field.type} for field in catalogue.fields.values()},
    }
    # OPA knows no $defs here.
    held = Held.model_json_schema()
    windows = {
        "type": "object",
        "additionalProperties": False,
        "properties": {f"days_{days}": held for days in DAYS},
    }
    request = Request.model_json_schema()
    return {
        "$schema": _DIALECT,
        "title": "What policies see",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "request": request,
            "requests": {"type": "array", "items": request},
            "history": {"type": "object", "additionalProperties": windows},
            "record": record,
            "records": {"type": "array", "items": record},
        },
    }
