"""A shared OPA that goes away, comes back, or gets other policies; and bundles that must be signed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from narrowgate.errors import EngineUnavailable, PolicyInvalid
from narrowgate.keeping.keeper import Keeper
from narrowgate.model.request import Request
from narrowgate.policy.archive import pack
from support.gates import DAY
from support.kept import kept, makings, revision, shared_makings, wait_for_fault, wait_for_health
from support.opa import Answer, pretended_opa, shared_opa
from support.paths import POLICIES
from support.policies import copy_policies
from support.processes import wait_until
from support.signing import shipped_files, signed_files, signing_key

ASKED = Request(supplier="cardco", purpose="id_card_print", on=DAY, columns=("surname", "status", "posting"))
RULES = "purposes/id_card_print/id_card_print.rego"
KEEPS = 'permit.surname.action := "keep"'
DROPS = 'permit.surname.action := "drop"'
SHUFFLES = 'permit.surname.action := "shuffle"'


def now(keeper: Keeper) -> Any:
    with keeper.gate() as gate:
        return gate.engine.decide(ASKED).columns["surname"].action["action"]


class Behind:
    """Answers for an OPA that may be away, or another one."""

    def __init__(self, url: str) -> None:
        self.url: str | None = url

    def respond(self, method: str, path: str, body: bytes) -> Answer:
        import requests

        if self.url is None:
            return 503, b""
        answer = requests.request(method, self.url + path, data=body, timeout=10)
        return answer.status_code, answer.content


def revised(folder: Path, number: str, rule: str = KEEPS) -> Path:
    """The shipped policies with another revision, and perhaps another rule."""
    manifest = json.loads((POLICIES / ".manifest").read_text()) | {"revision": number}
    rules = (POLICIES / RULES).read_text().replace(KEEPS, rule)
    return copy_policies(folder / number, {".manifest": json.dumps(manifest), RULES: rules})


def test_a_shared_opa_that_goes_away_and_comes_back() -> None:
    with shared_opa(POLICIES) as real:
        behind = Behind(real)
        with pretended_opa(behind.respond) as url, kept(shared_makings(url)) as keeper:
            before = revision(keeper)
            assert now(keeper) == "keep"
            behind.url = None
            wait_for_fault(keeper, "engine", "HTTP 503")
            with pytest.raises(EngineUnavailable):
                now(keeper)
            assert keeper.states()["policies"] is None
            behind.url = real
            wait_for_health(keeper)
            assert (now(keeper), revision(keeper)) == ("keep", before)


def test_a_shared_opa_that_gets_other_policies(tmp_path: Path) -> None:
    """They decide once they have been vetted; until then nobody does."""
    with (
        shared_opa(POLICIES) as old,
        shared_opa(revised(tmp_path, "2", DROPS)) as new,
        shared_opa(revised(tmp_path, "3", SHUFFLES)) as wrong,
    ):
        behind = Behind(old)
        with pretended_opa(behind.respond) as url, kept(shared_makings(url)) as keeper:
            with keeper.gate() as gate:
                behind.url = new
                with pytest.raises(EngineUnavailable, match="changed after they were vetted"):
                    gate.engine.decide(ASKED)
            wait_until(lambda: revision_of(keeper) == "2")
            wait_for_health(keeper)
            assert now(keeper) == "drop"
            behind.url = wrong
            wait_for_fault(keeper, "policies", "shuffle")
            with pytest.raises(EngineUnavailable):
                now(keeper)
            behind.url = old
            wait_until(lambda: revision_of(keeper) == "0.1.0")
            wait_for_health(keeper)
            assert now(keeper) == "keep"


def revision_of(keeper: Keeper) -> str | None:
    with keeper.gate() as gate:
        return gate.engine.revision.bundle


def test_a_bundle_file_that_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "policies.tar.gz"
    file.write_bytes(pack(shipped_files()))
    changed = dict(shipped_files())
    changed[RULES] = changed[RULES].replace(KEEPS.encode(), DROPS.encode())
    with kept(makings(file)) as keeper:
        other = tmp_path / "other"
        other.write_bytes(pack(changed))
        other.replace(file)
        wait_until(lambda: now(keeper) == "drop")
        file.write_bytes(b"nothing")
        assert str(file) in wait_for_fault(keeper, "policies", "policies.tar.gz")
        assert now(keeper) == "drop"


def test_policies_that_must_be_signed(tmp_path: Path) -> None:
    folder, key = tmp_path / "policies", signing_key()
    write(folder, signed_files())
    changed = dict(shipped_files())
    changed[RULES] = changed[RULES].replace(KEEPS.encode(), DROPS.encode())
    with kept(makings(folder, key=key.public)) as keeper:
        (folder / RULES).write_bytes(changed[RULES])
        wait_for_fault(keeper, "policies", "digest mismatch")
        assert now(keeper) == "keep"
        write(folder, changed | {".signatures.json": signing_key("mallory").sign(changed)})
        wait_for_fault(keeper, "policies", "signature")
        assert now(keeper) == "keep"
        write(folder, changed | {".signatures.json": key.sign(changed)})
        wait_until(lambda: now(keeper) == "drop")
        wait_for_health(keeper)


def test_unsigned_policies_at_first(tmp_path: Path) -> None:
    with pytest.raises(PolicyInvalid, match="not signed") as caught:
        Keeper(makings(POLICIES, key=signing_key().public))
    assert str(POLICIES) in caught.value.message


def write(folder: Path, files: dict[str, bytes]) -> None:
    """Put ``files`` there, and nothing else."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
