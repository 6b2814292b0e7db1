"""Everything that somebody could do to a ledger's file, done to it, and found."""

from __future__ import annotations

import random
import shutil
import sqlite3
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from narrowgate.errors import LedgerError
from narrowgate.ledger.checkpoints import CheckpointLog
from narrowgate.ledger.notes import Signer, sign
from narrowgate.ledger.open import open_ledger
from narrowgate.ledger.schema import metadata
from narrowgate.ledger.sets import digest_of
from narrowgate.model.receipt import Receipt
from support.attacker import Victim, body_of, finding, put_body, rebuild_tree, remove, renumber, told
from support.gates import ledger_in
from support.ledgers import BUNDLE, FIELDS, enter_release, ledger_with_nothing, varied_ledger

Edit = Callable[[sqlite3.Connection], object]
ENTRIES = 16
COLUMNS = [(table.name, column.name) for table in metadata.sorted_tables for column in table.columns]
"""Of every table."""


pytestmark = pytest.mark.usefixtures("short_spans")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory, short_spans: None) -> Victim:
    folder = tmp_path_factory.mktemp("original")
    return Victim.of(varied_ledger(folder), folder)


@pytest.fixture
def victim(original: Victim, tmp_path: Path) -> Victim:
    return original.copy(tmp_path / "ledger")


def test_an_untouched_ledger_is_sound(victim: Victim) -> None:
    report = victim.verified()
    assert told(report) == []
    assert report.sound
    assert (report.entries, report.checkpoints, report.subjects) == (ENTRIES, ENTRIES, 410)


def test_taking_the_guards_away_and_putting_them_back_shows_nothing(victim: Victim) -> None:
    with victim.edited():
        pass
    assert told(victim.verified()) == []


# One entry, with the tree as it was and with one that fits.


def change_count(connection: sqlite3.Connection) -> None:
    body = body_of(connection, 5)
    body["unidentified"] += 1
    put_body(connection, 5, body)
    connection.execute("UPDATE releases SET unidentified = unidentified + 1 WHERE entry = 5")


def replace_refusal(connection: sqlite3.Connection) -> None:
    body = body_of(connection, 4)
    body["request"]["supplier"], body["reasons"] = "tailor", ["there was no need"]
    put_body(connection, 4, body)
    connection.execute("UPDATE entries SET supplier = 'tailor' WHERE number = 4")


@pytest.mark.parametrize(("edit", "number"), [(change_count, 5), (replace_refusal, 4)])
def test_an_edited_body(victim: Victim, edit: Edit, number: int) -> None:
    with victim.edited() as connection:
        edit(connection)
    assert told(victim.verified()) == [("entries", number, number)]


@pytest.mark.parametrize(("edit", "number"), [(change_count, 5), (replace_refusal, 4)])
def test_an_edited_body_with_a_tree_that_fits(victim: Victim, edit: Edit, number: int) -> None:
    with victim.edited() as connection:
        edit(connection)
        rebuild_tree(connection)
    assert told(victim.verified()) == [("checkpoints", number, number)]


def test_two_edited_bodies(victim: Victim) -> None:
    with victim.edited() as connection:
        change_count(connection)
        replace_refusal(connection)
    assert told(victim.verified()) == [("entries", 4, 5)]


def test_an_edited_body_whose_leaf_fits_and_nothing_above(victim: Victim) -> None:
    with victim.edited() as connection:
        before = connection.execute("SELECT * FROM nodes WHERE level > 0").fetchall()
        change_count(connection)
        rebuild_tree(connection)
        connection.execute("DELETE FROM nodes WHERE level > 0")
        connection.executemany("INSERT INTO nodes VALUES (?, ?, ?)", before)
    assert told(victim.verified()) == [("checkpoints", 5, 5), ("tree", 4, 5)]


# Entries taken away, added and moved.


def test_a_deleted_entry(victim: Victim) -> None:
    with victim.edited() as connection:
        remove(connection, 4)
    assert told(victim.verified()) == [("entries", 4, 4)]


def test_a_deleted_entry_with_the_gap_closed(victim: Victim) -> None:
    with victim.edited() as connection:
        remove(connection, 4)
        for number in range(5, ENTRIES):
            renumber(connection, number, number - 1)
    assert ("entries", 4, ENTRIES - 2) in told(victim.verified())


def test_a_deleted_entry_with_the_gap_closed_and_a_tree_that_fits(victim: Victim) -> None:
    with victim.edited() as connection:
        remove(connection, 4)
        for number in range(5, ENTRIES):
            renumber(connection, number, number - 1)
        rebuild_tree(connection)
    report = victim.verified()
    finding(report, "checkpoints", 4, 4)
    finding(report, "checkpoints", ENTRIES - 1, ENTRIES - 1)


def test_an_inserted_entry(victim: Victim) -> None:
    with victim.edited() as connection:
        for number in range(ENTRIES - 1, 4, -1):
            renumber(connection, number, number + 1)
        columns = "kind, at, supplier, purpose, signature, body"
        connection.execute(f"INSERT INTO entries SELECT 5, {columns}, NULL FROM entries WHERE number = 4")
        rebuild_tree(connection)
    report = victim.verified()
    finding(report, "checkpoints", 5, 5)
    finding(report, "checkpoints", ENTRIES, ENTRIES)


def test_an_entry_added_at_the_end(victim: Victim) -> None:
    with victim.edited() as connection:
        columns = "kind, at, supplier, purpose, signature, body"
        connection.execute(f"INSERT INTO entries SELECT {ENTRIES}, {columns}, NULL FROM entries WHERE number = 4")
        rebuild_tree(connection)
    assert told(victim.verified()) == [("checkpoints", ENTRIES, ENTRIES)]


def swap(connection: sqlite3.Connection, one: int = 7, other: int = 9) -> None:
    for old, new in ((one, 1000), (other, one), (1000, other)):
        renumber(connection, old, new)


def test_reordered_entries(victim: Victim) -> None:
    with victim.edited() as connection:
        swap(connection)
    report = victim.verified()
    assert "was entered as entry 9" in finding(report, "entries", 7, 7).message
    assert "was entered as entry 7" in finding(report, "entries", 9, 9).message


def test_reordered_entries_with_a_tree_that_fits(victim: Victim) -> None:
    with victim.edited() as connection:
        swap(connection)
        rebuild_tree(connection)
    finding(victim.verified(), "checkpoints", 7, 7)


def test_a_truncated_tail(victim: Victim) -> None:
    with victim.edited() as connection:
        for number in (15, 14, 13):
            remove(connection, number)
        rebuild_tree(connection)
    assert "entries 13 to 15 are gone" in finding(victim.verified(), "checkpoints", 13, 15).message


def test_nothing_left_at_all(victim: Victim) -> None:
    with victim.edited() as connection:
        for table in (
            "attestations",
            "commitments",
            "disclosures",
            "flows",
            "releases",
            "shapes",
            "spans",
            "nodes",
            "subjects",
        ):
            connection.execute(f"DELETE FROM {table}")
        connection.execute("DELETE FROM policies")
        connection.execute("DELETE FROM entries")
    assert told(victim.verified()) == [("checkpoints", 0, ENTRIES - 1)]


def test_an_entry_with_another_number(victim: Victim) -> None:
    with victim.edited() as connection:
        connection.execute("UPDATE entries SET number = ? WHERE number = 4", (1 << 60,))
    report = victim.verified()
    finding(report, "entries", 4, 4)
    finding(report, "entries", 1 << 60, 1 << 60)


# Whole copies of a ledger.


def later(victim: Victim, people: range) -> Receipt:
    """Enter one more release; returns its receipt."""
    ledger = open_ledger(ledger_in(victim.folder), lambda _: None)
    try:
        return enter_release(ledger, {FIELDS: people})
    finally:
        ledger.store.close()


def test_an_old_copy_put_back(victim: Victim, tmp_path: Path) -> None:
    backup = victim.copy(tmp_path / "backup")
    later(victim, range(20))
    assert told(victim.verified()) == []
    shutil.copy(backup.database, victim.database)
    assert told(victim.verified()) == [("checkpoints", ENTRIES, ENTRIES)]


def test_an_old_copy_put_back_together_with_its_checkpoints(victim: Victim, tmp_path: Path) -> None:
    backup = victim.copy(tmp_path / "backup")
    receipt = later(victim, range(20))
    assert told(backup.verified()) == []
    assert told(backup.verified(receipt)) == [("evidence", ENTRIES, ENTRIES)]
    assert told(backup.verified(receipt.checkpoint)) == [("evidence", ENTRIES, ENTRIES)]


def test_a_forked_ledger(victim: Victim, tmp_path: Path) -> None:
    other = victim.copy(tmp_path / "other")
    receipt = later(victim, range(20))
    later(other, range(30))
    assert told(victim.verified(receipt)) == []
    shutil.copy(other.database, victim.database)
    # It is neither the entry nor the signature of the checkpoint that is in the file.
    assert told(victim.verified()) == [("checkpoints", ENTRIES, ENTRIES)] * 2
    report = other.verified(receipt)
    assert finding(report, "evidence", ENTRIES, ENTRIES)
    assert ("evidence", 0, ENTRIES) in told(report)


def test_checkpoints_of_a_fork(victim: Victim, tmp_path: Path) -> None:
    other = victim.copy(tmp_path / "other")
    receipt = later(other, range(30))
    later(victim, range(20))
    CheckpointLog(victim.log).append(receipt.checkpoint)
    assert "forked" in finding(victim.verified(), "checkpoints", 0, ENTRIES).message


def test_another_ledger_in_its_place(victim: Victim, tmp_path: Path) -> None:
    folder = tmp_path / "forged"
    forged = Victim.of(varied_ledger(folder), folder)
    shutil.copy(forged.database, victim.database)
    report = victim.verified()
    finding(report, "identity", None, None)
    finding(report, "checkpoints", 0, 0)
    shutil.copy(forged.log, victim.log)
    report = victim.verified()
    assert "is not signed by" in finding(report, "checkpoints", 0, 0).message
    finding(report, "checkpoints", 0, ENTRIES - 1)


# The checkpoints themselves.


def notes(victim: Victim) -> list[str]:
    return list(CheckpointLog(victim.log).all())


def write_log(victim: Victim, texts: list[str]) -> None:
    victim.log.unlink()
    for text in texts:
        CheckpointLog(victim.log).append(text)


def test_a_log_of_checkpoints_cut_off(victim: Victim) -> None:
    write_log(victim, notes(victim)[:-3])
    assert told(victim.verified()) == [("checkpoints", 13, 15)]


def test_a_log_of_checkpoints_that_lacks_the_last_one(victim: Victim) -> None:
    write_log(victim, notes(victim)[:-1])
    report = victim.verified()
    assert told(report) == [("checkpoints", 15, 15)]
    assert "rolled back" in report.findings[0].message


def test_no_log_of_checkpoints(victim: Victim) -> None:
    victim.log.unlink()
    assert told(victim.verified()) == [("checkpoints", 0, ENTRIES - 1)]


def test_a_re_signed_checkpoint(victim: Victim) -> None:
    attacker, texts = Signer.generate(victim.verifier.name), notes(victim)
    texts[6] = sign(texts[6].partition("\n\n")[0] + "\n", attacker)
    write_log(victim, texts)
    assert told(victim.verified()) == [("checkpoints", 6, 6)]


def test_a_checkpoint_of_other_entries_under_an_old_signature(victim: Victim) -> None:
    texts = notes(victim)
    texts[6] = texts[5].partition("\n\n")[0] + "\n\n" + texts[6].partition("\n\n")[2]
    write_log(victim, texts)
    # One is not signed, and another is not there any more.
    assert [each[0] for each in told(victim.verified())] == ["checkpoints"] * 2


def test_a_log_with_garbage_in_it(victim: Victim) -> None:
    text = victim.log.read_bytes()
    victim.log.write_bytes(text[:500] + b"\xff\x00 garbage \n\n\n" + text[500:])
    assert "checkpoints" in {check for check, _, _ in told(victim.verified())}


def test_checkpoints_that_go_back(tmp_path: Path) -> None:
    folder = tmp_path / "long"
    ledger = ledger_with_nothing(folder)
    for _ in range(80):
        enter_release(ledger, {FIELDS: range(3)})
    long = Victim.of(ledger, folder)
    texts = notes(long)
    write_log(long, [*texts[:70], texts[72], texts[71], *texts[73:], texts[70]])
    assert told(long.verified()) == []
    CheckpointLog(long.log).append(texts[9])
    assert told(long.verified()) == [("checkpoints", 10, 79)]


def test_evidence_that_proves_nothing(victim: Victim, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    other = Victim.of(varied_ledger(folder), folder)
    receipt = later(other, range(20))
    assert told(victim.verified(receipt)) == [("evidence", ENTRIES, ENTRIES)]
    assert told(victim.verified(receipt.checkpoint)) == [("evidence", ENTRIES, ENTRIES)]


def test_an_edited_entry_whose_receipt_is_there(victim: Victim) -> None:
    receipt = later(victim, range(20))
    with victim.edited() as connection:
        body = body_of(connection, ENTRIES)
        body["release"]["sha256"] = "9" * 64
        put_body(connection, ENTRIES, body)
        rebuild_tree(connection)
    write_log(victim, notes(victim)[:-1])
    assert finding(victim.verified(receipt), "evidence", ENTRIES, ENTRIES)


# Who the numbers stand for.


@pytest.mark.parametrize("columns", [("pseudonym",), ("pseudonym", "nonce"), ("nonce",)])
def test_a_swapped_mapping(victim: Victim, columns: tuple[str, ...]) -> None:
    with victim.edited() as connection:
        for column in columns:
            query = f"SELECT {column} FROM subjects WHERE number = ?"
            one, other = (connection.execute(query, (number,)).fetchone()[0] for number in (3, 404))
            connection.execute(f"UPDATE subjects SET {column} = ? WHERE number = 3", (other,))
            connection.execute(f"UPDATE subjects SET {column} = ? WHERE number = 404", (one,))
    report = victim.verified()
    assert told(report) == [("subjects", 0, 0), ("subjects", 7, 7)]
    if columns == ("pseudonym",):
        assert "subject 3 was made to be who subject 404 is" in finding(report, "subjects", 0, 0).message


def test_numbers_of_two_people_exchanged(victim: Victim) -> None:
    with victim.edited() as connection:
        for old, new in ((3, 10_000), (404, 3), (10_000, 404)):
            connection.execute("UPDATE subjects SET number = ? WHERE number = ?", (new, old))
    report = victim.verified()
    assert "subject 3 was made to be who subject 404 is" in finding(report, "subjects", 0, 0).message
    assert "subject 404 was made to be who subject 3 is" in finding(report, "subjects", 7, 7).message


def test_people_forgotten_on_the_quiet(victim: Victim) -> None:
    with victim.edited() as connection:
        connection.execute("DELETE FROM subjects WHERE number BETWEEN 3 AND 5")
    report = victim.verified()
    assert told(report) == [("subjects", 0, 0)]
    assert "subjects 3 to 5 are gone" in report.findings[0].message


def test_somebody_who_was_erased_and_is_back(victim: Victim) -> None:
    with victim.edited() as connection:
        there = {number for (number,) in connection.execute("SELECT number FROM subjects")}
        (erased,) = set(range(411)) - there
        connection.execute("INSERT INTO subjects VALUES (?, ?, ?)", (erased, b"p" * 16, b"n" * 16))
    assert any("was erased" in each.message for each in victim.verified().findings)


def test_somebody_whom_no_entry_brought_in(victim: Victim) -> None:
    with victim.edited() as connection:
        connection.execute("INSERT INTO subjects VALUES (411, ?, ?)", (b"p" * 16, b"n" * 16))
    assert told(victim.verified()) == [("subjects", None, None)]


# Sets, and what else is drawn from entries.


def flipped(value: bytes, place: int) -> bytes:
    return value[:place] + bytes([value[place] ^ 1]) + value[place + 1 :]


@pytest.mark.parametrize(("entry", "part"), [(1, 0), (2, 0), (11, 1)])
def test_a_corrupt_set(victim: Victim, entry: int, part: int) -> None:
    where = f"WHERE entry = {entry} AND part = {part}"
    with victim.edited() as connection:
        (bitmap,) = connection.execute(f"SELECT bitmap FROM disclosures {where}").fetchone()
    for place in range(0, len(bitmap), 30):
        with victim.edited() as connection:
            connection.execute(f"UPDATE disclosures SET bitmap = ? {where}", (flipped(bitmap, place),))
        # Sets that differ from it are not blamed.
        assert told(victim.verified()) == [("sets", entry, entry)]


def test_a_set_with_a_digest_that_fits(victim: Victim) -> None:
    with victim.edited() as connection:
        bitmap = connection.execute("SELECT bitmap FROM disclosures WHERE entry = 0").fetchone()[0]
        digest = digest_of(bitmap, None)
        connection.execute("UPDATE disclosures SET bitmap = ?, digest = ? WHERE entry = 1", (bitmap, digest))
    assert {(check, first) for check, first, _ in told(victim.verified())} == {("sets", 1)}


def test_a_set_taken_away(victim: Victim) -> None:
    with victim.edited() as connection:
        connection.execute("DELETE FROM disclosures WHERE entry = 13 AND part = 1")
    assert told(victim.verified()) == [("sets", 13, 13), ("spans", None, None)]


def test_a_set_too_many(victim: Victim) -> None:
    with victim.edited() as connection:
        columns = "flow, people, digest, base_entry, base_part, bitmap"
        connection.execute(f"INSERT INTO disclosures SELECT 13, 2, {columns} FROM disclosures WHERE entry = 0")
    assert told(victim.verified()) == [("sets", 13, 13)]


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        ("UPDATE releases SET delete_by = '2030-01-01' WHERE entry = 5", ("releases", 5, 5)),
        ("DELETE FROM releases WHERE entry = 5", ("releases", 5, 5)),
        ("DELETE FROM attestations WHERE entry = 6", ("attestations", 6, 6)),
        ("INSERT INTO attestations VALUES (4, 5, '2026-06-09')", ("attestations", 4, 4)),
        ("UPDATE attestations SET release = 5 WHERE entry = 6", ("attestations", 6, 6)),
        ("UPDATE attestations SET deleted_on = '2026-06-02' WHERE entry = 6", ("attestations", 6, 6)),
        ("UPDATE entries SET kind = 'release' WHERE number = 4", ("entries", 4, 4)),
        ("INSERT INTO flows VALUES (99, 'tailor', 'uniform', 'surname')", ("flows", None, None)),
        ("UPDATE flows SET fields = 'surname' WHERE number = 2", ("sets", 1, 1)),
        (f"DELETE FROM policies WHERE digest = '{BUNDLE.digest}'", ("policies", 0, 0)),
        ("DELETE FROM commitments WHERE first = 0", ("commitments", 0, 0)),
    ],
)
def test_what_is_drawn_from_entries(victim: Victim, edit: str, expected: tuple[str, int, int]) -> None:
    with victim.edited() as connection:
        assert connection.execute(edit).rowcount == 1
    assert expected in told(victim.verified())


# The database as such.


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TRIGGER entries_no_update",
        "DROP INDEX disclosures_flow",
        "CREATE TRIGGER subjects_quietly AFTER INSERT ON entries BEGIN DELETE FROM subjects; END",
        "CREATE VIEW other AS SELECT 1",
    ],
)
def test_guards_taken_away_or_put_in(victim: Victim, statement: str) -> None:
    with sqlite3.connect(victim.database) as connection:
        connection.execute(statement)
    connection.close()
    assert told(victim.verified()) == [("database", None, None)]


def test_a_release_hidden_from_an_index(victim: Victim) -> None:
    schema = "type = 'index' AND name = 'releases_supplier'"
    with victim.edited() as connection:
        row = connection.execute("SELECT * FROM releases WHERE entry = 5").fetchone()
        connection.execute("DELETE FROM releases WHERE entry = 5")
        kept = connection.execute(f"SELECT * FROM sqlite_schema WHERE {schema}").fetchone()
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(f"DELETE FROM sqlite_schema WHERE {schema}")
    with victim.edited() as connection:
        connection.execute(f"INSERT INTO releases VALUES ({', '.join('?' * len(row))})", row)
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("INSERT INTO sqlite_schema VALUES (?, ?, ?, ?, ?)", kept)
    with sqlite3.connect(victim.database) as connection:
        through = "SELECT count(*) FROM releases INDEXED BY releases_supplier WHERE supplier = ?"
        seen, there = (
            connection.execute(query, (row[1],)).fetchone()
            for query in (through, "SELECT count(*) FROM releases NOT INDEXED WHERE supplier = ?")
        )
    connection.close()
    assert seen < there
    assert told(victim.verified())[0] == ("database", None, None)


# Every column of every table.


def rows_of(connection: sqlite3.Connection, table: str) -> list[tuple[Any, ...]]:
    return connection.execute(f"SELECT * FROM {table}").fetchall()


def put_in(connection: sqlite3.Connection, table: str, place: int, column: str, value: object) -> None:
    """Put ``value`` into a column of the row at ``place``."""
    names = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
    row = rows_of(connection, table)[place]
    where = " AND ".join(f"{name} IS ?" for name in names)
    assert connection.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (value, *row)).rowcount == 1


def value_at(connection: sqlite3.Connection, table: str, place: int, column: str) -> Any:
    names = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
    return rows_of(connection, table)[place][names.index(column)]


def other_than(value: Any, chance: random.Random) -> object:
    """A value that might stand there just as well."""
    if isinstance(value, bytes):
        return flipped(value, chance.randrange(len(value)))
    if isinstance(value, str):
        place = chance.randrange(len(value))
        return value[:place] + ("7" if value[place] != "7" else "8") + value[place + 1 :]
    return 1 if value is None else value + chance.choice([1, 7, 1000, 1 << 40])


@pytest.mark.parametrize(("table", "column"), [*COLUMNS, ("alembic_version", "version_num")])
def test_another_value_in_any_column(original: Victim, tmp_path: Path, table: str, column: str) -> None:
    chance = random.Random(f"{table} {column}")
    changed = 0
    for attempt in range(4):
        victim = original.copy(tmp_path / str(attempt))
        with victim.edited() as connection:
            place = chance.randrange(len(rows_of(connection, table)))
            value = other_than(value_at(connection, table, place, column), chance)
            try:
                put_in(connection, table, place, column, value)
            except sqlite3.IntegrityError:  # another row has that key
                continue
        changed += 1
        report = victim.verified()
        assert not report.sound, f"{value!r} in row {place}"
    assert changed


KINDS = (b"\xff\x00", "x", "", 2.5, -1, (1 << 63) - 1, None)


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_a_value_of_another_kind_in_any_column(original: Victim, tmp_path: Path, table: str, column: str) -> None:
    tried = 0
    for attempt, value in enumerate(KINDS):
        victim = original.copy(tmp_path / str(attempt))
        with victim.edited() as connection:
            if value_at(connection, table, -1, column) == value:
                continue
            try:
                put_in(connection, table, -1, column, value)
            except sqlite3.IntegrityError:  # SQLite itself does not take it
                continue
        tried += 1
        assert not victim.verified().sound, f"{value!r}"
    assert tried


def test_text_that_is_none(victim: Victim) -> None:
    with victim.edited() as connection:
        connection.execute("UPDATE releases SET supplier = CAST(x'ff' AS TEXT) WHERE entry = 5")
        connection.execute("UPDATE entries SET kind = CAST(x'ff' AS TEXT) WHERE number = 4")
    assert told(victim.verified()) == [("entries", 4, 4), ("releases", 5, 5)]


# Files that are no longer what they should be.


def noticed(victim: Victim) -> bool:
    """Whether verification finds something, or says what to do because it cannot be done."""
    try:
        return not victim.verified().sound
    except LedgerError as error:
        return bool(error.remedy)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no stream",
        zlib.compress(b""),
        zlib.compress(b"{"),
        zlib.compress(b"[" * 1_000_000),
        zlib.compress(b'{"kind": "release"}'),
        zlib.compress(b'{"kind": "other"}'),
        zlib.compress(b"\xff"),
        zlib.compress(b'{"kind": "erasure", "numbers": [' + b"9" * 10_000 + b"]}"),
        zlib.compress(bytes(100 << 20)),
    ],
    ids=range(10),
)
def test_garbage_in_a_body(victim: Victim, body: bytes) -> None:
    with victim.edited() as connection:
        connection.execute("UPDATE entries SET body = ? WHERE number = 1", (body,))
    report = victim.verified()
    finding(report, "entries", 1, 1)
    assert {first for _, first, _ in told(report)} <= {1, None}


@pytest.mark.parametrize(
    "new", [{"first": 400, "count": 1 << 62}, {"first": 1 << 70, "count": 1}, {"first": 0, "count": 9}]
)
def test_absurd_numbers_of_people(victim: Victim, new: dict[str, int]) -> None:
    with victim.edited() as connection:
        body = body_of(connection, 1)
        body["new_subjects"].update(new)
        body["subjects"][0]["people"] = 1 << 62
        put_body(connection, 1, body)
        rebuild_tree(connection)
    finding(victim.verified(), "checkpoints", 1, 1)


@pytest.mark.parametrize("page", range(1, 36, 3))
def test_garbage_in_a_page(victim: Victim, page: int) -> None:
    with sqlite3.connect(victim.database) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        size = connection.execute("PRAGMA page_size").fetchone()[0]
        connection.execute("VACUUM")
    connection.close()
    content = bytearray(victim.database.read_bytes())
    assert len(content) > (page + 1) * size
    content[page * size : (page + 1) * size] = random.Random(page).randbytes(size)
    victim.database.write_bytes(content)
    assert noticed(victim)


def contents(victim: Victim) -> dict[str, list[tuple[Any, ...]]]:
    """Every row, with what is packed unpacked: its stream has bits that stand for nothing."""
    connection = sqlite3.connect(victim.database)
    found = {table: rows_of(connection, table) for table in metadata.tables}
    connection.close()
    return found | {
        table: [(*row[:at], zlib.decompress(row[at]), *row[at + 1 :]) for row in found[table]]
        for table, at in (("entries", 6), ("policies", 1))
    }


@pytest.mark.parametrize("seed", range(4))
def test_a_flipped_bit_anywhere_is_found_or_means_nothing(victim: Victim, seed: int) -> None:
    with sqlite3.connect(victim.database) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    file, before, chance = victim.database.read_bytes(), contents(victim), random.Random(seed)
    for _ in range(25):
        place, bit = chance.randrange(len(file)), 1 << chance.randrange(8)
        victim.database.write_bytes(file[:place] + bytes([file[place] ^ bit]) + file[place + 1 :])
        assert noticed(victim) or contents(victim) == before, f"bit {bit} of byte {place}"


@pytest.mark.parametrize("length", [0, 50, 100, 4096, 20_000])
def test_a_file_cut_off(victim: Victim, length: int) -> None:
    with sqlite3.connect(victim.database) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    victim.database.write_bytes(victim.database.read_bytes()[:length])
    assert noticed(victim)


def test_no_database(victim: Victim) -> None:
    victim.database.write_bytes(b"something else altogether" * 1000)
    with pytest.raises(LedgerError, match="is not an SQLite database"):
        victim.verified()
