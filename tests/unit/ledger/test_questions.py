"""What the ledger answers is what a plain model answers that remembers everything."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from narrowgate.errors import LedgerError, UsageError
from narrowgate.ledger import sets
from narrowgate.ledger.asking import Past
from narrowgate.ledger.keys import KeyRing
from narrowgate.ledger.ledger import Ledger
from narrowgate.ledger.questions.article33 import BLANK, draft
from narrowgate.ledger.questions.breach import breach
from narrowgate.ledger.questions.held import Question
from narrowgate.ledger.questions.obligations import obligations
from narrowgate.ledger.questions.people import people_held, subject_key_of
from narrowgate.ledger.questions.releases import Filter, list_entries, show_entry
from narrowgate.ledger.questions.subject import person
from narrowgate.ledger.stores.sqlite import SqliteStore
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.entry import ReleaseEntry
from narrowgate.model.receipt import Receipt
from support.gates import SECRET
from support.ledgers import FIELDS, WITHHELD, enter_refusal, enter_release, ledger_with_nothing
from support.remembered import DAYS, FIRST, PURPOSES, SUPPLIERS, Memory, remember

Told = tuple[Ledger, Memory, int]
LAST = date(2100, 1, 1)


@pytest.fixture(scope="module", params=[1, 2, 3])
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """A ledger with releases at random, and what is remembered of them."""
    ledger = ledger_with_nothing(tmp_path_factory.mktemp("ledger"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sets, "SPAN", 1 + request.param)
        memory = remember(ledger, request.param, releases=80)
    yield ledger, memory, request.param
    ledger.store.close()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made = ledger_with_nothing(tmp_path)
    yield made
    made.store.close()


def questions(seed: int, count: int = 60) -> Iterator[Question]:
    """Windows at random, of all and of some purposes and fields."""
    chance = random.Random(seed)
    for supplier in SUPPLIERS:
        yield Question(supplier, None, LAST)
    for _ in range(count):
        days = sorted(FIRST + timedelta(chance.randrange(DAYS + 60)) for _ in range(2))
        fields = tuple(name for name in FIELDS if chance.random() < 0.4) if chance.random() < 0.5 else ()
        purpose = chance.choice((None, None, *PURPOSES))
        yield Question(chance.choice(SUPPLIERS), days[0] if chance.random() < 0.8 else None, days[1], purpose, fields)


def test_breach(told: Told, catalogue: Catalogue) -> None:
    ledger, memory, seed = told
    for question in questions(seed):
        report, held = breach(ledger.store, catalogue, question), list(memory.held(question))
        fields = {name for each in held for name in each.fields(question.fields)}
        unidentified = sum(each.unidentified for each in held)
        whole = len(set().union(*(each.people(fields) for each in held)))
        assert (report.people, report.unidentified, report.at_most) == (whole, unidentified, whole + unidentified)
        assert report.records == sum(each.records for each in held)
        assert [(each.entry, set(each.fields), each.people, each.overdue) for each in report.releases] == [
            (each.entry, each.fields(question.fields), len(each.people(fields)), each.overdue(question.last))
            for each in held
        ]
        late = [each for each in held if each.overdue(question.last)]
        assert report.overdue.releases == len(late)
        assert report.overdue.people == len(set().union(*(each.people(fields) for each in late)))
        assert report.overdue.unidentified == sum(each.unidentified for each in late)
        assert {each.field for each in report.fields} == fields
        for found in report.fields:
            among = [each for each in held if found.field in each.fields()]
            assert found.people == len(set().union(*(each.people({found.field}) for each in among)))
            assert found.unidentified == sum(each.unidentified for each in among)
            assert found.last == max(each.since for each in among)
            assert set(found.purposes) == {each.purpose for each in among}
        for group in report.categories:
            names = {name for name in fields if catalogue[name].category == group.category}
            assert set(group.fields) == names
            assert group.people == len(set().union(*(each.people(names) for each in held)))


def test_people_held(told: Told, catalogue: Catalogue) -> None:
    ledger, memory, seed = told
    for question in questions(seed, 30):
        held, expected = people_held(ledger.store, catalogue, ledger.subject_key, question), []
        for (who, times), days in memory.last_days(question).items():
            name = f"0{who:06}" if times == memory.erased[who] else ""
            expected.append((name, *(str(days.get(field, "")) for field in held.fields)))
        assert sorted(row[1:] for row in held.rows) == sorted(expected)
        assert held.unnamed == sum(not name for name, *_ in expected)
        everything = Question(question.supplier, question.first, question.last, question.purpose)
        assert held.unidentified == sum(each.unidentified for each in memory.held(everything))
        assert [int(row[0]) for row in held.rows] == sorted({int(row[0]) for row in held.rows})


def test_subject(told: Told, catalogue: Catalogue) -> None:
    ledger, memory, _ = told
    on = FIRST + timedelta(DAYS // 2)
    waiting = sum(each.unidentified for each in memory.releases if each.deleted_on is None)
    for who in range(61):
        report = person(ledger.store, catalogue, ledger.subject_key, f"0{who:06}", on)
        them, met = (who, memory.erased[who]), False
        found = {(each.supplier, each.purpose, each.field): each for each in report.holdings}
        for supplier, purpose, name in [(s, p, f) for s in SUPPLIERS for p in PURPOSES for f in FIELDS]:
            among = [
                each
                for each in memory.releases
                if (each.supplier, each.purpose) == (supplier, purpose) and them in each.people({name})
            ]
            if not among:
                assert (supplier, purpose, name) not in found
                continue
            met, line = True, found[supplier, purpose, name]
            held = [each for each in among if each.deleted_on is None]
            assert (line.releases, line.held) == (len(among), len(held))
            assert (line.first, line.last) == (min(e.since for e in among), max(e.since for e in among))
            assert line.delete_by == max((each.delete_by for each in held), default=None)
            assert line.overdue == sum(each.delete_by < on for each in held)
        assert report.known == met
        assert report.unidentified == waiting


def test_obligations(told: Told) -> None:
    ledger, memory, _ = told
    for days in range(0, DAYS, 90):
        on = FIRST + timedelta(days)
        owed = [each for each in memory.releases if each.deleted_on is None]
        late = {each.entry for each in owed if each.delete_by < on}
        everything = obligations(ledger.store, on)
        assert {each.entry: (each.id, each.days_late) for each in everything.obligations} == {
            each.entry: (each.id, max(0, (on - each.delete_by).days)) for each in owed
        }
        assert [each.delete_by for each in everything.obligations] == sorted(each.delete_by for each in owed)
        assert everything.due == len(late)
        assert {each.entry for each in obligations(ledger.store, on, due_only=True).obligations} == late
        ours = obligations(ledger.store, on, "cardco", due_only=True).obligations
        assert {each.entry for each in ours} == {e.entry for e in owed if e.entry in late and e.supplier == "cardco"}


def test_entries_are_listed_and_shown(told: Told) -> None:
    ledger, memory, _ = told
    everything = list_entries(ledger.store, Filter(), 10_000)
    assert [each.number for each in everything.entries] == list(range(everything.found))[::-1]
    released = list_entries(ledger.store, Filter(supplier="cardco", kind="release"), 3)
    theirs = [each for each in memory.releases if each.supplier == "cardco"]
    assert released.found == len(theirs)
    assert [each.id for each in released.entries] == [each.id for each in theirs[:-4:-1]]
    assert [each.records for each in released.entries] == [each.records for each in theirs[:-4:-1]]
    shown = show_entry(ledger.store, theirs[0].id[:10])
    assert (shown.number, shown.id) == (theirs[0].entry, theirs[0].id)
    assert isinstance(shown.entry, ReleaseEntry)
    day = date.fromisoformat(everything.entries[0].at[:10])
    assert list_entries(ledger.store, Filter(first=day, last=day), 1).found > 0
    assert list_entries(ledger.store, Filter(last=day - timedelta(5)), 1).found == 0
    assert list_entries(ledger.store, Filter(first=day + timedelta(5)), 1).found == 0


def changed(ledger: Ledger, receipt: Receipt, **outcomes: dict[str, object]) -> Receipt:
    """Enter the same release again, with other outcomes of some columns."""
    columns = tuple(each.model_copy(update=outcomes.get(each.field, {})) for each in receipt.entry.columns)
    entry = receipt.entry.model_copy(update={"columns": columns, "subjects": (), "new_subjects": None})
    identified = ledger.identify({FIELDS: b"".join(ledger.subject_key.of(f"0{who:06}") for who in range(3))}, 0)
    return ledger.enter_release(entry, identified, b"", Past({}, receipt.number + 100))


def test_every_form_in_which_a_field_left_is_told(ledger: Ledger, catalogue: Catalogue) -> None:
    first = enter_release(ledger, {FIELDS: range(3)})
    changed(ledger, first, surname={"action": {"action": "mask", "keep_last": 2}})
    changed(ledger, first, surname={"overrides": {"masked but for the first 1": 0}})
    changed(ledger, first, surname={"overrides": {"masked but for the first 1": 2, "withheld": 1}})
    changed(ledger, first, surname={"bad_cells": 7})
    report = breach(ledger.store, catalogue, Question("cardco", None, LAST))
    forms = {each.field: each.forms for each in report.fields}
    assert forms["surname"] == ("as it is", "masked but for the first 1", "masked but for the last 2")
    assert forms["forename"] == ("as it is",)


def test_a_release_without_anybody_is_held(ledger: Ledger, catalogue: Catalogue) -> None:
    enter_release(ledger, {})
    report = breach(ledger.store, catalogue, Question("cardco", None, LAST))
    assert (report.people, report.fields, len(report.releases)) == (0, (), 1)
    assert breach(ledger.store, catalogue, Question("cardco", None, LAST, None, ("surname",))).releases == ()
    assert people_held(ledger.store, catalogue, ledger.subject_key, Question("cardco", None, LAST)).rows == ()


def test_records_that_say_nothing_may_hold_whatever_left(ledger: Ledger, catalogue: Catalogue) -> None:
    enter_release(ledger, {FIELDS[:2]: range(4)}, unidentified=3)
    report = breach(ledger.store, catalogue, Question("cardco", None, LAST))
    assert (report.people, report.at_most) == (4, 7)
    extents = {each.field: (each.people, each.at_most) for each in report.fields}
    assert extents == {name: (4, 7) if name in FIELDS[:2] else (0, 3) for name in FIELDS}


def test_fields_that_the_catalogue_no_longer_has(ledger: Ledger, catalogue: Catalogue) -> None:
    enter_release(ledger, {FIELDS: range(4)})
    smaller = Catalogue({name: each for name, each in catalogue.fields.items() if name != "photo"})
    report = breach(ledger.store, smaller, Question("cardco", None, LAST, None, ("photo",)))
    assert [(each.field, each.category, each.people) for each in report.fields] == [("photo", "unknown", 4)]
    who = person(ledger.store, smaller, ledger.subject_key, "0000001", LAST)
    assert [(each.field, each.category) for each in who.holdings][-1] == ("photo", "unknown")


@pytest.mark.parametrize(
    ("question", "remedy"),
    [
        (Question("cardc", None, LAST), "did you mean cardco?"),
        (Question("cardco", None, LAST, "id_card_prnt"), "did you mean id_card_print?"),
        (Question("cardco", None, LAST, None, ("surnam",)), "did you mean surname?"),
        (Question("zzz", None, LAST), "known: cardco"),
    ],
)
def test_a_slip_does_not_look_like_holding_nothing(
    ledger: Ledger, catalogue: Catalogue, question: Question, remedy: str
) -> None:
    enter_release(ledger, {FIELDS: range(4)})
    for ask in (
        lambda: breach(ledger.store, catalogue, question),
        lambda: people_held(ledger.store, catalogue, None, question),
    ):
        with pytest.raises(UsageError) as raised:
            ask()
        assert raised.value.remedy == remedy


def test_a_supplier_that_was_only_refused_holds_nothing(ledger: Ledger, catalogue: Catalogue) -> None:
    enter_refusal(ledger, "kitcorp")
    report = breach(ledger.store, catalogue, Question("kitcorp", None, LAST))
    assert (report.people, report.releases) == (0, ())


def test_nobody_is_named_without_the_right_secret(ledger: Ledger, catalogue: Catalogue, tmp_path: Path) -> None:
    enter_release(ledger, {FIELDS: range(4)})
    assert subject_key_of(ledger.store, KeyRing(tmp_path / "none")) is None
    assert subject_key_of(ledger.store, KeyRing(tmp_path / "none", "another secret " * 4)) is None
    assert subject_key_of(ledger.store, KeyRing(tmp_path / "none", SECRET)) is not None
    held = people_held(ledger.store, catalogue, None, Question("cardco", None, LAST))
    assert [row[1] for row in held.rows] == [""] * 4
    assert held.unnamed == 4


@pytest.mark.parametrize("column", ["bitmap", "digest"])
def test_changed_sets_are_not_counted(tmp_path: Path, catalogue: Catalogue, column: str) -> None:
    ledger = ledger_with_nothing(tmp_path)
    enter_release(ledger, {FIELDS: range(40)})
    enter_release(ledger, {FIELDS: range(39)})
    ledger.store.close()
    database = sqlite3.connect(tmp_path / "ledger.db")
    database.execute("DROP TRIGGER disclosures_no_update")
    database.execute(f"UPDATE disclosures SET {column} = zeroblob(length({column})) WHERE entry = 1")
    database.commit()
    database.close()
    store = SqliteStore(tmp_path / "ledger.db", 1)
    for ask in (
        lambda: breach(store, catalogue, Question("cardco", None, LAST)),
        lambda: people_held(store, catalogue, ledger.subject_key, Question("cardco", None, LAST)),
        lambda: person(store, catalogue, ledger.subject_key, "0000001", LAST),
    ):
        with pytest.raises(LedgerError, match="entry 1 has been changed"):
            ask()
    store.close()


def test_the_draft_says_what_article_33_asks_for(ledger: Ledger, catalogue: Catalogue) -> None:
    enter_release(ledger, {FIELDS: range(5), FIELDS[:-1]: range(5, 7)}, on=FIRST, unidentified=1)
    text = draft(breach(ledger.store, catalogue, Question("cardco", FIRST, FIRST + timedelta(90))))
    for line in (
        "- Approximate number of data subjects: 7 (at most 8)",
        "- Approximate number of records: 8 in 1 release",
        "| photo | photo | 5 (at most 6) |",
        "1 release should have been deleted before 2021-04-01",
        "recognition of officers",
    ):
        assert line in text
    assert all(f"## ({letter})" in text for letter in "abcd")
    assert text.count(BLANK) == 7
    assert not any(name in text for name in WITHHELD)
