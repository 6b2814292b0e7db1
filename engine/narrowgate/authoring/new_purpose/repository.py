"""What a folder of policies holds already, as far as a new purpose has to get on with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from narrowgate.errors import SourceError, UsageError
from narrowgate.model.agreement import Supplier, Suppliers
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.yaml import YamlError, describe_fault, load_yaml
from narrowgate.policy.bundle import ENTRY_POINTS

PURPOSES = Path("purposes")
SUPPLIERS = Path("suppliers/data.yaml")


@dataclass(frozen=True)
class Repository:
    """A folder of policies and the catalogue beside it."""

    folder: Path
    catalogue: Catalogue
    suppliers: Mapping[str, Supplier]
    purposes: frozenset[str]
    agreements: Mapping[str, Path]
    """The file that holds each agreement, by the agreement's id."""

    @property
    def kinds(self) -> list[str]:
        """The kinds of suppliers that there are."""
        return sorted({supplier.kind for supplier in self.suppliers.values()})


def read_repository(folder: Path, catalogue: Catalogue) -> Repository:
    """See what is in ``folder``.

    Raises:
        UsageError: it is no folder of policies.
        SourceError: a file of data in it cannot be read.
    """
    if not (folder / ENTRY_POINTS).is_file():
        raise UsageError(f"{folder} is no folder of policies", "name one with --policies, or run: narrowgate init DIR")
    purposes = [path for path in sorted((folder / PURPOSES).glob("*")) if path.is_dir()]
    return Repository(
        folder=folder,
        catalogue=catalogue,
        suppliers=_suppliers(folder),
        purposes=frozenset(path.name for path in purposes),
        agreements={name: file for path in purposes for name, file in _agreements(folder, path / "data.yaml")},
    )


def _suppliers(folder: Path) -> dict[str, Supplier]:
    path = folder / SUPPLIERS
    try:
        return Suppliers.model_validate(_read(path) or {}).root
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SourceError(f"{path}: {where}: {first['msg']}", "mend it; see: narrowgate policy lint") from None


def _agreements(folder: Path, path: Path) -> list[tuple[str, Path]]:
    document = _read(path)
    listed = document.get("agreements") if isinstance(document, dict) else None
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    return [(str(entry["id"]), path.relative_to(folder)) for entry in entries if "id" in entry]


def _read(path: Path) -> Any:
    if not path.is_file():
        return None
    try:
        return load_yaml(path.read_text(encoding="utf-8"))
    except (YamlError, UnicodeDecodeError, OSError) as error:
        raise SourceError(f"{path}: {describe_fault(error)}", "mend that line; see: narrowgate policy lint") from error
