"""``narrowgate client``: who is registered, and what is left on disk."""

from __future__ import annotations

import json
import os
import pty
import stat
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from narrowgate.gateway.access.registry import Registry
from narrowgate.model.yaml import load_yaml
from support.cli import Outcome, files_in, narrowgate
from support.paths import SCHEMAS

PASSWORD = "correct horse battery"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "clients.yaml"


def client(file: Path, *arguments: str, stdin: bytes | None = None) -> Outcome:
    return narrowgate("client", *arguments, "--clients", file, stdin=stdin)


@pytest.fixture
def registered(file: Path) -> Path:
    """A file with one client."""
    client(file, "add", "hr-cardiff", "--scope", "exports", "--scope", "receipts", "--for", "cardco:*").require(0)
    return file


def test_a_client_and_its_key(registered: Path) -> None:
    done = client(registered, "key", "hr-cardiff").require(0)
    key = done.out.strip()
    assert key.startswith("ng_hr-cardiff_")
    assert "only time" in done.err
    caller = Registry(registered).by_key(key)
    assert caller is not None
    assert (caller.name, set(caller.scopes)) == ("hr-cardiff", {"exports", "receipts"})
    assert caller.may("cardco", "id_card_print")
    assert not caller.may("oldco", "id_card_print")
    text = registered.read_text()
    assert key not in text
    assert key.rpartition("_")[2] not in text
    jsonschema.validate(load_yaml(text), json.loads((SCHEMAS / "clients.schema.json").read_text()))


def test_only_its_owner_reads_the_file_and_nothing_lies_beside_it(registered: Path) -> None:
    client(registered, "key", "hr-cardiff").require(0)
    assert stat.S_IMODE(registered.stat().st_mode) == 0o600
    assert files_in(registered.parent) == {"clients.yaml"}


def test_keys_change_over_and_are_revoked(registered: Path) -> None:
    old = json.loads(client(registered, "key", "hr-cardiff", "--json").require(0).out)
    new = json.loads(client(registered, "key", "hr-cardiff", "--until", "2999-12-31", "--json").require(0).out)
    schema = json.loads((SCHEMAS / "client-key.schema.json").read_text())
    jsonschema.validate(new, schema)
    registry = Registry(registered)
    assert registry.by_key(old["key"])
    assert registry.by_key(new["key"])
    client(registered, "revoke", "hr-cardiff", old["id"]).require(0)
    registry = Registry(registered)
    assert registry.by_key(old["key"]) is None
    assert registry.by_key(new["key"])
    client(registered, "revoke", "hr-cardiff").require(0)
    assert Registry(registered).by_key(new["key"]) is None
    assert "it has none" in client(registered, "revoke", "hr-cardiff").require(2).err


def test_a_password_is_read_from_standard_input(registered: Path) -> None:
    client(registered, "password", "hr-cardiff", "--stdin", stdin=f"{PASSWORD}\n".encode()).require(0)
    registry = Registry(registered)
    assert registry.by_password("hr-cardiff", PASSWORD)
    assert registry.by_password("hr-cardiff", f"{PASSWORD}\n") is None
    before = registered.read_bytes()
    done = client(registered, "password", "hr-cardiff", "--stdin", stdin=b"short\n").require(2)
    assert "choose a longer one" in done.err
    assert "no terminal" in client(registered, "password", "hr-cardiff").require(2).err
    assert registered.read_bytes() == before


def test_a_password_is_asked_for_twice_and_not_shown(registered: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "narrowgate", "client", "password", "hr-cardiff", "--clients", str(registered)]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True) as process:
        os.close(theirs)
        shown = b""
        for asked in (b"Password: ", b"Repeat for confirmation: "):
            while not shown.endswith(asked):
                shown += os.read(ours, 1)
            os.write(ours, f"{PASSWORD}\n".encode())
        while b"new password" not in shown:
            shown += os.read(ours, 1)
        assert process.wait(60) == 0
    os.close(ours)
    assert PASSWORD.encode() not in shown
    assert Registry(registered).by_password("hr-cardiff", PASSWORD)


def test_the_list_shows_no_hash(registered: Path) -> None:
    client(registered, "add", "una", "--subject", "una@force.example", "--certificate", "CN=una,O=Force").require(0)
    client(registered, "key", "hr-cardiff", "--until", "2999-12-31").require(0)
    client(registered, "password", "hr-cardiff", "--stdin", stdin=f"{PASSWORD}\n".encode()).require(0)
    done = client(registered, "list").require(0)
    for each in (
        "hr-cardiff",
        "cardco:*",
        "until 2999-12-31",
        "password",
        "token of una@force.example",
        "CN=una,O=Force",
    ):
        assert each in done.out
    assert "scrypt" not in done.out
    listed = client(registered, "list", "--json").require(0).out
    assert "scrypt" not in listed
    jsonschema.validate(json.loads(listed), json.loads((SCHEMAS / "client-list.schema.json").read_text()))
    assert [each["name"] for each in json.loads(listed)["clients"]] == ["hr-cardiff", "una"]


def test_a_client_is_struck_off(registered: Path) -> None:
    client(registered, "remove", "hr-cardiff").require(0)
    assert "nobody is registered" in client(registered, "list").require(0).out
    assert "there is no client hr-cardiff" in client(registered, "remove", "hr-cardiff").require(2).err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("add", "hr-cardiff"), "registered already"),
        (("add", "HR_Cardiff"), "a client's name is not written like that"),
        (("add", "other", "--for", "cardco"), "what it is for is not written like that"),
        (("add", "other", "--certificate", "sha256:00"), "a certificate is not written like that"),
        (("add", "other", "--certificate", "nonsense=x"), "RFC 4514"),
        (("add", "other", "--scope", "everything"), "exports"),
        (("key", "nobody"), "there is no client nobody"),
        (("key", "hr-cardiff", "--until", "tomorrow"), "not a day"),
        (("revoke", "hr-cardiff", "00000000"), "no such key"),
    ],
)
def test_what_is_wrong_changes_nothing(registered: Path, arguments: tuple[str, ...], message: str) -> None:
    before = registered.read_bytes()
    done = client(registered, *arguments).require(2)
    assert message in done.err
    assert done.out == ""
    assert registered.read_bytes() == before
    assert files_in(registered.parent) == {"clients.yaml"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("clients: [", "line 1"),
        ("clients:\n  a:\n    scopes: [everything]\n", "clients.a.scopes"),
        ("clients:\n  a: {}\n  a: {}\n", "line 3"),
        ("client: {}\n", "client"),
    ],
)
def test_a_file_that_is_none_stays_as_it_is(file: Path, text: str, message: str) -> None:
    file.write_text(text)
    done = client(file, "add", "hr-cardiff").require(2)
    assert message in done.err
    assert file.read_text() == text


def test_the_file_is_named_by_the_settings(tmp_path: Path) -> None:
    (tmp_path / "narrowgate.toml").write_text('[gateway]\nclients = "who.yaml"\n')
    narrowgate("client", "add", "hr-cardiff", cwd=tmp_path).require(0)
    assert (tmp_path / "who.yaml").is_file()
    assert "--clients" in narrowgate("client", "list", cwd=tmp_path.parent).require(2).err
    assert "make the folder" in client(tmp_path / "none/clients.yaml", "add", "hr-cardiff").require(2).err


def test_many_at_once_lose_nothing(file: Path) -> None:
    names = [f"client-{number}" for number in range(6)]
    commands = [[sys.executable, "-m", "narrowgate", "client", "add", name, "--clients", str(file)] for name in names]
    running = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for command in commands]
    assert [process.wait(60) for process in running] == [0] * 6
    listed = json.loads(client(file, "list", "--json").require(0).out)
    assert [each["name"] for each in listed["clients"]] == names
