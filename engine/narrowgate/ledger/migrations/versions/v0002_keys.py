"""The key under which an entry was asked for, so that what is asked again is entered once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column; no two entries have one key."""
    op.add_column("entries", sa.Column("key", sa.Text))
    op.create_index("entries_key", "entries", ["key"], unique=True)
    if op.get_bind().dialect.name == "sqlite":
        # What INSERT OR REPLACE takes away for a key's sake, it takes without a word to other triggers.
        op.execute(
            "CREATE TRIGGER entries_no_replaced_key BEFORE INSERT ON entries "
            "WHEN EXISTS (SELECT 1 FROM entries WHERE key = NEW.key) "
            "BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        )
