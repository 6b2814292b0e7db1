"""Key sets."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from narrowgate.errors import SourceError
from narrowgate.gateway.access.keyset import KeySet
from narrowgate.model.algorithm import Algorithm
from support.identity import ec_key, jwk, key_set, rsa_key

RSA, EC = rsa_key(), ec_key()


def test_keys_are_found_by_algorithm_and_id() -> None:
    keys = KeySet.parse(key_set(jwk(RSA, "one"), jwk(rsa_key(1), "two"), jwk(EC, "three")))
    one, two = keys.key(Algorithm.RS256, "one"), keys.key(Algorithm.RS256, "two")
    assert one is not None
    assert two is not None
    assert one.key.public_numbers() == RSA.public_key().public_numbers()
    assert two.key.public_numbers() == rsa_key(1).public_key().public_numbers()
    assert keys.key(Algorithm.PS512, "one")
    assert keys.key(Algorithm.ES256, "three")
    assert keys.key(Algorithm.ES384, "three") is None
    assert keys.key(Algorithm.RS256, "three") is None
    assert keys.key(Algorithm.ES256, "one") is None
    assert keys.key(Algorithm.RS256, "four") is None


def test_a_token_that_names_none_means_the_only_one() -> None:
    assert KeySet.parse(key_set(jwk(RSA, "one"), jwk(EC, "two"))).key(Algorithm.RS256, None)
    assert KeySet.parse(key_set(jwk(RSA, None))).key(Algorithm.RS256, None)
    assert KeySet.parse(key_set(jwk(RSA, "one"), jwk(rsa_key(1), "two"))).key(Algorithm.RS256, None) is None


def test_a_key_is_used_for_what_it_is_for() -> None:
    keys = KeySet.parse(key_set(jwk(RSA, "one", alg="PS256", use="sig", key_ops=["verify"])))
    assert keys.key(Algorithm.PS256, "one")
    assert keys.key(Algorithm.RS256, "one") is None


UNUSABLE: dict[str, Any] = {
    "for encryption": jwk(RSA, "x", use="enc"),
    "for signing alone": jwk(RSA, "x", key_ops=["sign"]),
    "for another algorithm": jwk(RSA, "x", alg="RSA-OAEP"),
    "symmetric": {"kty": "oct", "kid": "x", "k": "c2VjcmV0c2VjcmV0c2VjcmV0"},
    "symmetric, as a public one": {"kty": "oct", "kid": "x", "k": "c2VjcmV0", "alg": "RS256"},
    "secret": json.loads(RSAAlgorithm.to_jwk(RSA)),
    "secret, on a curve": json.loads(ECAlgorithm.to_jwk(EC)),
    "short": jwk(rsa_key(2, 1024), "x"),
    "of no known kind": {"kty": "XYZ", "kid": "x"},
    "on no known curve": jwk(EC, "x", crv="P-257"),
    "broken": jwk(RSA, "x", n="!!"),
    "without a number": {name: value for name, value in jwk(RSA, "x").items() if name != "n"},
    "with an id that is none": jwk(RSA, None) | {"kid": 5},
    "no key": "x",
    "of no kind": {"kid": "x"},
}


@pytest.mark.parametrize("what", UNUSABLE)
def test_a_key_that_is_of_no_use_is_as_if_it_were_not_there(what: str) -> None:
    keys = KeySet.parse(key_set(UNUSABLE[what], jwk(RSA, "good")))
    assert [keys.key(each, "x") for each in Algorithm] == [None] * len(Algorithm)
    assert keys.key(Algorithm.RS256, None)
    with pytest.raises(SourceError, match="no key that checks"):
        KeySet.parse(key_set(UNUSABLE[what]))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"keys": 5}', '{"keys": []}', "\x00", "[" * 100_000, b"\xff"])
def test_what_is_no_key_set(text: str | bytes) -> None:
    with pytest.raises(SourceError):
        KeySet.parse(text)
