"""A process that is killed, wherever it is just then."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from narrowgate.ledger.receipts import prove_receipt, read_receipt
from support.cli import files_in, narrowgate
from support.killer import MAKING, STEPS
from support.ledgers import enter_refusal
from support.opa import shared_opa
from support.paths import POLICIES, ROOT
from support.policies import copy_policies
from support.processes import processes_with, wait_until
from support.sender import RECEIPT, RELEASE, Sender, sha256

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="files without a name are a thing of Linux"
)

ENTERED = STEPS.index("after commit")


def killed(sender: Sender, step: str, *arguments: object) -> None:
    """Have a command killed at ``step``."""
    done = subprocess.run(
        [sys.executable, "-m", "support.killer", step, *map(str, arguments)],
        capture_output=True,
        env=os.environ | sender.environment(PYTHONPATH=ROOT / "tests"),
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, f"{step}: {done.stderr.decode()}"


def reached(step: str, other: str) -> bool:
    """Whether who is killed at ``step`` has gone through ``other``."""
    return STEPS.index(step) >= STEPS.index(other)


@pytest.mark.parametrize("steps", [STEPS[:ENTERED], STEPS[ENTERED:]], ids=["until entered", "from then on"])
def test_a_kill_leaves_no_release_without_a_record(tmp_path: Path, store_url: str, steps: tuple[str, ...]) -> None:
    """One ledger all along: whoever comes after a kill has to make do with what it left."""
    sender = Sender.prepared(tmp_path, store_url)
    entered = 0
    with shared_opa(POLICIES) as engine:
        for number, step in enumerate(steps):
            outbox = sender.outbox / str(number)
            outbox.mkdir()
            killed(sender, step, *sender.command(outbox), "--engine", engine)
            entered += reached(step, "after commit")
            assert len(sender.digests()) == len(sender.entries()) == entered, step
            require_recorded(sender, outbox, step)
            require_sound(sender, step)
        sender.send("--engine", engine).require(0)
    assert sha256(sender.outbox / RELEASE) == sender.digests()[-1]
    narrowgate("ledger", "verify", environment=sender.environment()).require(0)


def require_recorded(sender: Sender, outbox: Path, step: str) -> None:
    """A release only with its entry and receipt, a receipt perhaps without its release, and nothing half-written."""
    whole = {name for name in files_in(outbox) if not name.endswith(".part")}
    published, receipted = reached(step, "after name"), reached(step, "after receipt's name")
    assert whole == {name for name, there in ((RELEASE, published), (RECEIPT, receipted)) if there}, step
    # Between the two calls that publish a file it has a hidden name; it is whole, and recorded.
    partly = [outbox / name for name in files_in(outbox) - whole]
    assert [path.name.rpartition(".csv")[0] for path in partly] == [".cards"] * (
        step in {"after receipt's link", "after link"}
    )
    releases = [path for path in (outbox / RELEASE, *partly) if path.exists() and ".receipt." not in path.name]
    receipts = [path for path in (outbox / RECEIPT, *partly) if path.exists() and ".receipt." in path.name]
    for path in releases:
        assert sha256(path) == sender.digests()[-1]
    with sender.ledger() as ledger:
        for path in receipts:
            receipt = read_receipt(path)
            assert receipt.entry == sender.entries()[-1]
            prove_receipt(receipt, ledger.verifier)


def require_sound(sender: Sender, step: str) -> None:
    """Verification takes note of an entry whose checkpoint is not written down yet, and finds nothing."""
    report = sender.verified()
    assert report.findings == (), step
    assert len(report.notes) == (step in {"after commit", "inside checkpoint"}), step


@pytest.mark.parametrize("step", ["before decide", "after stream", "before commit", "after name"])
def test_a_kill_ends_the_private_engine_too(tmp_path: Path, step: str) -> None:
    sender = Sender.prepared(tmp_path, f"sqlite:///{tmp_path / 'ledger.db'}")
    policies = copy_policies(tmp_path / "policies")
    killed(sender, step, *sender.command(sender.outbox), "--policies", policies)
    wait_until(lambda: not processes_with(str(policies)))


@pytest.mark.parametrize("step", MAKING)
def test_a_kill_while_the_ledger_is_made(tmp_path: Path, store_url: str, step: str) -> None:
    """It is there whole or not at all, and the next one makes it or goes on with it."""
    sender = Sender(tmp_path, store_url)
    killed(sender, step, "ledger", "init")
    made = step in {"after commit", "after tables"}
    with closing(sender.location.store()) as store:
        assert (store.version() is not None) == made
    if not made:
        narrowgate("ledger", "init", environment=sender.environment()).require(0)
    with sender.ledger() as ledger:
        enter_refusal(ledger)
    assert sender.verified().sound
