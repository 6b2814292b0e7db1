"""The file of registered clients."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from narrowgate.errors import FileError, SourceError
from narrowgate.model.client import Clients
from narrowgate.model.yaml import YamlError, describe_fault, dump_yaml, load_yaml

_HEAD = "# Who may ask the gateway for what. Written by: narrowgate client\n"


def read_clients(path: Path) -> Clients:
    """The clients that a file registers.

    Raises:
        FileError: it cannot be read.
        SourceError: it is no such file.
    """
    try:
        return Clients.model_validate(load_yaml(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise FileError(
            f"{path} cannot be read ({error.strerror})", "see whether it is there and who may read it"
        ) from None
    except (YamlError, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: {describe_fault(error)}", "mend that line") from None
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SourceError(f"{path}: {where}: {first['msg']}", "see schemas/clients.schema.json") from None


def write_clients(path: Path, clients: Clients) -> None:
    """Put the file in place, whole and on the disk. Only its owner may read it.

    Raises:
        FileError: it cannot be written.
    """
    document = clients.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for client in document.get("clients", {}).values():
        for name in ("scopes", "for"):
            if name in client:
                client[name] = sorted(client[name])
    text = _HEAD + dump_yaml(document or {"clients": {}})
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise FileError(f"{path} cannot be written ({error.strerror})", "see who may write there") from None


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keep others from changing the file meanwhile, so that no change is lost.

    Raises:
        FileError: its folder is not there.
    """
    try:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise FileError(f"{path.parent} cannot be opened ({error.strerror})", "make the folder first") from None
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
