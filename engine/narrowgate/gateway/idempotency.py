"""Calls that can be made again without being done again (draft-ietf-httpapi-idempotency-key-header).

What a key was used for is remembered by the ledger, with the entry. Here is known only which keys are in use just now.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Header

from narrowgate.errors import Conflict

_SOON = 2
"""Seconds after which to ask again."""

IdempotencyKey = Annotated[
    str | None,
    Header(
        pattern=r"^[!-~]{1,255}$",
        description="Made up anew for each export. The same call with the same key is not recorded twice.",
    ),
]


def key_of(client: str, given: str) -> str:
    """What the ledger knows a client's key by: a hash, so that clients cannot meet and nothing in it is told."""
    return hashlib.sha256(f"{client}\0{given}".encode()).hexdigest()


class Keys:
    """The keys in use. There are never more than calls under way."""

    def __init__(self) -> None:
        self._held: set[str] = set()

    @contextmanager
    def held(self, key: str | None) -> Iterator[None]:
        """Use a key until the block is left.

        Raises:
            Conflict: another call with it is under way.
        """
        if key is None:
            yield
            return
        if key in self._held:
            raise Conflict("a call with this Idempotency-Key is under way", "wait for it, then try again", _SOON)
        self._held.add(key)
        try:
            yield
        finally:
            self._held.discard(key)
