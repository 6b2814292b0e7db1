"""From a plan and what was counted to an entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from narrowgate.model.decision import Decision
from narrowgate.model.entry import (
    ColumnOutcome,
    Counts,
    EngineInfo,
    FileDigest,
    Owed,
    Pictures,
    PolicyRevision,
    RefusalEntry,
    ReleaseEntry,
    delete_by,
)
from narrowgate.model.history import Windows
from narrowgate.model.inspection import Finding
from narrowgate.model.request import Request
from narrowgate.plan.plan import Plan
from narrowgate.tables.mapping import Binding
from narrowgate.tables.tally import Tally

_NOT_YET = ""
"""The time of an entry that the ledger has not taken yet."""


@dataclass(frozen=True)
class Asked:
    """What was asked, of whom, and the answer: what an entry says of either outcome."""

    request: Request
    history: dict[str, Windows]
    policy: PolicyRevision
    engine: EngineInfo
    decision: Decision | None = None
    key: str | None = None
    """Under which it was asked."""


class Describer:
    """Describes releases by one plan.

    Args:
        binding: of the exports' columns.
    """

    def __init__(self, plan: Plan, binding: Binding) -> None:
        self._plan, self._binding = plan, binding
        self._uncounted = column_outcomes(plan, Tally())

    def release(
        self, asked: Asked, tally: Tally, files: tuple[FileDigest, FileDigest], hidden: tuple[Finding, ...] = ()
    ) -> ReleaseEntry:
        """The entry of a release, but for its time, what follows from that, and its subjects, which the ledger adds.

        Args:
            asked: with the request's number of rows, and the decision.
            files: the export as it was read, and the release.
            hidden: what the export hid.
        """
        assert asked.decision is not None
        plan, told = self._plan, (tally.bad, tally.leaks, tally.overridden, tally.formulas)
        return ReleaseEntry(
            at=_NOT_YET,
            key=asked.key,
            request=asked.request,
            history=asked.history,
            policy=asked.policy,
            engine=asked.engine,
            decision=asked.decision,
            constants=dict(self._binding.constants),
            columns=column_outcomes(plan, tally) if any(told) else self._uncounted,
            unknown_columns=len(self._binding.unknown),
            records=count_records(tally),
            pictures=Pictures(**asdict(tally.pictures)) if tally.pictures else None,
            hidden=hidden,
            input=files[0],
            release=files[1],
            obligations=Owed(
                agreement=plan.obligations.agreement,
                lawful_basis=plan.obligations.lawful_basis,
                delete_by=delete_by(asked.request.on, date.max, plan.obligations.retention_days),
            ),
            subjects=(),
            unidentified=tally.subjects.unidentified,
        )


def describe_refusal(asked: Asked, reasons: Sequence[str], export: FileDigest) -> RefusalEntry:
    """The entry of a refusal, but for its time."""
    return RefusalEntry(
        at=_NOT_YET,
        key=asked.key,
        request=asked.request,
        history=asked.history,
        policy=asked.policy,
        engine=asked.engine,
        decision=asked.decision,
        reasons=tuple(reasons),
        input=export,
    )


def column_outcomes(plan: Plan, tally: Tally) -> tuple[ColumnOutcome, ...]:
    """What became of each column: first those that leave, in the release's order."""
    left = [
        ColumnOutcome(
            field=column.field,
            name=column.name,
            action=column.action.model_dump(exclude_none=True),
            reason=column.reason,
            rules=column.rules,
            bad_cells=tally.bad[column.field],
            leaks={of: count for (field, of), count in sorted(tally.leaks.items()) if field == column.field},
            overrides={
                form: count for (field, form), count in sorted(tally.overridden.items()) if field == column.field
            },
            formulas=tally.formulas[column.field],
        )
        for column in plan.columns
    ]
    stayed = [
        ColumnOutcome(
            field=column.field, name=None, action={"action": "drop"}, reason=column.reason, rules=column.rules
        )
        for column in plan.withheld
    ]
    return (*left, *stayed)


def count_records(tally: Tally) -> Counts:
    """Records in and out."""
    return Counts(
        read=tally.read,
        released=tally.released,
        withheld=tally.read - tally.released,
        reasons=dict(sorted(tally.reasons.items())),
        bad_cells=dict(sorted(tally.judged_bad.items())),
    )
