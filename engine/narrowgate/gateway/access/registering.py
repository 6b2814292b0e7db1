"""Registering clients: what ``narrowgate client`` does to their file."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from narrowgate.errors import UsageError
from narrowgate.gateway.access.api_keys import Key
from narrowgate.gateway.access.clients_file import alone, read_clients, write_clients
from narrowgate.gateway.access.hashes import KEYS, PASSWORDS, StoredHash
from narrowgate.model.client import ApiKey, Client, Clients

SHORTEST_PASSWORD = 12
"""Characters."""
_WRITTEN: dict[str | int, tuple[str, str]] = {
    "clients": ("a client's name", "hr-cardiff"),
    "pairs": ("what it is for", "cardco:id_card_print, or cardco:*"),
    "certificates": ("a certificate", "sha256: and 64 hexadecimal digits, or CN=hr.force.example,O=Force"),
}


def change(path: Path, how: Callable[[Clients], Clients]) -> Clients:
    """Put the file in place as ``how`` makes it of what it is; where there is none, it is begun.

    Raises:
        NarrowgateError: it stays as it was.
    """
    with alone(path):
        clients = how(read_clients(path) if path.exists() else Clients())
        write_clients(path, clients)
    return clients


def added(clients: Clients, name: str, client: Client) -> Clients:
    """With one more client.

    Raises:
        UsageError: there is one of that name, or another has its subject.
    """
    if name in clients.clients:
        raise UsageError(f"{name} is registered already", "change it in the file, or remove it first")
    return _replaced(clients, name, client)


def with_key(clients: Clients, name: str, key: Key, until: date | None) -> Clients:
    """With one more API key of a client's."""
    client = _of(clients, name)
    kept = ApiKey(id=key.id, hash=str(StoredHash.of(key.secret, KEYS)), until=until)
    return _replaced(clients, name, client.model_copy(update={"keys": (*client.keys, kept)}))


def with_password(clients: Clients, name: str, password: str) -> Clients:
    """With a password of a client's, in place of the one that it had.

    Raises:
        UsageError: it is too short.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise UsageError(f"a password has {SHORTEST_PASSWORD} characters or more", "choose a longer one")
    hashed = str(StoredHash.of(password, PASSWORDS))
    return _replaced(clients, name, _of(clients, name).model_copy(update={"password": hashed}))


def without_keys(clients: Clients, name: str, key_id: str | None) -> Clients:
    """Without an API key of a client's, or without any.

    Raises:
        UsageError: it has no such key.
    """
    client = _of(clients, name)
    kept = tuple(key for key in client.keys if key_id is not None and key.id != key_id)
    if len(kept) == len(client.keys):
        has = ", ".join(key.id for key in client.keys) or "none"
        raise UsageError(f"{name} has no such key", f"it has {has}: narrowgate client list")
    return _replaced(clients, name, client.model_copy(update={"keys": kept}))


def removed(clients: Clients, name: str) -> Clients:
    """Without a client."""
    _of(clients, name)
    return Clients(clients={each: client for each, client in clients.clients.items() if each != name})


def _of(clients: Clients, name: str) -> Client:
    if name not in clients.clients:
        raise UsageError(f"there is no client {name}", "see which there are: narrowgate client list")
    return clients.clients[name]


def _replaced(clients: Clients, name: str, client: Client) -> Clients:
    try:
        return Clients(clients={**clients.clients, name: client})
    except ValidationError as error:
        raise usage_fault(error) from None


def usage_fault(error: ValidationError) -> UsageError:
    """What is wrong with a client that somebody described, as they can mend it."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = next((each for each in first["loc"] if each in _WRITTEN), "client")
    if first["type"] == "string_pattern_mismatch" and where in _WRITTEN:
        what, example = _WRITTEN[where]
        return UsageError(f"{what} is not written like that", f"write it like {example}")
    return UsageError(first["msg"].removeprefix("Value error, "), "see: narrowgate client add --help")
