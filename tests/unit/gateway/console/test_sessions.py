"""Sessions, and sign-ins that have begun."""

from __future__ import annotations

import pytest

from narrowgate.gateway.console import sessions
from narrowgate.gateway.console.beginning import LIFETIME, Beginning
from narrowgate.gateway.console.sessions import Sessions
from support.clock import Clock

KEY = bytes(32)


def test_a_session_ends_when_nothing_is_asked_for() -> None:
    clock = Clock()
    known = Sessions(60, 200, clock)
    secret = known.begin("officer")
    for _ in range(3):
        clock.at += 60
        session = known.find(secret)
        assert session is not None
        assert session.name == "officer"
    clock.at += 61
    assert known.find(secret) is None
    clock.at -= 61
    assert known.find(secret) is None


def test_a_session_ends_in_the_end() -> None:
    clock = Clock()
    known = Sessions(60, 200, clock)
    secret = known.begin("officer")
    for clock.at in (50, 100, 150, 200):
        assert known.find(secret) is not None
    clock.at = 201
    assert known.find(secret) is None


def test_the_longest_unseen_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "_MOST", 2)
    known = Sessions(60, 200, Clock())
    first, second = known.begin("a"), known.begin("b")
    assert known.find(first) is not None
    third = known.begin("c")
    assert known.find(second) is None
    assert known.find(first) is not None
    assert known.find(third) is not None


def test_an_ended_session_is_gone() -> None:
    known = Sessions(60, 200, Clock())
    secret = known.begin("officer")
    known.end(secret)
    known.end(secret)
    assert known.find(secret) is None


def test_secrets_and_tokens_differ() -> None:
    known = Sessions(60, 200, Clock())
    secrets = [known.begin("officer") for _ in range(10)]
    tokens = [session.token for secret in secrets if (session := known.find(secret))]
    assert len({*secrets, *tokens}) == 20
    assert min(map(len, [*secrets, *tokens])) >= 43


def test_a_beginning_is_good_for_a_while() -> None:
    clock = Clock(1000)
    value = Beginning.new(KEY, clock).value
    clock.at += LIFETIME - 1
    found = Beginning.found(KEY, value, clock)
    assert found is not None
    assert found.token == Beginning(KEY, value).token
    clock.at += 1
    assert Beginning.found(KEY, value, clock) is None


@pytest.mark.parametrize("value", [None, "", ".", "..", "99999999999.x", "99999999999.x.y", "é"])
def test_nobody_else_can_make_one(value: str | None) -> None:
    assert Beginning.found(KEY, value) is None


def test_one_is_of_the_process_that_made_it() -> None:
    value = Beginning.new(bytes(range(32))).value
    assert Beginning.found(KEY, value) is None


def test_a_state_says_where_to_go_and_cannot_be_made_to_say_otherwise() -> None:
    begun = Beginning.new(KEY)
    state = begun.state("/console/breach")
    assert begun.destination(state) == "/console/breach"
    assert Beginning.new(KEY).destination(state) is None
    _, _, mac = state.partition(".")
    other = begun.state("/console/people").partition(".")[0]
    for changed in (f"{other}.{mac}", f".{mac}", state + "A", "é", "%.x", ""):
        assert begun.destination(changed) is None
