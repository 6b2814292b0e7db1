"""Checkpoints, and the file that keeps them."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrowgate.errors import EvidenceError, LedgerError
from narrowgate.ledger.checkpoints import Checkpoint, CheckpointLog, open_checkpoint
from narrowgate.ledger.merkle import leaf_hash
from narrowgate.ledger.notes import Signer, Verifier, sign

# From https://c2sp.org/tlog-checkpoint.
EXAMPLE = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

SIGNER = Signer("force.example/ledger", bytes(range(32)))
ROOT = leaf_hash(b"root")


def note(size: int, signer: Signer = SIGNER, extensions: tuple[str, ...] = ()) -> str:
    return sign(Checkpoint(signer.name, size, ROOT, extensions).text(), signer)


LENGTH = len(note(3).encode()) + 1
"""Of a note in the file."""


@pytest.fixture
def log(tmp_path: Path) -> CheckpointLog:
    return CheckpointLog(tmp_path / "kept" / "ledger.checkpoints")


def filled(log: CheckpointLog, count: int = 3) -> bytes:
    for size in range(1, count + 1):
        log.append(note(size))
    return log.path.read_bytes()


def test_the_example_of_the_specification() -> None:
    found = Checkpoint.parse(EXAMPLE)
    assert (found.origin, found.size, found.extensions) == ("example.com/behind-the-sofa", 20852163, ())
    assert found.text() == EXAMPLE


@given(
    st.text(st.characters(exclude_characters="\n"), min_size=1),
    st.integers(0, 10**19 - 1),
    st.binary(min_size=32, max_size=32),
    st.lists(st.text(st.characters(exclude_characters="\n"), min_size=1)),
)
def test_checkpoints_are_read_as_they_are_written(origin: str, size: int, root: bytes, more: list[str]) -> None:
    made = Checkpoint(origin, size, root, tuple(more))
    assert Checkpoint.parse(made.text()) == made


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        EXAMPLE[:-1],
        EXAMPLE + "\n",
        EXAMPLE + "\nmore\n",
        EXAMPLE + "more",
        "\n" + EXAMPLE.partition("\n")[2],
        EXAMPLE.partition("\n")[2],
        EXAMPLE.replace("20852163", "020852163"),
        EXAMPLE.replace("20852163", "00"),
        EXAMPLE.replace("20852163", ""),
        EXAMPLE.replace("20852163", "-1"),
        EXAMPLE.replace("20852163", "+1"),
        EXAMPLE.replace("20852163", "1_0"),
        EXAMPLE.replace("20852163", " 1"),
        EXAMPLE.replace("20852163", "1 "),
        EXAMPLE.replace("20852163", "\u0661"),
        EXAMPLE.replace("20852163", "9" * 20),
        EXAMPLE.replace("q2I=", "q2I"),
        EXAMPLE.replace("q2I=", "q2J="),
        EXAMPLE.replace("q2I=", ""),
        EXAMPLE.replace("CsUY", "AAAACsUY"),
        EXAMPLE.replace("/Xaj", "_Xaj"),
    ],
)
def test_malformed_checkpoints(text: str) -> None:
    with pytest.raises(EvidenceError, match="not a checkpoint"):
        Checkpoint.parse(text)


def test_a_checkpoint_is_opened() -> None:
    found = open_checkpoint(note(7, extensions=("more",)), SIGNER.verifier)
    assert found == Checkpoint("force.example/ledger", 7, ROOT, ("more",))


def test_somebody_else_signed_it() -> None:
    with pytest.raises(EvidenceError, match="is not signed by"):
        open_checkpoint(note(7, Signer.generate(SIGNER.name)), SIGNER.verifier)


def test_it_is_of_another_log() -> None:
    other = sign(Checkpoint("force.example/other", 7, ROOT).text(), SIGNER)
    with pytest.raises(EvidenceError, match=r"of force\.example/other, not of force\.example/ledger"):
        open_checkpoint(other, SIGNER.verifier)


def test_what_is_signed_is_no_checkpoint() -> None:
    with pytest.raises(EvidenceError, match="not a checkpoint"):
        open_checkpoint(sign("force.example/ledger\n7\n", SIGNER), SIGNER.verifier)


def test_another_size_under_the_signature() -> None:
    with pytest.raises(EvidenceError, match="is bad"):
        open_checkpoint(note(7).replace("\n7\n", "\n8\n"), SIGNER.verifier)


# The file.


def test_there_is_none_yet(log: CheckpointLog) -> None:
    assert log.latest() is None
    assert list(log.all()) == []
    assert not log.path.parent.exists()


def test_what_is_added_is_there(log: CheckpointLog) -> None:
    content = filled(log)
    assert content.decode() == "".join(f"{note(size)}\n" for size in (1, 2, 3))
    assert list(log.all()) == [note(size) for size in (1, 2, 3)]
    assert log.latest() == note(3)
    assert open_checkpoint(log.latest() or "", SIGNER.verifier).size == 3
    assert log.path.stat().st_mode & 0o777 & ~0o644 == 0


def test_extension_lines_and_further_signatures(log: CheckpointLog) -> None:
    notes = [note(1, extensions=("more", "and more")), note(2) + SIGNER.signature("").line, note(3)]
    for each in notes:
        log.append(each)
    assert list(log.all()) == notes


def test_the_latest_is_the_largest(log: CheckpointLog) -> None:
    for size in (9, 12, 10, 11):
        log.append(note(size))
    assert log.latest() == note(12)
    log.append(note(12, extensions=("again",)))
    assert log.latest() == note(12, extensions=("again",))


def test_of_a_long_file_the_end_is_read(log: CheckpointLog) -> None:
    log.append(note(10**6))
    filled(log, 400)
    size = log.path.stat().st_size
    assert size > 1 << 16
    assert log.latest() == note(400)
    # However the 64 KiB begin.
    for place in range(1, 250):
        log.append(note(400 + place, extensions=("x" * (place % 7 + 1),)))
        assert log.latest() == note(400 + place, extensions=("x" * (place % 7 + 1),))
    assert len(list(log.all())) == 650


def test_a_note_longer_than_what_is_read(log: CheckpointLog) -> None:
    log.append(note(1, extensions=("x" * (1 << 16),)))
    with pytest.raises(EvidenceError, match="has no checkpoint at line 8"):
        log.latest()


@pytest.mark.parametrize("cut", range(1, LENGTH + 1))
def test_a_note_that_was_cut_off(log: CheckpointLog, cut: int) -> None:
    content = filled(log)
    log.path.write_bytes(content[:-cut])
    whole = [note(1), note(2)]
    assert log.latest() == note(2)
    found: list[str] = []
    if cut < LENGTH:
        with pytest.raises(EvidenceError, match="a checkpoint that was cut off at line 13"):
            found.extend(log.all())
    else:
        found.extend(log.all())
    assert found == whole
    # Whoever adds the next one says so, and nothing is lost or taken for what it is not.
    log.append(note(4))
    assert list(log.all()) == [*whole, note(4)]
    assert log.latest() == note(4)
    log.append(note(5))
    assert log.latest() == note(5)
    assert (b"(cut off)" in log.path.read_bytes()) == (cut < LENGTH)


def test_what_says_that_a_note_was_cut_off_was_cut_off(log: CheckpointLog) -> None:
    content = filled(log)
    log.path.write_bytes(content[:-30])
    log.append(note(4))
    marked = log.path.read_bytes().removesuffix(f"{note(4)}\n".encode())
    for end in range(len(content) - 30, len(marked) + 1):
        log.path.write_bytes(marked[:end])
        assert log.latest() == note(2)
        log.append(note(5))
        assert list(log.all()) == [note(1), note(2), note(5)]


def test_the_only_note_was_cut_off(log: CheckpointLog) -> None:
    content = filled(log, 1)
    log.path.write_bytes(content[:40])
    assert log.latest() is None
    with pytest.raises(EvidenceError, match="cut off at line 1"):
        list(log.all())


def lines(change: Callable[[list[str]], None]) -> Callable[[bytes], bytes]:
    def changed(content: bytes) -> bytes:
        found = content.decode().split("\n")
        change(found)
        return "\n".join(found).encode()

    return changed


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda content: b"\n" + content, 1),
        (lambda content: b"garbage\n\n" + content, 1),
        (lambda content: content.replace(b"\n2\n", b"\n02\n"), 7),
        (lambda content: content.replace(b"\n2\n", b"\ntwo\n"), 7),
        (lambda content: content.replace(b"\n3\n", b"\nthree\n"), 13),
        (lambda content: content.replace(b"\n2\n", b"\n2\n\n"), 7),
        (lines(lambda found: found.__delitem__(slice(6, 9))), 7),
        (lines(lambda found: found.__delitem__(10)), 7),
        (lambda content: content.replace(b"\n2\n", b"\n2\n\xff"), 7),
        (lambda content: content.replace(b"force.example/ledger\n2", b"\xff\n2"), 7),
        (lambda content: content + b"more\n\nand\n\nmore", 19),
    ],
)
def test_what_is_no_note(log: CheckpointLog, change: Callable[[bytes], bytes], line: int) -> None:
    content = filled(log)
    log.path.write_bytes(change(content))
    for read in (log.latest, lambda: list(log.all())):
        with pytest.raises(EvidenceError, match=f"at line {line}$") as caught:
            read()
        assert str(log.path) in caught.value.message


def test_a_change_near_the_end_of_a_long_file_is_told_with_its_line(log: CheckpointLog) -> None:
    content = filled(log, 400)
    log.path.write_bytes(content.replace(b"\n390\n", b"\n0390\n"))
    for read in (log.latest, lambda: list(log.all())):
        with pytest.raises(EvidenceError, match=r"at line 2,335$"):
            read()


@given(st.binary(max_size=60), st.integers(0, 800))
def test_whatever_is_put_in_nothing_is_invented(tmp_path_factory: pytest.TempPathFactory, put: bytes, at: int) -> None:
    log = CheckpointLog(tmp_path_factory.mktemp("log") / "ledger.checkpoints")
    content = filled(log)
    log.path.write_bytes(content[:at] + put + content[at:])
    found: list[str] = []
    with suppress(EvidenceError):
        found.extend(log.all())
    for each in found:
        assert each in {note(1), note(2), note(3)} or not _opens(each)


def _opens(text: str, verifier: Verifier = SIGNER.verifier) -> bool:
    try:
        open_checkpoint(text, verifier)
    except EvidenceError:
        return False
    return True


ADDS = """
import sys
from pathlib import Path
from narrowgate.ledger.checkpoints import Checkpoint, CheckpointLog
from narrowgate.ledger.notes import Signer, sign

signer, log = Signer("force.example/ledger", bytes(range(32))), CheckpointLog(Path(sys.argv[1]))
for size in range(int(sys.argv[2]), int(sys.argv[2]) + 200):
    log.append(sign(Checkpoint(signer.name, size, bytes(32)).text(), signer))
    assert log.latest()
"""


def test_several_processes_add_at_once(log: CheckpointLog) -> None:
    processes = [subprocess.Popen([sys.executable, "-c", ADDS, log.path, str(first)]) for first in (1000, 2000, 3000)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    sizes = [open_checkpoint(each, SIGNER.verifier).size for each in log.all()]
    assert sorted(sizes) == [first + each for first in (1000, 2000, 3000) for each in range(200)]


def test_a_disk_that_fails_is_told(log: CheckpointLog, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(log)

    def fails(*_: object) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr("fcntl.flock", fails)
    with pytest.raises(LedgerError, match="cannot be written"):
        log.append(note(4))
    with pytest.raises(LedgerError, match="cannot be read"):
        log.latest()


def test_a_disk_that_takes_half_a_note(log: CheckpointLog) -> None:
    filled(log, 2)
    limited = (
        "import resource, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "size = int(sys.argv[3])\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))\n"
        "from narrowgate.errors import LedgerError\n"
        "try:\n" + "".join(f"    {line}\n" for line in ADDS.strip().splitlines()) + "except LedgerError as error:\n"
        "    sys.exit(error.exit_code)\n"
    )
    size = log.path.stat().st_size + 50
    done = subprocess.run([sys.executable, "-c", limited, log.path, "3", str(size)], check=False)
    assert done.returncode == 4
    assert log.path.stat().st_size == size
    assert log.latest() == note(2)
    log.append(note(4))
    assert list(log.all()) == [note(1), note(2), note(4)]


def test_a_folder_in_its_place(tmp_path: Path) -> None:
    log = CheckpointLog(tmp_path)
    with pytest.raises(LedgerError, match="cannot be written"):
        log.append(note(1))
    with pytest.raises(LedgerError, match="cannot be read"):
        log.latest()
