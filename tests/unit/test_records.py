"""A few records at a time: each order gets what an export of the same text gets, whoever shares its group."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.errors import Conflict, DataError, LedgerError, NarrowgateError, PolicyInvalid, Refused, TooLarge
from narrowgate.ledger.ledger import Draft, Ledger
from narrowgate.ledger.receipts import prove_receipt
from narrowgate.ledger.rows import body_of, size_of
from narrowgate.model.decision import ColumnAnswer, Decision
from narrowgate.model.entry import ENTRY, Entry, RefusalEntry, ReleaseEntry
from narrowgate.model.history import History
from narrowgate.model.request import Request
from narrowgate.policy.interface import Engine
from narrowgate.records import Lane, Outcome, Released, lane_of
from narrowgate.service import Gate, Order, filter_export
from narrowgate.tables.few import MOST_BYTES, MOST_RECORDS, read_few
from support.gates import DAY, private_gate
from support.officers import officer, officers
from support.paths import POLICIES
from support.policies import copy_policies

OpenGate = Callable[[Path], Gate]
CARDS = Order(supplier="cardco", purpose="id_card_print", on=DAY)
SURVEY = Order(supplier="surveyco", purpose="staff_survey", on=DAY)


@pytest.fixture(scope="module")
def own() -> Iterator[Gate]:
    """A gate with a ledger that nobody else enters into."""
    with private_gate(POLICIES) as made:
        yield made


def text(records: Sequence[Any]) -> bytes:
    return json.dumps(list(records)).encode()


def lane(gate: Gate, order: Order, body: bytes) -> Lane:
    return lane_of(gate, order, read_few(body))


def release(gate: Gate, order: Order, *bodies: bytes, keys: Sequence[str | None] = ()) -> list[Outcome]:
    """What each of ``bodies``, which have the same columns, gets in one group."""
    few = [read_few(body) for body in bodies]
    return lane_of(gate, order, few[0]).release(list(zip(few, keys or [None] * len(few), strict=True)))


def entry(gate: Gate, number: int) -> Entry:
    ledger = gate.require_ledger()
    with ledger.store.reading() as connection:
        return ENTRY.validate_json(body_of(connection, number))


def count(gate: Gate) -> int:
    with gate.require_ledger().store.reading() as connection:
        return size_of(connection)


def alone(gate: Gate, order: Order, body: bytes, folder: Path) -> bytes | NarrowgateError:
    """What an export of the same text gets."""
    export, out = folder / "export.json", folder / "release.json"
    export.write_bytes(body)
    try:
        filter_export(gate, replace(order, input=export), out, None)
    except NarrowgateError as error:
        return error
    return out.read_bytes()


def told(made: Entry) -> dict[str, Any]:
    """An entry but for what depends on what else the ledger holds."""
    document = made.model_dump(mode="json", by_alias=True)
    return {name: value for name, value in document.items() if name not in {"at", "history", "new_subjects"}} | {
        "subjects": [(each["fields"], each["people"]) for each in document.get("subjects", ())]
    }


SOME = officer()
FEW = [
    SOME,
    officer(posting="covert"),
    officer(status="left"),
    officer(posting="Covert "),
    officer(surname="Kestrelby MV"),
    officer(surname="P0048213"),
    officer(rank="Chief Tea Maker"),
    officer(employee_number=""),
    officer(employee_number="nobody"),
    officer(forename=""),
    officer(warrant_number="x"),
]
records = st.lists(st.sampled_from(FEW), min_size=1, max_size=4)


@given(st.lists(records, min_size=1, max_size=5), st.sampled_from([CARDS, SURVEY]))
def test_each_gets_what_an_export_gets(
    own: Gate, tmp_path_factory: pytest.TempPathFactory, groups: list[list[dict[str, str]]], order: Order
) -> None:
    folder, bodies = tmp_path_factory.mktemp("alone"), [text(group) for group in groups]
    first = count(own)
    together = release(own, order, *bodies)
    entries = {each.input.sha256: told(each) for each in entries_from(own, first)}
    for body, outcome in zip(bodies, together, strict=True):
        begun = count(own)
        expected = alone(own, order, body, folder)
        (exported,) = entries_from(own, begun)
        assert entries[exported.input.sha256] == told(exported)
        if isinstance(expected, bytes):
            assert isinstance(outcome, Released)
            assert outcome.body == expected
            assert isinstance(exported, ReleaseEntry)
            assert (outcome.read, outcome.released) == (exported.records.read, exported.records.released)
        else:
            assert isinstance(outcome, Refused)
            assert isinstance(expected, Refused)
            assert (outcome.reasons, outcome.remedy) == (expected.reasons, expected.remedy)


def entries_from(gate: Gate, first: int) -> list[ReleaseEntry | RefusalEntry]:
    found = [entry(gate, number) for number in range(first, count(gate))]
    return [each for each in found if isinstance(each, ReleaseEntry | RefusalEntry)]


def test_receipts_prove_each_of_them(own: Gate) -> None:
    ledger = own.require_ledger()
    for outcome in release(own, CARDS, *[text(officers(n)) for n in (1, 2, 3)]):
        assert isinstance(outcome, Released)
        receipt = ledger.receipt(ledger.find(outcome.id))
        assert receipt.id == outcome.id
        prove_receipt(receipt, ledger.verifier)


def test_columns_are_paths() -> None:
    body = text([{"person": {"forename": "Tamsin"}, "posts": [{"rank": "Sergeant"}], "status": "active"}])
    assert read_few(body).columns.names == ("person.forename", "posts[].rank", "status")


def test_records_of_which_nothing_is_known(own: Gate) -> None:
    with pytest.raises(DataError, match="no key is one that the catalogue knows"):
        lane(own, CARDS, text([{"given": "Tamsin"}]))


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", DataError),
        (b" ", DataError),
        (b"{}", DataError),
        (b"[]", DataError),
        (b"[1]", DataError),
        (b'[{"a":1,"a":2}]', DataError),
        (b'[{"forename":"Tamsin"', DataError),
        (b'[{"forename":"\xff"}]', DataError),
        (text([{"a": 1}] * (MOST_RECORDS + 1)), TooLarge),
        (b"[" + b" " * MOST_BYTES + b"]", TooLarge),
    ],
)
def test_what_is_no_few_records(body: bytes, error: type[NarrowgateError]) -> None:
    with pytest.raises(error) as raised:
        read_few(body)
    assert "Tamsin" not in str(raised.value)
    assert raised.value.remedy


def test_under_a_key_it_is_given_again_and_entered_once(own: Gate, tmp_path: Path) -> None:
    one, other = text(officers(1)), text(officers(2))
    keys = ["1" * 64, "2" * 64]
    first = release(own, CARDS, one, other, keys=keys)
    begun = count(own)
    again = release(own, CARDS, one, other, text(officers(3)), keys=[*keys, None])
    assert [isinstance(each, Released) for each in again] == [True] * 3
    assert again[:2] == first
    assert count(own) == begun + 1
    (conflict,) = release(own, CARDS, text(officers(4)), keys=keys[:1])
    assert isinstance(conflict, Conflict)
    refused = replace(CARDS, supplier="oldco")
    (once,) = release(own, refused, one, keys=["3" * 64])
    (twice,) = release(own, refused, one, keys=["3" * 64])
    assert isinstance(once, Refused)
    assert isinstance(twice, Refused)
    assert once.reasons == twice.reasons
    assert count(own) == begun + 2


def test_one_who_asked_meanwhile_under_the_same_key(own: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    body, key, under, late = text(officers(1)), "4" * 64, Ledger.under, [True]

    def blind(self: Ledger, keys: Sequence[str]) -> Any:
        if late:
            late.clear()
            release(own, CARDS, body, keys=[key])
            return {}
        return under(self, keys)

    monkeypatch.setattr(Ledger, "under", blind)
    begun = count(own)
    outcomes = release(own, CARDS, body, text(officers(2)), keys=[key, None])
    assert [(each.read, each.released) for each in outcomes if isinstance(each, Released)] == [(1, 1), (2, 2)]
    made = entries_from(own, begun)
    assert [each.request.row_count for each in made] == [1, 2]
    assert [each.records.read for each in made if isinstance(each, ReleaseEntry)] == [1, 2]


def test_a_refusal_that_cannot_be_entered_takes_nothing_from_others(own: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    enter, begun = Ledger.enter_together, count(own)

    def full(ledger: Ledger, drafts: Sequence[Draft], *rest: Any) -> Any:
        if any(isinstance(draft.entry, RefusalEntry) for draft in drafts):
            raise LedgerError("the ledger cannot grow", "make room")
        return enter(ledger, drafts, *rest)

    monkeypatch.setattr(Ledger, "enter_together", full)
    sound, slipped = text(officers(1)), text(officers(1, rank="nobody's", forename="1"))
    outcomes = release(own, CARDS, sound, slipped)
    assert [type(each) for each in outcomes] == [Released, LedgerError]
    assert count(own) == begun + 1


def test_a_cap_that_some_of_them_meet(open_gate: OpenGate, tmp_path: Path) -> None:
    """Two of three fit under the cap; which, is decided in the order in which they came."""
    policies = tmp_path / "policies"
    copy_policies(policies)
    data = policies / "purposes/id_card_print/data.yaml"
    marked = data.read_text()
    assert "supplier: cardco" in marked
    data.write_text(marked.replace("supplier: cardco", "supplier: cardco\n    max_people: {days_30: 2}", 1))
    gate = open_gate(policies)
    bodies = [text([each]) for each in officers(3)]
    outcomes = release(gate, CARDS, *bodies)
    assert [type(each) for each in outcomes] == [Released, Released, Refused]
    assert isinstance(outcomes[2], Refused)
    assert "would have been given the data of 3 people" in outcomes[2].reasons[0]
    assert [each.kind for each in entries_from(gate, 0)] == ["release", "release", "refusal"]


class Fickle:
    """An engine that answers otherwise from the second question on."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._asked = engine, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def decide(self, request: Request, history: History | None = None) -> Decision:
        self._asked += 1
        decision = self._engine.decide(request, history)
        drop = ColumnAnswer(action={"action": "drop"}, reason="not any more")
        return (
            decision if self._asked == 1 else decision.model_copy(update={"columns": decision.columns | {"rank": drop}})
        )


def test_policies_that_decide_otherwise_later_release_nothing(own: Gate) -> None:
    begun = count(own)
    with pytest.raises(PolicyInvalid, match="decides otherwise"):
        release(replace(own, engine=Fickle(own.engine)), CARDS, text(officers(1)), text(officers(2)))
    assert count(own) == begun
