"""Keyed pseudonyms: HMAC-SHA-256 under a key of the supplier's and purpose's own.

A plain hash of a service number is found out in seconds by hashing them all. The key is derived with HKDF (RFC 5869)
from one secret, so that two suppliers, or one supplier for two purposes, cannot join what they were given.
"""

from __future__ import annotations

import hmac
from functools import cached_property

import polars as pl

from narrowgate.errors import UsageError

_DIGITS = 32
"""Hexadecimal: 128 bits, so that two people never share one."""
_SHORTEST_SECRET = 32


class Pseudonyms:
    """Pseudonyms for one supplier and purpose.

    Args:
        secret: the controller's secret; needed only once a pseudonym is made.
    """

    def __init__(self, secret: str | None, supplier: str, purpose: str) -> None:
        self._secret, self._supplier, self._purpose = secret, supplier, purpose

    @cached_property
    def _key(self) -> bytes:
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        secret = require_secret(self._secret)
        info = f"narrowgate pseudonym/1\0{self._supplier}\0{self._purpose}".encode()
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret.encode())

    def ready(self) -> Pseudonyms:
        """The same, once it is known that there is a secret.

        Raises:
            UsageError: there is none.
        """
        require_secret(self._secret)
        return self

    def of(self, field: str, cells: pl.Series) -> pl.Series:
        """A pseudonym for each cell of ``field``; null for null. Equal cells have equal pseudonyms."""
        distinct = cells.drop_nulls().unique()
        prefix, key = f"{field}\0".encode(), self._key
        made = [hmac.digest(key, prefix + cell.encode(), "sha256").hex()[:_DIGITS] for cell in distinct]
        return cells.replace_strict(distinct, pl.Series(made, dtype=pl.String), default=None, return_dtype=pl.String)


def require_secret(secret: str | None) -> str:
    """``secret``, if there is one and it is long enough to be one.

    Raises:
        UsageError: it is missing or short.
    """
    remedy = "set NARROWGATE_PSEUDONYM_SECRET to 32 random characters or more, and keep it: openssl rand -hex 32"
    if not secret:
        raise UsageError("this purpose pseudonymises, and there is no secret to do it with", remedy)
    if len(secret) < _SHORTEST_SECRET:
        raise UsageError("the pseudonym secret is too short to be one", remedy)
    return secret
