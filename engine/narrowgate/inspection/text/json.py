"""JSON (RFC 8259): keys that an object has twice, text behind a value, and characters written as escapes."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

from narrowgate.errors import DataError
from narrowgate.inspection.channels import text as channels
from narrowgate.inspection.tally import Tally
from narrowgate.inspection.text.characters import Characters

_BLANK = " \t\r\n"
_NOT_BLANK = re.compile(r"[^ \t\r\n]")
_ESCAPE = re.compile(r"(?i)\\(?:ud[89ab]..\\ud[c-f]..|u....|.)")
"""One character: two surrogates make one."""


class Values:
    """Looks into JSON texts."""

    def __init__(self, tally: Tally, characters: Characters) -> None:
        self._tally, self._characters = tally, characters
        self._decoder = json.JSONDecoder(object_pairs_hook=self._members, strict=False)

    def look(self, text: str) -> None:
        """Take in one value and what follows it.

        Raises:
            DataError: it is no JSON. Say where.
        """
        start = _NOT_BLANK.search(text)
        if start is None:
            return
        try:
            _, end = self._decoder.raw_decode(text, start.start())
        except (ValueError, RecursionError) as error:
            raise DataError("this is no JSON that can be followed", "export it again") from error
        if end < len(text):
            self._tally.add(channels.JSON_TRAILING, len(text[end:].strip(_BLANK)))
        if "\\" in text:
            self._count_escapes(text[:end])

    def _members(self, pairs: list[tuple[str, Any]]) -> None:
        """Count members that a later one of the same key hides. Objects are not kept, so that memory stays small."""
        self._tally.add(channels.DUPLICATE_KEYS, len(pairs) - len(dict(pairs)))

    def _count_escapes(self, value: str) -> None:
        """Take in the characters that escapes stand for."""
        escapes = Counter(match.group() for match in _ESCAPE.finditer(value))
        for escape, count in escapes.items():
            self._characters.add(json.loads(f'"{escape}"'), count)


def decoded(text: bytes | bytearray) -> str:
    """JSON as text.

    Raises:
        DataError: it is not UTF-8, which JSON has to be.
    """
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        raise DataError("this is not UTF-8, which JSON has to be", "export it as UTF-8") from error
