"""The registered clients, by each proof of who they are."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock

from cryptography.x509 import Name

from narrowgate.errors import NarrowgateError, SourceError
from narrowgate.gateway.access.api_keys import Key
from narrowgate.gateway.access.caller import Caller
from narrowgate.gateway.access.clients_file import read_clients
from narrowgate.gateway.access.hashes import KEYS, PASSWORDS, StoredHash, nobody
from narrowgate.gateway.access.memo import Memo
from narrowgate.model.client import ApiKey, Client, Clients

FINGERPRINT = "sha256:"
_REMEMBERED = 4096
_REMEMBERED_FOR = 24 * 3600.0


@dataclass(frozen=True)
class _KeptKey:
    hash: StoredHash
    ends: float
    """In seconds since 1970."""


@dataclass(frozen=True)
class _Register:
    """One reading of the file."""

    callers: dict[str, Caller] = field(default_factory=dict)
    keys: dict[tuple[str, str], _KeptKey] = field(default_factory=dict)
    passwords: dict[str, StoredHash] = field(default_factory=dict)
    subjects: dict[str, Caller] = field(default_factory=dict)
    certificates: dict[str, Caller] = field(default_factory=dict)

    @staticmethod
    def of(clients: Clients) -> _Register:
        made = _Register()
        for name, client in clients.clients.items():
            made.add(name, client)
        return made

    def add(self, name: str, client: Client) -> None:
        caller = self.callers[name] = caller_of(name, client)
        for key in client.keys:
            self.keys[name, key.id] = _KeptKey(StoredHash.parse(key.hash), _end_of(key))
        if client.password is not None:
            self.passwords[name] = StoredHash.parse(client.password)
        if client.subject is not None:
            self.subjects[client.subject] = caller
        for certificate in map(certificate_as_compared, client.certificates):
            if self.certificates.setdefault(certificate, caller) is not caller:
                raise SourceError(f"{name} has another client's certificate", "give each client its own")


class Registry:
    """The clients in a file, which is read anew when it changes. For use in several threads.

    Args:
        path: the file.
        now: the clock, in seconds since 1970.

    Raises:
        FileError: it cannot be read.
        SourceError: it is no file of clients.
    """

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        self._path, self._now = path, now
        self._lock = Lock()
        # A key is remembered with the hash that it was found to have: of no use once that is not in the file.
        self._verified: Memo[StoredHash] = Memo(_REMEMBERED, _REMEMBERED_FOR)
        self._fault: str | None = None
        self._stamp = self._stamped()
        self._register = _Register.of(read_clients(path))

    def has_changed(self) -> bool:
        """Whether the file is another than the one that was read."""
        return self._stamped() != self._stamp

    def look(self) -> None:
        """Read the file if it has changed. Where it has become useless, what was read before holds on."""
        with self._lock:
            stamp = self._stamped()
            if stamp == self._stamp:
                return
            try:
                self._register, self._fault = _Register.of(read_clients(self._path)), None
            except NarrowgateError as error:
                self._fault = f"{error.message}; what it said before holds on"
            self._stamp = stamp

    def state(self) -> str | None:
        """What is wrong with the file; None where all is well."""
        return self._fault

    def by_name(self, name: str) -> Caller | None:
        """A client that has proved before who it is."""
        return self._register.callers.get(name)

    def by_verified_key(self, text: str) -> Caller | None:
        """The client with an API key that was verified before. Costs microseconds."""
        key = Key.parse(text)
        kept = self._kept(key) if key else None
        if key is None or kept is None or self._verified.get(_digest(text)) != kept.hash:
            return None
        return self._register.callers.get(key.client)

    def by_key(self, text: str) -> Caller | None:
        """The client with an API key. Costs a hash, whether or not there is one."""
        key = Key.parse(text)
        kept = self._kept(key) if key else None
        stored = kept.hash if kept else nobody(KEYS)
        if not stored.matches(key.secret if key else text) or key is None or kept is None:
            return None
        self._verified.put(_digest(text), stored)
        return self._register.callers.get(key.client)

    def by_password(self, name: str, password: str) -> Caller | None:
        """The client with a password. Costs a hash, whether or not there is one."""
        register = self._register
        stored = register.passwords.get(name)
        matches = (stored or nobody(PASSWORDS)).matches(password)
        return register.callers.get(name) if matches and stored else None

    def by_subject(self, subject: str) -> Caller | None:
        """The client that is the subject of a token."""
        return self._register.subjects.get(subject)

    def by_certificate(self, fingerprint: str, subject: str) -> Caller | None:
        """The client with a certificate.

        Args:
            fingerprint: SHA-256 of its DER, in hexadecimal.
            subject: as RFC 4514 writes it.
        """
        found = self._register.certificates
        return found.get(FINGERPRINT + fingerprint) or found.get(subject)

    def _kept(self, key: Key) -> _KeptKey | None:
        kept = self._register.keys.get((key.client, key.id))
        return kept if kept and self._now() < kept.ends else None

    def _stamped(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino


def caller_of(name: str, client: Client) -> Caller:
    """A registered client, as routes know it."""
    pairs = ((supplier, purpose) for supplier, _, purpose in (each.partition(":") for each in client.pairs))
    return Caller(name, client.scopes, frozenset(pairs), client.rate)


def certificate_as_compared(written: str) -> str:
    """A certificate as the file writes it, in the one manner in which it is compared.

    Raises:
        SourceError: it is no distinguished name.
    """
    if written.startswith(FINGERPRINT):
        return written
    try:
        return Name.from_rfc4514_string(written).rfc4514_string()
    except ValueError:
        raise SourceError(
            "a certificate's subject is not written as RFC 4514 has it", "write it like CN=hr.force.example,O=Force"
        ) from None


def _end_of(key: ApiKey) -> float:
    if key.until is None:
        return float("inf")
    last = datetime.combine(key.until, datetime.min.time(), UTC)
    return (last + timedelta(days=1)).timestamp() if key.until.year < 9999 else float("inf")


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
