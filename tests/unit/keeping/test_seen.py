"""What is seen of files without reading them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from narrowgate.keeping.seen import look


def replaced(path: Path) -> None:
    """By another file of the same size and time."""
    times = path.stat()
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    other.replace(path)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda path: path.write_text("other"), id="written"),
        pytest.param(lambda path: os.utime(path, ns=(1, 1)), id="touched"),
        pytest.param(replaced, id="replaced"),
        pytest.param(lambda path: path.unlink(), id="removed"),
        pytest.param(lambda path: path.rename(path.with_name("b")), id="renamed"),
        pytest.param(lambda path: (path.parent / "more").write_text(""), id="added"),
    ],
)
def test_changes_are_seen(tmp_path: Path, change: Callable[[Path], object]) -> None:
    path = tmp_path / "in" / "a"
    path.parent.mkdir()
    path.write_text("a")
    before = look(tmp_path)
    assert look(tmp_path) == before
    change(path)
    assert look(tmp_path) != before


def test_a_file_and_nothing(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_text("a")
    assert set(look(file, None)) == {str(file)}
    assert look(tmp_path / "nothing") == {}
