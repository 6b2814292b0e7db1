"""Finding the policies that are compared: a folder, a bundle, or a revision of a git repository."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from narrowgate.errors import UsageError
from narrowgate.policy.bundle import ENTRY_POINTS
from narrowgate.resources import shipped


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
    if (path := Path(name)).exists():
        yield path
        return
    revision, _, within = name.partition(":")
    with tempfile.TemporaryDirectory(prefix="narrowgate-revision-") as scratch:
        folder = Path(scratch)
        with tarfile.open(fileobj=io.BytesIO(_archive(revision, within, beside, name))) as archive:
            archive.extractall(folder, filter="data")
        if not (folder / ENTRY_POINTS).is_file():
            raise UsageError(f"{name} holds no policies", "say where they lie there: REVISION:PATH")
        shutil.copyfile(shipped("policies") / ENTRY_POINTS, folder / ENTRY_POINTS)
        yield folder


def _archive(revision: str, within: str, beside: Path, name: str) -> bytes:
    folder = beside if beside.is_dir() else beside.parent
    unknown = UsageError(
        f"{name} is neither a folder, nor a bundle, nor a revision",
        "name one; for a revision, have git and its history",
    )
    try:
        _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        place = within or _git(folder, "rev-parse", "--show-prefix").decode().strip().rstrip("/")
        top = Path(_git(folder, "rev-parse", "--show-toplevel").decode().strip())
    except (subprocess.CalledProcessError, OSError) as error:
        raise unknown from error
    try:
        return _git(top, "archive", "--format=tar", f"{revision}:{place}")
    except subprocess.CalledProcessError as error:
        raise UsageError(f"{revision} has no {place}", "say where its policies lie: REVISION:PATH") from error


def _git(folder: Path, *arguments: str) -> bytes:
    done = subprocess.run(["git", "-C", folder, *arguments], capture_output=True, check=True)  # noqa: S607
    return done.stdout
