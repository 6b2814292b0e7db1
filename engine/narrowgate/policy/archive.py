"""The files of a bundle: read from where they lie, and packed so that the same files are the same bytes anywhere."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from narrowgate.errors import PolicyInvalid, UsageError

Files = Mapping[str, bytes]
"""Content by name, relative to the bundle, with ``/`` between folders."""

LIMIT = 64 << 20
"""Bytes that a bundle may hold. Policies are some kilobytes; what holds more is no bundle of ours."""
_HEADER = b"\x1f\x8b\x08\0\0\0\0\0\0\xff"
_BLOCK = 0xFFFF


def read_files(policies: Path) -> dict[str, bytes]:
    """Every ordinary file of a bundle: a folder or a ``.tar.gz``. Links are passed over, as OPA does.

    Raises:
        UsageError: there is nothing.
        PolicyInvalid: it cannot be read as a bundle.
    """
    if not policies.exists():
        raise UsageError(f"there are no policies at {policies}", "mend --policies, or run: narrowgate init DIR")
    try:
        files = _in_folder(policies) if policies.is_dir() else _in_archive(policies)
        return dict(_checked(files, policies))
    except (OSError, EOFError, tarfile.TarError, zlib.error, UnicodeError) as error:
        raise PolicyInvalid(f"{policies} is no bundle: {error}", "name a folder of policies, or a .tar.gz") from None


def _in_folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path.relative_to(folder).as_posix(), path.read_bytes()


def _in_archive(path: Path) -> Iterator[tuple[str, bytes]]:
    with gzip.open(path) as unpacked:
        content = unpacked.read(LIMIT + 1)
    if len(content) > LIMIT:
        raise _too_large(path)
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
        for member in archive:
            if member.size > LIMIT:  # of a sparse file that takes up next to nothing
                raise _too_large(path)
            if member.isreg():
                held = archive.extractfile(member)
                assert held is not None
                yield member.name.removeprefix("./").lstrip("/"), held.read()


def _checked(files: Iterator[tuple[str, bytes]], policies: Path) -> Iterator[tuple[str, bytes]]:
    """The same, as long as no name is there twice or leads elsewhere, and all of them are not too much."""
    names, size = set[str](), 0
    for name, content in files:
        size += len(content)
        if size > LIMIT:
            raise _too_large(policies)
        if name in names or not {"", ".", ".."}.isdisjoint(name.split("/")):
            raise PolicyInvalid(f"{policies} holds {name!r} twice, or where it cannot be", "build the bundle anew")
        names.add(name)
        yield name, content


def _too_large(policies: Path) -> PolicyInvalid:
    return PolicyInvalid(f"{policies} holds more than {LIMIT >> 20} MiB", "see what lies among the policies")


def pack(files: Files) -> bytes:
    """``files`` as a ``.tar.gz``: sorted, owned by nobody, of no time, and not compressed.

    What a compressor makes of the same bytes differs from one zlib to the next, so they are stored as they are.
    """
    tar = io.BytesIO()
    with tarfile.open(fileobj=tar, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in sorted(files):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(files[name]), 0o644
            archive.addfile(entry, io.BytesIO(files[name]))
    content = tar.getvalue()
    blocks = b"".join(_stored(content, start) for start in range(0, len(content), _BLOCK))
    return _HEADER + blocks + struct.pack("<II", zlib.crc32(content), len(content))


def _stored(content: bytes, start: int) -> bytes:
    """A block of a deflated stream that holds its bytes as they are (RFC 1951, 3.2.4)."""
    block = content[start : start + _BLOCK]
    is_last = start + _BLOCK >= len(content)
    return struct.pack("<BHH", is_last, len(block), len(block) ^ 0xFFFF) + block
