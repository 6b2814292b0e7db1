"""Temporary files of processes that serve for long."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from narrowgate.errors import SourceError
from narrowgate.scratch import scratch

_HOLDER = """
import pathlib, sys, tempfile
from narrowgate.scratch import scratch
with scratch(pathlib.Path(sys.argv[1])):
    with tempfile.NamedTemporaryFile() as file:
        print(file.name, flush=True)
        sys.stdin.read()
"""


def test_temporary_files_go_there_and_are_gone_in_the_end(tmp_path: Path) -> None:
    before = tempfile.gettempdir()
    with scratch(tmp_path / "state" / "spool") as folder:
        made = Path(tempfile.mkdtemp())
        (made / "export.csv").write_text("x")
        assert made.parent == folder
        assert folder.stat().st_mode & 0o777 == folder.parent.stat().st_mode & 0o777 == 0o700
    assert tempfile.gettempdir() == before
    assert list((tmp_path / "state" / "spool").iterdir()) == []


def test_what_a_killed_process_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    place = tmp_path / "spool"
    with scratch(place) as ours:
        other = subprocess.Popen(
            [sys.executable, "-c", _HOLDER, str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        with other:
            assert other.stdout is not None
            left = Path(other.stdout.readline().decode().strip())
            with scratch(place):
                assert left.exists(), "its process lives"
            other.send_signal(signal.SIGKILL)
        (place / "keepsake").mkdir()
        assert left.exists()
        with scratch(place) as next_one:
            assert {each.name for each in place.iterdir()} == {ours.name, next_one.name, "keepsake"}


def test_nobody_else_may_look_into_it(tmp_path: Path) -> None:
    place = tmp_path / "spool"
    place.mkdir()
    place.chmod(0o750)
    with pytest.raises(SourceError, match="others may look into"), scratch(place):
        pass
    assert list(place.iterdir()) == []


def test_a_place_that_is_none(tmp_path: Path) -> None:
    place = tmp_path / "spool"
    place.write_text("")
    place.chmod(0o600)
    with pytest.raises(SourceError, match="cannot be used"), scratch(place):
        pass
