"""Whatever a call's headers hold, it is let in or told why not."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.errors import AccessError, Forbidden
from narrowgate.gateway.access.access import Access
from narrowgate.gateway.access.caller import ANYBODY, Caller
from support.identity import EVERYTHING, register, scope_of, serving

NAMES = [b"authorization", b"client-cert", b"client-cert-chain", b"x-forwarded-for", b"host", b"origin", b"cookie"]
TOKEN = b"eyJhbGciOiJSUzI1NiIsImtpZCI6Im9uZSJ9.eyJzdWIiOiJociIsImV4cCI6OTk5OTk5OTk5OX0.c2lnbmVk"
KEY = b"ng_hr_00000000_" + b"0" * 64


@pytest.fixture(scope="module")
def access(tmp_path_factory: pytest.TempPathFactory) -> Access:
    folder = tmp_path_factory.mktemp("anything")
    register(folder / "clients.yaml", hr=EVERYTHING)
    return Access.of(serving(folder, failures=1_000_000))


def _cut(whole: bytes) -> st.SearchStrategy[bytes]:
    """A part of ``whole``, with something in its middle."""
    places = st.integers(0, len(whole))
    return st.tuples(places, st.binary(max_size=8), places).map(lambda cut: whole[: cut[0]] + cut[1] + whole[cut[2] :])


def _values() -> st.SearchStrategy[bytes]:
    begun = st.sampled_from([b"", b"Bearer ", b"bearer ", b"Basic "])
    strange = st.sampled_from([b"[::1", b"1.2.3.4", b"localhost", b"::", b":MIIBAA==:", b"\xff"])
    return st.builds(bytes.__add__, begun, st.one_of(st.binary(max_size=40), _cut(TOKEN), _cut(KEY), strange))


def outcome(access: Access, scope: dict[str, Any]) -> Caller | AccessError:
    """Who is let in, or why not."""
    try:
        return asyncio.run(access.caller(scope))
    except AccessError as error:
        return error


@given(st.lists(st.tuples(st.sampled_from(NAMES), _values()), max_size=5), st.sampled_from(["192.0.2.7", "", "::1"]))
def test_nobody_gets_in_by_nonsense_and_nothing_breaks(
    access: Access, headers: list[tuple[bytes, bytes]], peer: str
) -> None:
    told = outcome(access, scope_of({}, peer) | {"headers": headers})
    assert isinstance(told, AccessError)
    assert told.message.isascii()


@given(st.lists(st.tuples(st.sampled_from(NAMES), _values()), max_size=5))
def test_off_it_is_one_or_the_other(headers: list[tuple[bytes, bytes]]) -> None:
    told = outcome(Access.off(), scope_of() | {"headers": headers})
    assert told == ANYBODY or isinstance(told, Forbidden)
