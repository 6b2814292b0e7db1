"""XML as a stream, with nothing expanded: entity declarations are refused, external entities and DTDs never read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from xml.parsers import expat

from narrowgate.errors import DataError

Attributes = Mapping[str, str]
DEEPEST = 256


class Markup(Exception):
    """A part is not XML that can be followed. It quotes nothing of the part."""


def walk(
    blocks: Iterable[bytes],
    start: Callable[[str, Attributes], None],
    end: Callable[[str], None] = lambda _: None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Call back for each element and text of an XML part.

    Args:
        blocks: the part, piece by piece.
        start: called with an element's name, ``{namespace}local`` (a bare name where it has none), and attributes,
            named alike.
        end: called with its name.
        text: called with runs of text, CDATA included; long texts come in several.

    Raises:
        Markup: it is not well-formed, declares entities, or nests absurdly.
    """
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    depth = 0

    def opened(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            raise Markup("it nests too deeply")
        start(_spelt(name), {_spelt(key): value for key, value in attributes.items()})

    def closed(name: str) -> None:
        nonlocal depth
        depth -= 1
        end(_spelt(name))

    def refused(*_: object) -> None:
        raise Markup("it declares entities")

    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.CharacterDataHandler = text
    parser.EntityDeclHandler = refused
    parser.UnparsedEntityDeclHandler = refused
    try:
        for block in blocks:
            parser.Parse(block, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise Markup("it is not well-formed XML") from error


def _spelt(name: str) -> str:
    return "{" + name if "}" in name else name


def local(name: str) -> str:
    """``row`` of ``{http://…}row``."""
    return name.rpartition("}")[2]


def unsound(where: str, error: Markup) -> DataError:
    """``error`` as an error about the part ``where`` of a file."""
    return DataError(f"{where}: {error}", "save it anew in the program that made it")
