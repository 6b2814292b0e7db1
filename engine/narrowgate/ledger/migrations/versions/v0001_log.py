"""The log, and what is drawn from it; rows that neither change nor go."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEYS: dict[str, tuple[str, ...]] = {
    "ledger": ("only",),
    "entries": ("number",),
    "nodes": ("level, number",),
    "checkpoints": ("size",),
    "shapes": ("number", "forms"),
    "releases": ("entry",),
    "flows": ("number", "supplier, purpose, fields"),
    "disclosures": ("entry, part",),
    "spans": ("flow, number",),
    "commitments": ("first",),
    "policies": ("digest",),
    "attestations": ("entry",),
    "subjects": ("number",),
}
"""What no two rows of a table have in common."""


def upgrade() -> None:
    """Make the tables and the triggers that guard them."""
    _log()
    _drawn_from_it()
    _people()
    guard = {"sqlite": _guard_sqlite, "postgresql": _guard_postgresql}[op.get_bind().dialect.name]
    for table in _KEYS:
        guard(table, "UPDATE", *(["DELETE"] if table != "subjects" else []))


def _key(name: str, kind: sa.types.TypeEngine[int] = _NUMBER) -> sa.Column[int]:
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


def _log() -> None:
    op.create_table(
        "ledger",
        sa.Column("only", sa.Integer, primary_key=True),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("verifier", sa.Text, nullable=False),
        sa.Column("subject_check", sa.Text, nullable=False),
    )
    op.create_table(
        "entries",
        _key("number"),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("supplier", sa.Text),
        sa.Column("purpose", sa.Text),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_index("entries_supplier", "entries", ["supplier"])
    op.create_index("entries_kind", "entries", ["kind", "number"])
    op.create_table(
        "nodes",
        _key("level", sa.Integer()),
        _key("number"),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table("checkpoints", _key("size"))
    op.create_index("nodes_hash", "nodes", ["hash"])


def _drawn_from_it() -> None:
    op.create_table(
        "shapes",
        _key("number", sa.Integer()),
        sa.Column("forms", sa.Text, nullable=False),
        sa.UniqueConstraint("forms"),
    )
    op.create_table(
        "releases",
        _key("entry"),
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("agreement", sa.Text, nullable=False),
        sa.Column("requested_on", sa.Date, nullable=False),
        sa.Column("entered_on", sa.Date, nullable=False),
        sa.Column("delete_by", sa.Date, nullable=False),
        sa.Column("shape", sa.Integer, sa.ForeignKey("shapes.number"), nullable=False),
        sa.Column("records", _NUMBER, nullable=False),
        sa.Column("unidentified", _NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["entries.number"]),
    )
    op.create_index("releases_supplier", "releases", ["supplier", "purpose"])
    op.create_table(
        "flows",
        _key("number", sa.Integer()),
        sa.Column("supplier", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
        sa.UniqueConstraint("supplier", "purpose", "fields"),
    )
    op.create_table(
        "disclosures",
        _key("entry"),
        _key("part", sa.Integer()),
        sa.Column("flow", sa.Integer, sa.ForeignKey("flows.number"), nullable=False),
        sa.Column("people", _NUMBER, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("base_entry", _NUMBER),
        sa.Column("base_part", sa.Integer),
        sa.Column("bitmap", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["releases.entry"]),
        sa.ForeignKeyConstraint(["base_entry", "base_part"], ["disclosures.entry", "disclosures.part"]),
    )
    op.create_index("disclosures_flow", "disclosures", ["flow", "entry"])
    op.create_table(
        "spans",
        sa.Column("flow", sa.Integer, sa.ForeignKey("flows.number"), primary_key=True, autoincrement=False),
        _key("number", sa.Integer()),
        sa.Column("first", _NUMBER, nullable=False),
        sa.Column("last", _NUMBER, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("anyone", sa.LargeBinary, nullable=False),
        sa.Column("everyone", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "policies", sa.Column("digest", sa.Text, primary_key=True), sa.Column("bundle", sa.LargeBinary, nullable=False)
    )
    op.create_table(
        "attestations",
        _key("entry"),
        sa.Column("release", _NUMBER, nullable=False),
        sa.Column("deleted_on", sa.Date, nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["entries.number"]),
        sa.ForeignKeyConstraint(["release"], ["releases.entry"]),
    )
    op.create_index("attestations_release", "attestations", ["release"])


def _people() -> None:
    op.create_table(
        "subjects",
        _key("number"),
        sa.Column("pseudonym", sa.LargeBinary, nullable=False),
        sa.Column("nonce", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "commitments",
        _key("first"),
        sa.Column("entry", _NUMBER, nullable=False),
        sa.Column("count", _NUMBER, nullable=False),
        sa.Column("hashes", sa.LargeBinary, nullable=False),
        sa.ForeignKeyConstraint(["entry"], ["entries.number"]),
    )


def _guard_sqlite(table: str, *actions: str) -> None:
    for action in actions:
        op.execute(
            f"CREATE TRIGGER {table}_no_{action.lower()} BEFORE {action} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        )
    # What INSERT OR REPLACE takes away, it takes without a word to other triggers.
    same = " OR ".join(f"({key}) = ({', '.join(f'NEW.{each}' for each in key.split(', '))})" for key in _KEYS[table])
    op.execute(
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) "  # noqa: S608
        f"BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
    )


def _guard_postgresql(table: str, *actions: str) -> None:
    op.execute(
        "CREATE OR REPLACE FUNCTION narrowgate_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$BEGIN RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'integrity_constraint_violation'; END$$"
    )
    events = " OR ".join((*actions, "TRUNCATE"))
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE {events} ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION narrowgate_append_only()"
    )
