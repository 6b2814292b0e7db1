"""JSON (RFC 8259): one value, usually an array of records."""

from narrowgate.errors import DataError
from narrowgate.inspection.interface import Found, Inspector, Subject
from narrowgate.inspection.tally import Tally
from narrowgate.inspection.text import json as json_text
from narrowgate.inspection.text.characters import Characters, blocks

LARGEST = 512 << 20


def _inspect(subject: Subject) -> Found:
    if subject.size() > LARGEST:
        raise DataError(f"JSON of more than {LARGEST >> 20} MiB is not looked into", "export it as NDJSON or CSV")
    tally = Tally()
    characters = Characters(tally)
    whole = bytearray()
    for block in blocks(subject.file):
        characters.look(block)
        whole += block
    text = json_text.decoded(whole)
    del whole
    json_text.Values(tally, characters).look(text)
    return Found(tally.findings("the text"))


INSPECTOR = Inspector(recognises=lambda _: False, inspect=_inspect, suffixes=(".json",))
