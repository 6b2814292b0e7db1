"""A small, tested repository of policies, made whole or not at all."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import date
from pathlib import Path

from narrowgate import __version__
from narrowgate.authoring.cases.files import CASES, FIXTURES
from narrowgate.authoring.new_purpose.answering import draft_purpose
from narrowgate.authoring.new_purpose.proving import prove
from narrowgate.authoring.new_purpose.repository import read_repository
from narrowgate.authoring.new_purpose.staging import staged
from narrowgate.errors import FileError, UsageError
from narrowgate.model.catalogue import FILE_NAME as CATALOGUE
from narrowgate.model.catalogue import load_catalogue
from narrowgate.model.invariant import FILE_NAME as INVARIANTS
from narrowgate.policy.bundle import ENTRY_POINTS
from narrowgate.policy.input_schema import FILE_NAME as INPUT
from narrowgate.resources import shipped
from narrowgate.service import Gate

FIRST_PURPOSE = "id_card_print"

OpenGate = Callable[[Path, Path], AbstractContextManager[Gate]]
"""Opens a gate over a folder of policies and one of schemas."""

_TEMPLATE = Path(__file__).parent / "template"
_FROM_THE_SHIPPED = (ENTRY_POINTS, ".manifest", "capabilities.json", CASES, FIXTURES, INVARIANTS)
_SOURCES = "sources"


def begin(folder: Path, on: date, open_gate: OpenGate) -> None:
    """Fill ``folder`` with the guardrails, the catalogue, the settings, and one purpose that has been tried.

    Args:
        on: the first purpose's agreement is in force in its year and the next.

    Raises:
        UsageError: something is there already.
        FileError: the folder cannot be made.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is not empty", "name a new folder")
    try:
        with _made_whole(folder) as made:
            _copy_template(made)
            _copy_shipped(made)
            _add_first_purpose(made, on, open_gate)
    except OSError as error:
        raise FileError(f"{folder} cannot be made: {error.strerror}", "name a folder that can be written") from error


@contextmanager
def _made_whole(folder: Path) -> Iterator[Path]:
    """A folder on the way to ``folder``, which takes its place in the end; gone where it does not come to that."""
    folder = folder.resolve()
    there = next(parent for parent in folder.parents if parent.is_dir())
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=there) as partial:
        made = Path(partial) / "repository"
        made.mkdir()
        yield made
        folder.parent.mkdir(parents=True, exist_ok=True)
        made.rename(folder)


def _copy_template(made: Path) -> None:
    for path in sorted(_TEMPLATE.rglob("*")):
        if path.is_file():
            relative = path.relative_to(_TEMPLATE)
            target = made.joinpath(*(part.replace("dot-", ".", 1) for part in relative.parts))
            target.parent.mkdir(parents=True, exist_ok=True)
            text = path.read_text(encoding="utf-8").replace("@VERSION@", __version__)
            target.write_text(text, encoding="utf-8")
            # A wheel may have been unpacked without its modes.
            target.chmod(0o755 if text.startswith("#!") else 0o644)


def _copy_shipped(made: Path) -> None:
    """What is the same everywhere to begin with, and the schemas that editors complete by."""
    policies, schemas = shipped("policies"), shipped("schemas")
    for name in _FROM_THE_SHIPPED:
        shutil.copyfile(policies / name, made / "policies" / name)
    shutil.copytree(policies / "guardrails", made / "policies/guardrails")
    (made / "policies/purposes").mkdir()
    shutil.copytree(schemas / _SOURCES, made / "schemas" / _SOURCES)
    settings = json.loads((made / ".vscode/settings.json").read_text(encoding="utf-8"))
    completed = [Path(name).name for name in settings["yaml.schemas"]]
    for name in (CATALOGUE, INPUT, *completed):
        shutil.copyfile(schemas / name, made / "schemas" / name)


def _add_first_purpose(made: Path, on: date, open_gate: OpenGate) -> None:
    repository = read_repository(made / "policies", load_catalogue(made / "schemas"))
    draft = draft_purpose(FIRST_PURPOSE, repository, _answers(on), ask=None)
    with staged(draft, repository) as stage:
        with open_gate(stage.policies, made / "schemas") as gate:
            prove(gate, stage)
        stage.publish()


def _answers(on: date) -> Mapping[str, tuple[str, ...]]:
    """What ``policy new`` would be told of the first purpose."""
    return {
        "title": ("ID card printing",),
        "basis": ("public task",),
        "retention_days": ("30",),
        "supplier": ("cardco",),
        "supplier_title": ("Cardco Ltd",),
        "kind": ("card printer",),
        "country": ("GB",),
        "agreement": (f"DSA-{on.year}-001",),
        "from": (f"{on.year}-01-01",),
        "until": (f"{on.year + 1}-12-31",),
        "max_rows": ("20000",),
        "fields": ("warrant_number=keep", "forename=keep", "surname=keep", "rank=keep", "photo=image:600"),
        "release": ("status in active,suspended",),
    }
