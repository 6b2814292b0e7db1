"""Folders that are watched: how they are, and what is remembered of a file that is being handled."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Literal

from pydantic import Field

from narrowgate.model.base import Document


class Pair(Document):
    """How the files of one supplier and purpose are read and written, where their names do not tell."""

    supplier: str
    purpose: str
    source: str | None = None
    """Mapping of the system's columns, by name."""
    read_as: str | None = Field(None, alias="from")
    """Format of the files. None: as their names say."""
    write_as: str | None = Field(None, alias="to")
    """Format of the releases. None: as the file, or xlsx where that is only read."""
    attributes: Mapping[str, str] = Field(default_factory=dict)
    """Attributes that the purpose declares."""
    encoding: str | None = None
    """Of CSV and TSV. None: utf-8, or the source's."""
    delimiter: str | None = None
    """Of CSV: one character, or ``tab``."""
    quote: str | None = None
    """Of CSV: one character, or ``none``."""
    sheet: str | None = None
    """Of a workbook, by name or number."""
    table: str | None = None
    """Where the table stands on its sheet, ``A3:F900``, or its name."""
    header_rows: int | None = Field(None, ge=1, le=5)
    """Rows of a sheet's header."""

    @property
    def dialect(self) -> dict[str, str | int | None]:
        """What is told of how the files are written."""
        return self.model_dump(include={"encoding", "delimiter", "quote", "sheet", "table", "header_rows"})


class Watching(Document):
    """``watch.yaml`` of a watched folder."""

    settle: float = Field(2.0, ge=0, le=3600)
    """Seconds that a file has to stay as it is before it is taken for complete."""
    interval: float = Field(1.0, gt=0, le=3600)
    """Seconds between two looks."""
    keep_done: bool = False
    """Whether exports that have been released are kept, in ``done/``. Otherwise they are deleted."""
    pairs: tuple[Pair, ...] = ()
    """Suppliers and purposes of whose files more is to be said than their names do."""

    def pair(self, supplier: str, purpose: str) -> Pair:
        """What is said of the files of a supplier and purpose."""
        said = (each for each in self.pairs if (each.supplier, each.purpose) == (supplier, purpose))
        return next(said, Pair(supplier=supplier, purpose=purpose))


class State(Document):
    """What tells that a file has changed."""

    size: int
    mtime_ns: int


class Move(Document):
    """A file that is to be given its last name."""

    source: str
    """Relative to the claim's folder."""
    target: str
    """Relative to the watched folder."""


class Claim(Document):
    """A file that somebody has taken upon themselves to handle. What becomes of it is written down before it does."""

    id: str
    """Random: the same file dropped again is another claim."""
    supplier: str
    purpose: str
    name: str
    """What the file is called from now on."""
    on: date
    """Day of the request: that of the first try, whenever the next is."""
    state: State
    """Of the file when it was taken."""
    turn: int = 0
    """How often it had to be asked anew, as what had been answered could not be had again."""
    outcome: Literal["released", "refused"] | None = None
    """None: nothing is decided, or nobody knows yet."""
    moves: tuple[Move, ...] = ()
    """What is left to do then, in this order; those that are done have no source any more."""

    @property
    def drop(self) -> str:
        """Where the file was dropped, relative to the watched folder."""
        return f"in/{self.pair}/{self.name}"

    @property
    def pair(self) -> str:
        """The part of a path that tells supplier and purpose."""
        return f"{self.supplier}/{self.purpose}"

    @property
    def key(self) -> str:
        """Under which the export is entered, so that another try of this claim is no other release."""
        text = "\0".join(("narrowgate watch", self.id, str(self.turn), self.drop))
        return hashlib.sha256(text.encode()).hexdigest()
