"""Judging records by the distinct values of the few fields that rules read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from narrowgate.model.actions import Action
from narrowgate.model.catalogue import Catalogue, Value
from narrowgate.model.decision import Judgement
from narrowgate.plan.plan import Plan, overriding_actions
from narrowgate.tables.checks import bad_columns

CLASS = "\0class"

Ask = Callable[[Sequence[Mapping[str, Value]]], list[Judgement]]
Key = tuple[str | None, ...]


@dataclass(frozen=True)
class Verdict:
    """What holds for all records of one class."""

    release: bool
    reasons: tuple[str, ...]
    overrides: Mapping[str, Action]


class Judge:
    """Gives each record the number of its class; records of one class have the same verdict.

    Policies are asked once for each distinct combination of values, a few hundred at a time, and never about a value
    that is missing or that the catalogue does not allow: such a record is withheld, whatever the rules say.

    Args:
        ask: judgements for records, in order.
    """

    def __init__(self, plan: Plan, catalogue: Catalogue, ask: Ask) -> None:
        self._plan, self._catalogue, self._ask = plan, catalogue, ask
        self._class_of: dict[Key, int] = {}
        self._numbers: dict[tuple[bool, tuple[str, ...], str], int] = {}
        self.verdicts: list[Verdict] = []
        self._lock = threading.Lock()

    def classify(self, frame: pl.DataFrame) -> tuple[pl.Series, dict[str, pl.Series]]:
        """The class of each record; and which cells of fields that rules read break the catalogue, where any does."""
        fields = list(self._plan.reads)
        if not fields:
            self._learn([()], [()])
            return pl.repeat(self._class_of[()], frame.height, dtype=pl.UInt32, eager=True).alias(CLASS), {}
        distinct = frame.select(fields).unique()
        bad = bad_columns(distinct, {field: self._catalogue[field] for field in fields})
        keys: list[Key] = distinct.rows()
        self._learn(keys, _faults(distinct, bad))
        classes = distinct.with_columns(pl.Series(CLASS, [self._class_of[key] for key in keys], dtype=pl.UInt32))
        joined = frame.select(fields).join(classes, on=fields, how="left", nulls_equal=True, maintain_order="left")
        return joined.get_column(CLASS), {
            field: frame[field].is_in(distinct[field].filter(cells).implode()).fill_null(False)
            for field, cells in bad.items()
        }

    @property
    def size(self) -> int:
        """How many combinations have been judged."""
        return len(self._class_of)

    def overriding(self, field: str) -> Mapping[Action, list[int]]:
        """The actions that records' own rules give ``field``, each with the classes that it is for."""
        found: dict[Action, list[int]] = {}
        for number, verdict in enumerate(self.verdicts):
            if (action := verdict.overrides.get(field)) is not None:
                found.setdefault(action, []).append(number)
        return found

    def verdict_on(self, records: Sequence[Mapping[str, str | None]]) -> list[Verdict]:
        """The verdict on each of a few records, given as text."""
        schema = dict.fromkeys(self._plan.fields_used(), pl.String)
        rows = [{field: record.get(field) for field in schema} for record in records]
        classes, _ = self.classify(pl.DataFrame(rows, schema=schema))
        return [self.verdicts[number] for number in classes]

    def _learn(self, keys: Sequence[Key], faults: Sequence[tuple[str, ...]]) -> None:
        """Find the class of each of ``keys`` that has none yet."""
        with self._lock:
            new = [(key, fault) for key, fault in zip(keys, faults, strict=True) if key not in self._class_of]
            sound = [key for key, fault in new if not fault]
            judged = dict(zip(sound, self._ask([self._record(key) for key in sound]), strict=True)) if sound else {}
            for key, fault in new:
                judgement = judged.get(key) or Judgement(release=False, reasons=fault, override={})
                self._class_of[key] = self._number(judgement)

    def _record(self, key: Key) -> dict[str, Value]:
        return {
            field: self._catalogue[field].value(text)
            for field, text in zip(self._plan.reads, key, strict=True)
            if text is not None
        }

    def _number(self, judgement: Judgement) -> int:
        overrides = overriding_actions(self._plan, judgement, self._catalogue)
        likeness = judgement.release, judgement.reasons, repr(sorted(overrides.items()))
        if likeness not in self._numbers:
            self._numbers[likeness] = len(self.verdicts)
            self.verdicts.append(Verdict(judgement.release, judgement.reasons, overrides))
        return self._numbers[likeness]


def _faults(distinct: pl.DataFrame, bad: Mapping[str, pl.Series]) -> list[tuple[str, ...]]:
    """For each combination, why it cannot be judged; nothing where it can."""
    faults: list[list[str]] = [[] for _ in range(distinct.height)]
    for field in distinct.columns:
        for row in distinct.get_column(field).is_null().arg_true():
            faults[row].append(f"{field} is missing")
        for row in bad[field].arg_true() if field in bad else ():
            faults[row].append(f"{field} is not what the catalogue allows")
    return [tuple(each) for each in faults]
