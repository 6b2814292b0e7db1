"""The ledger's tables, alike in SQLite and PostgreSQL.

``entries`` and ``nodes`` are the log: canonical entries, compressed, and the Merkle tree over them. ``subjects`` says
who a number is, and is the one table from which rows may go. Everything else is drawn from entries so that questions
need not read them all, and ``narrowgate ledger verify`` holds it against them.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""An integer that is SQLite's own row number where it is a primary key."""

ledger = sa.Table(
    "ledger",
    metadata,
    sa.Column("only", sa.Integer, primary_key=True),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("verifier", sa.Text, nullable=False),
    sa.Column("subject_check", sa.Text, nullable=False),
)
"""One row: whose ledger it is, the public key of its checkpoints, and which secret its pseudonyms are made with."""

entries = sa.Table(
    "entries",
    metadata,
    sa.Column("number", Number, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("supplier", sa.Text),
    sa.Column("purpose", sa.Text),
    sa.Column("signature", sa.LargeBinary, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("key", sa.Text),
    sa.Index("entries_supplier", "supplier"),
    sa.Index("entries_kind", "kind", "number"),
    sa.Index("entries_key", "key", unique=True),
)
"""``key`` is that under which it was asked for, if any: what is asked again under it is entered once.

``signature`` is that of the checkpoint that ends with the entry. It is signed before it is committed; the file of
checkpoints has it a moment later."""

nodes = sa.Table(
    "nodes",
    metadata,
    sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", Number, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
# Not of leaves alone: what is particular to PostgreSQL has its dialect imported, by whoever uses SQLite too.
sa.Index("nodes_hash", nodes.c.hash)

checkpoints = sa.Table(
    "checkpoints",
    metadata,
    sa.Column("size", Number, primary_key=True, autoincrement=False),
)
"""Of how many entries the checkpoints are that were written into their file. Without it, one that was taken away could
not be told from one that a crash kept from being written."""

shapes = sa.Table(
    "shapes",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("forms", sa.Text, nullable=False),
    sa.UniqueConstraint("forms"),
)
"""In which forms columns left: canonical JSON, forms in words by field. Most releases share theirs with others."""

releases = sa.Table(
    "releases",
    metadata,
    sa.Column("entry", Number, sa.ForeignKey("entries.number"), primary_key=True, autoincrement=False),
    sa.Column("supplier", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("agreement", sa.Text, nullable=False),
    sa.Column("requested_on", sa.Date, nullable=False),
    sa.Column("entered_on", sa.Date, nullable=False),
    sa.Column("delete_by", sa.Date, nullable=False),
    sa.Column("shape", sa.Integer, sa.ForeignKey("shapes.number"), nullable=False),
    sa.Column("records", Number, nullable=False),
    sa.Column("unidentified", Number, nullable=False),
    sa.Index("releases_supplier", "supplier", "purpose"),
)
"""``requested_on`` is the day that the request names, ``entered_on`` the one on which it was entered."""

flows = sa.Table(
    "flows",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("supplier", sa.Text, nullable=False),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("fields", sa.Text, nullable=False),
    sa.UniqueConstraint("supplier", "purpose", "fields"),
)
"""Who has been given which fields (names with spaces between them) what for."""

disclosures = sa.Table(
    "disclosures",
    metadata,
    sa.Column("entry", Number, sa.ForeignKey("releases.entry"), primary_key=True, autoincrement=False),
    sa.Column("part", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("flow", sa.Integer, sa.ForeignKey("flows.number"), nullable=False),
    sa.Column("people", Number, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("base_entry", Number),
    sa.Column("base_part", sa.Integer),
    sa.Column("bitmap", sa.LargeBinary, nullable=False),
    sa.ForeignKeyConstraint(["base_entry", "base_part"], ["disclosures.entry", "disclosures.part"]),
    sa.Index("disclosures_flow", "flow", "entry"),
)
"""Whose data left: one set of subjects for each flow of a release (see ``sets``)."""

spans = sa.Table(
    "spans",
    metadata,
    sa.Column("flow", sa.Integer, sa.ForeignKey("flows.number"), primary_key=True, autoincrement=False),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("first", Number, nullable=False),
    sa.Column("last", Number, nullable=False),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("anyone", sa.LargeBinary, nullable=False),
    sa.Column("everyone", sa.LargeBinary, nullable=False),
)
"""Of so many sets of a flow in a row (``sets.SPAN``), from entry ``first`` to ``last``: who is in any of them, and who
in every one. So that whoever looks for a person need not look into most sets."""

subjects = sa.Table(
    "subjects",
    metadata,
    sa.Column("number", Number, primary_key=True, autoincrement=False),
    sa.Column("pseudonym", sa.LargeBinary, nullable=False),
    sa.Column("nonce", sa.LargeBinary, nullable=False),
)

commitments = sa.Table(
    "commitments",
    metadata,
    sa.Column("first", Number, primary_key=True, autoincrement=False),
    sa.Column("entry", Number, sa.ForeignKey("entries.number"), nullable=False),
    sa.Column("count", Number, nullable=False),
    sa.Column("hashes", sa.LargeBinary, nullable=False),
)
"""To who each number stands for, 32 bytes each, from ``first`` on. They stay when a subject is erased."""

policies = sa.Table(
    "policies",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("bundle", sa.LargeBinary, nullable=False),
)
"""The policies that decided, compressed, by the digest that entries name."""

attestations = sa.Table(
    "attestations",
    metadata,
    sa.Column("entry", Number, sa.ForeignKey("entries.number"), primary_key=True, autoincrement=False),
    sa.Column("release", Number, sa.ForeignKey("releases.entry"), nullable=False),
    sa.Column("deleted_on", sa.Date, nullable=False),
    sa.Index("attestations_release", "release"),
)

APPEND_ONLY = tuple(table.name for table in metadata.sorted_tables if table is not subjects)
"""Tables whose rows neither change nor go."""
