"""What both databases have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from narrowgate.errors import LedgerError

_MIGRATIONS = Path(__file__).parents[1] / "migrations"


class SqlStore:
    """A store over SQLAlchemy.

    Args:
        engine: hides parameters, so that no error shows any.
        name: how people are told which one.
    """

    def __init__(self, engine: sa.Engine, name: str) -> None:
        self._engine, self.name = engine, name

    def version(self) -> str | None:
        """See ``Store.version``."""
        with self._connected() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return None
            found: str | None = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return found

    def create(self, fill: Callable[[sa.Connection], None] = lambda _: None) -> None:
        """See ``Store.create``."""
        from alembic import command
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
        with self.writing() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            fill(connection)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """See ``Store.reading``."""
        with self._connected() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self, *, lasting: bool = True) -> Iterator[sa.Connection]:
        """See ``Store.writing``."""
        with self._connected(writing=True, lasting=lasting) as connection, connection.begin():
            self._take_turns(connection, lasting=lasting)
            yield connection

    def close(self) -> None:
        """See ``Store.close``."""
        self._engine.dispose()

    def _take_turns(self, connection: sa.Connection, *, lasting: bool) -> None:
        """Wait until no other writer is at work, where beginning a transaction does not do so."""

    def _options(self, *, writing: bool, lasting: bool) -> dict[str, Any]:
        """How a connection is to behave."""
        return {"writing": writing, "lasting": lasting}

    def _remedy(self, error: DBAPIError) -> tuple[str, str]:
        """What went wrong, and what to do, in words that show nothing of the ledger."""
        raise NotImplementedError

    @contextmanager
    def _connected(self, *, writing: bool = False, lasting: bool = True) -> Iterator[sa.Connection]:
        try:
            with self._engine.connect().execution_options(
                **self._options(writing=writing, lasting=lasting)
            ) as connection:
                yield connection
        except DBAPIError as error:
            what, remedy = self._remedy(error)
            raise LedgerError(f"the ledger {self.name} {what}", remedy) from error
        except SQLAlchemyError as error:
            raise LedgerError(
                f"the ledger {self.name} cannot be used ({type(error).__name__})", "run: narrowgate ledger verify"
            ) from error
