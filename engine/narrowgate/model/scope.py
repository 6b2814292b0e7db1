"""What a client can be allowed to do. A scope is for one resource, and is named for it."""

from __future__ import annotations

from enum import StrEnum


class Scope(StrEnum):
    """One of the things that a client may do."""

    EXPORTS = "exports"
    """Have exports, records among them, released; see how one's own jobs go."""
    CHECKS = "checks"
    """Have files checked."""
    PLANS = "plans"
    """Ask what would leave."""
    INSPECTIONS = "inspections"
    """Have files looked into."""
    RECEIPTS = "receipts"
    """Read the receipts of releases."""
    RELEASES = "releases"
    """List releases and refusals."""
    BREACH = "breach"
    """Ask of whom a supplier held what."""
    SUBJECTS = "subjects"
    """Ask who holds anything about a person."""
    POLICIES = "policies"
    """See what policies permit, and compare them."""
    LEDGER = "ledger"
    """Get checkpoints and proofs."""
    METRICS = "metrics"
    """Read the counters."""
