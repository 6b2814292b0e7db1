"""Changing one value of a YAML text, and leaving every other character as it is."""

from __future__ import annotations

import re
from typing import Any

from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode, SequenceNode

from narrowgate.authoring.cases.source import Source
from narrowgate.model.keys import Place
from narrowgate.model.yaml import dump_yaml

_WIDTH = 110
_BY_LINE = {"columns", "leaves", "withheld", "overrides", "expect"}
"""Mappings of which each entry has a line of its own."""


class CannotEdit(Exception):
    """What is to be changed stands where it cannot be: it is shared by an anchor, or written in a way of its own."""


def set_value(source: Source, place: Place, value: Any) -> str:
    """The text of ``source`` with ``value`` at ``place``, where there is a value already.

    Raises:
        CannotEdit: it has to be done by hand.
    """
    parent, key = source.node(place[:-1]), place[-1]
    if isinstance(parent, MappingNode):
        pair = next(((name, node) for name, node in parent.value if name.value == key), None)
        if pair is None:
            raise CannotEdit
        return _set_in_mapping(source, parent, pair, value)
    raise CannotEdit


def set_rows(source: Source, place: Place, number: int | None, rows: list[dict[str, Any]]) -> str:
    """The text of ``source`` with ``rows`` instead of row ``number`` of the list at ``place``, or added to it.

    Raises:
        CannotEdit: it has to be done by hand.
    """
    node = source.node(place)
    if not isinstance(node, SequenceNode):
        raise CannotEdit
    if node.flow_style or not node.value:
        said = list(source.at(place))
        after = [*said[:number], *rows, *said[number + 1 :]] if number is not None else [*said, *rows]
        return set_value(source, place, after)
    column = node.start_mark.column
    anchors = _anchors(source, node.value[number]) if number is not None else {}
    texts = [_row(row, column + 2, anchors) for row in rows]
    if anchors:
        raise CannotEdit
    dash = "\n" + " " * column + "- "
    if number is None:
        end = _end(node)
        return source.text[:end] + "".join(dash + text for text in texts) + source.text[end:]
    item = node.value[number]
    if item.start_mark.index < node.start_mark.index:
        raise CannotEdit
    return source.text[: item.start_mark.index] + dash.join(texts) + source.text[_end(item) :]


def _set_in_mapping(source: Source, parent: MappingNode, pair: tuple[Node, Node], value: Any) -> str:
    key, node = pair
    if node.start_mark.index < key.start_mark.index:
        raise CannotEdit
    text = source.text
    anchor = _anchor(source, key)
    kept = f" {anchor}" if anchor else ""
    in_line = f"{kept} {flow(value)}"
    small = len(in_line) + key.end_mark.column < _WIDTH
    was_flow = isinstance(node, CollectionNode) and node.flow_style
    by_line = isinstance(value, (dict, list)) and value and not parent.flow_style
    if by_line and not isinstance(node, ScalarNode) and not (was_flow and small):
        written = "".join([kept, *(f"\n{line}" for line in _block(value, key.start_mark.column + 2))])
    else:
        written = in_line
    return f"{text[: key.end_mark.index]}:{written}{text[_end(node) :]}"


def _anchor(source: Source, key: Node) -> str:
    """The anchor of what stands at a key, if it has one."""
    found = re.match(r"\s*:\s*(&\S+)", source.text[key.end_mark.index :])
    return found[1] if found else ""


def _anchors(source: Source, row: Node) -> dict[str, str]:
    """Anchor by key of a row."""
    pairs = row.value if isinstance(row, MappingNode) else []
    return {key.value: anchor for key, _ in pairs if (anchor := _anchor(source, key))}


def _end(node: Node) -> int:
    """Where what is written of a node ends: its last scalar, and not what follows it."""
    if isinstance(node, CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        below: Node = last[1] if isinstance(node, MappingNode) else last
        if below.start_mark.index < node.start_mark.index:
            raise CannotEdit
        if isinstance(node, MappingNode) and below.start_mark.index < last[0].start_mark.index:
            raise CannotEdit
        if isinstance(below, ScalarNode) and below.style in {"|", ">"}:
            raise CannotEdit
        return _end(below)
    end: int = node.end_mark.index
    return end


def _row(row: dict[str, Any], indent: int, anchors: dict[str, str]) -> str:
    """A row after its dash: on one line where it fits. It takes those of ``anchors`` that it has the keys for."""
    line = flow(row)
    if len(line) + indent < _WIDTH and not anchors.keys() & row.keys():
        return line
    return "\n".join(_block(row, indent, anchors)).lstrip()


def _block(value: Any, indent: int, anchors: dict[str, str] | None = None) -> list[str]:
    """A mapping, or a list of rows, over several lines."""
    margin = " " * indent
    if isinstance(value, list):
        return [f"{margin}- {_row(each, indent + 2, {}) if isinstance(each, dict) else flow(each)}" for each in value]
    lines = []
    for key, each in value.items():
        anchor = anchors.pop(key, "") if anchors else ""
        start = f"{margin}{flow(key)}: {anchor}".rstrip()
        if key in _BY_LINE and each and isinstance(each, (dict, list)):
            lines += [start, *_block(each, indent + 2)]
        else:
            lines.append(f"{start} {flow(each)}")
    return lines


def flow(value: Any) -> str:
    """A value on one line."""
    return dump_yaml(value, flow=True, width=10**6).strip().removesuffix("\n...").strip()
