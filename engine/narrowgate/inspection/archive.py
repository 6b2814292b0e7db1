"""ZIP archives (PKWARE APPNOTE 6.3.10), strictly: what two readers might read differently is found, not repaired."""

from __future__ import annotations

import struct
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from narrowgate.errors import DataError
from narrowgate.inspection.channels import archive as channels
from narrowgate.inspection.channels.channel import Channel
from narrowgate.model.inspection import Finding

MAGIC = b"PK\x03\x04"
EMPTY = b"PK\x05\x06"
MOST_MEMBERS = 100_000
LARGEST_MEMBER = 8 << 30
"""Bytes that one member may unpack to."""
LARGEST_RATIO = 250
"""Times its size that a member may unpack to, beyond a size that does no harm. Repetitive sheets reach about 100."""
HARMLESS = 32 << 20
_BLOCK = 1 << 18
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_END64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR = struct.Struct("<4sIQI")
_STORED, _DEFLATED = 0, 8
_ENCRYPTED, _DESCRIPTOR, _UTF8 = 0x1, 0x8, 0x800
_EPOCH = (0, 0x21)
"""Time and date of a member that tells none: 1980-01-01."""


@dataclass(frozen=True)
class Member:
    """One file in an archive."""

    number: int
    """From 1, in the order of the directory. Messages name members by it, as names may tell something."""
    name: str
    """With ``/`` between folders."""
    method: int
    flags: int
    crc: int
    packed: int
    """Bytes in the archive."""
    size: int
    """Bytes unpacked, as declared."""
    offset: int
    """Of its local header in the file."""
    data: int
    """Where its bytes begin in the file."""

    @property
    def is_folder(self) -> bool:
        """Whether it only names a folder."""
        return self.name.endswith("/")


class Archive:
    """The members of an archive, and what is wrong with it.

    Args:
        file: seekable.

    Raises:
        DataError: it has no directory that can be followed.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = file.seek(0, 2)
        self._counts: Counter[Channel] = Counter()
        self.members = self._directory()
        self._check_names()
        self._check_layout()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found of the archive itself."""
        return tuple(channel.found("the archive", count) for channel, count in self._counts.items())

    def require_sound(self, what: str) -> None:
        """Raise ``DataError`` where readers may disagree about the archive ``what``."""
        for finding in self.findings:
            if finding.unsound:
                raise DataError(f"{what}: {finding.title} ({finding.amount()})", finding.remedy)

    def member(self, name: str) -> Member | None:
        """The member called ``name``."""
        return next((member for member in self.members if member.name == name), None)

    def blocks(self, member: Member) -> Iterator[bytes]:
        """What ``member`` holds, piece by piece.

        Raises:
            DataError: it cannot be unpacked, or does not hold what its headers say.
        """
        broken = DataError(f"member {member.number} of the archive is not sound", "pack it anew")
        if member.method not in {_STORED, _DEFLATED} or member.flags & _ENCRYPTED:
            raise DataError(f"member {member.number} of the archive cannot be unpacked", "pack it anew with deflate")
        inflate = zlib.decompressobj(-zlib.MAX_WBITS) if member.method == _DEFLATED else None
        crc, size, position, left = 0, 0, member.data, member.packed
        while left or (inflate and not inflate.eof and inflate.unconsumed_tail):
            pending = inflate.unconsumed_tail if inflate else b""
            if not pending:
                self._file.seek(position)
                pending = self._file.read(min(left, _BLOCK))
                if not pending:
                    raise broken
                position, left = position + len(pending), left - len(pending)
            try:
                block = inflate.decompress(pending, _BLOCK * 4) if inflate else pending
            except zlib.error as error:
                raise broken from error
            crc, size = zlib.crc32(block, crc), size + len(block)
            if size > member.size or (inflate and inflate.unused_data):
                raise broken
            if block:
                yield block
            if inflate and inflate.eof and left:
                raise broken
        if size != member.size or crc != member.crc or (inflate and not inflate.eof):
            raise broken

    def read(self, member: Member, most: int) -> bytes:
        """What ``member`` holds.

        Args:
            most: bytes that it may have.

        Raises:
            DataError: it is larger, or not sound.
        """
        if member.size > most:
            raise DataError(f"member {member.number} of the archive is larger than {most >> 20} MiB", "make it smaller")
        return b"".join(self.blocks(member))

    def verify(self, member: Member) -> bool:
        """Whether ``member`` unpacks to what its headers say."""
        try:
            for _ in self.blocks(member):
                pass
        except DataError:
            return False
        return True

    def _at(self, offset: int, size: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(size)

    def _directory(self) -> tuple[Member, ...]:
        end, start, length, entries = self._end()
        shift = end - length - start
        if shift < 0:
            raise DataError("the archive's directory is cut short", "transfer it again")
        if shift:
            self._counts[channels.ZIP_PREFIX] += shift
        if entries > MOST_MEMBERS:
            raise DataError(f"the archive has more than {MOST_MEMBERS:,} members", "split it")
        data, position = self._at(start + shift, length), 0
        self._start_of_directory = start + shift
        members: list[Member] = []
        while position + _CENTRAL.size <= len(data) and len(members) < entries:
            fixed = _CENTRAL.unpack_from(data, position)
            name_size, extra_size, comment_size = fixed[10:13]
            begins = position + _CENTRAL.size
            position = begins + name_size + extra_size + comment_size
            if fixed[0] != b"PK\x01\x02" or position > len(data):
                raise DataError("the archive's directory is broken", "pack it anew")
            raw, extra = data[begins : begins + name_size], data[begins + name_size : position - comment_size]
            self._counts[channels.ZIP_COMMENT] += comment_size
            members.append(self._member(len(members) + 1, fixed, raw, extra, shift))
        if len(members) != entries or position != len(data):
            self._counts[channels.ZIP_GAP] += max(1, len(data) - position)
        self._counts += Counter()  # without channels of which nothing was found
        return tuple(members)

    def _end(self) -> tuple[int, int, int, int]:
        """Where the directory ends; where it claims to start, its length, and how many members it lists."""
        tail_at = max(0, self._size - _END.size - 0xFFFF)
        tail = self._at(tail_at, self._size - tail_at)
        found = tail.rfind(EMPTY)
        if found < 0 or found + _END.size > len(tail):
            raise DataError("this is not a ZIP archive, or it is cut short", "transfer it again")
        fixed = _END.unpack_from(tail, found)
        _, disk, first_disk, here, entries, length, start, comment = fixed
        end = tail_at + found
        self._counts[channels.ZIP_COMMENT] += min(comment, self._size - end - _END.size)
        self._counts[channels.ZIP_TRAILING] += max(0, self._size - end - _END.size - comment)
        if disk != first_disk or here != entries:
            raise DataError("the archive is one of several parts", "pack it as one")
        if 0xFFFF in {entries} or 0xFFFFFFFF in {length, start}:
            locator = self._at(end - _LOCATOR.size, _LOCATOR.size) if end >= _LOCATOR.size else b""
            if len(locator) == _LOCATOR.size and locator.startswith(b"PK\x06\x07"):
                at = _LOCATOR.unpack(locator)[2]
                record = self._at(at, _END64.size)
                if len(record) < _END64.size or not record.startswith(b"PK\x06\x06"):
                    raise DataError("the archive's directory is broken", "pack it anew")
                *_, entries, length, start = _END64.unpack(record)
                end = at
        return end, start, length, entries

    def _member(self, number: int, fixed: tuple[int, ...], raw: bytes, extra: bytes, shift: int) -> Member:
        _, _, _, flags, method, time, day, crc, packed, size, _, _, _, _, _, _, offset = fixed
        packed, size, offset = self._wide(extra, packed, size, offset)
        name = self._name(raw, flags)
        if (time, day) not in {_EPOCH, (0, 0)}:
            self._counts[channels.ZIP_TIME] += 1
        if flags & _ENCRYPTED:
            self._counts[channels.ZIP_ENCRYPTED] += 1
        if method not in {_STORED, _DEFLATED}:
            self._counts[channels.ZIP_METHOD] += 1
        if size > LARGEST_MEMBER or (size > HARMLESS and size > packed * LARGEST_RATIO):
            self._counts[channels.ZIP_BOMB] += 1
        offset += shift
        local = self._at(offset, _LOCAL.size)
        member = Member(number, name, method, flags, crc, packed, size, offset, offset)
        if len(local) < _LOCAL.size or not local.startswith(MAGIC):
            self._counts[channels.ZIP_MISMATCH] += 1
            return member
        _, _, l_flags, l_method, _, _, l_crc, l_packed, l_size, name_size, extra_size = _LOCAL.unpack(local)
        rest = self._at(offset + _LOCAL.size, name_size + extra_size)
        l_extra = rest[name_size:]
        self._count_extras(extra, l_extra)
        l_packed, l_size, _ = self._wide(l_extra, l_packed, l_size, 0)
        told = (l_crc, l_packed, l_size)
        agrees = told == (crc, packed, size) or (l_flags & _DESCRIPTOR and told in {(0, 0, 0), (0, packed, size)})
        if rest[:name_size] != raw or l_method != method or (l_flags ^ flags) & ~0x6 or not agrees:
            self._counts[channels.ZIP_MISMATCH] += 1
        return replace(member, data=offset + _LOCAL.size + name_size + extra_size)

    def _wide(self, extra: bytes, packed: int, size: int, offset: int) -> tuple[int, int, int]:
        """The sizes, from the ZIP64 field where they do not fit their own."""
        for kind, value in _fields(extra):
            if kind != 1:
                continue
            numbers = [n for (n,) in struct.iter_unpack("<Q", value[: len(value) // 8 * 8])]
            if size == 0xFFFFFFFF and numbers:
                size = numbers.pop(0)
            if packed == 0xFFFFFFFF and numbers:
                packed = numbers.pop(0)
            if offset == 0xFFFFFFFF and numbers:
                offset = numbers.pop(0)
        return packed, size, offset

    def _count_extras(self, *extras: bytes) -> None:
        fields = {kind for extra in extras for kind, _ in _fields(extra) if kind != 1}
        if fields:
            self._counts[channels.ZIP_EXTRA] += len(fields)

    def _name(self, raw: bytes, flags: int) -> str:
        try:
            name = raw.decode("utf-8" if flags & _UTF8 or raw.isascii() else "cp437")
        except UnicodeDecodeError:
            name, flags = raw.decode("cp437"), -1
        plain = name.replace("\\", "/")
        steps = plain.removesuffix("/").split("/")
        drive = len(plain) > 1 and plain[1] == ":"
        odd = any(unicodedata.category(c) in {"Cc", "Cf", "Cs"} for c in name)
        if flags == -1 or "\\" in name or drive or odd or not plain or any(step in {"", ".", ".."} for step in steps):
            self._counts[channels.ZIP_NAME] += 1
        return plain

    def _check_names(self) -> None:
        """Names that are one name to some file system."""
        alike = Counter(
            unicodedata.normalize("NFKC", member.name).casefold().removesuffix("/") for member in self.members
        )
        folders = {name.rpartition("/")[0] for name in alike} - {""}
        files = {
            unicodedata.normalize("NFKC", member.name).casefold() for member in self.members if not member.is_folder
        }
        doubles = sum(count - 1 for count in alike.values()) + len(folders & files)
        if doubles:
            self._counts[channels.ZIP_DUPLICATE] += doubles

    def _check_layout(self) -> None:
        """Every byte before the directory must belong to one member."""
        position = self._counts[channels.ZIP_PREFIX]
        for member in sorted(self.members, key=lambda each: each.offset):
            if member.offset < position:
                self._counts[channels.ZIP_OVERLAP] += 1
            elif member.offset > position:
                self._counts[channels.ZIP_GAP] += member.offset - position
            end = member.data + member.packed
            if member.flags & _DESCRIPTOR:
                end += self._descriptor(end, member)
            position = max(position, end)
        if position > self._start_of_directory:
            self._counts[channels.ZIP_OVERLAP] += 1
        elif position < self._start_of_directory:
            self._counts[channels.ZIP_GAP] += self._start_of_directory - position
        self._counts += Counter()

    def _descriptor(self, at: int, member: Member) -> int:
        """The length of the data descriptor behind a member; 0 where there is none."""
        data = self._at(at, 24)
        for mark in (b"PK\x07\x08", b""):
            for form in ("<III", "<IQQ"):
                told = data[len(mark) : len(mark) + struct.calcsize(form)]
                if (
                    data.startswith(mark)
                    and len(told) == struct.calcsize(form)
                    and struct.unpack(form, told) == (member.crc, member.packed, member.size)
                ):
                    return len(mark) + len(told)
        return 0


def _fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    """The fields of an extra block: each number with its content. What is no field counts as one, number -1."""
    position = 0
    while position < len(extra):
        if position + 4 > len(extra):
            yield -1, extra[position:]
            return
        kind, size = struct.unpack_from("<HH", extra, position)
        if position + 4 + size > len(extra):
            yield -1, extra[position:]
            return
        yield kind, extra[position + 4 : position + 4 + size]
        position += 4 + size
