"""Policies and catalogue as they were at one moment."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from narrowgate.errors import FileError, NarrowgateError
from narrowgate.policy.archive import Files, read_files


@dataclass(frozen=True)
class Copy:
    """What lay at ``policies`` and ``schemas``, kept in memory, so that what is vetted, tried and decides is the same.

    Two copies are equal where the files are.
    """

    policies: Path | None
    """A folder or a bundle file; None where a shared OPA brings its own."""
    schemas: Path
    policy_files: Files
    schema_files: Files
    is_packed: bool
    """Whether the policies are a bundle file."""

    @contextmanager
    def unpacked(self) -> Iterator[tuple[Path | None, Path]]:
        """Policies and schemas on disk, for as long as the block lasts.

        Errors of ours that leave the block name the files where people know them.
        """
        with tempfile.TemporaryDirectory(prefix="narrowgate-kept-") as folder:
            schemas, policies = self._write(Path(folder))
            try:
                yield policies, schemas
            except NarrowgateError as error:
                error.rename(schemas, str(self.schemas))
                if policies is not None and self.policies is not None:
                    error.rename(policies, str(self.policies))
                raise

    def _write(self, folder: Path) -> tuple[Path, Path | None]:
        schemas, policies = folder / "schemas", folder / "policies"
        try:
            _write(self.schema_files, schemas)
            _write(self.policy_files, policies)
        except OSError as error:
            raise FileError(
                f"there is no room for a copy of the policies: {error.strerror}", "make room in TMPDIR"
            ) from error
        if self.policies is None:
            return schemas, None
        return schemas, policies / self.policies.name if self.is_packed else policies


def take_copy(policies: Path | None, schemas: Path) -> Copy:
    """What lies there now.

    Raises:
        UsageError: there are no policies.
        PolicyInvalid: they are no bundle.
        FileError: a file cannot be read.
    """
    is_packed = policies is not None and policies.is_file()
    return Copy(policies, schemas, _policies_at(policies) if policies else {}, _read(schemas), is_packed)


def _policies_at(policies: Path) -> Files:
    if not policies.is_file():
        return read_files(policies)
    try:
        return {policies.name: policies.read_bytes()}
    except OSError as error:
        raise _unreadable(policies, error) from error


def _read(folder: Path) -> Files:
    try:
        paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    except OSError as error:
        raise _unreadable(folder, error) from error


def _unreadable(path: Path, error: OSError) -> FileError:
    return FileError(f"{error.filename or path} cannot be read: {error.strerror}", "see who may read it")


def _write(files: Files, folder: Path) -> None:
    folder.mkdir()
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
