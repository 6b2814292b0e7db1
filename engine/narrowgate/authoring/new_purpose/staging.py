"""A copy of the policies with the new purpose in it, and its way from there into the policies."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from narrowgate.authoring.new_purpose.draft import Draft
from narrowgate.authoring.new_purpose.repository import PURPOSES, SUPPLIERS, Repository
from narrowgate.authoring.new_purpose.texts import data_text, rego_test_text, rego_text, supplier_line
from narrowgate.errors import FileError, OpaMissing, SourceError
from narrowgate.model.yaml import YamlError, load_yaml
from narrowgate.policy.binary import find_opa


@dataclass(frozen=True)
class Stage:
    """Where a draft is written down and tried, out of everybody's way."""

    draft: Draft
    repository: Repository
    policies: Path
    """The copy."""

    @property
    def folder(self) -> Path:
        """The new purpose's folder in the copy."""
        return self.policies / PURPOSES / self.draft.name

    def publish(self) -> list[Path]:
        """Put the purpose into the policies, whole or not at all, and say which files were made or changed.

        Raises:
            FileError: it cannot be put there.
        """
        target = self.repository.folder / PURPOSES / self.draft.name
        suppliers = self.repository.folder / SUPPLIERS
        before = suppliers.read_bytes() if suppliers.is_file() else None
        changed = [target / path.name for path in sorted(self.folder.iterdir())]
        try:
            with tempfile.TemporaryDirectory(prefix=f".{self.draft.name}-", dir=target.parent) as partial:
                made = shutil.copytree(self.folder, Path(partial) / self.draft.name)
                if self.draft.new_supplier is not None:
                    suppliers.parent.mkdir(exist_ok=True)
                    shutil.copyfile(self.policies / SUPPLIERS, suppliers)
                    changed.append(suppliers)
                made.rename(target)
        except OSError as error:
            if before is not None:
                suppliers.write_bytes(before)
            raise FileError(f"{target} cannot be made: {error.strerror}", "make its folder writable") from error
        return changed


@contextmanager
def staged(draft: Draft, repository: Repository) -> Iterator[Stage]:
    """A copy of the policies in which ``draft`` is written down, all but its tests; gone afterwards.

    Raises:
        SourceError: the file of suppliers cannot be added to.
        OpaMissing: there is no OPA to format the policy.
    """
    with tempfile.TemporaryDirectory(prefix="narrowgate-purpose-") as scratch:
        stage = Stage(draft, repository, shutil.copytree(repository.folder, Path(scratch) / "policies"))
        stage.folder.mkdir(parents=True)
        rego = {f"{draft.name}.rego": rego_text(draft), f"{draft.name}_test.rego": rego_test_text(draft)}
        for name, text in rego.items():
            (stage.folder / name).write_text(_formatted(text), encoding="utf-8")
        (stage.folder / "data.yaml").write_text(data_text(draft), encoding="utf-8")
        if draft.new_supplier is not None:
            _add_supplier(stage)
        yield stage


def _formatted(text: str) -> str:
    """Rego as ``opa fmt`` writes it."""
    opa = find_opa()
    try:
        done = subprocess.run([opa, "fmt"], input=text, capture_output=True, encoding="utf-8", check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise OpaMissing(f"{opa} does not run", "point NARROWGATE_OPA at OPA, or unset it") from error
    return done.stdout


def _add_supplier(stage: Stage) -> None:
    """A line at the end, so that everything else, comments too, stays as it is."""
    name, profile = stage.draft.agreement.supplier, stage.draft.new_supplier
    assert profile is not None
    path = stage.policies / SUPPLIERS
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    line = supplier_line(name, profile)
    longer = text + ("" if not text or text.endswith("\n") else "\n") + line
    try:
        understood = load_yaml(longer) == {**(load_yaml(text) or {}), **load_yaml(line)}
    except YamlError:
        understood = False
    if not understood:
        path = stage.repository.folder / SUPPLIERS
        raise SourceError(f"a line at the end of {path} is no supplier", f"write into it yourself: {line.strip()}")
    path.parent.mkdir(exist_ok=True)
    path.write_text(longer, encoding="utf-8")
