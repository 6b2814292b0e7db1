"""Compound files ([MS-CFB] 11.0): streams in storages, strictly, and the bytes that belong to none of them."""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple

from narrowgate.errors import DataError

MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")
_HEADER = struct.Struct("<8s16s5H6s9I")
_ENTRY = struct.Struct("<64sH2B3I16sI2Q3I")
_CUT_OFF = 4096
"""Bytes from which on a stream has sectors of its own."""
_DEEPEST = 64
_END, _NONE = 0xFFFFFFFE, 0xFFFFFFFF
_MINI = 64
_RUN = 512
"""Sectors that are read at once."""
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_REMEDY = "open it, and save it anew as .xlsx"


@dataclass(frozen=True)
class Entry:
    """A storage or stream."""

    number: int
    path: tuple[str, ...]
    """Of storages, ending in its own name; nothing for the root."""
    is_stream: bool
    start: int
    size: int
    timed: bool
    """Whether it tells when it was made or changed."""


class _Fixed(NamedTuple):
    """An entry of the directory ([MS-CFB] 2.6.1)."""

    name: bytes
    length: int
    kind: int
    colour: int
    left: int
    right: int
    child: int
    owner: bytes
    state: int
    made: int
    changed: int
    start: int
    size: int
    high: int

    def entry(self, number: int, storage: tuple[str, ...], wide: bool) -> Entry:
        """The storage or stream in ``storage`` that it describes."""
        if self.kind not in {_STORAGE, _STREAM}:
            raise _broken("its directory leads astray")
        name = self.name[: max(0, min(self.length, 64) - 2)].decode("utf-16-le", "replace")
        size = self.size | (self.high << 32 if wide else 0)
        timed = bool(self.made or self.changed)
        return Entry(number, (*storage, name), self.kind == _STREAM, self.start, size, timed)


class Compound:
    """The streams of a compound file.

    Args:
        file: seekable.

    Raises:
        DataError: it cannot be followed, or two streams share a sector.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._size = file, file.seek(0, 2)
        file.seek(0)
        head = file.read(512)
        if len(head) < 512 or not head.startswith(MAGIC):
            raise _broken("its header is cut short")
        _, _, _, major, order, shift, mini_shift, _, _, fats, root, _, cut_off, mini, minis, more, mores = (
            _HEADER.unpack_from(head)
        )
        if (major, shift) not in {(3, 9), (4, 12)} or order != 0xFFFE or mini_shift != 6 or cut_off != _CUT_OFF:
            raise _broken("its header says what none may say")
        self._shift, self._sector, self._wide = shift, 1 << shift, major == 4
        self._count = max(0, -(-self._size // self._sector) - 1)
        self._owned = bytearray(self._count)
        self._slack = sum(map(bool, head[76 + 436 :])) if self._wide else 0
        self._fat = self._read_fat(head, fats, more, mores)
        directory = self._chain(root)
        self._mini_fat = self._table(self._chain(mini) if minis else array("I"))
        self.entries, self.loose = self._read_entries(directory)
        self._mini_owned = bytearray(len(self._mini_chain) * self._sector // _MINI)
        self._chains = {entry.number: self._own(entry) for entry in self.entries if entry.is_stream}

    def stream(self, *path: str) -> Entry | None:
        """The stream at ``path``, whatever the case of its letters."""
        wanted = tuple(name.casefold() for name in path)
        return next(
            (each for each in self.entries if each.is_stream and tuple(map(str.casefold, each.path)) == wanted), None
        )

    def blocks(self, entry: Entry) -> Iterator[bytes]:
        """What a stream holds, piece by piece.

        Raises:
            DataError: the file ends before it does.
        """
        chain, left = self._chains[entry.number], entry.size
        if entry.size < _CUT_OFF:
            data = b"".join(self._mini_sector(number) for number in chain)[:left]
            left -= len(data)
            yield data
            chain = array("I")
        for data in self._runs(chain):
            piece = data[:left]
            left -= len(piece)
            if left and len(data) % self._sector:
                break  # the file's last sector is no whole one, and the stream goes on
            yield piece
        if left:
            raise _broken("it ends within a stream")

    def read(self, entry: Entry, most: int) -> bytes:
        """What a stream holds.

        Raises:
            DataError: it is larger than ``most`` bytes, or cut short.
        """
        if entry.size > most:
            raise DataError(f"a stream is larger than {most >> 20} MiB", "make it smaller")
        return b"".join(self.blocks(entry))

    def slack(self) -> int:
        """How many bytes that are not zero belong to no stream. Sectors may be free, or longer than what they hold."""
        found = self._slack
        free = array("I", (number for number in range(self._count) if not self._owned[number]))
        found += sum(map(_filled, self._runs(free)))
        for number, owned in enumerate(self._mini_owned):
            found += 0 if owned else _filled(self._mini_sector(number))
        for entry in self.entries:
            if entry.is_stream:
                found += self._tail(entry)
        return found

    def _tail(self, entry: Entry) -> int:
        chain = self._chains[entry.number]
        if entry.size < _CUT_OFF:
            data = b"".join(self._mini_sector(number) for number in chain)
            return _filled(data[entry.size :])
        whole, rest = divmod(entry.size, self._sector)
        return sum(_filled(data[0 if at else rest :]) for at, data in enumerate(self._runs(chain[whole:], 1)))

    def _read_fat(self, head: bytes, fats: int, more: int, mores: int) -> array[int]:
        """The file allocation table ([MS-CFB] 2.3), by way of the list of its sectors (2.5)."""
        sectors = _numbers(head[76:512])
        if mores > self._count or fats > self._count:
            raise _broken("it is cut short")
        following = more
        for _ in range(mores):
            self._claim(following)
            *listed, following = self._whole(following)
            sectors.extend(listed)
        fat = array("I")
        used = [number for number in sectors if number != _NONE]
        if len(used) != fats:
            raise _broken("its table of sectors is of another size than it says")
        for number in used:
            self._claim(number)
            fat.extend(self._whole(number))
        return fat

    def _table(self, chain: array[int]) -> array[int]:
        table = array("I")
        for data in self._runs(chain):
            table.extend(_numbers(data))
        return table

    def _read_entries(self, chain: array[int]) -> tuple[tuple[Entry, ...], int]:
        """All entries that the root leads to ([MS-CFB] 2.6), in their order, and how many others there are."""
        raw = b"".join(self._runs(chain))
        fixed = [_Fixed(*each) for each in _ENTRY.iter_unpack(raw[: len(raw) // 128 * 128])]
        if not fixed or fixed[0].kind != _ROOT:
            raise _broken("its directory has no root")
        self._mini_chain = self._chain(fixed[0].start) if fixed[0].size else array("I")
        entries: dict[int, Entry] = {}
        pending: list[tuple[int, tuple[str, ...]]] = [(fixed[0].child, ())]
        while pending:
            number, storage = pending.pop()
            if number == _NONE:
                continue
            if not 0 < number < len(fixed) or number in entries or len(storage) > _DEEPEST:
                raise _broken("its directory leads astray")
            found = fixed[number]
            entry = entries[number] = found.entry(number, storage, self._wide)
            pending += [(found.left, storage), (found.right, storage)]
            if not entry.is_stream:
                pending.append((found.child, entry.path))
        kept = tuple(entries[number] for number in sorted(entries))
        if len({each.path for each in kept}) < len(kept):
            raise _broken("two of its streams have the same name")
        unused = (each for number, each in enumerate(fixed) if number and number not in entries)
        return kept, sum(each.kind != 0 or any(each.name) for each in unused)

    def _own(self, entry: Entry) -> array[int]:
        """The sectors of a stream, or its small sectors."""
        if entry.size >= _CUT_OFF:
            chain = self._chain(entry.start)
            if len(chain) * self._sector < entry.size:
                raise _broken("a stream is cut short")
            return chain
        chain = array("I")
        number = entry.start if entry.size else _END
        while number != _END:
            if number >= min(len(self._mini_owned), len(self._mini_fat)) or self._mini_owned[number]:
                raise _broken("two of its streams share bytes, or one leads astray")
            self._mini_owned[number] = 1
            chain.append(number)
            number = self._mini_fat[number]
        if len(chain) * _MINI < entry.size:
            raise _broken("a stream is cut short")
        return chain

    def _chain(self, start: int) -> array[int]:
        chain, number = array("I"), start
        while number != _END:
            self._claim(number)
            chain.append(number)
            number = self._fat[number] if number < len(self._fat) else _NONE
        return chain

    def _claim(self, number: int) -> None:
        if number >= self._count or self._owned[number]:
            raise _broken("two of its streams share bytes, or one leads astray")
        self._owned[number] = 1

    def _runs(self, chain: array[int], most: int = _RUN) -> Iterator[bytes]:
        """What stands in sectors, those in succession read at once."""
        at = 0
        while at < len(chain):
            count = 1
            while at + count < len(chain) and count < most and chain[at + count] == chain[at] + count:
                count += 1
            yield self._read(chain[at], count)
            at += count

    def _read(self, number: int, count: int) -> bytes:
        self._file.seek((number + 1) << self._shift)
        return self._file.read(count << self._shift)

    def _whole(self, number: int) -> array[int]:
        """The numbers in a sector of a table."""
        data = self._read(number, 1)
        if len(data) < self._sector:
            raise _broken("it is cut short")
        return _numbers(data)

    def _mini_sector(self, number: int) -> bytes:
        sector, at = divmod(number * _MINI, self._sector)
        self._file.seek(((self._mini_chain[sector] + 1) << self._shift) + at)
        return self._file.read(_MINI)


def _numbers(data: bytes) -> array[int]:
    numbers = array("I", data[: len(data) // 4 * 4])
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers


def _filled(data: bytes) -> int:
    """How many bytes are not zero."""
    return len(data) - data.count(0)


def _broken(why: str) -> DataError:
    return DataError(f"the compound file is broken: {why}", _REMEDY)
