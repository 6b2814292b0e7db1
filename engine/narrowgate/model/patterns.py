"""What a pattern lets through, so that the scans skip columns in which they cannot find anything."""

from __future__ import annotations

import re

ASCII = frozenset(map(chr, range(128)))

# One piece of a pattern: an atom that matches a character, or punctuation that matches none.
_PIECE = re.compile(
    r"""(?P<atom> \\p\{[LMN]\} | \\[^pPbBAZ0-9] | \[ (?: \\. | [^\]\\] )+ \] | [^\\\[\](){}|^$*+?] )
      | (?P<silent> \{[0-9]+(?:,[0-9]*)?\} | \(\?: | [()|^$*+?] )""",
    re.VERBOSE,
)
# What the Unicode classes hold of ASCII. Nothing is \x80 to Python, so that no class comes out empty.
_UNICODE_CLASSES = {r"\p{L}": "A-Za-z", r"\p{M}": r"\x80", r"\p{N}": "0-9"}


def ascii_alphabet(pattern: str) -> frozenset[str]:
    """The ASCII characters that a match of ``pattern`` may hold.

    Args:
        pattern: a regular expression, anchored at both ends, in the subset that JSON Schema and Rust share.

    Returns:
        A superset of the characters used: all of ASCII where the pattern is not anchored or uses anything else.
    """
    if not (pattern.startswith("^") and pattern.endswith("$")):
        return ASCII
    found: set[str] = set()
    position = depth = 0
    while position < len(pattern):
        piece = _PIECE.match(pattern, position)
        if piece is None or (piece[0] == "|" and depth == 0):
            return ASCII
        if atom := piece["atom"]:
            found |= _characters(atom)
        depth += piece[0].startswith("(") - (piece[0] == ")")
        position = piece.end()
    return frozenset(found)


def _characters(atom: str) -> set[str]:
    for name, members in _UNICODE_CLASSES.items():
        atom = atom.replace(name, members if atom.startswith("[") else f"[{members}]")
    try:
        one = re.compile(atom)
    except re.error:
        return set(ASCII)
    return {character for character in ASCII if one.fullmatch(character)}
