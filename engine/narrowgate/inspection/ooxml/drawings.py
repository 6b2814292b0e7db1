"""Drawings: texts in boxes, hidden shapes and alternative texts (ECMA-376 part 1 §20.5; part 4 §19 for VML)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from narrowgate.inspection.markup import Attributes, local, walk
from narrowgate.inspection.ooxml.facts import is_true

_SHAPES = frozenset("sp pic graphicFrame cxnSp grpSp contentPart".split())
_LEGACY = re.compile(rb"""<v:(shape|rect|oval|roundrect|line|group)[ >\s].*?</v:\1>""", re.DOTALL)
_OBJECT = re.compile(rb"""ObjectType\s*=\s*["'](\w+)["']""")
_LEGACY_TEXT = re.compile(rb"<v:textbox[^<>]*>(.*?)</v:textbox>", re.DOTALL)
_TAG = re.compile(rb"<[^<>]*>")
_ALTERNATIVE = re.compile(rb"""\salt\s*=\s*["'][^"']""")


def telling_shapes(blocks: Iterable[bytes]) -> int:
    """How many shapes of a drawing hold a text, an alternative text, or are hidden.

    Raises:
        Markup: the part is not sound.
        DataError: it does not unpack.
    """
    found, open_shapes = 0, [False]
    in_text = False

    def start(element: str, attributes: Attributes) -> None:
        nonlocal in_text
        name = local(element)
        if name in _SHAPES:
            open_shapes.append(False)
        elif name in {"cNvPr", "docPr"}:
            said = any(attributes.get(key, "").strip() for key in ("descr", "title"))
            open_shapes[-1] = open_shapes[-1] or said or is_true(attributes.get("hidden"))
        in_text = name == "t"

    def text(text: str) -> None:
        if in_text and not text.isspace():
            open_shapes[-1] = True

    def end(element: str) -> None:
        nonlocal found, in_text
        in_text = False
        if local(element) in _SHAPES:
            found += open_shapes.pop()

    walk(blocks, start, end, text)
    return found + open_shapes[0]


def telling_legacy_shapes(data: bytes) -> int:
    """The same of a drawing in VML, which need not be well-formed. Shapes of comments do not count."""
    found = 0
    for shape in _LEGACY.finditer(data):
        kind = _OBJECT.search(shape[0])
        if kind and kind[1] == b"Note":
            continue
        texts = (_TAG.sub(b"", text[1]).strip() for text in _LEGACY_TEXT.finditer(shape[0]))
        found += any(texts) or _ALTERNATIVE.search(shape[0]) is not None
    return found
