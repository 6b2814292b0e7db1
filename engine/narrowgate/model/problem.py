"""What went wrong, as HTTP tells it: a problem document (RFC 9457)."""

from __future__ import annotations

from pydantic import Field

from narrowgate.model.base import Document


class Problem(Document):
    """A problem document. It holds no value of an export, nor any that the call was made with."""

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
