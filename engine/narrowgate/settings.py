"""Settings: from options, the environment and ``narrowgate.toml``, in this order.

Plain pydantic: pydantic-settings takes longer to import than a small export takes to filter (docs/adr/0003).
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_origin

from pydantic import Field, ValidationError

from narrowgate.errors import SourceError
from narrowgate.model.algorithm import Algorithm
from narrowgate.model.base import Document
from narrowgate.model.serving import Serving
from narrowgate.resources import of_the_user, shipped, state_folder

if TYPE_CHECKING:
    from narrowgate.ledger.keys import KeyRing
    from narrowgate.ledger.open import Location
    from narrowgate.policy.signature import TrustedKey

FILE_NAME = "narrowgate.toml"
PREFIX = "NARROWGATE_"
SECRETS = ("pseudonym_secret", "signing_key", "engine_token", "bundle_key")
GATEWAY_SECRETS: tuple[str, ...] = ("sign_in_secret",)
"""Of the settings in ``[gateway]``."""


class Settings(Document):
    """What every command goes by. Each can be set as ``NARROWGATE_<NAME>``; all but secrets also in the file."""

    policies: Path = Field(default_factory=lambda: shipped("policies"))
    """The policies: a folder or a bundle file. Not used with a shared OPA, which has its own."""
    schemas: Path = Field(default_factory=lambda: shipped("schemas"))
    """The catalogue and the sources."""
    engine: str = "private"
    """``private``, or the address of a shared OPA."""
    engine_timeout: float = Field(10.0, gt=0, le=600)
    """Seconds that OPA may take for one question."""
    engine_token: str | None = None
    engine_certificate: Path | None = None
    engine_key: Path | None = None
    engine_authority: Path | None = None
    """Certificates by which a shared OPA is known."""
    verification_key: Path | None = None
    """Public key by which policies must be signed. With a shared OPA, ``policies`` is the bundle that it pulled."""
    verification_key_id: str | None = None
    """What signatures must call that key."""
    verification_algorithm: Algorithm = Algorithm.RS256
    """By which that key signs."""
    bundle_key: str | None = None
    """What bundles are signed with: a private key as PEM."""
    ledger: str = Field(default_factory=lambda: str(state_folder() / "ledger.db"))
    """Where releases and refusals are entered: an SQLite file, or the address of a PostgreSQL database."""
    ledger_timeout: float = Field(10.0, gt=0, le=600)
    """Seconds to wait for other writers."""
    ledger_key: str | None = None
    """Public key by which receipts are checked. Default: that of the signing key."""
    checkpoints: Path | None = None
    """File of signed checkpoints. Default: beside an SQLite ledger. Best kept on another machine."""
    keys: Path = Field(default_factory=lambda: of_the_user("XDG_CONFIG_HOME", ".config"))
    """Folder of the secrets that the environment does not give."""
    pseudonym_secret: str | None = None
    """What the pseudonyms in releases are made with, and those of the subjects of a ledger that begins with it."""
    signing_key: str | None = None
    """What checkpoints are signed with: a signed-note private key."""
    gateway: Serving = Serving()
    """How ``narrowgate serve`` serves: a table of its own in the file."""


def load_settings(
    options: Mapping[str, Any],
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Settings for one run.

    Args:
        options: from the command line; None where not given.
        folder: where to begin to look for ``narrowgate.toml``, upwards; default the working folder.
        environment: default the process's own.

    Raises:
        SourceError: the file or a variable is not right.
    """
    start = folder or Path.cwd()
    path = next((each / FILE_NAME for each in (start, *start.parents) if (each / FILE_NAME).is_file()), None)
    environment = os.environ if environment is None else environment
    values = (_from_file(path) if path else {}) | _from_environment(environment)
    values |= {name: value for name, value in options.items() if value is not None}
    if gateway := _gateway_from_environment(environment):
        values["gateway"] = {**values.get("gateway", {}), **gateway}
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        raise SourceError(
            f"setting {name}: {first['msg']}", f"mend it in {FILE_NAME} or {PREFIX}{name.upper()}"
        ) from None


def _from_file(path: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SourceError(f"{path} cannot be read: {error}", "mend it; it is TOML") from None
    gateway = values.get("gateway")
    inner = gateway if isinstance(gateway, dict) else {}
    secrets = [name for name in SECRETS if name in values]
    secrets += [f"gateway_{name}" for name in GATEWAY_SECRETS if name in inner]
    if secrets:
        raise SourceError(
            f"{path} holds {', '.join(secrets)}", f"put secrets into the environment, {PREFIX}{secrets[0].upper()}"
        )
    if isinstance(ledger := values.get("ledger"), str) and "://" not in ledger:
        values["ledger"] = str(path.parent / ledger)
    if inner:
        if isinstance(keys := inner.get("token_keys"), str) and "://" not in keys:
            inner["token_keys"] = str(path.parent / keys)
        values["gateway"] = _beside(path, inner, Serving)
    return _beside(path, values, Settings)


def _beside(file: Path, values: dict[str, Any], form: type[Document]) -> dict[str, Any]:
    """``values`` with paths made relative to the file that they stand in."""
    paths = {name for name, each in form.model_fields.items() if Path in (each.annotation, *get_args(each.annotation))}
    return {
        name: file.parent / value if name in paths and isinstance(value, str) else value
        for name, value in values.items()
    }


def keys_of(settings: Settings) -> KeyRing:
    """The ledger's secrets."""
    from narrowgate.ledger.keys import KeyRing

    return KeyRing(settings.keys, settings.pseudonym_secret, settings.signing_key)


def trusted_key_of(settings: Settings) -> TrustedKey | None:
    """The key by which policies must be signed; None where they need not be.

    Raises:
        SourceError: only half of it is set, or the file holds no public key.
    """
    if settings.verification_key is None and settings.verification_key_id is None:
        return None
    from narrowgate.policy.signature import read_trusted_key

    if settings.verification_key is None or not settings.verification_key_id:
        raise SourceError(
            "verification_key and verification_key_id are set together or not at all", "set both, or neither"
        )
    return read_trusted_key(settings.verification_key, settings.verification_key_id, settings.verification_algorithm)


def location_of(settings: Settings) -> Location:
    """Where the ledger of ``settings`` is."""
    from narrowgate.ledger.open import Location

    return Location(settings.ledger, keys_of(settings), settings.checkpoints, state_folder(), settings.ledger_timeout)


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in Settings.model_fields.keys() - {"gateway"}:
        if given := environment.get(PREFIX + name.upper()):
            values[name] = given
        elif name in SECRETS and (secret := _from_named_file(environment, PREFIX + name.upper())):
            values[name] = secret
    return values


def _gateway_from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in Serving.model_fields:
        variable = f"{PREFIX}GATEWAY_{name.upper()}"
        if given := environment.get(variable):
            values[name] = _listed(name, given)
        elif name in GATEWAY_SECRETS and (secret := _from_named_file(environment, variable)):
            values[name] = secret
    return values


def _listed(name: str, given: str) -> str | list[str]:
    """A variable's value; one that is for a list has commas between."""
    is_list = get_origin(Serving.model_fields[name].annotation) is tuple
    return [each.strip() for each in given.split(",") if each.strip()] if is_list else given


def _from_named_file(environment: Mapping[str, str], variable: str) -> str | None:
    """The secret in the file that ``<variable>_FILE`` names."""
    if not (file := environment.get(f"{variable}_FILE")):
        return None
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise SourceError(f"{variable}_FILE cannot be read", "see who may read it, and what it holds") from None
