"""Counting tags in large XML parts without an XML parser, where the part is written plainly enough for that."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable

from narrowgate.inspection.markup import Attributes, Markup, local, unsound, walk

_DECLARED = (
    rb'(?:\xef\xbb\xbf)?(?:<\?xml version="1\.0"(?: encoding="(?i:utf-8)")?(?: standalone="(?:yes|no)")? ?\?>)?\s*'
)
_EDGE = 32
"""Bytes at the end of a block in which a tag may begin that ends in the next. Names of elements are shorter."""


def count_tags(blocks: Callable[[], Iterable[bytes]], root: str, names: tuple[str, ...], where: str) -> Counter[str]:
    """How many elements a part has of each of these names.

    Args:
        blocks: begins to read the part anew each time.
        root: the part's outermost element.

    Raises:
        DataError: it is not sound.
    """
    plain = _plain(blocks(), root.encode(), [name.encode() for name in names])
    if plain is not None:
        return plain
    counts: Counter[str] = Counter()

    def start(element: str, _: Attributes) -> None:
        name = local(element)
        if name in names:
            counts[name] += 1

    try:
        walk(blocks(), start)
    except Markup as error:
        raise unsound(where, error) from error
    return counts


def _plain(blocks: Iterable[bytes], root: bytes, names: list[bytes]) -> Counter[str] | None:
    """None where the part has prefixes, comments, CDATA, or another encoding; nothing is counted wrongly then."""
    counts: Counter[str] = Counter()
    edge, expected = b"", re.compile(_DECLARED + rb"<" + root + rb"[\s>]")
    first = True
    for block in blocks:
        text = edge + block
        if first and not expected.match(text):
            return None
        cut = text.rfind(b"<", max(0, len(text) - _EDGE))
        cut = len(text) if cut < 0 else cut
        if not _count(text[:cut], names, counts, declared=first):
            return None
        edge, first = text[cut:], False
    return counts if not first and _count(edge, names, counts, declared=False) else None


def _count(text: bytes, names: list[bytes], counts: Counter[str], *, declared: bool) -> bool:
    if (b"!" in text and b"<!" in text) or (b"?" in text and text.count(b"<?") > (declared and b"<?xml" in text[:8])):
        return False
    for name in names:
        if b":" + name + b">" in text:
            return False
        found = text.count(b"<%b>" % name) + text.count(b"<%b " % name) + text.count(b"<%b/>" % name)
        if found:
            counts[name.decode()] += found
    return True
