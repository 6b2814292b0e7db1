"""What is installed works without the checkout."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from support.cli import narrowgate
from support.paths import POLICIES, ROOT, SCHEMAS


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("narrowgate-*.whl")
    return zipfile.ZipFile(built)


@pytest.fixture(scope="module")
def installed(wheel: zipfile.ZipFile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked as pip would."""
    site = tmp_path_factory.mktemp("site")
    wheel.extractall(site)
    return site


def test_it_runs_with_what_it_brings(installed: Path, tmp_path: Path) -> None:
    environment = {"PYTHONPATH": str(installed), "TMPDIR": str(tmp_path)}
    done = narrowgate("demo", cwd=tmp_path, environment=environment).require(0)
    assert "released 166 of 200 records" in done.out
    found = subprocess.run(
        [sys.executable, "-c", "import narrowgate; print(narrowgate.__file__)"],
        env=environment,
        capture_output=True,
        check=True,
    )
    assert str(installed) in found.stdout.decode()


def test_it_begins_a_repository(installed: Path, tmp_path: Path) -> None:
    environment = {"PYTHONPATH": str(installed)}
    narrowgate("init", "my-force", cwd=tmp_path, environment=environment).require(0)
    narrowgate("policy", "test", cwd=tmp_path / "my-force", environment=environment).require(0)


def test_it_brings_everything_and_no_junk(wheel: zipfile.ZipFile) -> None:
    brought = set(wheel.namelist())
    for folder in (POLICIES, SCHEMAS):
        files = (path.relative_to(folder.parent) for path in folder.rglob("*") if path.is_file())
        assert {f"narrowgate/shipped/{file}" for file in files} <= brought
    assert "narrowgate/py.typed" in brought
    assert not [name for name in brought if name.endswith((".pyc", ".part"))]
