"""The registered clients, and their file when it changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from narrowgate.errors import FileError, SourceError
from narrowgate.gateway.access.api_keys import Key
from narrowgate.gateway.access.clients_file import read_clients, write_clients
from narrowgate.gateway.access.hashes import StoredHash
from narrowgate.gateway.access.registering import added, change, removed, with_key, with_password, without_keys
from narrowgate.gateway.access.registry import Registry
from narrowgate.model.client import Client, Clients
from narrowgate.model.scope import Scope
from support.identity import EVERYTHING, register

PASSWORD = "correct horse battery"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "clients.yaml"


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int, int]]:
    """The cost of each hash that was made."""
    seen: list[tuple[int, int, int]] = []
    compare = StoredHash.matches

    def counted(self: StoredHash, secret: str) -> bool:
        seen.append((self.cost.n, self.cost.r, self.cost.p))
        return compare(self, secret)

    monkeypatch.setattr(StoredHash, "matches", counted)
    return seen


def test_by_key(file: Path) -> None:
    keys = register(file, hr=EVERYTHING, other=Client(scopes=frozenset({Scope.PLANS})))
    registry = Registry(file)
    found = registry.by_key(keys["hr"])
    assert found is not None
    assert found == registry.by_name("hr")
    assert found.scopes == frozenset(Scope)
    assert registry.by_key(keys["other"]) == registry.by_name("other")


def wrong_keys(key: str) -> dict[str, str]:
    """By what is wrong with them."""
    start, _, secret = key.rpartition("_")
    return {
        "another secret": f"{start}_{'0' * 64}",
        "another id": str(Key("hr", "00000000", secret)),
        "another client": key.replace("ng_hr_", "ng_other_"),
        "nobody": key.replace("ng_hr_", "ng_nobody_"),
        "cut short": key[:-1],
        "longer": f"{key}0",
        "in capitals": key.upper(),
        "no key": "ng_",
        "nothing": "",
    }


@pytest.mark.parametrize("what", wrong_keys("ng_hr_00000000_x"))
def test_a_wrong_key_is_nobodys_and_costs_as_much_as_a_right_one(
    file: Path, hashed: list[tuple[int, int, int]], what: str
) -> None:
    keys = register(file, hr=EVERYTHING, other=EVERYTHING)
    registry = Registry(file)
    assert registry.by_key(wrong_keys(keys["hr"])[what]) is None
    assert registry.by_verified_key(wrong_keys(keys["hr"])[what]) is None
    assert registry.by_key(keys["hr"])
    assert len(hashed) == 2
    assert hashed[0] == hashed[1]


def test_a_verified_key_costs_no_hash(file: Path, hashed: list[tuple[int, int, int]]) -> None:
    key = register(file, hr=EVERYTHING)["hr"]
    registry = Registry(file)
    assert registry.by_verified_key(key) is None
    assert registry.by_key(key)
    assert len(hashed) == 1
    assert registry.by_verified_key(key) == registry.by_name("hr")
    assert registry.by_verified_key(key[:-1] + ("1" if key[-1] == "0" else "0")) is None
    assert len(hashed) == 1


def test_a_key_is_good_through_its_last_day(file: Path) -> None:
    register(file, hr=EVERYTHING)
    key = Key.new("hr")
    change(file, lambda before: with_key(before, "hr", key, date(2026, 6, 30)))
    clock = [datetime(2026, 6, 30, 23, 59, 59, tzinfo=UTC).timestamp()]
    registry = Registry(file, lambda: clock[0])
    assert registry.by_key(str(key))
    assert registry.by_verified_key(str(key))
    clock[0] += 1
    assert registry.by_verified_key(str(key)) is None
    assert registry.by_key(str(key)) is None


def test_a_key_until_the_last_day_there_is(file: Path) -> None:
    register(file, hr=EVERYTHING)
    key = Key.new("hr")
    change(file, lambda before: with_key(before, "hr", key, date.max))
    assert Registry(file).by_key(str(key))


def test_by_password(file: Path, hashed: list[tuple[int, int, int]]) -> None:
    register(file, una=EVERYTHING, other=EVERYTHING)
    change(file, lambda before: with_password(before, "una", PASSWORD))
    registry = Registry(file)
    assert registry.by_password("una", PASSWORD) == registry.by_name("una")
    for name, password in (("una", "wrong"), ("other", PASSWORD), ("nobody", PASSWORD), ("", ""), ("una", "")):
        assert registry.by_password(name, password) is None
    assert len(set(hashed)) == 1
    assert len(hashed) == 6


def test_by_subject_and_certificate(file: Path) -> None:
    print_ = "ab" * 32
    client = Client(subject="una@idp", certificates=("CN=una,O=Force", f"sha256:{print_}"))
    register(file, una=client, other=Client(subject="other@idp"))
    registry = Registry(file)
    una = registry.by_name("una")
    assert una is not None
    assert registry.by_subject("una@idp") == una
    assert registry.by_subject("") is None
    assert registry.by_certificate("00" * 32, "CN=una,O=Force") == una
    assert registry.by_certificate(print_, "CN=somebody") == una
    assert registry.by_certificate("00" * 32, "CN=una,O=Forces") is None
    assert registry.by_certificate("00" * 32, "O=Force,CN=una") is None
    assert registry.by_certificate("00" * 32, "") is None


Change = Callable[[Clients], Clients]


@pytest.mark.parametrize(
    "how",
    [
        lambda before: without_keys(before, "hr", None),
        lambda before: removed(before, "hr"),
        lambda before: with_key(without_keys(before, "hr", None), "hr", Key.new("hr"), None),
    ],
    ids=["revoked", "removed", "changed over"],
)
def test_what_is_taken_back_is_gone_as_soon_as_the_file_is_read(file: Path, how: Change) -> None:
    keys = register(file, hr=EVERYTHING, other=EVERYTHING)
    registry = Registry(file)
    assert registry.by_key(keys["hr"])
    assert registry.by_key(keys["other"])
    change(file, how)
    assert registry.has_changed()
    registry.look()
    assert not registry.has_changed()
    assert registry.by_verified_key(keys["hr"]) is None
    assert registry.by_key(keys["hr"]) is None
    assert registry.by_verified_key(keys["other"]), "the others' keys need not be hashed anew"


def test_a_hash_that_takes_the_place_of_another_is_the_one_that_counts(file: Path) -> None:
    old, new = Key("hr", "0000000a", "0" * 64), Key("hr", "0000000a", "1" * 64)
    change(file, lambda before: with_key(added(before, "hr", EVERYTHING), "hr", old, None))
    registry = Registry(file)
    assert registry.by_key(str(old))
    change(file, lambda before: with_key(without_keys(before, "hr", None), "hr", new, None))
    registry.look()
    assert registry.by_verified_key(str(old)) is None
    assert registry.by_key(str(new))


@pytest.mark.parametrize("text", ["clients: [", "clients:\n  hr: {scopes: [x]}\n", None])
def test_a_change_that_is_none_keeps_the_old_and_is_told(file: Path, text: str | None) -> None:
    keys = register(file, hr=EVERYTHING)
    registry = Registry(file)
    assert registry.state() is None
    good = file.read_text()
    file.unlink() if text is None else file.write_text(text)
    registry.look()
    told = registry.state()
    assert told is not None
    assert "holds on" in told
    assert registry.by_key(keys["hr"])
    assert not registry.has_changed()
    file.write_text(good)
    registry.look()
    assert registry.state() is None


HASH = "scrypt$16$1$1$" + "A" * 22 + "$" + "A" * 43


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (None, FileError),
        ("", SourceError),
        ("clients: {hr: {scopes: [everything]}}", SourceError),
        ("clients: {hr: {for: [cardco]}}", SourceError),
        ("clients: {HR: {}}", SourceError),
        ("clients: {hr: {unknown: 1}}", SourceError),
        ("clients: {hr: {rate: 0}}", SourceError),
        ("clients: {hr: {subject: x}, it: {subject: x}}", SourceError),
        ("clients: {hr: {certificates: ['CN=x']}, it: {certificates: ['CN=x']}}", SourceError),
        ("clients: {hr: {certificates: ['nonsense=x']}}", SourceError),
        (f"clients: {{hr: {{password: '{HASH.replace('16', '17')}'}}}}", SourceError),
        (f"clients: {{hr: {{password: '{HASH.replace('16', '1073741824')}'}}}}", SourceError),
        (f"clients: {{hr: {{keys: [{{id: 0000000a, hash: {HASH}}}, {{id: 0000000a, hash: {HASH}}}]}}}}", SourceError),
    ],
)
def test_a_file_that_is_not_right(file: Path, text: str | None, error: type[Exception]) -> None:
    if text is not None:
        file.write_text(text)
    with pytest.raises(error) as caught:
        Registry(file)
    assert "AAAA" not in str(caught.value)


def test_what_is_written_is_read_again(file: Path) -> None:
    register(file, hr=EVERYTHING, una=Client(subject="una", rate=3, certificates=("CN=ü",)))
    before = read_clients(file)
    write_clients(file, before)
    assert read_clients(file) == before
    write_clients(file, Clients())
    assert read_clients(file) == Clients()


def test_a_client_is_added_once() -> None:
    with pytest.raises(Exception, match="registered already"):
        added(added(Clients(), "hr", Client()), "hr", Client())


def test_an_id_that_looks_like_a_number_is_none(file: Path) -> None:
    register(file, hr=EVERYTHING)
    key = Key("hr", "1234e567", "0" * 64)
    change(file, lambda before: with_key(before, "hr", key, None))
    assert Registry(file).by_key(str(key))
