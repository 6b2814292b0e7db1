"""Policies that change while a gate is in service, and engines that end."""

from __future__ import annotations

import os
import re
import shutil
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from narrowgate.errors import EngineUnavailable, PolicyInvalid, UsageError
from narrowgate.keeping.keeper import Keeper
from narrowgate.model.request import Request
from narrowgate.service import Gate
from support.gates import DAY
from support.kept import kept, makings, revision, wait_for_fault, wait_for_health
from support.paths import POLICIES, SCHEMAS
from support.policies import copy_policies
from support.processes import opas_of, wait_until

ASKED = Request(
    supplier="cardco", purpose="id_card_print", on=DAY, columns=("forename", "surname", "status", "posting")
)
RULES = "purposes/id_card_print/id_card_print.rego"
CASES = "purposes/id_card_print/cases.yaml"
NO_CASES = {str(path.relative_to(POLICIES)): None for path in POLICIES.rglob("cases.yaml")}
KEEPS = 'permit.surname.action := "keep"'
SHUFFLES = 'permit.surname.action := "shuffle"'
DROPS = 'permit.surname.action := "drop"'


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where temporary files go; nothing may be left there."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """A copy of the shipped policies without cases, which take long, and without tests of cards."""
    return copy_policies(tmp_path / "policies", {**NO_CASES, RULES.replace(".rego", "_test.rego"): None})


@pytest.fixture
def keeper(policies: Path, scratch: Path) -> Iterator[Keeper]:
    with kept(makings(policies, proving=False)) as made:
        yield made


def write(policies: Path, name: str, text: str) -> None:
    """Replace a file, as an editor does."""
    path = policies / name
    other = path.with_name("new")
    other.write_text(text, encoding="utf-8")
    other.replace(path)


def change(policies: Path, old: str, new: str) -> None:
    write(policies, RULES, (policies / RULES).read_text(encoding="utf-8").replace(old, new))


def surname(gate: Gate) -> Any:
    """What happens to it."""
    return gate.engine.decide(ASKED).columns["surname"].action["action"]


def now(keeper: Keeper) -> Any:
    with keeper.gate() as gate:
        return surname(gate)


def opas() -> list[int]:
    """The OPAs of keepers in this process: the gate that all tests share has another."""
    return [pid for pid in opas_of(os.getpid()) if "narrowgate-kept-" in Path(f"/proc/{pid}/cmdline").read_text()]


# Policies that change


def test_a_change_is_taken_over(keeper: Keeper, policies: Path) -> None:
    before = revision(keeper)
    assert now(keeper) == "keep"
    change(policies, KEEPS, DROPS)
    wait_until(lambda: now(keeper) == "drop")
    assert revision(keeper) != before
    change(policies, DROPS, KEEPS)
    wait_until(lambda: revision(keeper) == before)
    wait_for_health(keeper)


def test_who_has_a_gate_on_lease_keeps_it(keeper: Keeper, policies: Path) -> None:
    with keeper.gate() as old:
        change(policies, KEEPS, DROPS)
        wait_until(lambda: now(keeper) == "drop")
        assert surname(old) == "keep"
        assert len(opas()) == 2
    with pytest.raises(EngineUnavailable, match="closed"):
        surname(old)
    assert len(opas()) == 1


def test_a_change_that_is_not_vetted_changes_nothing(keeper: Keeper, policies: Path, tmp_path: Path) -> None:
    right = (policies / RULES).read_text(encoding="utf-8")
    change(policies, KEEPS, SHUFFLES)
    assert re.match(rf"{RULES}:\d+: ", wait_for_fault(keeper, "policies", "shuffle"))
    assert keeper.states()["engine"] is None
    assert now(keeper) == "keep"
    write(policies, RULES, right + "\npermit.rank.action := (\n")
    fault = wait_for_fault(keeper, "policies", "rego_parse_error")
    assert str(tmp_path) not in fault
    assert now(keeper) == "keep"
    assert len(opas()) == 1
    write(policies, RULES, right)
    wait_for_health(keeper)


def test_a_change_that_its_cases_do_not_expect_changes_nothing(scratch: Path, policies: Path) -> None:
    shutil.copy(POLICIES / CASES, policies / CASES)
    with kept(makings(policies)) as keeper:
        change(policies, KEEPS, DROPS)
        assert re.match(rf"{CASES}:\d+: .*surname", wait_for_fault(keeper, "policies", "surname"))
        assert now(keeper) == "keep"


def test_a_rego_test_that_fails(policies: Path, scratch: Path) -> None:
    with kept(makings(policies)) as keeper:
        before = revision(keeper)
        text = "package narrowgate.purposes.id_card_print_test\n\ntest_nothing if false\n"
        write(policies, "purposes/id_card_print/more_test.rego", text)
        assert "more_test.rego:3" in wait_for_fault(keeper, "policies", "test_nothing")
        (policies / "purposes/id_card_print/more_test.rego").unlink()
        wait_for_health(keeper)
        assert revision(keeper) == before


def test_cases_are_not_tried_where_that_is_set(scratch: Path, policies: Path) -> None:
    shutil.copy(POLICIES / CASES, policies / CASES)
    with kept(makings(policies, proving=False)) as keeper:
        change(policies, KEEPS, DROPS)
        wait_until(lambda: now(keeper) == "drop")


def test_policies_that_are_gone(keeper: Keeper, policies: Path, tmp_path: Path) -> None:
    policies.rename(tmp_path / "elsewhere")
    wait_for_fault(keeper, "policies", f"there are no policies at {policies}")
    assert now(keeper) == "keep"
    (tmp_path / "elsewhere").rename(policies)
    wait_for_health(keeper)


def test_files_that_are_written_anew_with_the_same_content(keeper: Keeper, policies: Path) -> None:
    with keeper.gate() as before:
        write(policies, RULES, (policies / RULES).read_text(encoding="utf-8"))
        change(policies, KEEPS, "permit.surname.action := (")
        wait_for_fault(keeper, "policies", "rego_parse_error")
        change(policies, "permit.surname.action := (", KEEPS)
        wait_for_health(keeper)
        with keeper.gate() as after:
            assert after is before


def test_a_catalogue_that_changes(policies: Path, tmp_path: Path, scratch: Path) -> None:
    schemas = tmp_path / "schemas"
    shutil.copytree(SCHEMAS, schemas)
    catalogue = schemas / "personnel.schema.json"
    right = catalogue.read_text()
    with kept(makings(policies, schemas)) as keeper:
        catalogue.write_text("{")
        assert str(catalogue) in wait_for_fault(keeper, "policies", "is not a catalogue")
        catalogue.write_text(right.replace('"Last Name"', '"Last Name", "Nachname"', 1))
        wait_for_health(keeper)

        def known() -> bool:
            with keeper.gate() as gate:
                return "nachname" in gate.catalogue.by_header

        wait_until(known)


def test_it_is_taken_over_when_that_is_asked_for(policies: Path, scratch: Path) -> None:
    """Whatever the files' times say."""

    class Blind:
        def __init__(self) -> None:
            self.makings = makings(policies)

        def __getattr__(self, name: str) -> Any:
            return getattr(self.makings, name)

        def look(self) -> dict[str, object]:
            return {}

    blind: Any = Blind()
    with kept(blind) as keeper:
        change(policies, KEEPS, DROPS)
        keeper.renew()
        wait_until(lambda: now(keeper) == "drop")


def test_no_question_is_dropped_or_waits_while_policies_change(keeper: Keeper, policies: Path) -> None:
    ended = threading.Event()

    def ask(_: int) -> set[Any]:
        found = set()
        while not ended.is_set():
            found.add(now(keeper))
        return found

    with ThreadPoolExecutor(4) as threads:
        asking = [threads.submit(ask, n) for n in range(4)]
        for old, new, action in ((KEEPS, DROPS, "drop"), (DROPS, KEEPS, "keep")) * 2:
            change(policies, old, new)
            wait_until(lambda action=action: now(keeper) == action)  # type: ignore[misc]
        ended.set()
        assert [each.result(30) for each in asking] == [{"keep", "drop"}] * 4
    assert len(opas()) == 1


def test_policies_that_do_not_pass_at_first(policies: Path, scratch: Path) -> None:
    write(policies, RULES, "package nothing\n")
    with pytest.raises(PolicyInvalid):
        Keeper(makings(policies))
    with pytest.raises(UsageError, match="no policies"):
        Keeper(makings(policies / "nowhere"))
    assert opas() == []


# Engines that end


def kill() -> int:
    (pid,) = opas()
    os.kill(pid, signal.SIGKILL)
    return pid


def wait_for_another_than(killed: int) -> None:
    """Until another OPA is the only one."""
    wait_until(lambda: len(found := opas()) == 1 and found != [killed])


def test_an_engine_that_ends_is_replaced(keeper: Keeper) -> None:
    before = revision(keeper)
    for _ in range(3):
        killed = kill()
        wait_for_another_than(killed)
        wait_for_health(keeper)
        assert now(keeper) == "keep"
        assert revision(keeper) == before
    assert not Path(f"/proc/{killed}").exists()


def test_whoever_asks_meanwhile_is_told(keeper: Keeper) -> None:
    with keeper.gate() as gate:
        killed = kill()
        with pytest.raises(EngineUnavailable, match="private OPA"):
            while True:
                surname(gate)
    wait_for_another_than(killed)
    wait_for_health(keeper)
    assert now(keeper) == "keep"


def test_it_is_the_vetted_policies_that_decide_again(keeper: Keeper, policies: Path) -> None:
    """What lies in the folder by then does not pass."""
    before = revision(keeper)
    change(policies, KEEPS, SHUFFLES)
    wait_for_fault(keeper, "policies", "shuffle")
    wait_for_another_than(kill())
    assert revision(keeper) == before
    assert "shuffle" in (keeper.states()["policies"] or "")


def test_an_engine_that_cannot_be_started_again(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NARROWGATE_OPA", "/nowhere")
    kill()
    wait_for_fault(keeper, "engine", "NARROWGATE_OPA is /nowhere")
    with pytest.raises(EngineUnavailable):
        now(keeper)
    monkeypatch.delenv("NARROWGATE_OPA")
    wait_for_health(keeper)
    assert now(keeper) == "keep"


def test_policies_as_shipped_pass(scratch: Path) -> None:
    with kept(makings(POLICIES)) as keeper:
        keeper.renew()
        wait_for_health(keeper)
        assert now(keeper) == "keep"
