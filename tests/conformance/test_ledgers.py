"""What a ledger does, over both kinds of database."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from narrowgate.errors import LedgerError
from narrowgate.ledger import ledger as ledger_module
from narrowgate.ledger.asking import Asking, Overtaken
from narrowgate.ledger.checkpoints import Checkpoint
from narrowgate.ledger.keys import KeyRing
from narrowgate.ledger.ledger import Ledger
from narrowgate.ledger.notes import Signer, sign
from narrowgate.ledger.open import Location, make_ledger, open_ledger
from narrowgate.ledger.questions.breach import breach
from narrowgate.ledger.questions.held import Question
from narrowgate.ledger.questions.obligations import obligations
from narrowgate.ledger.questions.people import people_held
from narrowgate.ledger.questions.subject import person
from narrowgate.ledger.receipts import prove_receipt
from narrowgate.ledger.schema import APPEND_ONLY, entries, metadata, subjects
from narrowgate.ledger.verify import verify_ledger
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.verification import VerificationReport
from support.gates import DAY, SECRET, ledger_in
from support.ledgers import BUNDLE, FIELDS, enter_refusal, enter_release, ledger_with_nothing, varied_ledger
from support.remembered import PURPOSES, SUPPLIERS, remember

pytestmark = pytest.mark.usefixtures("short_spans")


@pytest.fixture
def location(store_url: str, tmp_path: Path) -> Location:
    """Where no ledger is yet."""
    return ledger_in(tmp_path, store_url)


@pytest.fixture
def ledger(store_url: str, tmp_path: Path) -> Iterator[Ledger]:
    """An empty one there."""
    made = ledger_with_nothing(tmp_path, store_url)
    yield made
    made.store.close()


@pytest.fixture
def varied(store_url: str, tmp_path: Path) -> Iterator[Ledger]:
    """One with everything that there is."""
    made = varied_ledger(tmp_path, store_url)
    yield made
    made.store.close()


@pytest.fixture
def anybody(store_url: str) -> Iterator[sa.Engine]:
    """Connections to the database that are none of ours."""
    engine = sa.create_engine(store_url.replace("postgresql:", "postgresql+psycopg:"), poolclass=sa.NullPool)
    yield engine
    engine.dispose()


def verified(ledger: Ledger) -> VerificationReport:
    return verify_ledger(ledger.store, ledger.log, ledger.verifier, subject_check=ledger.subject_key.check)


def kinds(ledger: Ledger) -> list[str]:
    with ledger.store.reading() as connection:
        return list(connection.scalars(sa.select(entries.c.kind).order_by(entries.c.number)))


def content(engine: sa.Engine) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with engine.connect() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(sa.select(table))), key=str)
            for table in metadata.sorted_tables
        }


def test_everything_that_there_is_verifies(varied: Ledger) -> None:
    report = verified(varied)
    assert (report.findings, report.entries, report.subjects) == ((), 16, 410)
    assert {*kinds(varied)} == {"release", "refusal", "attestation", "erasure"}


def test_rows_neither_change_nor_go(varied: Ledger, anybody: sa.Engine) -> None:
    before, postgresql = content(anybody), anybody.dialect.name == "postgresql"
    assert all(before.values())
    for table in metadata.sorted_tables:
        column = next(iter(table.columns))
        statements: list[sa.Executable] = [sa.update(table).values({column: column})]
        if table.name in APPEND_ONLY:
            statements.append(sa.delete(table))
        if postgresql:
            statements.append(sa.text(f"TRUNCATE {table} CASCADE"))
        else:
            statements.append(sa.text(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"))
            for names in _unique(table):
                others = [each.name if each.name in names else f"{each.name} + 1" for each in table.columns]
                replacing = f"INSERT OR REPLACE INTO {table} SELECT {', '.join(others)} FROM {table}"
                statements.append(sa.text(replacing))
        for statement in statements:
            with pytest.raises(sa.exc.IntegrityError, match="the ledger is append-only"), anybody.begin() as connection:
                connection.execute(statement)
    assert content(anybody) == before


def _unique(table: sa.Table) -> list[set[str]]:
    """What no two rows have in common."""
    constraints = (
        each for each in table.constraints if isinstance(each, sa.UniqueConstraint | sa.PrimaryKeyConstraint)
    )
    return [{column.name for column in each.columns} for each in constraints]


def test_what_refuses_a_change_is_not_quoted(varied: Ledger) -> None:
    with pytest.raises(LedgerError) as caught, varied.store.writing() as connection:
        connection.execute(sa.update(subjects).values(nonce=b"Kestrelby"))
    told = f"{caught.value} {caught.value.remedy}"
    assert not any(each in told for each in ("UPDATE", "subjects", "Kestrelby"))


def test_a_ledger_goes_on_when_it_is_opened_again(ledger: Ledger, location: Location) -> None:
    first = enter_release(ledger, {FIELDS: range(5)})
    ledger.store.close()
    again = open_ledger(location, pytest.fail)
    second = enter_release(again, {FIELDS: range(3, 8)})
    assert (first.number, second.number) == (0, 1)
    assert again.receipt(0).entry == first.entry
    report = verified(again)
    assert (report.findings, report.entries, report.subjects) == ((), 2, 8)
    again.store.close()


def test_making_a_ledger_that_is_there_changes_nothing(ledger: Ledger, location: Location, anybody: sa.Engine) -> None:
    enter_release(ledger, {FIELDS: range(5)})
    before = content(anybody)
    again = make_ledger(location, pytest.fail)
    assert (again.origin, again.subject_key.check) == (ledger.origin, ledger.subject_key.check)
    assert content(anybody) == before
    again.store.close()


def test_another_signing_key_is_refused(ledger: Ledger, location: Location, tmp_path: Path) -> None:
    key = Signer.generate(ledger.origin).private()
    with pytest.raises(LedgerError, match="whose key is another") as caught:
        open_ledger(replace(location, keys=KeyRing(tmp_path, SECRET, key)), pytest.fail)
    assert key not in f"{caught.value} {caught.value.remedy}"


def test_another_pseudonym_secret_is_refused(ledger: Ledger, location: Location) -> None:
    keys = replace(location.keys, pseudonym_secret=SECRET[::-1])
    with pytest.raises(LedgerError, match="made with another secret"):
        open_ledger(replace(location, keys=keys), pytest.fail)


def test_checkpoints_whose_ledger_is_gone(ledger: Ledger, location: Location, anybody: sa.Engine) -> None:
    enter_release(ledger, {FIELDS: range(5)})
    ledger.store.close()
    if anybody.dialect.name == "postgresql":
        with anybody.begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
    else:
        Path(str(anybody.url.database)).unlink()
    with pytest.raises(LedgerError, match="is gone, while checkpoints of it remain"):
        make_ledger(location, pytest.fail)
    with pytest.raises(LedgerError):
        open_ledger(location, pytest.fail)


def test_a_ledger_that_was_cut_short_is_not_added_to(ledger: Ledger) -> None:
    enter_release(ledger, {FIELDS: range(5)})
    ledger.log.append(sign(Checkpoint(ledger.origin, 2, bytes(32)).text(), ledger._signer))
    with pytest.raises(LedgerError, match="cut short, or an old copy"):
        enter_refusal(ledger)
    assert kinds(ledger) == ["release"]


def test_one_who_was_overtaken_decides_again(ledger: Ledger, location: Location) -> None:
    other = open_ledger(location, pytest.fail)
    asking = Asking("cardco", "id_card_print", DAY, ledger.identify({}, 1))
    past = ledger.past(asking)
    entry = enter_release(other, {FIELDS: range(9)}).entry
    with pytest.raises(Overtaken):
        ledger.enter_release(entry, asking.identified, BUNDLE.content, past)
    assert kinds(ledger) == ["release"]
    ledger.enter_release(entry, asking.identified, BUNDLE.content, ledger.past(asking))
    assert kinds(other) == ["release", "release"]
    other.store.close()


def test_several_threads_enter(ledger: Ledger) -> None:
    def work(number: int) -> int:
        return enter_release(ledger, {FIELDS: range(number, number + 10)}, f"supplier_{number}").number

    with ThreadPoolExecutor(6) as threads:
        numbers = list(threads.map(work, range(12)))
    assert sorted(numbers) == list(range(12))
    for number in numbers:
        assert prove_receipt(ledger.receipt(number), ledger.verifier).size == 12
    report = verified(ledger)
    assert (report.findings, report.subjects) == ((), 21)


def test_an_erasure_is_seen_by_whoever_has_it_open(ledger: Ledger, location: Location) -> None:
    other = open_ledger(location, pytest.fail)
    enter_release(ledger, {FIELDS: range(5)})
    enter_release(other, {FIELDS: range(5)})
    assert ledger.erase("0000003") == (3,)
    enter_release(other, {FIELDS: range(5)})
    assert other.erase("0000003") == (5,)
    report = verified(ledger)
    assert (report.findings, report.subjects) == ((), 4)
    other.store.close()


def test_both_kinds_answer_alike(
    tmp_path: Path, database: str, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "timestamp", lambda: "2026-06-01T12:00:00.000Z")
    told = []
    for name, url in (("sqlite", None), ("postgresql", database)):
        folder = tmp_path / name
        folder.mkdir()
        ledger = ledger_with_nothing(folder, url)
        remember(ledger, 4, 25)
        told.append([kinds(ledger), *answers(ledger, catalogue)])
        ledger.store.close()
    assert told[0] == told[1]


def answers(ledger: Ledger, catalogue: Catalogue) -> Iterator[object]:
    """What the ledger says of its suppliers and people, but for ids, which differ from ledger to ledger."""
    store, key = ledger.store, ledger.subject_key
    for supplier in SUPPLIERS:
        for purpose in (None, *PURPOSES):
            question = Question(supplier, date(2021, 6, 1), date(2026, 6, 30), purpose)
            yield breach(store, catalogue, question)
            yield sorted(people_held(store, catalogue, key, question).rows)
    for person_number in range(0, 60, 7):
        yield person(store, catalogue, key, f"0{person_number:06}", DAY)
    for owed in obligations(store, DAY).obligations:
        yield owed.model_dump(exclude={"id"})


def test_a_ledger_of_before_there_were_keys_is_brought_up_to_date(store_url: str, tmp_path: Path) -> None:
    ledger = ledger_with_nothing(tmp_path, store_url)
    receipt = enter_release(ledger, {FIELDS: range(3)})
    with ledger.store.writing() as connection:
        for statement in _WITHOUT_KEYS[connection.dialect.name]:
            connection.exec_driver_sql(statement)
    ledger.store.close()
    location = ledger_in(tmp_path, store_url)
    with pytest.raises(LedgerError, match="tables of version 0001") as raised:
        open_ledger(location, lambda _: None)
    assert "ledger init" in raised.value.remedy
    renewed = make_ledger(location, lambda _: None)
    assert renewed.receipt(0).id == receipt.id
    enter_release(renewed, {FIELDS: range(5)})
    enter_refusal(renewed)
    assert verified(renewed).findings == ()
    renewed.store.close()


_WITHOUT_KEYS = {
    "sqlite": (
        "DROP TRIGGER entries_no_replaced_key",
        "DROP INDEX entries_key",
        "ALTER TABLE entries DROP COLUMN key",
        "UPDATE alembic_version SET version_num = '0001'",
    ),
    "postgresql": ("ALTER TABLE entries DROP COLUMN key", "UPDATE alembic_version SET version_num = '0001'"),
}
"""What the second migration did, undone."""
