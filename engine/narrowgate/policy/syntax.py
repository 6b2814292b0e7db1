"""Reading Rego's compiled syntax tree, as OPA's ``GET /v1/policies`` reports it.

In that tree references are whole (``input.record.posting`` is one term), imports are resolved, and calls nested in
expressions have been pulled out into expressions of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Node = Any
"""A piece of the tree: dicts, lists and scalars as JSON has them."""


@dataclass(frozen=True)
class Ref:
    """A reference such as ``data.suppliers[x].kind``; ``None`` stands for a part that is computed."""

    root: str
    path: tuple[str | None, ...]

    def __str__(self) -> str:
        return self.root + "".join("[…]" if part is None else f".{part}" for part in self.path)


@dataclass(frozen=True)
class Rule:
    """One rule of a module, its ``else`` branches included."""

    package: tuple[str, ...]
    """Below ``data``."""
    head: tuple[str | None, ...]
    """``permit.photo.action`` as its parts; ``None`` for a part that is computed."""
    node: Mapping[str, Node]
    number: int
    """How many rules of the same head stand before it in its module."""

    @property
    def name(self) -> str | None:
        """``permit`` of ``permit.photo.action``."""
        return self.head[0]

    @property
    def path(self) -> tuple[str | None, ...]:
        """Where the rule's value stands below ``data``."""
        return (*self.package, *self.head)

    @property
    def key(self) -> Node | None:
        """The key term of a partial rule: ``"reason"`` in ``withhold contains "reason"``."""
        head: Mapping[str, Node] = self.node["head"]
        # OPA repeats a two-part head's second part as its key (``permit.photo``); that is no partial rule.
        if len(self.head) == 2 and "value" in head:
            return None
        return head.get("key")

    @property
    def value(self) -> Node:
        """The value term of the head; absent, the rule is ``true``."""
        return next(self.values)

    @property
    def values(self) -> Iterator[Node]:
        """The value terms of the rule and of its ``else`` branches."""
        return (branch["head"].get("value", {"type": "boolean", "value": True}) for branch in self.branches)

    @property
    def branches(self) -> Iterator[Mapping[str, Node]]:
        """The rule and its ``else`` branches."""
        node: Mapping[str, Node] | None = self.node
        while node is not None:
            yield node
            node = node.get("else")


def rules(tree: Mapping[str, Node]) -> list[Rule]:
    """The rules of a module's tree, in its order."""
    package = tuple(part["value"] for part in tree["package"]["path"][1:])
    seen: dict[tuple[str | None, ...], int] = {}
    found = []
    for node in tree.get("rules") or ():
        head = _head(node["head"])
        number = seen.get(head, 0)
        seen[head] = number + 1
        found.append(Rule(package, head, node, number))
    return found


def _head(head: Mapping[str, Node]) -> tuple[str | None, ...]:
    parts = head.get("ref") or [{"type": "var", "value": head["name"]}]
    first, *rest = parts
    return (first["value"], *(part["value"] if part["type"] == "string" else None for part in rest))


def walk(node: Node) -> Iterator[Mapping[str, Node]]:
    """Every object in the tree below ``node``, itself included."""
    stack = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, dict):
            yield current
            stack.extend(current.values())
        elif isinstance(current, list):
            stack.extend(current)


def refs(node: Node) -> Iterator[Ref]:
    """Every reference below ``node``: to ``input`` and ``data``, to local variables, to functions."""
    stack = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, list):
            stack.extend(current)
        elif isinstance(current, dict):
            match current:
                case {"type": "ref", "value": [{"type": "var", "value": root}, *parts]}:
                    yield Ref(root, tuple(part["value"] if part["type"] == "string" else None for part in parts))
                    stack.extend(parts)
                case {"type": "var", "value": "input" | "data" as root}:
                    yield Ref(root, ())
                case _:
                    stack.extend(current.values())


def builtins(node: Node) -> Iterator[str]:
    """Names of OPA's own functions that are called below ``node``, operators included."""
    for each in walk(node):
        called = None
        if isinstance(terms := each.get("terms"), list):
            called = terms[0]
        elif each.get("type") == "call":
            called = each["value"][0]
        if called and called["type"] == "ref" and called["value"][0]["value"] != "data":
            yield ".".join(part["value"] for part in called["value"])


def constant(node: Node) -> tuple[bool, Any]:
    """Whether a term is made of literals alone, and the document it is."""
    match node:
        case {"type": "string" | "number" | "boolean", "value": value}:
            return True, value
        case {"type": "null"}:
            return True, None
        case {"type": "array" | "set", "value": items}:
            parts = [constant(item) for item in items]
            return all(ok for ok, _ in parts), [value for _, value in parts]
        case {"type": "object", "value": pairs}:
            keys = [constant(key) for key, _ in pairs]
            values = [constant(value) for _, value in pairs]
            whole = all(ok and isinstance(key, str) for ok, key in keys) and all(ok for ok, _ in values)
            return whole, {str(key): value for (_, key), (_, value) in zip(keys, values, strict=True)}
        case _:
            return False, None
