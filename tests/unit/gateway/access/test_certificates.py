"""Certificates as a proxy tells of them."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.hashes import SHA256

from narrowgate.errors import Unauthenticated
from narrowgate.gateway.access.certificates import Shown
from support.identity import certificate, client_cert


def test_what_counts_of_it() -> None:
    made = certificate("CN=hr.force.example,O=Force")
    found = Shown.parse(client_cert(made))
    assert found.fingerprint == made.fingerprint(SHA256()).hex()
    assert found.subject == "CN=hr.force.example,O=Force"
    assert Shown.parse(f" {client_cert(made)} ") == found
    found.require_good(datetime.now(UTC).timestamp())


def test_it_is_good_between_its_days() -> None:
    begins, ends = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 6, 30, tzinfo=UTC)
    found = Shown.parse(client_cert(certificate(begins=begins, ends=ends)))
    for at in (begins, ends):
        found.require_good(at.timestamp())
    for at in (begins - timedelta(seconds=1), ends + timedelta(seconds=1)):
        with pytest.raises(Unauthenticated, match="not good yet"):
            found.require_good(at.timestamp())


def wrong_headers() -> dict[str, str]:
    """By what is wrong with them."""
    good = client_cert(certificate())
    return {
        "nothing": "",
        "no colons": good[1:-1],
        "empty": "::",
        "not Base64": ":!!!!:",
        "no DER": f":{b64encode(b'nonsense').decode()}:",
        "cut short": f"{good[:400]}:",
        "more after it": f":{b64encode(b'x').decode()}{good[1:]}",
        "two": f"{good}, {good}",
        "with a parameter": f"{good};x=1",
        "PEM, as nginx has it": "-----BEGIN%20CERTIFICATE-----",
    }


@pytest.mark.parametrize("what", wrong_headers())
def test_a_header_that_holds_none(what: str) -> None:
    with pytest.raises(Unauthenticated, match="no certificate") as caught:
        Shown.parse(wrong_headers()[what])
    assert caught.value.presented
