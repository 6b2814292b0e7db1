"""Subjects without names: a keyed pseudonym of the identifier by which the HR system knows a person.

An identifier of up to 15 bytes, padded to one block (ISO/IEC 7816-4), is encrypted with AES-256. On one block and
under a key of its own that is a pseudorandom permutation, so nobody without the key learns more of two pseudonyms than
whether they are the same, and all identifiers of an export are done in one call. The key's holder can go back, which is
how a breach is answered with identifiers. A longer identifier gets the first 128 bits of its HMAC-SHA-256, and is found
only by asking for it (docs/adr/0013).
"""

from __future__ import annotations

import hmac
from functools import cached_property

LENGTH = 16
"""Bytes of a pseudonym."""
_END = b"\x80"
_LONGEST = LENGTH - len(_END)


class SubjectKey:
    """Makes the pseudonyms of one ledger.

    Args:
        secret: the controller's secret; the keys are derived from it with HKDF (RFC 5869).
    """

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def of(self, identifier: str) -> bytes:
        """The pseudonym of one identifier: 16 bytes."""
        text = identifier.encode()
        if len(text) > _LONGEST:
            return hmac.digest(self._hash_key, text, "sha256")[:LENGTH]
        return self.of_blocks(block(text))

    def of_blocks(self, blocks: bytes) -> bytes:
        """The pseudonyms of identifiers of up to 15 bytes, each as its ``block``: as long as what is given."""
        encryptor = self._cipher.encryptor()
        return bytes(encryptor.update(blocks) + encryptor.finalize())

    def identifier(self, pseudonym: bytes) -> str | None:
        """Whose pseudonym it is; None where only a longer identifier, or another key, can have made it."""
        decryptor = self._cipher.decryptor()
        padded = bytes(decryptor.update(pseudonym) + decryptor.finalize()).rstrip(b"\0")
        try:
            text = padded.removesuffix(_END).decode()
        except UnicodeDecodeError:
            return None
        return text if padded.endswith(_END) and text.isprintable() else None

    @cached_property
    def check(self) -> str:
        """What tells one key from another and says nothing of either: 16 hexadecimal digits."""
        return self._derived(b"narrowgate subject check/1", 8).hex()

    @cached_property
    def _cipher(self):  # type: ignore[no-untyped-def]  # noqa: ANN202 - its type costs an import
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        # Each identifier is one block of its own, so there is nothing for a mode to chain.
        return Cipher(algorithms.AES(self._derived(b"narrowgate subject/1", 32)), modes.ECB())  # noqa: S305

    @cached_property
    def _hash_key(self) -> bytes:
        return self._derived(b"narrowgate long subject/1", 32)

    def _derived(self, info: bytes, length: int) -> bytes:
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(self._secret.encode())


def block(text: bytes) -> bytes:
    """An identifier of up to 15 bytes, padded to a block."""
    return (text + _END).ljust(LENGTH, b"\0")
