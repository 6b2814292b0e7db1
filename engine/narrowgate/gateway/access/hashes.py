"""Hashes of API keys and passwords: scrypt (RFC 7914), its parameters beside the hash.

A hash is written ``scrypt$n$r$p$salt$hash``, salt and hash in Base64 for addresses, unpadded.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

from narrowgate.errors import SourceError

_SALT, _LENGTH = 16, 32
_LARGEST_MEMORY = 1 << 26
"""In bytes, for one hash: 128 × n × r, so that no file can have the gateway run out of it."""
_MOST_PASSES = 16


@dataclass(frozen=True)
class Cost:
    """What one hash costs: memory of 128 × n × r bytes, and p times the time that it takes to fill it."""

    n: int
    r: int
    p: int

    @property
    def memory(self) -> int:
        """In bytes."""
        return 128 * self.n * self.r

    def is_sound(self) -> bool:
        """Whether it is none that would do harm."""
        power = self.n > 1 and self.n & (self.n - 1) == 0
        return power and self.r > 0 and self.memory <= _LARGEST_MEMORY and 0 < self.p <= _MOST_PASSES


KEYS = Cost(1 << 14, 8, 1)
"""For keys, which nobody can guess."""
PASSWORDS = Cost(1 << 15, 8, 3)
"""For passwords, which people think up; of the strengths that OWASP's Password Storage Cheat Sheet recommends."""


@dataclass(frozen=True)
class StoredHash:
    """A hash as a file holds it."""

    cost: Cost
    salt: bytes
    digest: bytes

    @staticmethod
    def parse(text: str) -> StoredHash:
        """The hash that ``text`` writes.

        Raises:
            SourceError: it is none, or costs more than a gateway can bear.
        """
        try:
            kind, n, r, p, salt, digest = text.split("$")
            found = StoredHash(Cost(int(n), int(r), int(p)), _decoded(salt), _decoded(digest))
        except ValueError:
            raise SourceError(
                "a hash is not written scrypt$n$r$p$salt$hash", "make it with: narrowgate client"
            ) from None
        if kind != "scrypt" or not found.cost.is_sound():
            raise SourceError("a hash is of no cost that can be borne", "make it with: narrowgate client")
        return found

    @staticmethod
    def of(secret: str, cost: Cost) -> StoredHash:
        """A new hash of a secret."""
        salt = os.urandom(_SALT)
        return StoredHash(cost, salt, _scrypt(secret, salt, cost, _LENGTH))

    def __str__(self) -> str:
        salt, digest = _encoded(self.salt), _encoded(self.digest)
        return f"scrypt${self.cost.n}${self.cost.r}${self.cost.p}${salt}${digest}"

    def matches(self, secret: str) -> bool:
        """Whether it is of ``secret``. Takes as long whether or not."""
        return hmac.compare_digest(_scrypt(secret, self.salt, self.cost, len(self.digest)), self.digest)


def nobody(cost: Cost) -> StoredHash:
    """A hash that no secret has, to compare with where there is none: that there is none then takes no less time."""
    return StoredHash(cost, bytes(_SALT), bytes(_LENGTH))


def _scrypt(secret: str, salt: bytes, cost: Cost, length: int) -> bytes:
    given = secret.encode("utf-8", "surrogatepass")
    # OpenSSL wants room for its own bookkeeping besides.
    room = cost.memory + 128 * cost.r * (cost.p + 2) + (1 << 16)
    return hashlib.scrypt(given, salt=salt, n=cost.n, r=cost.r, p=cost.p, maxmem=room, dklen=length)


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
