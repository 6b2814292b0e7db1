"""Finding the policies that are compared: a folder, a bundle, or a revision of a git repository."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from narrowgate.errors import UsageError
from narrowgate.policy.bundle import ENTRY_POINTS
from narrowgate.resources import shipped

_LINK = "120000"
"""How git calls the mode of a symbolic link."""


@contextmanager
def policies_at(name: str, beside: Path) -> Iterator[Path]:
    """The folder or bundle that ``name`` means.

    A revision's policies are taken as they were, but for the entry points, which are those of this version.

    Args:
        name: a path, or ``REVISION`` or ``REVISION:PATH`` of the repository in which ``beside`` lies.
        beside: the policies of today, which say where in the repository they lie.

    Raises:
        UsageError: it means neither.
    """
    if name and (path := Path(name)).exists():
        yield path
        return
    revision, _, within = name.partition(":")
    with tempfile.TemporaryDirectory(prefix="narrowgate-revision-") as scratch:
        folder = Path(scratch)
        for file, text in _files(revision, within, beside, name):
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text)
        if not (folder / ENTRY_POINTS).is_file():
            raise UsageError(f"{name} holds no policies", "say where they lie there: REVISION:PATH")
        shutil.copyfile(shipped("policies") / ENTRY_POINTS, folder / ENTRY_POINTS)
        yield folder


def _files(revision: str, within: str, beside: Path, name: str) -> Iterator[tuple[str, bytes]]:
    """Each file of a revision's policies. Not from an archive: attributes have a say in what that holds."""
    folder = beside if beside.is_dir() else beside.parent
    try:
        commit = _git(folder, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
        place = within or _git(folder, "rev-parse", "--show-prefix").decode().strip().rstrip("/")
        top = Path(_git(folder, "rev-parse", "--show-toplevel").decode().strip())
    except (subprocess.CalledProcessError, OSError) as error:
        said = f": git says {_said(error)}" if isinstance(error, subprocess.CalledProcessError) else ""
        raise UsageError(
            f"{name} is neither a folder, nor a bundle, nor a revision{said}",
            "name one; for a revision, have git and its history",
        ) from error
    try:
        listed = _git(top, "ls-tree", "-r", "-z", f"{commit}:{place}").decode()
    except subprocess.CalledProcessError as error:
        raise UsageError(f"{revision} has no {place}", "say where its policies lie: REVISION:PATH") from error
    for entry in filter(None, listed.split("\0")):
        (mode, kind, blob), file = entry.partition("\t")[0].split(), entry.partition("\t")[2]
        if mode == _LINK or kind != "blob" or ".." in Path(file).parts:
            raise UsageError(f"{name} has a link at {file}", "check it out, and name the folder")
        yield file, _git(top, "cat-file", "blob", blob)


def _said(error: subprocess.CalledProcessError) -> str:
    first: str = next(iter(error.stderr.decode(errors="replace").splitlines()), "nothing")
    return first.removeprefix("fatal: ")


def _git(folder: Path, *arguments: str) -> bytes:
    done = subprocess.run(["git", "-C", folder, *arguments], capture_output=True, check=True)  # noqa: S607
    return done.stdout
