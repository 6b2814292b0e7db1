"""Signed tokens."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from narrowgate.errors import Unauthenticated
from narrowgate.gateway.access.key_source import KeySource
from narrowgate.gateway.access.tokens import TokenRules, TokenVerifier
from narrowgate.model.algorithm import Algorithm
from support.identity import AUDIENCE, ISSUER, Issuer, ec_key, jwk, public_pem, rsa_key

HEAD = {"alg": "RS256", "kid": "one"}


def verifier(issuer: Issuer, *algorithms: Algorithm) -> TokenVerifier:
    rules = TokenRules(ISSUER, AUDIENCE, algorithms or (Algorithm.RS256,))
    return TokenVerifier(rules, KeySource(str(issuer.publish())))


def claims(checks: TokenVerifier, token: str, nonce: str | None = None) -> dict[str, Any]:
    return asyncio.run(checks.claims(token, nonce))


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(tmp_path)


def encoded(part: Any) -> str:
    text = part if isinstance(part, bytes) else json.dumps(part).encode()
    return urlsafe_b64encode(text).rstrip(b"=").decode()


def by_hand(head: Any, body: Any, sign: Callable[[bytes], bytes] = lambda _: b"") -> str:
    """A token that no library would make."""
    signed = f"{encoded(head)}.{encoded(body)}"
    return f"{signed}.{encoded(sign(signed.encode()))}"


def rs256(signed: bytes) -> bytes:
    """The issuer's own signature."""
    return rsa_key().sign(signed, PKCS1v15(), SHA256())


def good_claims() -> dict[str, Any]:
    return {"iss": ISSUER, "aud": AUDIENCE, "sub": "hr", "exp": int(time.time()) + 600}


def test_a_good_one(issuer: Issuer) -> None:
    checks = verifier(issuer)
    assert claims(checks, issuer.token())["sub"] == "hr"
    assert claims(checks, by_hand(HEAD, good_claims(), rs256))["sub"] == "hr"
    assert claims(checks, issuer.token({"aud": ["others", AUDIENCE]}))["sub"] == "hr"
    assert claims(checks, issuer.token(header={"kid": None}))["sub"] == "hr"
    assert claims(checks, issuer.token({"nbf": int(time.time()) - 5, "iat": int(time.time())}))["sub"] == "hr"


def test_by_another_algorithm_if_that_is_set(tmp_path: Path) -> None:
    issuer = Issuer(tmp_path, ec_key())
    assert claims(verifier(issuer, Algorithm.ES256), issuer.token(algorithm="ES256"))["sub"] == "hr"
    with pytest.raises(Unauthenticated, match="not signed as it must be"):
        claims(verifier(issuer, Algorithm.RS256), issuer.token(algorithm="ES256"))


def confused(issuer: Issuer) -> str:
    """Signed with the public key, as if that were a secret that both share."""
    secret = public_pem(issuer.key)
    head = {"alg": "HS256", "kid": issuer.kid, "typ": "JWT"}
    return by_hand(head, good_claims(), lambda signed: hmac.digest(secret, signed, hashlib.sha256))


def tampered(issuer: Issuer) -> str:
    head, _, signature = issuer.token().split(".")
    return f"{head}.{encoded(good_claims() | {'sub': 'una'})}.{signature}"


WRONG: dict[str, Callable[[Issuer], str]] = {
    "has expired": lambda issuer: issuer.token({"exp": int(time.time()) - 60}),
    "expired long ago": lambda issuer: issuer.token({"exp": 0}),
    "never expires": lambda issuer: issuer.token(without=("exp",)),
    "expires at no time": lambda issuer: issuer.token({"exp": "never"}),
    "expires at infinity": lambda issuer: issuer.token({"exp": float("inf")}),
    "is not good yet": lambda issuer: issuer.token({"nbf": int(time.time()) + 3600}),
    "is for somebody else": lambda issuer: issuer.token({"aud": "others"}),
    "is for nobody": lambda issuer: issuer.token(without=("aud",)),
    "is for many others": lambda issuer: issuer.token({"aud": ["others", f"{AUDIENCE}s"]}),
    "is from somebody else": lambda issuer: issuer.token({"iss": f"{ISSUER}.example"}),
    "is from nobody": lambda issuer: issuer.token(without=("iss",)),
    "is about nobody": lambda issuer: issuer.token(without=("sub",)),
    "is about a number": lambda issuer: by_hand(HEAD, good_claims() | {"sub": 5}, rs256),
    "is signed by another": lambda issuer: issuer.token(key=rsa_key(1)),
    "is signed by a key that is not known": lambda issuer: issuer.token(header={"kid": "two"}),
    "names a number as its key": lambda issuer: by_hand(HEAD | {"kid": 1}, good_claims(), rs256),
    "is signed otherwise": lambda issuer: issuer.token(algorithm="RS512"),
    "brings its own key": lambda issuer: issuer.token(key=rsa_key(1), header={"jwk": jwk(rsa_key(1), "one")}),
    "wants what is not known": lambda issuer: issuer.token(header={"crit": ["x"], "x": 1}),
    "is not signed": lambda issuer: by_hand(HEAD, good_claims()),
    "says none": lambda issuer: by_hand({"alg": "none"}, good_claims()),
    "says None": lambda issuer: by_hand(HEAD | {"alg": "None"}, good_claims()),
    "says a list": lambda issuer: by_hand(HEAD | {"alg": ["RS256"]}, good_claims(), rs256),
    "says nothing": lambda issuer: by_hand({"kid": "one"}, good_claims(), rs256),
    "is signed with the public key": confused,
    "was tampered with": tampered,
    "lost its end": lambda issuer: issuer.token().rpartition(".")[0],
    "is deep": lambda issuer: by_hand(b"[" * 5000, good_claims()),
    "is deep inside": lambda issuer: by_hand(HEAD, b"[" * 5000, rs256),
    "holds a list": lambda issuer: by_hand(HEAD, [good_claims()], rs256),
    "is long": lambda issuer: issuer.token({"more": "x" * 10_000}),
    "is none": lambda issuer: "nonsense",
    "is nothing": lambda issuer: "",
    "is dots": lambda issuer: "..",
    "is of other letters": lambda issuer: "ü.ü.ü",
}


@pytest.mark.parametrize("what", WRONG)
def test_one_that_is_not_to_be_believed(issuer: Issuer, what: str) -> None:
    checks = verifier(issuer)
    token = WRONG[what](issuer)
    with pytest.raises(Unauthenticated) as caught:
        claims(checks, token)
    assert caught.value.presented
    assert caught.value.remedy
    for part in (part for part in token.split(".") if part):
        assert part not in caught.value.message


def test_what_is_wrong_is_told(issuer: Issuer) -> None:
    checks = verifier(issuer)
    for what, message in {
        "has expired": "has expired",
        "is not good yet": "not good yet",
        "is for somebody else": "for somebody else",
        "is from somebody else": "from somebody else",
        "is about nobody": "lacks a claim",
        "is signed by a key that is not known": "key that is not known",
        "says none": "not signed as it must be",
        "was tampered with": "cannot be believed",
    }.items():
        with pytest.raises(Unauthenticated, match=message):
            claims(checks, WRONG[what](issuer))


def test_an_id_token_answers_what_was_asked(issuer: Issuer) -> None:
    checks = verifier(issuer)
    assert claims(checks, issuer.token({"nonce": "n-1", "azp": AUDIENCE}), "n-1")["sub"] == "hr"
    for wrong in ({"nonce": "n-2"}, {}, {"nonce": 5}, {"nonce": None}, {"nonce": "n-1", "azp": "others"}):
        with pytest.raises(Unauthenticated):
            claims(checks, issuer.token(wrong), "n-1")
