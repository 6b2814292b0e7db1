"""A purpose that is checked and not yet written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from narrowgate.model.actions import Action
from narrowgate.model.agreement import Agreement, PurposeMeta, Supplier
from narrowgate.model.catalogue import Value


@dataclass(frozen=True)
class Draft:
    """All that a purpose's files say."""

    name: str
    meta: PurposeMeta
    agreement: Agreement
    new_supplier: Supplier | None
    """The profile of the agreement's supplier, where the policies do not know it yet."""
    permits: Mapping[str, Action]
    """Action by field, in the catalogue's order."""
    release: Mapping[str, tuple[Value, ...]]
    """A record leaves if each of these fields has one of its values."""
