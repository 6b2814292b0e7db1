"""Newline-delimited JSON: a value to a line."""

from collections.abc import Iterator
from typing import BinaryIO

from narrowgate.errors import DataError
from narrowgate.inspection.interface import Found, Inspector, Subject
from narrowgate.inspection.tally import Tally
from narrowgate.inspection.text import characters as text
from narrowgate.inspection.text import json as json_text

LONGEST = 64 << 20
"""Bytes of a line."""


def _inspect(subject: Subject) -> Found:
    tally = Tally()
    characters = text.Characters(tally)
    values = json_text.Values(tally, characters)
    for number, line in enumerate(_lines(subject.file, characters), 1):
        try:
            values.look(json_text.decoded(line))
        except DataError as error:
            raise DataError(f"line {number}: {error.message}", error.remedy) from error
    return Found(tally.findings("the lines"))


def _lines(file: BinaryIO, characters: text.Characters) -> Iterator[bytes]:
    held: list[bytes] = []
    length = 0
    for block in text.blocks(file):
        characters.look(block)
        *lines, rest = block.split(b"\n")
        if lines:
            yield b"".join((*held, lines[0]))
            yield from lines[1:]
            held, length = [], 0
        held.append(rest)
        length += len(rest)
        if length > LONGEST:
            raise DataError(f"a line is longer than {LONGEST >> 20} MiB", "give each value a line")
    yield b"".join(held)


INSPECTOR = Inspector(recognises=lambda _: False, inspect=_inspect, suffixes=(".ndjson", ".jsonl"))
