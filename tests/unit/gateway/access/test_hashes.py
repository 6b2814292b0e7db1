"""Hashes of keys and passwords."""

from __future__ import annotations

from base64 import urlsafe_b64encode

import pytest

from narrowgate.errors import SourceError
from narrowgate.gateway.access.hashes import KEYS, PASSWORDS, Cost, StoredHash, nobody

CHEAP = Cost(16, 1, 1)


@pytest.mark.parametrize("secret", ["", "x", "pässwörd", "x" * 10_000, "\udcff"])
def test_a_hash_is_of_its_secret_alone(secret: str) -> None:
    made = StoredHash.of(secret, CHEAP)
    again = StoredHash.parse(str(made))
    assert again == made
    assert again.matches(secret)
    assert not again.matches(secret + "x")
    assert str(StoredHash.of(secret, CHEAP)) != str(made)


def test_the_vector_of_rfc_7914() -> None:
    salt = urlsafe_b64encode(b"NaCl").rstrip(b"=").decode()
    digest = "_bq-HJ00cgB4VucZDQHp_nxq18vII3gw53N2Y0s3MWIurzDZLiKjiG_xCSedmDDaxyevuUqD7m2DYMvfoswGQA"
    stored = StoredHash.parse(f"scrypt$1024$8$16${salt}${digest}")
    assert stored.matches("password")
    assert not stored.matches("Password")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "scrypt",
        "scrypt$16$1$1$AAAA",
        "bcrypt$16$1$1$AAAA$AAAA",
        "scrypt$x$1$1$AAAA$AAAA",
        "scrypt$15$1$1$AAAA$AAAA",
        "scrypt$1$1$1$AAAA$AAAA",
        "scrypt$0$8$1$AAAA$AAAA",
        "scrypt$16$0$1$AAAA$AAAA",
        "scrypt$16$1$0$AAAA$AAAA",
        "scrypt$16$1$17$AAAA$AAAA",
        "scrypt$1048576$8$1$AAAA$AAAA",
        "scrypt$-16$1$1$AAAA$AAAA",
    ],
)
def test_what_is_no_hash_or_costs_too_much(text: str) -> None:
    with pytest.raises(SourceError) as caught:
        StoredHash.parse(text)
    assert "AAAA" not in caught.value.message


def test_costs_are_sound_and_passwords_cost_more() -> None:
    assert KEYS.is_sound()
    assert PASSWORDS.is_sound()
    assert PASSWORDS.memory * PASSWORDS.p > 4 * KEYS.memory * KEYS.p


@pytest.mark.parametrize("secret", ["", "x"])
def test_nobody_has_the_hash_of_nobody(secret: str) -> None:
    assert not nobody(CHEAP).matches(secret)
    assert nobody(KEYS).cost == KEYS
