"""From a plan and what was counted to a receipt."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

from narrowgate.model.receipt import (
    ColumnOutcome,
    Counts,
    EngineInfo,
    FileDigest,
    Owed,
    Pictures,
    PolicyRevision,
    Receipt,
    delete_by,
)
from narrowgate.model.request import Request
from narrowgate.plan.plan import Plan
from narrowgate.tables.export import Export
from narrowgate.tables.tally import Tally


def describe_release(
    request: Request,
    plan: Plan,
    export: Export,
    tally: Tally,
    policy: PolicyRevision,
    engine: EngineInfo,
    files: tuple[FileDigest, FileDigest],
) -> Receipt:
    """The sealed receipt of a release.

    Args:
        request: with its number of rows.
        files: the export as it was read, and the release.
    """
    return Receipt(
        released_at=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        request=request,
        policy=policy,
        engine=engine,
        constants=dict(export.binding.constants),
        columns=column_outcomes(plan, tally),
        unknown_columns=len(export.binding.unknown),
        records=count_records(tally),
        pictures=Pictures(**asdict(tally.pictures)) if tally.pictures else None,
        hidden=export.findings,
        input=files[0],
        release=files[1],
        obligations=Owed(
            agreement=plan.obligations.agreement,
            lawful_basis=plan.obligations.lawful_basis,
            delete_by=delete_by(request.on, plan.obligations.retention_days),
        ),
    ).sealed()


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
