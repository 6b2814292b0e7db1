"""Which policies a name means."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest

from narrowgate.authoring.diff.sides import policies_at
from narrowgate.errors import UsageError
from support.cli import files_in
from support.paths import POLICIES
from support.repository import Repository

COVERT = "guardrails/covert_posting.rego"


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go; nothing may stay there."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Policies in a folder ``policies``: as shipped at ``v1``, without a guardrail at ``v2``."""
    made = Repository(tmp_path / "repository")
    (made.folder / "README").write_text("nothing yet")
    made.commit("empty")
    shutil.copytree(POLICIES, made.folder / "policies")
    made.commit("v1")
    (made.folder / "policies" / COVERT).unlink()
    made.commit("v2")
    return made


def test_a_path_is_what_it_is(tmp_path: Path) -> None:
    with policies_at(str(POLICIES), tmp_path) as found:
        assert found == POLICIES


@pytest.mark.parametrize("revision", ["v1", "v2", "main", "main~1", "v1:policies", "v2:policies/"])
def test_a_revision_is_as_it_was(revision: str, repository: Repository, scratch: Path) -> None:
    with policies_at(revision, repository.folder / "policies") as found:
        expected = files_in(POLICIES) - ({COVERT} if revision in {"v2", "main", "v2:policies/"} else set())
        assert files_in(found) == expected
        for name in expected:
            assert (found / name).read_bytes() == (POLICIES / name).read_bytes()
    assert not files_in(scratch)
    assert not list(scratch.iterdir())


def test_policies_may_lie_at_the_top(tmp_path: Path) -> None:
    shutil.copytree(POLICIES, tmp_path / "top")
    top = Repository(tmp_path / "top")
    top.commit("v1")
    with policies_at("v1", top.folder) as found:
        assert files_in(found) == files_in(POLICIES)


def test_a_bundle_lies_in_a_repository_too(repository: Repository) -> None:
    """Beside the file that today's policies are, a revision's lie where it says."""
    bundle = repository.folder / "policies.tar.gz"
    bundle.touch()
    with policies_at("v1:policies", bundle) as found:
        assert (found / COVERT).is_file()


def test_attributes_leave_nothing_out_and_change_nothing(repository: Repository) -> None:
    """A guardrail that an archive of the old policies leaves out would not be missed in the new ones."""
    lines = f"{COVERT} export-ignore\n*.rego export-subst text eol=crlf\n"
    (repository.folder / "policies" / ".gitattributes").write_text(lines)
    shutil.copyfile(POLICIES / COVERT, repository.folder / "policies" / COVERT)
    repository.commit("v3")
    with policies_at("v3", repository.folder / "policies") as found:
        assert (found / COVERT).read_bytes() == (POLICIES / COVERT).read_bytes()


def test_entry_points_are_those_of_this_version(repository: Repository) -> None:
    (repository.folder / "policies" / "narrowgate.rego").write_text("package narrowgate\n")
    repository.commit("other")
    with policies_at("other", repository.folder / "policies") as found:
        assert (found / "narrowgate.rego").read_bytes() == (POLICIES / "narrowgate.rego").read_bytes()


def test_links_are_not_followed(repository: Repository, scratch: Path) -> None:
    (repository.folder / "policies" / "suppliers" / "more.yaml").symlink_to("/etc/passwd")
    repository.commit("link")
    with (
        pytest.raises(UsageError, match="link has a link at suppliers/more"),
        policies_at("link", repository.folder / "policies"),
    ):
        pass
    assert not list(scratch.iterdir())


@pytest.mark.parametrize("name", ["v9", "-v", "--output=x", "v1^{tree}", "main:policies:x", "", ":policies", "v1..v2"])
def test_what_is_nothing_is_told(name: str, repository: Repository, scratch: Path) -> None:
    before = files_in(repository.folder)
    with pytest.raises(UsageError), policies_at(name, repository.folder / "policies"):
        pass
    assert files_in(repository.folder) == before
    assert not list(scratch.iterdir())


def test_a_revision_without_policies_is_told(repository: Repository) -> None:
    with pytest.raises(UsageError, match="empty has no policies"), policies_at("empty", repository.folder / "policies"):
        pass
    with pytest.raises(UsageError, match="v1: holds no"), policies_at("v1:", repository.folder):
        pass


def test_no_git_is_told(repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="v1 is neither") as told, policies_at("v1", repository.folder / "policies"):
        pass
    assert "have git" in told.value.remedy


def test_outside_a_repository_git_says_why(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="not a git repository"), policies_at("v1", tmp_path):
        pass
