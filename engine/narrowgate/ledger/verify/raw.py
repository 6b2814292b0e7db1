"""Reading rows that may hold anything: values as the driver gives them, since converting them may fail.

SQLite keeps a text where a number belongs if it is told to, and whoever edits the file may tell it so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from narrowgate.ledger.verify.findings import RESTORE, Findings

_LARGEST = 64 << 20
"""Bytes of a value. None that we ever wrote is near it."""
_AT_ONCE = 1000

Row = Mapping[str, Any]


def read(connection: sa.Connection, table: sa.Table, *where: sa.ColumnElement[bool]) -> Iterator[Row]:
    """The rows of ``table``, by its primary key; None in the place of an absurdly large value."""
    names = [column.name for column in table.columns]
    columns = [_raw(column, connection.dialect) for column in table.columns]
    query = sa.select(*columns).where(*where).order_by(*table.primary_key)
    for row in connection.execute(query, execution_options={"yield_per": _AT_ONCE}):
        yield dict(zip(names, row, strict=True))


def _raw(column: sa.Column[Any], dialect: sa.Dialect) -> sa.ColumnElement[Any]:
    value = sa.type_coerce(column, sa.types.NULLTYPE)
    if isinstance(column.type, sa.LargeBinary | sa.Text):
        return sa.case((sa.func.length(value) <= _LARGEST, value))
    if isinstance(column.type, sa.Date) and dialect.name != "sqlite":
        # SQLite keeps days as text; elsewhere there are some that Python has no date for.
        return sa.func.to_char(value, "YYYY-MM-DD")
    return value


@contextmanager
def lenient(connection: sa.Connection) -> Iterator[None]:
    """Have SQLite give text that is none as something else, instead of giving up."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name != "sqlite":
        yield
        return
    usual = driver.text_factory
    driver.text_factory = partial(str, encoding="utf-8", errors="replace")
    try:
        yield
    finally:
        driver.text_factory = usual


def counted(connection: sa.Connection, table: sa.Table) -> int:
    """How many rows there are."""
    return int(connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0)


@contextmanager
def surviving(connection: sa.Connection, findings: Findings, what: str) -> Iterator[None]:
    """Turn what the database cannot read into a finding; the rest is verified all the same."""
    try:
        with connection.begin_nested():
            yield
    except DBAPIError as error:
        findings.add("database", f"{what} cannot be read ({type(error.orig).__name__})", remedy=RESTORE)
