"""What a channel is."""

from __future__ import annotations

from dataclasses import dataclass

from narrowgate.model.inspection import Finding, Severity


@dataclass(frozen=True)
class Channel:
    """A way for a file to hold what it does not show.

    Args:
        name: in reports, ``hidden_sheet``.
        title: what it is, in a few words, plural where there may be several.
        unit: singular noun for what is counted.
        severity: of one that holds something.
        remedy: what a person does about it.
        hides_cells: whether these are cells that a reader might take for the table's. The gate refuses or leaves out.
        unsound: whether readers may disagree about what such a file holds. The gate refuses it.
    """

    name: str
    title: str
    unit: str
    severity: Severity
    remedy: str
    hides_cells: bool = False
    unsound: bool = False

    def found(self, where: str, count: int = 1, holds: int | None = None, first: str = "") -> Finding:
        """A finding of ``count`` of these at ``where``.

        Args:
            where: the part, sheet by number, rows or bytes: never a name that somebody gave.
            holds: how many values stand in them, where that is another number. None at all is of low severity.
            first: which is the first, where they can be told apart: ``row 9``.
        """
        return Finding(
            channel=self.name,
            title=self.title,
            where=where,
            first=first,
            count=count,
            unit=self.unit,
            holds=holds,
            severity="low" if holds == 0 else self.severity,
            hides_cells=self.hides_cells and holds != 0,
            unsound=self.unsound,
            remedy=self.remedy,
        )
