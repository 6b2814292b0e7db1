"""Watchers that are killed, wherever they are just then, and several of one folder."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from narrowgate.ledger.open import open_ledger
from narrowgate.service import Gate
from support.gates import ledger_in
from support.opa import shared_opa
from support.paths import POLICIES, ROOT
from support.watched import CARDS, Watched

FEWEST = 30
"""Moments that there are at least, in which something is done to a file."""


@pytest.fixture
def watched(gate: Gate, tmp_path: Path) -> Iterator[Watched]:
    ledger = open_ledger(ledger_in(tmp_path), lambda _: None)
    with closing(ledger.store):
        yield Watched(tmp_path / "watched", replace(gate, ledger=ledger, verifier=ledger.verifier))


@pytest.mark.parametrize("pair", [CARDS, "oldco/id_card_print"])
def test_nothing_is_lost_or_done_twice_whenever_it_is_killed(watched: Watched, tmp_path: Path, pair: str) -> None:
    with shared_opa(POLICIES) as url:
        arguments = (watched.root, tmp_path, url, pair)
        done = subprocess.run(
            [sys.executable, "-m", "support.watch_killer", *map(str, arguments)],
            capture_output=True,
            env=os.environ | {"PYTHONPATH": str(ROOT / "tests")},
            check=False,
        )
    assert done.returncode == 0, done.stderr.decode()
    moments = int(done.stdout)
    assert moments > FEWEST
    watched.require_sound()
    assert len(watched.entries()) == moments
    assert len(watched.files("out") | watched.files("refused")) == 2 * moments
