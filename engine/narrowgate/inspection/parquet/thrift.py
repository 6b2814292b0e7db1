"""Thrift's compact protocol (Apache Thrift, thrift-compact-protocol.md): structures without knowing what they mean.

What was decoded can be encoded again, field for field and type for type.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias, cast

from narrowgate.errors import DataError

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)
"""Types as they stand in headers of fields. In lists ``TRUE`` is for any bool; here fields of either have it too."""
DEEPEST = 24
MOST_VALUES = 4_000_000
"""In one structure: more than any footer that can be looked into in reasonable time."""
_INTEGERS = {I16, I32, I64}
_WIDEST = 10
"""Bytes of a number."""


class CutShort(DataError):
    """A structure goes on behind the bytes that are there."""


class Field(NamedTuple):
    """A field of a structure."""

    type: int
    value: Value


class Sequence(NamedTuple):
    """A list or set."""

    type: int
    """Of its elements."""
    items: list[Value]


class Mapping(NamedTuple):
    """A map."""

    key: int
    value: int
    """Types of its keys and values."""
    items: list[tuple[Value, Value]]


@dataclass
class Struct:
    """Fields by number, in the order in which they stand.

    What is asked for by type and is there in another raises ``DataError``.
    """

    fields: dict[int, Field] = field(default_factory=dict)

    def integer(self, number: int) -> int | None:
        """The whole number in field ``number``."""
        return cast("int | None", self._typed(number, BYTE, I16, I32, I64))

    def truth(self, number: int) -> bool | None:
        """The truth in field ``number``."""
        return cast("bool | None", self._typed(number, TRUE))

    def binary(self, number: int) -> bytes | None:
        """The bytes or text in field ``number``."""
        return cast("bytes | None", self._typed(number, BINARY))

    def struct(self, number: int) -> Struct | None:
        """The structure in field ``number``."""
        return cast("Struct | None", self._typed(number, STRUCT))

    def structs(self, number: int) -> list[Struct]:
        """The structures listed in field ``number``."""
        return cast("list[Struct]", self._listed(number, STRUCT))

    def binaries(self, number: int) -> list[bytes]:
        """The texts listed in field ``number``."""
        return cast("list[bytes]", self._listed(number, BINARY))

    def without(self, *numbers: int) -> Struct:
        """This structure but for some fields."""
        return Struct({number: each for number, each in self.fields.items() if number not in numbers})

    def with_structs(self, number: int, structs: Iterable[Struct]) -> Struct:
        """This structure with another list of structures in field ``number``."""
        return Struct({**self.fields, number: Field(LIST, Sequence(STRUCT, list(structs)))})

    def with_struct(self, number: int, other: Struct) -> Struct:
        """This structure with another structure in field ``number``."""
        return Struct({**self.fields, number: Field(STRUCT, other)})

    def _typed(self, number: int, *types: int) -> Value | None:
        found = self.fields.get(number)
        if found is not None and found.type not in types:
            raise _strange()
        return None if found is None else found.value

    def _listed(self, number: int, kind: int) -> list[Value]:
        found = self._typed(number, LIST)
        if found is None:
            return []
        listed = cast("Sequence", found)
        if listed.type != kind and listed.items:
            raise _strange()
        return listed.items


Value: TypeAlias = bool | int | float | bytes | Sequence | Mapping | Struct


def decode(data: bytes, offset: int = 0) -> tuple[Struct, int]:
    """The structure that begins at ``offset``, and where it ends.

    Raises:
        CutShort: it goes on behind the end of ``data``.
        DataError: it is broken, or absurdly large or deep.
    """
    reader = _Reader(data, offset)
    return reader.struct(0), reader.position


def encode(value: Struct) -> bytes:
    """The bytes of a structure, such that decoding them gives it again."""
    out = bytearray()
    _write_struct(value, out)
    return bytes(out)


class _Reader:
    def __init__(self, data: bytes, position: int) -> None:
        self.data, self.position, self._values = data, position, 0

    def byte(self) -> int:
        if self.position >= len(self.data):
            raise _cut_short()
        self.position += 1
        return self.data[self.position - 1]

    def varint(self) -> int:
        value = 0
        for step in range(_WIDEST):
            byte = self.byte()
            value |= (byte & 0x7F) << 7 * step
            if byte < 0x80:
                return value
        raise _broken()

    def zigzag(self) -> int:
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def take(self, size: int) -> bytes:
        end = self.position + size
        if end > len(self.data):
            raise _cut_short()
        taken = self.data[self.position : end]
        self.position = end
        return taken

    def struct(self, depth: int) -> Struct:
        fields: dict[int, Field] = {}
        number = 0
        while header := self.byte():
            kind, step = header & 0x0F, header >> 4
            number = number + step if step else self.zigzag()
            if number in fields:
                raise _broken()
            if kind in {TRUE, FALSE}:
                fields[number] = Field(TRUE, kind == TRUE)
            else:
                fields[number] = Field(kind, self.value(kind, depth + 1))
        return Struct(fields)

    def value(self, kind: int, depth: int) -> Value:
        self._values += 1
        if depth > DEEPEST or self._values > MOST_VALUES:
            raise DataError("a header or footer of the file is absurdly large or deep", "write it anew")
        if kind in _INTEGERS:
            return self.zigzag()
        if kind == BINARY:
            return self.take(self.varint())
        if kind == STRUCT:
            return self.struct(depth)
        if kind in {LIST, SET}:
            return self.sequence(depth)
        if kind == TRUE:
            return self.byte() == TRUE
        if kind == BYTE:
            return int.from_bytes(self.take(1), signed=True)
        if kind == DOUBLE:
            return cast("float", struct.unpack("<d", self.take(8))[0])
        if kind == MAP:
            return self.mapping(depth)
        raise _broken()

    def sequence(self, depth: int) -> Sequence:
        header = self.byte()
        kind, count = _element(header & 0x0F), header >> 4
        if count == 0x0F:
            count = self.varint()
        if count > len(self.data) - self.position:  # each takes a byte at least
            raise _cut_short()
        return Sequence(kind, [self.value(kind, depth + 1) for _ in range(count)])

    def mapping(self, depth: int) -> Mapping:
        count = self.varint()
        if not count:
            return Mapping(0, 0, [])
        header = self.byte()
        key, value = _element(header >> 4), _element(header & 0x0F)
        if count > len(self.data) - self.position:
            raise _cut_short()
        return Mapping(key, value, [(self.value(key, depth + 1), self.value(value, depth + 1)) for _ in range(count)])


def _cut_short() -> CutShort:
    return CutShort("a header or footer of the file is cut short", "transfer it again")


def _broken() -> DataError:
    return DataError("a header or footer of the file is broken", "transfer it again")


def _strange() -> DataError:
    return DataError("a field in a header or footer of the file is of the wrong type", "write it anew")


def _element(kind: int) -> int:
    return TRUE if kind == FALSE else kind


def _write_varint(value: int, out: bytearray) -> None:
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


def _write_zigzag(value: int, out: bytearray) -> None:
    _write_varint(value << 1 if value >= 0 else (-value << 1) - 1, out)


def _write_struct(value: Struct, out: bytearray) -> None:
    before = 0
    for number, (kind, content) in value.fields.items():
        header = (TRUE if content else FALSE) if kind == TRUE else kind
        step = number - before
        if 0 < step < 16:
            out.append(step << 4 | header)
        else:
            out.append(header)
            _write_zigzag(number, out)
        before = number
        if kind != TRUE:
            _write(kind, content, out)
    out.append(0)


def _write(kind: int, value: Value, out: bytearray) -> None:
    if kind in _INTEGERS:
        _write_zigzag(cast("int", value), out)
    elif kind == BINARY:
        _write_varint(len(cast("bytes", value)), out)
        out += cast("bytes", value)
    elif kind == STRUCT:
        _write_struct(cast("Struct", value), out)
    elif kind in {LIST, SET}:
        _write_sequence(cast("Sequence", value), out)
    elif kind == TRUE:
        out.append(TRUE if value else FALSE)
    elif kind == BYTE:
        out += cast("int", value).to_bytes(1, signed=True)
    elif kind == DOUBLE:
        out += struct.pack("<d", cast("float", value))
    else:
        _write_mapping(cast("Mapping", value), out)


def _write_sequence(value: Sequence, out: bytearray) -> None:
    count = len(value.items)
    out.append(min(count, 0x0F) << 4 | value.type)
    if count >= 0x0F:
        _write_varint(count, out)
    for item in value.items:
        _write(value.type, item, out)


def _write_mapping(value: Mapping, out: bytearray) -> None:
    _write_varint(len(value.items), out)
    if value.items:
        out.append(value.key << 4 | value.value)
    for key, item in value.items:
        _write(value.key, key, out)
        _write(value.value, item, out)
