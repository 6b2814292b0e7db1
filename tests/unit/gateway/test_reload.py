"""A server whose policies change, and whose OPA ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from narrowgate.gateway.gatehouse import Gatehouse
from narrowgate.model.serving import Serving
from narrowgate.service import Gate
from support.kept import kept, makings, wait_for_fault, wait_for_health
from support.officers import csv_text, officers
from support.policies import copy_policies
from support.processes import opas_of, wait_until

CARDS = {"supplier": "cardco", "purpose": "id_card_print", "on": "2026-06-01", "from": "csv"}
RULES = "purposes/id_card_print/id_card_print.rego"
CASES = "purposes/id_card_print/cases.yaml"
KEEPS = 'permit.surname.action := "keep"'
DROPS = 'permit.surname.action := "drop"'


class Served:
    """A real server over policies of its own."""

    def __init__(self, folder: Path) -> None:
        unproven = {CASES: None, RULES.replace(".rego", "_test.rego"): None}
        self.policies = copy_policies(folder / "policies", unproven)
        self.spool, self.log = folder / "spool", folder / "log"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        arguments = ("serve", "--port", self.url.rpartition(":")[2], "--policies", self.policies)
        environment = os.environ | {
            "NARROWGATE_LEDGER": str(folder / "ledger.db"),
            "NARROWGATE_KEYS": str(folder / "keys"),
            "NARROWGATE_GATEWAY_SPOOL": str(self.spool),
        }
        with self.log.open("wb") as log:
            command = [sys.executable, "-m", "narrowgate", *map(str, arguments)]
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)

    def is_up(self) -> bool:
        """Whether it answers."""
        assert self.process.poll() is None, self.log.read_text()
        try:
            return requests.get(f"{self.url}/healthz", timeout=10).ok
        except requests.ConnectionError:
            return False

    def export(self) -> requests.Response:
        """What comes of an export of two."""
        body = csv_text(officers(2)).encode()
        headers = {"Content-Type": "text/csv"}
        return requests.post(f"{self.url}/v1/exports", params=CARDS, data=body, headers=headers, timeout=30)

    def opas(self) -> list[int]:
        """The OPAs that it runs."""
        return opas_of(self.process.pid)

    def events(self) -> list[str]:
        """What it has logged."""
        lines = [line for line in self.log.read_text().splitlines() if line.startswith("{")]
        return [str(json.loads(line)["event"]) for line in lines]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = Served(tmp_path)
    try:
        wait_until(made.is_up)
        yield made
    finally:
        made.process.terminate()
        made.process.wait(30)


def has_surname(answer: requests.Response) -> bool:
    assert answer.status_code == 200, answer.text
    return "surname" in answer.text.partition("\n")[0].split(",")


def change(policies: Path, old: str, new: str) -> None:
    path = policies / RULES
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_policies_change_under_a_server(served: Served) -> None:
    assert has_surname(served.export())
    change(served.policies, KEEPS, DROPS)
    served.process.send_signal(signal.SIGHUP)
    wait_until(lambda: not has_surname(served.export()))
    change(served.policies, DROPS, "permit.surname.action := (")
    wait_until(lambda: any("rego_parse_error" in event for event in served.events()))
    assert not has_surname(served.export())
    assert len(served.opas()) == 1


def test_an_opa_ends_under_a_server(served: Served) -> None:
    assert has_surname(served.export())
    (pid,) = served.opas()
    os.kill(pid, signal.SIGKILL)
    statuses = set[tuple[int, str]]()

    def resumed() -> bool:
        answer = served.export()
        kind = answer.json()["type"].rpartition("/")[2] if answer.status_code != 200 else ""
        statuses.add((answer.status_code, kind))
        return answer.ok

    wait_until(resumed)
    assert statuses <= {(200, ""), (503, "engine-unavailable")}
    assert has_surname(served.export())
    wait_until(lambda: len(served.opas()) == 1)
    assert served.opas() != [pid]
    served.process.terminate()
    assert served.process.wait(30) == 0
    assert list(served.spool.iterdir()) == []
    assert served.opas() == []


def test_the_gatehouse_says_what_is_wrong(tmp_path: Path, gate: Gate) -> None:
    policies = copy_policies(tmp_path / "policies", {CASES: None})

    def with_ledger(engine: Any, catalogue: Any) -> Gate:
        return Gate(engine, catalogue, gate.schemas, ledger=gate.ledger)

    with kept(makings(policies, proving=False, gate=with_ledger)) as keeper:
        house = Gatehouse(keeper, Serving())
        assert faults(house) == {}
        change(policies, KEEPS, 'permit.surname.action := "shuffle"')
        fault = wait_for_fault(keeper, "policies", "shuffle")
        assert faults(house) == {"policies": fault}
        with house.gate() as current:
            assert current.engine.policies.purposes
        change(policies, "shuffle", "keep")
        wait_for_health(keeper)
        assert faults(house) == {}


def faults(house: Gatehouse) -> dict[str, str]:
    """What is wrong with something."""
    return {name: fault for name, fault in house.states().items() if fault is not None}
