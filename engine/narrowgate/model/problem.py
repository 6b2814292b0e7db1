"""What went wrong, as HTTP tells it: a problem document (RFC 9457)."""

from __future__ import annotations

from pydantic import ConfigDict, Field, JsonValue

from narrowgate.model.base import Document

_EXAMPLE: dict[str, JsonValue] = {
    "type": "https://narrowgate.example/problems/refused",
    "title": "refused",
    "status": 403,
    "detail": "refused: the agreement with cardco is not in force on 2026-06-01",
    "remedy": "see policies/purposes/id_card_print/data.yaml",
    "instance": "urn:uuid:0123abcd-0123-4567-89ab-0123456789ab",
    "reasons": ["the agreement with cardco is not in force on 2026-06-01"],
}


class Problem(Document):
    """A problem document. It quotes no cell of an export, and no part of a path."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    type: str
    """URI of the kind of problem. It stays what it is; docs/gateway/problems.md has all of them."""
    title: str
    """The kind, in words."""
    status: int = Field(ge=400, le=599)
    """The HTTP status, again."""
    detail: str
    """What happened."""
    remedy: str
    """What to do next."""
    instance: str | None = None
    """The call: ``urn:uuid:`` and the id that the answer's ``X-Request-Id`` and the log give it."""
    reasons: tuple[str, ...] | None = None
    """Of a refusal: one for each ground."""
    findings: tuple[str, ...] | None = None
    """Of policies that do not pass vetting: one for each fault."""
