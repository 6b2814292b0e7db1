"""Text as a stream of UTF-8, and the characters in it that nobody sees or that are none (Unicode 15, UAX 9, UTS 39)."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import BinaryIO

from narrowgate.errors import DataError
from narrowgate.inspection.channels import text as channels
from narrowgate.inspection.channels.channel import Channel
from narrowgate.inspection.tally import Tally

BLOCK = 1 << 20
_ORDINARY = bytes([*b"\t\n\r", *range(0x20, 0x7F)])
_ODD = re.compile(rb"[^\t\n\r -~]+")
_WIDE = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"))
_HALF = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_BIDIRECTIONAL = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_TAGS = range(0xE0000, 0xE0080)
_UNSEEN = frozenset(
    {0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2028, 0x2029, 0x2065, 0x3164, 0xFFA0}
    | {*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xFFF0, 0xFFF9), *range(0xE0080, 0xE1000)}
)
"""Beside those of category Cf: what Unicode says to ignore by default, variation selectors and separators."""
_LONGEST_SEQUENCE = 3
"""Bytes of a character of UTF-8 that may still lack one."""


UNSEEN_CLASS = (
    r"[\p{Cf}\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
    + "".join(f"\\x{{{code:04X}}}" for code in sorted(_UNSEEN) if code < 0xE0080)
    + r"\x{E0000}-\x{E0FFF}]"
)
"""A regular expression, as Rust's regex crate has it, for one character that ``Characters`` counts."""


def blocks(file: BinaryIO) -> Iterator[bytes]:
    """The text as UTF-8 in blocks of whole characters, without the byte order mark.

    UTF-16 and UTF-32 with a byte order mark are put into UTF-8; any other encoding stays as it is.

    Raises:
        DataError: it is not sound UTF-16 or UTF-32.
    """
    file.seek(0)
    first = file.read(BLOCK)
    for mark, name in (*_WIDE, *_HALF):
        if first.startswith(mark):
            yield from _decoded(first, file, name)
            return
    held = first.removeprefix(codecs.BOM_UTF8)
    while piece := file.read(BLOCK):
        cut = _whole(held)
        yield held[:cut]
        held = held[cut:] + piece
    yield held


def _decoded(first: bytes, file: BinaryIO, encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        yield decoder.decode(first).encode()
        while piece := file.read(BLOCK):
            yield decoder.decode(piece).encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError as error:
        raise DataError(f"the text is not sound {encoding.upper()}", "export it as UTF-8") from error


def _whole(block: bytes) -> int:
    """How much of ``block`` to look at before more is read: not the beginning of a character at its end."""
    for back in range(1, min(_LONGEST_SEQUENCE, len(block)) + 1):
        byte = block[-back]
        if byte >= 0xC0:
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return len(block) - back if length > back else len(block)
        if byte < 0x80:
            break
    return len(block)


class Characters:
    """Counts the characters of a text that hide something."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def look(self, block: bytes) -> None:
        """Take in a block of whole characters."""
        rest = block.translate(None, _ORDINARY)
        if not rest:
            return
        try:
            if not rest.isascii():
                block.decode()  # without what is ordinary between them, odd bytes might seem to belong together
            text = rest.decode()
        except UnicodeDecodeError:
            text = b" ".join(_ODD.findall(block)).decode(errors="surrogateescape")
            self._tally.add(channels.ENCODING, len(text) - len(text.encode(errors="ignore").decode()))
        for character in set(text):
            if _kind(character):
                self.add(character, text.count(character))

    def add(self, character: str, count: int) -> None:
        """Take in one character, ``count`` times."""
        channel = _kind(character)
        if channel:
            self._tally.add(channel, count)


@cache
def _kind(character: str) -> Channel | None:
    """The channel that a character is, where it is one."""
    code = ord(character)
    if character in "\t\n\r":
        return None
    if not code:
        return channels.NUL
    if character in "\x1b\x9b":
        return channels.ESCAPES
    if character in _BIDIRECTIONAL:
        return channels.BIDIRECTIONAL
    if code in _TAGS:
        return channels.TAGS
    category = unicodedata.category(character)
    if category == "Cc":
        return channels.CONTROL
    return channels.INVISIBLE if category == "Cf" or code in _UNSEEN else None
