"""YAML as people mean it: the core schema of YAML 1.2, in which ``on``, ``no`` and ``007`` are texts.

PyYAML reads YAML 1.1, where they are two truth values and the number 7, and a date is a date; OPA reads 1.2.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

import yaml
from yaml.constructor import ConstructorError
from yaml.nodes import MappingNode, Node, ScalarNode

YamlError = yaml.YAMLError

_CORE = (
    ("tag:yaml.org,2002:bool", r"^(?:true|false)$", "tf"),
    ("tag:yaml.org,2002:null", r"^(?:~|null|)$", ["~", "n", ""]),
    ("tag:yaml.org,2002:int", r"^-?(?:0|[1-9][0-9]*)$", "-0123456789"),
    ("tag:yaml.org,2002:float", r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$", "-0123456789"),
    ("tag:yaml.org,2002:merge", r"^<<$", "<"),
)


class _Loader(yaml.SafeLoader):
    """Safe, of the core schema, and strict about keys."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - as the base class declares it

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, ScalarNode):
                raise ConstructorError(None, None, "a key is a list or a mapping", key.start_mark)
            if key.tag != "tag:yaml.org,2002:merge" and key.value in seen:
                raise ConstructorError(None, None, "a key is there twice", key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


class _Dumper(yaml.SafeDumper):
    """Puts quotes around each text that either version would take for something else, ``1e5`` among them."""


for _tag, _pattern, _first in _CORE:
    for _kind in (_Loader, _Dumper):
        _kind.add_implicit_resolver(_tag, re.compile(_pattern), list(_first))


def load_yaml(text: str) -> Any:
    """The document in ``text``.

    Raises:
        YamlError: it is not YAML, or a mapping has a key twice, or one that is no word.
    """
    return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader


def dump_yaml(document: Any, *, flow: bool | None = False, width: int = 80) -> str:
    """A text that ``load_yaml`` makes the same document of, keys in their order.

    Args:
        flow: whether lists and mappings are written on one line; None: those that hold no others are.
        width: characters after which lines are broken, where they can be.
    """
    text: str = yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=flow, width=width
    )
    return text


def compose_yaml(text: str) -> Node | None:
    """The nodes of the document in ``text``, each of which knows where it stands; None where it is empty.

    Raises:
        YamlError: it is not YAML.
    """
    return yaml.compose(text, Loader=_Loader)


def describe_fault(error: Exception) -> str:
    """What is wrong and where, on one line, quoting nothing of the text."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or "it is not YAML"
    return f"line {mark.line + 1}: {problem}" if mark is not None else str(problem)
