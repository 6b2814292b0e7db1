"""What is left when things go wrong in the middle."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.cli import files_in, narrowgate
from support.officers import officers, write_records
from support.opa import meddling_proxy, shared_opa
from support.paths import POLICIES
from support.policies import copy_policies
from support.processes import processes_with, wait_until
from support.sender import CARDS, Sender


def test_a_full_disk(tmp_path: Path) -> None:
    sender = Sender.prepared(tmp_path, str(tmp_path / "ledger.db"), records=5000)

    def no_file_beyond_64_kib() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (64 << 10, 64 << 10))

    done = subprocess.run(
        [sys.executable, "-m", "narrowgate", *sender.command()],
        capture_output=True,
        text=True,
        preexec_fn=no_file_beyond_64_kib,
        env=sender.environment(),
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert sender.left() == set()
    assert sender.entries() == []


def test_a_folder_that_forbids_writing(tmp_path: Path) -> None:
    """For root nothing is forbidden, so the folder is one that takes no files at all."""
    export = write_records(tmp_path / "staff.csv", officers(3))
    done = narrowgate("filter", export, "-o", "/proc/cards.csv", *CARDS).require(2)
    assert "cannot be written" in done.err or "there is no folder" in done.err


def test_a_file_system_without_nameless_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then a hidden name serves, and goes when the release is refused."""
    import errno

    from narrowgate.tables.files import OutputFile

    real = os.open

    def unsupporting(path: Any, flags: int, *more: Any, **named: Any) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(errno.EOPNOTSUPP, "not supported")
        return real(path, flags, *more, **named)

    monkeypatch.setattr(os, "open", unsupporting)
    with OutputFile(tmp_path / "a.csv") as output:
        with output.stream() as stream:
            stream.write(b"x")
        assert len(files_in(tmp_path)) == 1
        assert not (tmp_path / "a.csv").exists()
    assert files_in(tmp_path) == set()
    with OutputFile(tmp_path / "a.csv") as output:
        with output.stream() as stream:
            stream.write(b"x")
        output.seal()
        output.publish()
    assert files_in(tmp_path) == {"a.csv"}


def test_an_engine_that_dies_after_deciding(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    export = write_records(folder / "staff.csv", officers(3))

    def die(path: str, answer: dict[str, Any]) -> dict[str, Any]:
        if path.endswith("/judgements"):
            raise ConnectionAbortedError
        return answer

    with shared_opa(POLICIES) as real, meddling_proxy(real, die) as url:
        done = narrowgate("filter", export, "-o", folder / "cards.csv", *CARDS, "--engine", url).require(3)
    assert "does not answer" in done.err
    assert files_in(folder) == {"staff.csv"}


def test_an_engine_whose_answer_changes_at_the_end(tmp_path: Path) -> None:
    """The decision is asked for again before the release is recorded."""
    folder = tmp_path / "work"
    folder.mkdir()
    export = write_records(folder / "staff.csv", officers(3))
    decisions = []

    def change(path: str, answer: dict[str, Any]) -> dict[str, Any]:
        if path.endswith("/decision"):
            decisions.append(answer)
            if len(decisions) > 1:
                answer["result"]["columns"]["photo"]["action"] = {"action": "mask"}
        return answer

    with shared_opa(POLICIES) as real, meddling_proxy(real, change) as url:
        done = narrowgate("filter", export, "-o", folder / "cards.csv", *CARDS, "--engine", url).require(3)
    assert "decides otherwise" in done.err
    assert files_in(folder) == {"staff.csv"}


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt(tmp_path: Path, sent: signal.Signals) -> None:
    """Nothing stays behind, neither of the release nor of what was put aside of the export."""
    folder, scratch = tmp_path / "work", tmp_path / "scratch"
    folder.mkdir()
    scratch.mkdir()
    policies = copy_policies(tmp_path / "policies")
    command = [sys.executable, "-m", "narrowgate", "filter", "-", "--from", "csv", "-o", str(folder / "cards.csv")]
    process = subprocess.Popen(
        [*command, *CARDS, "--policies", str(policies)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"TMPDIR": str(scratch)},
    )
    assert process.stdin is not None
    process.stdin.write(b"pay_number\n" * 500_000)
    process.stdin.flush()
    wait_until(lambda: bool(processes_with(str(policies))) and any(scratch.glob("narrowgate-in-*")))
    process.send_signal(sent)
    _, error = process.communicate()
    assert process.returncode in {130, -sent}
    assert b"Traceback" not in error
    assert files_in(folder) == files_in(scratch) == set()
    wait_until(lambda: not processes_with(str(policies)))
