"""Engines that die, hang or are replaced by somebody else."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from narrowgate.errors import EngineUnavailable
from narrowgate.model.catalogue import Catalogue
from narrowgate.model.request import Request
from narrowgate.policy.binary import find_opa
from narrowgate.policy.client import Address, Opa
from narrowgate.policy.engine import OpaEngine
from narrowgate.policy.open import open_shared
from narrowgate.policy.private import PrivateOpa
from support.gates import DAY
from support.opa import Answer, pretended_opa, shared_opa
from support.paths import POLICIES, SCHEMAS

ASKED = Request(supplier="cardco", purpose="id_card_print", on=DAY, columns=("forename", "status", "posting"))
THREADS = 8


class Private:
    """An engine over a private OPA that a test may do things to."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.server = PrivateOpa(find_opa(), POLICIES, timeout=20)
        self.engine = OpaEngine(self.server.connect, "private", catalogue, POLICIES, close=self.server.close)

    @property
    def pid(self) -> int:
        """Of OPA."""
        return self.server._process.pid

    def kill(self) -> None:
        """End OPA, and wait until it has ended."""
        os.kill(self.pid, signal.SIGKILL)
        with suppress(ChildProcessError):  # whoever asks whether it lives has taken note of its end already
            os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT)


@pytest.fixture
def private(catalogue: Catalogue) -> Iterator[Private]:
    made = Private(catalogue)
    yield made
    made.engine.close()


def test_a_private_opa_that_ended_is_said_to_have(private: Private) -> None:
    private.engine.decide(ASKED)
    private.engine.ping()
    private.kill()
    for ask in (lambda: private.engine.decide(ASKED), private.engine.ping):
        with pytest.raises(EngineUnavailable, match="the private OPA has ended") as caught:
            ask()
        assert caught.value.remedy == "try again"


def test_a_private_opa_is_never_started_again_by_a_further_connection(private: Private) -> None:
    """It would load what lies in the folder then, which nobody has vetted."""
    private.engine.decide(ASKED)
    pid = private.pid
    with private.engine._connections.one(), private.engine._connections.one():
        private.kill()
        with pytest.raises(EngineUnavailable, match="has ended"):
            private.engine.decide(ASKED)
    assert private.pid == pid


def test_whoever_takes_the_port_of_a_private_opa_is_not_asked(private: Private) -> None:
    private.engine.decide(ASKED)
    private.kill()
    with socket.create_server(("127.0.0.1", private.server._port)) as other:
        with pytest.raises(EngineUnavailable, match="has ended"):
            private.engine.decide(ASKED)
        other.setblocking(False)
        with pytest.raises(BlockingIOError):
            other.accept()


def test_an_answer_from_whoever_took_its_port_meanwhile_does_not_count() -> None:
    """It ends while it is asked, and somebody else answers in its place."""
    alive = [True]

    def require_alive() -> None:
        if not alive[0]:
            raise EngineUnavailable("the private OPA has ended", "try again")

    def respond(*_: object) -> Answer:
        alive[0] = False
        return 200, b'{"result": {}, "provenance": {"version": "1.22.2", "bundles": {}}}'

    with pretended_opa(respond) as url:
        opa = Opa(Address(url, is_private=True), require_alive)
        with pytest.raises(EngineUnavailable, match="has ended"):
            opa.data("suppliers")
        opa.close_connection()


def test_questions_do_not_wait_for_each_other(catalogue: Catalogue) -> None:
    """Each is answered only once all have been asked."""
    together = threading.Barrier(THREADS, timeout=20)

    with shared_opa(POLICIES) as real:
        import requests

        def respond(method: str, path: str, body: bytes) -> Answer:
            if path.startswith("/v1/data/narrowgate/decision"):
                together.wait()
            answer = requests.request(method, real + path, data=body, timeout=20)
            return answer.status_code, answer.content

        with pretended_opa(respond) as url, ThreadPoolExecutor(THREADS) as threads:
            engine = open_shared(Address(url, timeout=30), SCHEMAS)(catalogue)
            decisions = list(threads.map(lambda _: engine.decide(ASKED), range(THREADS)))
            assert all(decision == decisions[0] for decision in decisions)
            engine.close()
            with pytest.raises(EngineUnavailable, match="closed"):
                engine.decide(ASKED)


def test_it_is_vetted_once_however_many_ask_first(catalogue: Catalogue) -> None:
    vetted: list[str] = []
    with shared_opa(POLICIES) as url, ThreadPoolExecutor(THREADS) as threads:
        engine = OpaEngine(
            lambda: Opa(Address(url)), "shared", catalogue, before_use=lambda bundle: vetted.append(bundle.digest)
        )
        assert {decision.effect for decision in threads.map(lambda _: engine.decide(ASKED), range(THREADS))} == {
            "release"
        }
        engine.close()
    assert len(vetted) == 1


def test_many_questions_while_it_dies_are_answered_rightly_or_not_at_all(private: Private) -> None:
    right = private.engine.decide(ASKED)
    answered = threading.Semaphore(0)

    def ask(_: int) -> None:
        while private.engine.decide(ASKED) == right:
            answered.release()
        raise AssertionError("another answer")

    with ThreadPoolExecutor(THREADS) as threads:
        asking = [threads.submit(ask, n) for n in range(THREADS)]
        for _ in range(50):
            assert answered.acquire(timeout=20)
        private.kill()
        assert {type(each.exception(30)) for each in asking} == {EngineUnavailable}


def test_nothing_of_a_private_opa_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, catalogue: Catalogue
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    private = Private(catalogue)
    private.engine.decide(ASKED)
    private.kill()
    pid = private.pid
    private.engine.close()
    assert list(tmp_path.iterdir()) == []
    assert not Path(f"/proc/{pid}").exists()
