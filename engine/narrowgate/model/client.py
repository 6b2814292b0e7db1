"""Registered clients: who may ask the gateway for what, and how they prove who they are."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from narrowgate.model.base import Document
from narrowgate.model.scope import Scope

_HASH = r"^scrypt\$[0-9]+\$[0-9]+\$[0-9]+\$[0-9A-Za-z_-]{22,86}\$[0-9A-Za-z_-]{43,86}$"

ClientName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,62}$")]
"""No underscore, since that is what parts an API key."""
Pair = Annotated[str, StringConstraints(pattern=r"^(\*|[a-z][a-z0-9_]{0,63}):(\*|[a-z][a-z0-9_]{0,63})$")]
"""``supplier:purpose``; ``*`` stands for any."""
Hash = Annotated[str, StringConstraints(pattern=_HASH)]
"""``scrypt$n$r$p$salt$hash`` (RFC 7914), salt and hash in Base64 for addresses (RFC 4648, section 5), unpadded."""
Certificate = Annotated[str, StringConstraints(pattern=r"^(sha256:[0-9a-f]{64}|[A-Za-z0-9.]+=.+)$", max_length=1024)]
"""``sha256:`` and the hexadecimal fingerprint of the certificate's DER, or its subject as RFC 4514 writes it."""


class ApiKey(Document):
    """An API key. The key itself is nowhere but with the client."""

    id: str = Field(pattern="^[0-9a-f]{8}$")
    """By which it is told from the client's other keys; the key holds it."""
    hash: Hash
    until: date | None = None
    """Last day on which it is good, by UTC. None: it is good until it is revoked."""


class Client(Document):
    """A client: a program, or a person who uses the console."""

    scopes: frozenset[Scope] = frozenset()
    """What it may do."""
    pairs: frozenset[Pair] = Field(frozenset(), alias="for")
    """The suppliers and purposes that it may do it for."""
    keys: tuple[ApiKey, ...] = ()
    """API keys; several while one takes the place of another."""
    subject: str | None = Field(None, min_length=1, max_length=255)
    """What bearer tokens for it have as their subject (claim ``sub``), and its sign-ins by OpenID Connect."""
    certificates: tuple[Certificate, ...] = ()
    """The certificates that it shows to the proxy."""
    password: Hash | None = None
    """Of a person who signs in to the console."""
    rate: int | None = Field(None, ge=1)
    """Calls a minute that it may make. None: as many as the setting ``rate`` says."""

    @model_validator(mode="after")
    def _tells_keys_apart(self) -> Client:
        if len({key.id for key in self.keys}) < len(self.keys):
            raise ValueError("two keys have the same id")
        return self


class Clients(Document):
    """The file of registered clients, which the setting ``gateway.clients`` names."""

    clients: dict[ClientName, Client] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _tells_clients_apart(self) -> Clients:
        proofs = [each.subject for each in self.clients.values() if each.subject is not None]
        if len(set(proofs)) < len(proofs):
            raise ValueError("two clients have the same subject")
        return self


class ShownKey(Document):
    """What is shown of an API key."""

    id: str
    until: date | None


class ShownClient(Document):
    """What is shown of a client: nothing that a hash could be guessed by."""

    name: str
    scopes: tuple[Scope, ...]
    pairs: tuple[str, ...] = Field(alias="for")
    keys: tuple[ShownKey, ...]
    subject: str | None
    certificates: tuple[str, ...]
    has_password: bool
    rate: int | None


class ClientReport(Document):
    """What ``narrowgate client list --json`` prints."""

    clients: tuple[ShownClient, ...]


class NewKey(Document):
    """What ``narrowgate client key --json`` prints: the one time that the key is shown."""

    client: str
    id: str
    key: str
    until: date | None


def shown_clients(clients: Clients) -> ClientReport:
    """What is shown of registered clients, by name."""
    return ClientReport(
        clients=tuple(
            ShownClient(
                name=name,
                scopes=tuple(sorted(client.scopes)),
                pairs=tuple(sorted(client.pairs)),
                keys=tuple(ShownKey(id=key.id, until=key.until) for key in client.keys),
                subject=client.subject,
                certificates=client.certificates,
                has_password=client.password is not None,
                rate=client.rate,
            )
            for name, client in sorted(clients.clients.items())
        )
    )
