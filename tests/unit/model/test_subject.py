"""Pseudonyms of subjects."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.ledger.identify import commitment
from narrowgate.model.subject import LENGTH, SubjectKey, block
from support.gates import SECRET
from support.vectors import vectors

KEY = SubjectKey(SECRET)
short = st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), max_size=15).filter(
    lambda text: len(text.encode()) < LENGTH
)


@pytest.mark.parametrize("case", vectors("subjects"), ids=lambda case: case["pseudonym"][:6])
def test_vectors(case: dict[str, str]) -> None:
    assert SubjectKey(case["secret"]).of(case["identifier"]).hex() == case["pseudonym"]


@pytest.mark.parametrize("case", vectors("commitments"), ids=lambda case: str(case["number"]))
def test_commitment_vectors(case: dict[str, str]) -> None:
    pseudonym, nonce = bytes.fromhex(case["pseudonym"]), bytes.fromhex(case["nonce"])
    assert commitment(int(case["number"]), pseudonym, nonce).hex() == case["commitment"]


@given(short)
def test_the_key_s_holder_can_go_back(identifier: str) -> None:
    assert KEY.identifier(KEY.of(identifier)) == identifier


@given(st.lists(short, max_size=8))
def test_many_at_once_are_the_same(identifiers: list[str]) -> None:
    blocks = b"".join(block(each.encode()) for each in identifiers)
    assert KEY.of_blocks(blocks) == b"".join(map(KEY.of, identifiers))


@given(st.lists(short | st.text(st.characters(codec="utf-8"), min_size=15, max_size=20), unique=True, max_size=8))
def test_different_people_have_different_pseudonyms(identifiers: list[str]) -> None:
    assert len(set(map(KEY.of, identifiers))) == len(identifiers)


def test_whoever_lacks_the_key_cannot() -> None:
    other = SubjectKey("another secret that is long enough.")
    assert other.check != KEY.check
    assert other.identifier(KEY.of("E4000001")) is None
    assert KEY.identifier(KEY.of("an identifier that fills no block")) is None
