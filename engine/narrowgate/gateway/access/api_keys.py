"""API keys: ``ng_<client>_<id>_<secret>``, so that a client and one hash are found by the key itself."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

PREFIX = "ng_"
_WRITTEN = re.compile(r"ng_([a-z][a-z0-9-]{0,62})_([0-9a-f]{8})_([0-9a-f]{64})", re.ASCII)


@dataclass(frozen=True)
class Key:
    """An API key, taken apart.

    Args:
        client: the name of the client that it is for.
        id: by which it is told from the client's other keys.
        secret: 256 random bits, in hexadecimal.
    """

    client: str
    id: str
    secret: str

    @staticmethod
    def new(client: str) -> Key:
        """A new key for a client."""
        return Key(client, secrets.token_hex(4), secrets.token_hex(32))

    @staticmethod
    def parse(text: str) -> Key | None:
        """The key that ``text`` writes; None where it is none."""
        found = _WRITTEN.fullmatch(text)
        return Key(*found.groups()) if found else None

    def __str__(self) -> str:
        return f"{PREFIX}{self.client}_{self.id}_{self.secret}"
