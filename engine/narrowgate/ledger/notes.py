"""Signed notes (https://c2sp.org/signed-note) and cosignatures (https://c2sp.org/tlog-cosignature), with Ed25519.

A note is a text, an empty line, and a line for each signature: an em dash, a key's name, and Base64 of the key's id and
the signature. Go's ``golang.org/x/mod/sumdb/note`` reads and writes the same; what it calls malformed is so here.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Self

from narrowgate.errors import EvidenceError, UsageError
from narrowgate.ledger.encoding import from_base64, to_base64

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ED25519, COSIGNATURE = 1, 4
"""Kinds of signature, as signed-note numbers them: over the text, and over the text and a time (cosignature/v1)."""

_PRIVATE = "PRIVATE+KEY+"
_KEY, _ID, _TIME = 32, 4, 8
_LATEST = (1 << 63) - 1
_MOST_SIGNATURES = 100
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]")
_NOT_IN_NAMES = re.compile(rf"[\s+]|{_CONTROL.pattern}")
_SIGNATURE = re.compile("\u2014 ([^ ]+) ([^ ]+)")


@dataclass(frozen=True)
class Verifier:
    """A public key, and whose it is. Its text form is ``name+id+key``.

    Args:
        public: 32 bytes.
        kind: ``ED25519`` or ``COSIGNATURE``.
    """

    name: str
    public: bytes
    kind: int = ED25519

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """Read a verifier key.

        Raises:
            UsageError: it is not one, or of a kind not known here.
        """
        if text.strip().startswith(_PRIVATE):
            raise UsageError("a secret key was given instead of the public one", "keep it secret; give the public key")
        remedy = "give it as its owner printed it: NAME+ID+KEY, in one line"
        name, key_id, kind, public = _parse_key(text.strip(), "public key", remedy)
        found = cls(name, public, kind)
        if kind not in {ED25519, COSIGNATURE}:
            raise UsageError(f"the public key of {name} is of a kind not known here: {kind}", "give an Ed25519 key")
        if found.id != key_id:
            raise UsageError(f"the public key of {name} does not fit its id", remedy)
        return found

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{to_base64(bytes([self.kind]) + self.public)}"

    @cached_property
    def id(self) -> bytes:
        """Four bytes of SHA-256 over name, newline, kind and key."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:_ID]


@dataclass(frozen=True)
class Signature:
    """A signature on a note, not yet verified."""

    name: str
    key_id: bytes
    value: bytes

    @property
    def line(self) -> str:
        """As it stands in a note."""
        return f"\u2014 {self.name} {to_base64(self.key_id + self.value)}\n"


@dataclass(frozen=True)
class _SecretKey:
    """A secret key, and whose it is. Its text form is ``PRIVATE+KEY+name+id+key``.

    Args:
        seed: 32 bytes.
    """

    name: str
    seed: bytes = field(repr=False)
    kind: ClassVar[int]

    @classmethod
    def generate(cls, name: str) -> Self:
        """A new key.

        Raises:
            UsageError: nobody can have this name.
        """
        if not _is_name(name):
            raise UsageError(
                f"{name!r} cannot be a key's name", "give one without spaces and plus signs: force.example"
            )
        return cls(name, secrets.token_bytes(_KEY))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a secret key.

        Raises:
            UsageError: it is not one. The message does not quote it.
        """
        remedy = "give it as it was made: PRIVATE+KEY+NAME+ID+KEY, in one line"
        begun, _, rest = text.strip().partition(_PRIVATE)
        if begun or not rest:
            raise UsageError("what was given is not a secret key", remedy)
        name, key_id, kind, seed = _parse_key(rest, "secret key", remedy)
        found = cls(name, seed)
        if kind != cls.kind or found.verifier.id != key_id:
            raise UsageError(f"the secret key of {name} does not fit its id, or is for something else", remedy)
        return found

    @cached_property
    def verifier(self) -> Verifier:
        """The public key."""
        return Verifier(self.name, self._key.public_key().public_bytes_raw(), self.kind)

    def private(self) -> str:
        """Its text form, which is a secret."""
        key_id = self.verifier.id.hex()
        return f"{_PRIVATE}{self.name}+{key_id}+{to_base64(bytes([self.kind]) + self.seed)}"

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self.seed)


class Signer(_SecretKey):
    """Signs notes."""

    kind = ED25519

    def signature(self, text: str) -> Signature:
        """The signature on a note's text."""
        return Signature(self.name, self.verifier.id, self._key.sign(text.encode()))


class Cosigner(_SecretKey):
    """Signs checkpoints that somebody else signed too, and says when."""

    kind = COSIGNATURE

    def signature(self, text: str, at: int) -> Signature:
        """The cosignature on a checkpoint's text.

        Args:
            at: seconds since 1970.
        """
        value = at.to_bytes(_TIME, "big") + self._key.sign(_cosigned(text, at))
        return Signature(self.name, self.verifier.id, value)


@dataclass(frozen=True)
class Note:
    """A note whose signatures have not been looked at."""

    text: str
    signatures: tuple[Signature, ...]


@dataclass(frozen=True)
class VerifiedNote:
    """A text, and who signed it."""

    text: str
    signed: Mapping[Verifier, int | None]
    """With the time of a cosignature, in seconds since 1970."""


def sign(text: str, *signers: Signer) -> str:
    """The note that ``signers`` sign.

    Raises:
        ValueError: a note cannot hold this text.
    """
    if not text.endswith("\n") or _CONTROL.search(text) or not signers:
        raise ValueError("a note is lines without control characters, and somebody signs it")
    return text + "\n" + "".join(signer.signature(text).line for signer in signers)


def parse_note(note: str) -> Note:
    """Take a note apart. Its signatures are not verified.

    Raises:
        EvidenceError: it is malformed.
    """
    end = note.rfind("\n\n")
    text, lines = note[: end + 1], note[end + 2 :].split("\n")
    if end < 0 or _CONTROL.search(note) or lines.pop() or not 0 < len(lines) <= _MOST_SIGNATURES:
        raise _malformed()
    return Note(text, tuple(map(_parse_signature, lines)))


def verified(note: str | Note, verifiers: Iterable[Verifier]) -> VerifiedNote:
    """What a note says, and which of ``verifiers`` signed it. Signatures of others are passed over.

    Args:
        note: as it stands in a file, or taken apart already.

    Raises:
        EvidenceError: it is malformed, none of them signed it, or a signature that bears the name and id of one is bad.
    """
    known: dict[tuple[str, bytes], set[Verifier]] = {}
    for verifier in verifiers:
        known.setdefault((verifier.name, verifier.id), set()).add(verifier)
    parsed = parse_note(note) if isinstance(note, str) else note
    signed = dict[Verifier, int | None]()
    for signature in parsed.signatures:
        theirs = known.get((signature.name, signature.key_id), set())
        if len(theirs) > 1:
            raise EvidenceError(f"there are two keys {signature.name}+{signature.key_id.hex()}", "take one away")
        for verifier in theirs - signed.keys():
            signed[verifier] = _verify(verifier, parsed.text, signature.value)
    if not signed:
        names = " or ".join(sorted({name for name, _ in known})) or "a key that is known"
        raise EvidenceError(f"the note is not signed by {names}", "see whose it is, and give that public key")
    return VerifiedNote(parsed.text, signed)


def _verify(verifier: Verifier, text: str, value: bytes) -> int | None:
    """The time of a cosignature.

    Raises:
        EvidenceError: the signature is bad.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    at, message = None, text.encode()
    if verifier.kind == COSIGNATURE:
        at, value = int.from_bytes(value[:_TIME], "big"), value[_TIME:]
        message = _cosigned(text, at)
    try:
        Ed25519PublicKey.from_public_bytes(verifier.public).verify(value, message)
    except InvalidSignature:
        raise _bad(verifier) from None
    if at is not None and not 0 < at <= _LATEST:
        raise _bad(verifier)
    return at


def _bad(verifier: Verifier) -> EvidenceError:
    return EvidenceError(
        f"the signature of {verifier.name} is bad: the note was changed, or forged", "find the original"
    )


def _cosigned(text: str, at: int) -> bytes:
    """What a cosignature/v1 is over."""
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def _parse_signature(line: str) -> Signature:
    found = _SIGNATURE.fullmatch(line)
    value = from_base64(found[2]) if found else None
    if found is None or value is None or len(value) <= _ID or not _is_name(found[1]):
        raise _malformed()
    return Signature(found[1], value[:_ID], value[_ID:])


def _malformed() -> EvidenceError:
    return EvidenceError("this is not a signed note", "find the original: a text, an empty line, and signatures")


def _parse_key(text: str, what: str, remedy: str) -> tuple[str, bytes, int, bytes]:
    """Name, id, kind and key of ``name+id+key``.

    Raises:
        UsageError: it has another form. The message does not quote it.
    """
    name, _, rest = text.partition("+")
    key_id, _, key = rest.partition("+")
    value = from_base64(key)
    if not _is_name(name) or not re.fullmatch("[0-9a-f]{8}", key_id) or value is None or len(value) != 1 + _KEY:
        raise UsageError(f"what was given is not a {what}", remedy)
    return name, bytes.fromhex(key_id), value[0], value[1:]


def _is_name(name: str) -> bool:
    return bool(name) and not _NOT_IN_NAMES.search(name)
