"""A YAML file that an author wrote, whose parts know their lines."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from yaml.nodes import MappingNode, Node, SequenceNode

from narrowgate.errors import SourceError
from narrowgate.model.keys import Place, known_keys
from narrowgate.model.yaml import YamlError, compose_yaml, describe_fault, load_yaml
from narrowgate.policy.vetting.finding import nearest

_REMEDIES = {"tuple": "write a list: [ … ]", "date": "write it YYYY-MM-DD"}
"""By kind of fault."""

M = TypeVar("M", bound=BaseModel)


class Source:
    """A file of cases, or of fixtures.

    Args:
        path: where it lies.
        name: what it is called in reports.
        text: what is to stand in it; None: what does.

    Raises:
        SourceError: it cannot be read, or is not YAML.
    """

    def __init__(self, path: Path, name: str, text: str | None = None, page: str = "docs/policies/cases.md") -> None:
        self.path, self.name, self._page = path, name, page
        try:
            self.text = path.read_text(encoding="utf-8") if text is None else text
            self.document = load_yaml(self.text)
            self.root = compose_yaml(self.text)
        except (YamlError, UnicodeDecodeError) as error:
            raise SourceError(f"{path}:{describe_fault(error).removeprefix('line ')}", "mend that line") from error
        except OSError as error:
            raise SourceError(f"{path} cannot be read: {error.strerror}", "see who may read it") from error

    @cached_property
    def lines(self) -> list[str]:
        """Its lines."""
        return self.text.splitlines()

    def at(self, place: Place) -> Any:
        """What stands at ``place``, as it is written."""
        found = self.document
        for part in place:
            found = found[part]
        return found

    def node(self, place: Place) -> Node | None:
        """The node at ``place``, if it is there."""
        nodes = list(self._way(place))
        return nodes[-1][1] if len(nodes) == len(place) + 1 else None

    def line(self, place: Place) -> int:
        """The line of what stands at ``place``, or of the nearest that there is above it."""
        at = 1
        for mark, _ in self._way(place):
            at = mark.start_mark.line + 1 if mark is not None else at
        return at

    def _way(self, place: Place) -> Iterator[tuple[Node | None, Node | None]]:
        """Each step to ``place``: what says where it stands, and the node."""
        node: Node | None = self.root
        yield node, node
        for part in place:
            match node:
                case MappingNode():
                    found = next(((key, value) for key, value in node.value if key.value == str(part)), None)
                    if found is None:
                        return
                    node = found[1]
                    # The key's line: the value may stand elsewhere, where its anchor is.
                    yield found
                case SequenceNode() if isinstance(part, int) and part < len(node.value):
                    node = node.value[part]
                    yield node, node

    def fault(self, message: str, remedy: str, place: Place) -> SourceError:
        """What is wrong at ``place``, with the author's own line."""
        line = self.line(place)
        said = self.lines[line - 1].strip() if self.lines else ""
        return SourceError(f"{self.path}:{line}: {message}, in “{said}”", remedy)

    def parse(self, model: type[M]) -> M:
        """The document as ``model`` has it.

        Raises:
            SourceError: it is no such document; names the line, and what to write instead.
        """
        try:
            return model.model_validate(self.document if self.document is not None else {})
        except ValidationError as error:
            faults = error.errors(include_input=False, include_url=False)
            # A misspelt key is why another is missing.
            first = next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])
            place = first["loc"]
            if first["type"] == "extra_forbidden":
                known = known_keys(model, place[:-1])
                remedy = nearest(str(place[-1]), known, f"keys here are {', '.join(known)}")
                raise self.fault(f"there is no key {place[-1]}", remedy, place) from None
            message = first["msg"].removeprefix("Value error, ")
            said = message[0].lower() + message[1:] if message[:1].isupper() else message
            about = f"{place[-1]}: {said}" if place and isinstance(place[-1], str) else said
            remedy = _REMEDIES.get(first["type"].partition("_")[0], f"see {self._page}")
            raise self.fault(about, remedy, place) from None
