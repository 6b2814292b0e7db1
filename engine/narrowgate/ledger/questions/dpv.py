"""The record of processing as JSON-LD, in the terms of the W3C Data Privacy Vocabulary 2 (https://w3id.org/dpv)."""

from __future__ import annotations

from typing import Any

from narrowgate.model.ropa import Processing, RecordOfProcessing

_CONTEXT = {
    "dpv": "https://w3id.org/dpv#",
    "pd": "https://w3id.org/dpv/pd#",
    "loc": "https://w3id.org/dpv/loc#",
    "dct": "http://purl.org/dc/terms/",
    "time": "http://www.w3.org/2006/time#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_LAWFUL_BASES = {
    "consent": "dpv:Consent",
    "contract": "dpv:Contract",
    "legal obligation": "dpv:LegalObligation",
    "vital interests": "dpv:VitalInterest",
    "public task": "dpv:PublicInterest",
    "legitimate interests": "dpv:LegitimateInterest",
}
_SPECIAL = "special"
_NOWHERE = "urn:narrowgate"


def json_ld(record: RecordOfProcessing) -> dict[str, Any]:
    """``record`` as one JSON-LD document: a ``dpv:Process`` for each line, and who is named in them."""
    controller = {
        "@id": f"{_NOWHERE}:controller",
        "@type": "dpv:DataController",
        "dpv:hasName": record.controller or "to be named",
    }
    recipients = {each.recipient.id: _recipient(each) for each in record.processing}
    return {
        "@context": _CONTEXT,
        "@id": f"{_NOWHERE}:record-of-processing",
        "@type": "dpv:DataProcessingRecord",
        "dct:title": "Record of processing activities, UK GDPR Article 30(1)",
        "dct:created": _date(record.on.isoformat()),
        "dct:source": f"sha256:{record.policy}",
        "dct:hasPart": [_process(each) for each in record.processing],
        "@included": [controller, *recipients.values()],
    }


def _recipient(processing: Processing) -> dict[str, Any]:
    recipient = processing.recipient
    found: dict[str, Any] = {
        "@id": _supplier(recipient.id),
        "@type": ["dpv:Recipient", "dpv:LegalEntity"],
        "dpv:hasName": recipient.name,
        "dct:description": recipient.kind,
    }
    if recipient.country is not None:
        found["dpv:hasCountry"] = {"@id": f"loc:{recipient.country}"}
    return found


def _process(processing: Processing) -> dict[str, Any]:
    left = processing.left
    found: dict[str, Any] = {
        "@id": f"{_NOWHERE}:processing:{processing.purpose}:{processing.recipient.id}:{processing.agreement}",
        "@type": "dpv:Process",
        "dct:title": processing.title or processing.purpose,
        "dpv:hasDataController": {"@id": f"{_NOWHERE}:controller"},
        "dpv:hasProcessing": {"@id": "dpv:Disclose"},
        "dpv:hasPurpose": {
            "@id": f"{_NOWHERE}:purpose:{processing.purpose}",
            "@type": "dpv:Purpose",
            "dct:title": processing.title or processing.purpose,
        },
        "dpv:hasDataSubject": [{"@type": "dpv:Employee", "dct:title": each} for each in processing.data_subjects],
        "dpv:hasPersonalData": [_field(processing, place) for place in range(len(processing.fields))],
        "dpv:hasRecipient": {"@id": _supplier(processing.recipient.id)},
        "dpv:hasTechnicalOrganisationalMeasure": [
            {"@type": "dpv:TechnicalOrganisationalMeasure", "dct:description": each} for each in processing.security
        ],
        "dpv:hasLegalMeasure": _agreement(processing),
        "dct:description": (
            f"{left.releases} releases; {left.people} people, and {left.unidentified} records of unknown people"
        ),
    }
    if processing.lawful_basis is not None:
        found["dpv:hasLegalBasis"] = _bases(processing)
    if processing.retention_days is not None:
        found["dpv:hasStorageCondition"] = _storage(processing.retention_days)
    if processing.third_country is not None:
        found["dpv:hasThirdCountry"] = {"@id": f"loc:{processing.third_country}"}
    return found


def _field(processing: Processing, place: int) -> dict[str, Any]:
    field = processing.fields[place]
    kinds = [field.dpv, "dpv:SpecialCategoryPersonalData"] if field.sensitivity == _SPECIAL else [field.dpv]
    return {"@type": kinds, "dct:title": field.field, "dct:description": "; ".join(field.forms)}


def _agreement(processing: Processing) -> dict[str, Any]:
    found: dict[str, Any] = {
        "@id": f"{_NOWHERE}:agreement:{processing.agreement}",
        "@type": "dpv:DataProcessingAgreement",
        "dct:identifier": processing.agreement,
    }
    if processing.starts is not None and processing.until is not None:
        found["dct:valid"] = f"{processing.starts}/{processing.until}"
    return found


def _bases(processing: Processing) -> list[dict[str, Any]]:
    assert processing.lawful_basis is not None
    found: list[dict[str, Any]] = [
        {
            "@type": _LAWFUL_BASES[processing.lawful_basis],
            "dct:description": f"UK GDPR Article 6(1): {processing.lawful_basis}",
        }
    ]
    if condition := processing.article_9_condition:
        found.append({"@type": "dpv:LegalBasis", "dct:description": f"UK GDPR Article 9(2): {condition}"})
    return found


def _storage(days: int) -> dict[str, Any]:
    """How long the recipient may keep it, in the terms of OWL-Time."""
    duration = {
        "@type": ["dpv:TemporalDuration", "time:Duration"],
        "time:numericDuration": {"@value": str(days), "@type": "xsd:decimal"},
        "time:unitType": {"@id": "time:unitDay"},
    }
    return {"@type": ["dpv:StorageDuration", "dpv:StorageDeletion"], "dpv:hasDuration": duration}


def _supplier(name: str) -> str:
    return f"{_NOWHERE}:supplier:{name}"


def _date(day: str) -> dict[str, str]:
    return {"@value": day, "@type": "xsd:date"}
