"""Settings: from options, the environment and ``narrowgate.toml``, in this order.

Plain pydantic: pydantic-settings takes longer to import than a small export takes to filter (docs/adr/0003).
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import Field, ValidationError

from narrowgate.errors import SourceError
from narrowgate.model.base import Document
from narrowgate.resources import shipped

FILE_NAME = "narrowgate.toml"
PREFIX = "NARROWGATE_"
SECRETS = ("pseudonym_secret", "engine_token")


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
    pseudonym_secret: str | None = None


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
    if secrets := [name for name in SECRETS if name in values]:
        raise SourceError(
            f"{path} holds {', '.join(secrets)}", f"put secrets into the environment, {PREFIX}{secrets[0].upper()}"
        )
    # Paths in the file are relative to the file.
    folders = {
        name for name, field in Settings.model_fields.items() if Path in (field.annotation, *get_args(field.annotation))
    }
    return {
        name: path.parent / value if name in folders and isinstance(value, str) else value
        for name, value in values.items()
    }


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in Settings.model_fields:
        if given := environment.get(PREFIX + name.upper()):
            values[name] = given
        elif name in SECRETS and (file := environment.get(f"{PREFIX}{name.upper()}_FILE")):
            try:
                values[name] = Path(file).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise SourceError(f"{PREFIX}{name.upper()}_FILE cannot be read: {error.strerror}", "check it") from None
    return values
