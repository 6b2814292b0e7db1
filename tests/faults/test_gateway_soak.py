"""Mixed load with kills, dropped clients and OPAs that end: nothing is lost, doubled or left."""

from __future__ import annotations

from pathlib import Path

from support.processes import processes_with
from support.soak import Soak, faults_after

ORDERS, KILLS = 240, 3
_GROWTH = 96 << 20
"""Bytes by which memory may differ in so short a time; ``python -m support.soak`` looks for longer."""


def test_nothing_is_lost_doubled_or_left(tmp_path: Path) -> None:
    soaked = Soak(tmp_path, ORDERS, KILLS, KILLS).run()
    assert faults_after(soaked, tmp_path, ORDERS) == []
    assert (soaked.kills, len(soaked.receipts)) == (KILLS, ORDERS)
    assert soaked.engine_kills >= 1
    assert {200, 403} <= soaked.statuses.keys()
    assert processes_with(str(tmp_path)) == []
    assert max(soaked.memory) - min(soaked.memory) < _GROWTH
