"""How many people's data was held, in the course of time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from narrowgate.errors import UsageError
from narrowgate.ledger.ledger import Ledger
from narrowgate.ledger.questions.breach import breach
from narrowgate.ledger.questions.course import course
from narrowgate.ledger.questions.held import Question
from narrowgate.ledger.questions.names import purposes_known, suppliers_known
from narrowgate.model.catalogue import Catalogue
from support.gates import DAY
from support.ledgers import FIELDS, enter_attestation, enter_refusal, enter_release, ledger_with_nothing, varied_ledger


@pytest.fixture(scope="module")
def varied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    ledger = varied_ledger(tmp_path_factory.mktemp("varied"))
    yield ledger
    ledger.store.close()


@pytest.mark.parametrize("supplier", ["cardco", "tailor", "surveyor"])
@pytest.mark.parametrize("days", [5, 9, 20, 100, 1000])
@pytest.mark.parametrize("fields", [(), ("photo",)])
def test_each_stretch_is_what_a_breach_in_it_would_be(
    varied: Ledger, catalogue: Catalogue, supplier: str, days: int, fields: tuple[str, ...]
) -> None:
    first = DAY - timedelta(2)
    question = Question(supplier, first, first + timedelta(days), None, fields)
    found = course(varied.store, catalogue, question)
    for each in found:
        then = breach(varied.store, catalogue, Question(supplier, each.first, each.last, None, fields))
        assert each.people == then.people
    assert found[0].first == first
    assert found[-1].last == question.last
    assert len(found) <= 60
    for one, other in pairwise(found):
        assert other.first == one.last + timedelta(1)


def test_a_window_without_beginning_begins_with_the_first_release(varied: Ledger, catalogue: Catalogue) -> None:
    found = course(varied.store, catalogue, Question("surveyor", None, DAY + timedelta(400)))
    assert found[0].first == DAY
    assert found[0].people == 400
    assert {each.people for each in found} == {400}


def test_what_was_deleted_is_held_until_then(tmp_path: Path, catalogue: Catalogue) -> None:
    ledger = ledger_with_nothing(tmp_path)
    receipt = enter_release(ledger, {FIELDS: range(5)}, unidentified=2)
    enter_release(ledger, {FIELDS: range(3, 7)}, on=DAY + timedelta(1))
    enter_attestation(ledger, receipt)  # on the third day after
    found = course(ledger.store, catalogue, Question("cardco", DAY - timedelta(1), DAY + timedelta(5)))
    assert [each.people for each in found] == [0, 5, 7, 7, 7, 4, 4]
    assert [each.unidentified for each in found] == [0, 2, 2, 2, 2, 0, 0]
    assert [each.at_most for each in found] == [0, 7, 9, 9, 9, 4, 4]
    ledger.store.close()


def test_where_there_is_no_release_there_is_no_course(tmp_path: Path, catalogue: Catalogue) -> None:
    ledger = ledger_with_nothing(tmp_path)
    enter_refusal(ledger, "oldco")
    assert course(ledger.store, catalogue, Question("oldco", None, DAY)) == ()
    with pytest.raises(UsageError):
        course(ledger.store, catalogue, Question("nobody", None, DAY))
    assert suppliers_known(ledger.store) == ("oldco",)
    assert purposes_known(ledger.store) == ("id_card_print",)
    ledger.store.close()


@pytest.mark.parametrize(
    ("last", "stretch"),
    [
        (date(2026, 7, 30), 1),
        (date(2026, 7, 31), 7),
        (date(2027, 7, 25), 7),
        (date(2036, 6, 1), 91),
        (date(2200, 1, 1), 1057),
    ],
)
def test_stretches_are_as_long_as_it_takes(varied: Ledger, catalogue: Catalogue, last: date, stretch: int) -> None:
    found = course(varied.store, catalogue, Question("surveyor", DAY, last))
    assert (found[0].last - found[0].first).days + 1 == stretch
