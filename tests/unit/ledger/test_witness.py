"""The witness, over HTTP: it cosigns what grows, and nothing else."""

from __future__ import annotations

import hashlib
import http.client
import http.server
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from pathlib import Path

import pytest

from narrowgate.errors import EvidenceError, LedgerError, UsageError
from narrowgate.ledger.checkpoints import Checkpoint, open_checkpoint
from narrowgate.ledger.encoding import to_base64
from narrowgate.ledger.merkle import EMPTY_ROOT, MemoryTree, consistency_proof, leaf_hash
from narrowgate.ledger.notes import Cosigner, Signer, Verifier, sign, verified
from narrowgate.ledger.witness.client import OtherSizeError, cosigned, cosigned_from
from narrowgate.ledger.witness.judge import Accepted, Refusal, Request, judge
from narrowgate.ledger.witness.server import Witness, WitnessServer
from narrowgate.ledger.witness.state import WitnessState, make_key, read_key

NAME = "witness.example"
SIGNER = Signer("force.example/ledger", bytes(range(32)))
TREE = MemoryTree.from_leaves(leaf_hash(b"%d" % number) for number in range(50))
FORKED = MemoryTree.from_leaves(leaf_hash(b"%d" % (number if number != 4 else 99)) for number in range(50))


def checkpoint(size: int, tree: MemoryTree = TREE, signer: Signer = SIGNER) -> str:
    return sign(Checkpoint(signer.name, size, tree.root(size)).text(), signer)


def proof(old: int, new: int, tree: MemoryTree = TREE) -> list[bytes]:
    return consistency_proof(old, new, tree.read)


@pytest.fixture
def cosigner(tmp_path: Path) -> Cosigner:
    return make_key(tmp_path / "witness", NAME)


@contextmanager
def serving(folder: Path, *logs: Verifier) -> Iterator[WitnessServer]:
    key = read_key(folder)
    witness = Witness(key, logs or [SIGNER.verifier], WitnessState(folder, key.verifier))
    with WitnessServer(("127.0.0.1", 0), witness, lambda _: None) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def server(tmp_path: Path, cosigner: Cosigner) -> Iterator[WitnessServer]:
    with serving(tmp_path / "witness") as made:
        yield made


@pytest.fixture
def submit(server: WitnessServer, cosigner: Cosigner) -> Callable[..., str]:
    """``submit(old, new)``: the cosigned checkpoint."""

    def run(old: int, new: int, tree: MemoryTree = TREE, note: str | None = None) -> str:
        given = checkpoint(new, tree) if note is None else note
        return cosigned(server.url, given, old, proof(old, new, tree), cosigner.verifier)

    return run


def size_of(server: WitnessServer) -> int | None:
    kept = server.witness.state.latest(SIGNER.name)
    return kept.checkpoint.size if kept else None


def ask(
    server: WitnessServer, body: bytes, method: str = "POST", path: str = "/add-checkpoint", **headers: str
) -> tuple[int, str, str]:
    connection = http.client.HTTPConnection(*server.server_address[:2], timeout=20)  # type: ignore[arg-type]
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type") or "", answer.read().decode()
    finally:
        connection.close()


# Cosigning.


def test_a_log_grows(submit: Callable[..., str], server: WitnessServer, cosigner: Cosigner) -> None:
    for old, new in [(0, 1), (1, 2), (2, 7), (7, 7), (7, 8), (8, 50)]:
        before = int(time.time())
        note = submit(old, new)
        assert open_checkpoint(note, SIGNER.verifier).root == TREE.root(new)
        at = verified(note, [cosigner.verifier]).signed[cosigner.verifier]
        assert at is not None
        assert before <= at <= time.time()
        assert size_of(server) == new


def test_a_log_that_holds_nothing(submit: Callable[..., str]) -> None:
    assert open_checkpoint(submit(0, 0), SIGNER.verifier).root == EMPTY_ROOT
    submit(0, 0)
    submit(0, 5)


def test_a_new_cosignature_takes_the_place_of_an_older_one(submit: Callable[..., str], cosigner: Cosigner) -> None:
    older = checkpoint(5) + cosigner.signature(checkpoint(5).partition("\n\n")[0] + "\n", 7).line
    note = submit(0, 5, note=older)
    assert note.count(NAME) == 1
    assert verified(note, [cosigner.verifier]).signed[cosigner.verifier] != 7


def test_who_does_not_know_the_size_is_told(server: WitnessServer, cosigner: Cosigner) -> None:
    asked: list[int] = []
    for new in (3, 9, 9, 20):

        def prove(old: int, new: int = new) -> Sequence[bytes]:
            asked.append(old)
            return proof(old, new)

        note = cosigned_from(server.url, checkpoint(new), new, prove, cosigner.verifier)
        assert verified(note, [cosigner.verifier]).text == Checkpoint(SIGNER.name, new, TREE.root(new)).text()
    assert asked == [3, 9, 9]


def test_a_log_that_was_cut_short_is_told_so(
    submit: Callable[..., str], server: WitnessServer, cosigner: Cosigner
) -> None:
    submit(0, 9)
    with pytest.raises(EvidenceError, match="says that it cosigned 9 entries, and the ledger has 8"):
        cosigned_from(server.url, checkpoint(8), 8, lambda _: [], cosigner.verifier)


# Refusals.


def test_a_log_that_is_rolled_back(submit: Callable[..., str], server: WitnessServer) -> None:
    submit(0, 9)
    with pytest.raises(OtherSizeError) as caught:
        submit(0, 5)
    assert caught.value.size == 9
    with pytest.raises(LedgerError, match="the old size is above that of the checkpoint"):
        cosigned(server.url, checkpoint(5), 9, [], read_key(server.witness.state.folder).verifier)
    assert size_of(server) == 9


def test_a_log_that_is_forked(submit: Callable[..., str], server: WitnessServer) -> None:
    submit(0, 9)
    for new in (10, 50):
        with pytest.raises(LedgerError, match="does not show that the tree begins with the 9 leaves"):
            submit(9, new, FORKED)
    with pytest.raises(LedgerError, match="another root was cosigned for 9 leaves"):
        submit(9, 9, FORKED)
    assert size_of(server) == 9
    submit(9, 10)


def test_a_stale_size(server: WitnessServer, submit: Callable[..., str]) -> None:
    submit(0, 9)
    for old in (0, 3, 11):
        body = Request(old, proof(old, 20), checkpoint(20)).text().encode()
        assert ask(server, body) == (HTTPStatus.CONFLICT, "text/x.tlog.size", "9\n")
    body = Request(5, proof(5, 20), checkpoint(20)).text().encode()
    with serving(server.witness.state.folder) as another:
        assert ask(another, body) == (HTTPStatus.CONFLICT, "text/x.tlog.size", "9\n")


def test_somebody_else_s_signature(server: WitnessServer) -> None:
    stranger = Signer.generate(SIGNER.name)
    body = Request(0, (), checkpoint(5, signer=stranger)).text().encode()
    assert ask(server, body)[0] == HTTPStatus.FORBIDDEN
    good_and_bad = checkpoint(5) + checkpoint(6).partition("\n\n")[2]
    swapped = checkpoint(5).partition("\n\n")[0] + "\n\n" + checkpoint(6).partition("\n\n")[2]
    assert ask(server, Request(0, (), swapped).text().encode())[0] == HTTPStatus.FORBIDDEN
    # Of one key the first signature counts, for everybody who reads notes.
    assert ask(server, Request(0, (), good_and_bad).text().encode())[0] == HTTPStatus.OK
    both = checkpoint(5) + checkpoint(5, signer=stranger).partition("\n\n")[2]
    assert ask(server, Request(5, (), both).text().encode())[0] == HTTPStatus.OK
    kept = server.witness.state.latest(SIGNER.name)
    assert kept is not None
    assert str(to_base64(stranger.verifier.id))[:5] not in kept.note


def test_a_log_that_is_not_known(server: WitnessServer) -> None:
    other = Signer.generate("other.example/ledger")
    body = Request(0, (), checkpoint(5, signer=other)).text().encode()
    assert ask(server, body)[0] == HTTPStatus.NOT_FOUND


def test_logs_do_not_meet(tmp_path: Path, cosigner: Cosigner) -> None:
    other = Signer.generate("other.example/ledger")
    with serving(tmp_path / "witness", SIGNER.verifier, other.verifier) as server:
        cosigned(server.url, checkpoint(9), 0, [], cosigner.verifier)
        cosigned(server.url, checkpoint(4, FORKED, other), 0, [], cosigner.verifier)
        cosigned(server.url, checkpoint(10), 9, proof(9, 10), cosigner.verifier)
        known = [(each.checkpoint.origin, each.checkpoint.size) for each in server.witness.state.everything()]
    assert known == [("force.example/ledger", 10), ("other.example/ledger", 4)]


def test_two_keys_of_one_log(tmp_path: Path, cosigner: Cosigner) -> None:
    newer = Signer.generate(SIGNER.name)
    with serving(tmp_path / "witness", SIGNER.verifier, newer.verifier) as server:
        cosigned(server.url, checkpoint(4), 0, [], cosigner.verifier)
        cosigned(server.url, checkpoint(5, signer=newer), 4, proof(4, 5), cosigner.verifier)
        assert size_of(server) == 5


GOOD = Request(7, proof(7, 9), checkpoint(9)).text()


@pytest.mark.parametrize(
    "body",
    [
        "",
        "\n\n",
        "old 7",
        GOOD.replace("old 7", "old 07"),
        GOOD.replace("old 7", "old -7"),
        GOOD.replace("old 7", "old  7"),
        GOOD.replace("old 7", "Old 7"),
        GOOD.replace("old 7\n", ""),
        GOOD.replace("old 7\n", "old 7\r\n"),
        GOOD.replace("old 7\n", "old 7\n" + to_base64(bytes(31)) + "\n"),
        GOOD.replace("old 7\n", "old 7\n" + to_base64(bytes(33)) + "\n"),
        GOOD.replace("old 7\n", "old 7\n" + to_base64(bytes(32))[:-1] + "\n"),
        GOOD.replace("old 7\n", "old 7\nnot base64\n"),
        GOOD.replace("old 7\n", "old 7\n" + f"{to_base64(bytes(32))}\n" * 64),
        GOOD.replace("\n\n", "\n", 1),
        GOOD.replace("\n9\n", "\n09\n"),
        GOOD.replace("\u2014", "-"),
        GOOD[:-1],
        GOOD.replace("old 7", "old 10"),
    ],
)
def test_malformed_requests(server: WitnessServer, body: str) -> None:
    status, kind, reason = ask(server, body.encode())
    assert (status, kind) == (HTTPStatus.BAD_REQUEST, "text/plain; charset=utf-8")
    assert re.fullmatch(r"[^\n]+\n", reason)
    assert size_of(server) is None


def test_a_request_that_is_not_utf_8(server: WitnessServer) -> None:
    assert ask(server, b"old 7\xff\n\n")[0] == HTTPStatus.BAD_REQUEST


@pytest.mark.parametrize(
    ("request_", "known"),
    [
        (Request(0, proof(3, 9), checkpoint(9)), None),
        (Request(0, (), sign(Checkpoint(SIGNER.name, 0, TREE.root(1)).text(), SIGNER)), None),
        (Request(7, (), checkpoint(9)), 7),
        (Request(7, proof(7, 9)[:-1], checkpoint(9)), 7),
        (Request(7, proof(7, 10), checkpoint(9)), 7),
        (Request(7, proof(6, 9), checkpoint(9)), 7),
        (Request(9, proof(7, 9), checkpoint(9)), 9),
    ],
)
def test_proofs_that_prove_nothing(request_: Request, known: int | None) -> None:
    stored = None if known is None else Checkpoint(SIGNER.name, known, TREE.root(known))
    found = judge(request_.text().encode(), [SIGNER.verifier], lambda _: stored)
    assert isinstance(found, Refusal)
    assert found.status == HTTPStatus.UNPROCESSABLE_ENTITY


def test_a_request_is_read_as_it_is_written() -> None:
    assert Request.parse(GOOD.encode()) == Request(7, proof(7, 9), checkpoint(9))
    found = judge(GOOD.encode(), [SIGNER.verifier], lambda _: Checkpoint(SIGNER.name, 7, TREE.root(7)))
    assert isinstance(found, Accepted)
    assert found.checkpoint.size == 9


# The server.


def test_other_paths_and_methods(server: WitnessServer) -> None:
    assert ask(server, b"", path="/")[0] == HTTPStatus.NOT_FOUND
    assert ask(server, b"", "GET")[0] == HTTPStatus.NOT_FOUND
    assert ask(server, b"", "GET", "/../witness.key/checkpoint")[0] == HTTPStatus.NOT_FOUND
    status, kind, reason = ask(server, b"", "DELETE")
    assert (status, kind) == (HTTPStatus.NOT_IMPLEMENTED, "text/plain; charset=utf-8")
    assert "<" not in reason


def test_monitors_get_the_checkpoint(server: WitnessServer, submit: Callable[..., str], cosigner: Cosigner) -> None:
    path = f"/{hashlib.sha256(SIGNER.name.encode()).hexdigest()}/checkpoint"
    assert ask(server, b"", "GET", path)[0] == HTTPStatus.NOT_FOUND
    note = submit(0, 9)
    status, _, body = ask(server, b"", "GET", path)
    assert (status, body) == (HTTPStatus.OK, note)
    assert verified(body, [SIGNER.verifier, cosigner.verifier]).signed.keys() == {SIGNER.verifier, cosigner.verifier}


def test_bodies_that_are_too_large_or_of_no_length(server: WitnessServer) -> None:
    assert ask(server, b"x" * ((1 << 16) + 1))[0] == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    assert ask(server, b"", **{"Content-Length": "x"})[0] == HTTPStatus.LENGTH_REQUIRED
    assert ask(server, b"", **{"Content-Length": "-1"})[0] == HTTPStatus.LENGTH_REQUIRED
    assert ask(server, b"", **{"Transfer-Encoding": "chunked"})[0] == HTTPStatus.LENGTH_REQUIRED


def test_one_connection_serves_for_many_requests(server: WitnessServer) -> None:
    connection = http.client.HTTPConnection(*server.server_address[:2], timeout=20)  # type: ignore[arg-type]
    connection.connect()
    first = connection.sock
    for old, new in [(0, 3), (3, 5)]:
        connection.request("POST", "/add-checkpoint", Request(old, proof(old, new), checkpoint(new)).text().encode())
        answer = connection.getresponse()
        assert answer.status == HTTPStatus.OK
        assert answer.read().startswith("\u2014 ".encode())
    assert connection.sock is first
    connection.close()


def test_connections_that_break_off(tmp_path: Path, cosigner: Cosigner) -> None:
    said: list[str] = []
    with serving(tmp_path / "witness") as server:
        server.say = said.append
        for begun in (b"", b"POST", b"POST /add-checkpoint HTTP/1.1\r\nContent-Length: 9\r\n\r\nold"):
            with socket.create_connection(server.server_address[:2]) as connection:  # type: ignore[arg-type]
                connection.sendall(begun)
        with socket.create_connection(server.server_address[:2]) as connection:  # type: ignore[arg-type]
            connection.sendall(b"\xff\x1b[31m\r\n\r\n")
            assert b"Traceback" not in connection.recv(4096)
        assert ask(server, b"", "GET")[0] == HTTPStatus.NOT_FOUND
    assert all(each.isprintable() and each.isascii() for each in said)


def test_there_are_no_more_connections_than_it_serves(server: WitnessServer) -> None:
    with ExitStack() as opened:
        held = [opened.enter_context(socket.create_connection(server.server_address[:2])) for _ in range(70)]  # type: ignore[arg-type]
        for connection in held[64:]:
            connection.settimeout(5)
            assert connection.recv(1) == b""
    deadline = time.monotonic() + 10
    while True:
        try:
            assert ask(server, b"", "GET")[0] == HTTPStatus.NOT_FOUND
            break
        except (OSError, http.client.HTTPException):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_two_clients_at_once(server: WitnessServer, cosigner: Cosigner) -> None:
    """Each size is cosigned at most once from each earlier one, and never an older after a newer."""
    cosigned(server.url, checkpoint(1), 0, [], cosigner.verifier)

    def race(new: int) -> tuple[int, int] | None:
        try:
            cosigned(server.url, checkpoint(new), 1, proof(1, new), cosigner.verifier)
        except OtherSizeError as error:
            return new, error.size
        return None

    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(race, [2, 3, 4, 5, 6, 7, 8, 9]))
    refused = [each for each in outcomes if each]
    assert len(refused) == 7
    assert {size for _, size in refused} == {size_of(server)}
    assert size_of(server) not in {new for new, _ in refused}


def test_a_state_that_was_tampered_with(server: WitnessServer, submit: Callable[..., str]) -> None:
    submit(0, 9)
    folder = server.witness.state.folder
    path = next(folder.glob("*.checkpoint"))
    path.write_text(path.read_text().replace("\n9\n", "\n8\n"))
    for changed in (None, b"", b"\xff", b"garbage\n"):
        if changed is not None:
            path.write_bytes(changed)
        with pytest.raises(LedgerError, match="the witness has a fault"):
            submit(9, 10)
    path.write_text(checkpoint(8))
    with pytest.raises(LedgerError, match="the witness has a fault"):
        submit(8, 10)


def test_a_state_that_cannot_be_kept(
    server: WitnessServer, submit: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    submit(0, 9)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(LedgerError, match="the witness has a fault"):
            submit(9, 10)
    assert size_of(server) == 9
    submit(9, 11)


def test_where_nothing_can_listen(server: WitnessServer) -> None:
    port = server.server_address[1]
    assert isinstance(port, int)
    for host, at in (("127.0.0.1", port), ("no.such.host.invalid", 0), ("192.0.2.1", 0)):
        with pytest.raises(LedgerError, match="nothing can listen"):
            WitnessServer((host, at), server.witness, print)


# The client.


@contextmanager
def answering(status: int, body: bytes, **headers: str) -> Iterator[str]:
    """Something at an address that answers everything with this."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "not a signed note"),
        (b"garbage\n", "not a signed note"),
        (b"\xff", "not a signed note"),
        (Cosigner.generate("other.example").signature("x\n", 1).line.encode(), "is not witness.example"),
        (Cosigner.generate(NAME).signature("x\n", 1).line.encode(), "is not witness.example"),
    ],
)
def test_answers_that_are_no_cosignature(cosigner: Cosigner, body: bytes, message: str) -> None:
    with answering(200, body) as url, pytest.raises(EvidenceError, match=message):
        cosigned(url, checkpoint(5), 0, [], cosigner.verifier)


def test_a_cosignature_of_something_else(cosigner: Cosigner) -> None:
    line = cosigner.signature(checkpoint(4).partition("\n\n")[0] + "\n", 7).line
    with answering(200, line.encode()) as url, pytest.raises(EvidenceError, match="is bad"):
        cosigned(url, checkpoint(5), 0, [], cosigner.verifier)


def test_cosignatures_of_others_are_not_taken(cosigner: Cosigner) -> None:
    text = checkpoint(5).partition("\n\n")[0] + "\n"
    lines = Cosigner.generate(NAME).signature(text, 7).line + cosigner.signature(text, 8).line
    with answering(200, lines.encode()) as url:
        note = cosigned(url, checkpoint(5), 0, [], cosigner.verifier)
    assert note == checkpoint(5) + cosigner.signature(text, 8).line


@pytest.mark.parametrize(
    ("status", "body", "headers", "message"),
    [
        (422, b"it was forked\nmore", {}, "refuses: it was forked$"),
        (403, b"", {}, "refuses: 403$"),
        (500, b"\x1b[31mred\x07" + b"x" * 1000, {}, r"refuses: \[31mredx{190,}$"),
        (409, b"5\n", {}, "refuses: 5$"),
        (409, b"05\n", {"Content_Type": "text/x.tlog.size"}, "refuses: 05$"),
        (302, b"", {"Location": "http://127.0.0.1:1/"}, "refuses: 302$"),
        (307, b"", {"Location": "file:///etc/passwd"}, "refuses: 307$"),
    ],
)
def test_refusals_are_told(cosigner: Cosigner, status: int, body: bytes, headers: dict[str, str], message: str) -> None:
    with answering(status, body, **headers) as url, pytest.raises(LedgerError, match=message) as caught:
        cosigned(url, checkpoint(5), 0, [], cosigner.verifier)
    assert not isinstance(caught.value, OtherSizeError)


def test_nobody_answers(cosigner: Cosigner) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(LedgerError, match="does not answer"):
            cosigned(url, checkpoint(5), 0, [], cosigner.verifier, timeout=0.2)
    with pytest.raises(LedgerError, match="does not answer"):
        cosigned(url, checkpoint(5), 0, [], cosigner.verifier, timeout=0.2)


def test_what_answers_does_not_speak_http(cosigner: Cosigner) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:

        def answer() -> None:
            connection, _ = other.accept()
            with connection:
                connection.recv(1 << 16)
                connection.sendall(b"220 mail.example ESMTP\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(LedgerError, match="does not answer"):
            cosigned(f"http://127.0.0.1:{other.getsockname()[1]}", checkpoint(5), 0, [], cosigner.verifier)
        thread.join()


@pytest.mark.parametrize(
    "url", ["", "witness.example", "file:///etc/passwd", "ftp://witness.example", "http://[", "http://"]
)
def test_addresses_that_are_none(cosigner: Cosigner, url: str) -> None:
    with pytest.raises((UsageError, LedgerError)):
        cosigned(url, checkpoint(5), 0, [], cosigner.verifier)


def test_proxies_are_not_asked(
    server: WitnessServer, submit: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    assert submit(0, 5)


# The commands, in processes of their own.


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-c", "from narrowgate.cli.commands.witness import app; app()", *map(str, arguments)]


@contextmanager
def started(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    process = subprocess.Popen(
        command("serve", folder, "--log", SIGNER.verifier, "--port", 0), stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        found = re.search(r"is at (http://127\.0\.0\.1:\d+)", process.stderr.readline())
        assert found is not None
        yield found[1], process
    finally:
        process.kill()
        process.communicate()


def test_a_witness_is_made_serves_is_killed_and_remembers(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "witness"
    made = subprocess.run(command("init", folder, "--name", NAME), capture_output=True, text=True, check=True)
    verifier = Verifier.parse(made.stdout)
    assert verifier.name == NAME
    assert (folder / "witness.key").stat().st_mode & 0o777 == 0o600
    again = subprocess.run(command("init", folder, "--name", NAME), capture_output=True, text=True, check=False)
    assert again.returncode != 0
    assert read_key(folder).verifier == verifier

    size = 0
    for new in (3, 9, 20):
        with started(folder) as (url, process):
            cosigned(url, checkpoint(new), size, proof(size, new), verifier)
            process.send_signal(signal.SIGKILL)
        size = new
    with started(folder) as (url, _), pytest.raises(OtherSizeError) as caught:
        cosigned(url, checkpoint(9), 3, proof(3, 9), verifier)
    assert caught.value.size == 20

    shown = subprocess.run(command("show", folder, "--json"), capture_output=True, text=True, check=True)
    document = json.loads(shown.stdout)
    at = document["logs"][0].pop("at")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", at)
    assert document == {
        "name": NAME,
        "key": str(verifier),
        "logs": [{"origin": SIGNER.name, "size": 20, "root": TREE.root(20).hex()}],
    }
    table = subprocess.run(command("show", folder), capture_output=True, text=True, check=True).stdout
    assert SIGNER.name in table
    assert "20" in table


def test_two_processes_do_not_overtake_each_other(tmp_path: Path, cosigner: Cosigner) -> None:
    folder = tmp_path / "witness"
    with started(folder) as (first, _), started(folder) as (second, _):
        cosigned(first, checkpoint(1), 0, [], cosigner.verifier)

        def race(new: int) -> bool:
            try:
                cosigned([first, second][new % 2], checkpoint(new), 1, proof(1, new), cosigner.verifier)
            except OtherSizeError:
                return False
            return True

        with ThreadPoolExecutor(6) as pool:
            assert list(pool.map(race, range(2, 20))).count(True) == 1


def test_there_is_no_witness(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no witness in"):
        read_key(tmp_path)
    make_key(tmp_path, NAME)
    with pytest.raises(UsageError, match="there is a witness in"):
        make_key(tmp_path, NAME)
    (tmp_path / "file").touch()
    with pytest.raises(LedgerError, match="cannot be used"):
        make_key(tmp_path / "file", NAME)
