"""Certificates as a proxy passes them on: the header Client-Cert (RFC 9440)."""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from dataclasses import dataclass

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate, load_der_x509_certificate

from narrowgate.errors import Unauthenticated

_BYTES = re.compile(r":([0-9A-Za-z+/]+={0,2}):", re.ASCII)
"""A byte sequence (RFC 9651, section 3.3.5)."""
_REMEDY = "see that the proxy sends it as RFC 9440 has it"


@dataclass(frozen=True)
class Shown:
    """What counts of a certificate. That its issuer is to be trusted, the proxy has seen to.

    Args:
        fingerprint: SHA-256 of its DER, in hexadecimal.
        subject: as RFC 4514 writes it.
        begins: when it begins to be good, in seconds since 1970.
        ends: when it ends.
    """

    fingerprint: str
    subject: str
    begins: float
    ends: float

    @staticmethod
    def parse(header: str) -> Shown:
        """The certificate that the header holds.

        Raises:
            Unauthenticated: it holds none.
        """
        found = _BYTES.fullmatch(header.strip())
        try:
            der = b64decode(found[1] if found else "", validate=True)
            return shown(load_der_x509_certificate(der))
        except ValueError:
            raise Unauthenticated("the header Client-Cert holds no certificate", _REMEDY, presented=True) from None

    def require_good(self, now: float) -> None:
        """Raise ``Unauthenticated`` where it is not good yet, or not any more."""
        if not self.begins <= now <= self.ends:
            raise Unauthenticated(
                "the certificate is not good yet, or not any more", "have a new one made", presented=True
            )


def shown(certificate: Certificate) -> Shown:
    """What counts of a certificate.

    Raises:
        ValueError: its subject cannot be read.
    """
    return Shown(
        hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest(),
        certificate.subject.rfc4514_string(),
        certificate.not_valid_before_utc.timestamp(),
        certificate.not_valid_after_utc.timestamp(),
    )
