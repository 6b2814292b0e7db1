"""Actions on one line, as a person at a console writes them: ``keep``, ``year``, ``band:5000``, ``mask:first=1``.

The forms are derived from the models of ``actions.py``. An action is its name, then its parameters in their order or by
name, each after a colon; a name may be cut to one of its words. Where a parameter is a choice that has to be made, each
choice is also a form of its own: ``year`` is ``generalise:year``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from typing import Literal, get_args, get_origin

from pydantic import BaseModel

from narrowgate.model.actions import Action, Drop, action_fault, parse_action
from narrowgate.model.catalogue import Field


@dataclass(frozen=True)
class _Form:
    """A word that begins a short form, and what may follow it."""

    kind: type[BaseModel]
    fixed: dict[str, str] = field(default_factory=dict)
    """Parameters that the word itself gives."""

    @property
    def parameters(self) -> tuple[str, ...]:
        names = (name for name in self.kind.model_fields if name != "action" and name not in self.fixed)
        return tuple(name for name in names if not self._needless(name))

    def _needless(self, name: str) -> bool:
        """Whether no value of the optional parameter goes with what is fixed."""
        if not self.fixed or self.kind.model_fields[name].is_required():
            return False
        return parse_action(self.document({})) is not None

    def needs(self, name: str) -> bool:
        """Whether the parameter has to be given."""
        return bool(self.fixed) or self.kind.model_fields[name].is_required()

    def document(self, given: dict[str, str]) -> dict[str, str]:
        return {"action": self.kind.model_fields["action"].default, **self.fixed, **given}

    def suits(self, catalogue_field: Field) -> bool:
        # Whether an action suits a field hangs on its kind and choice alone.
        example: Action = self.kind.model_construct(None, **self.fixed)  # type: ignore[assignment]
        return example.suits(catalogue_field)


def parse_shorthand(text: str) -> Action:
    """The action that ``text`` is short for.

    Raises:
        ValueError: it is short for none; the message says why, and what to write.
    """
    word, *rest = text.split(":")
    form = _forms().get(word)
    if form is None:
        close = get_close_matches(word, _forms(), n=1)
        raise ValueError(f"there is no action {word}; {f'did you mean {close[0]}?' if close else _all_forms()}")
    names = form.parameters
    if len(rest) > len(names):
        # A constant may hold a colon itself.
        rest = [*rest[: len(names) - 1], ":".join(rest[len(names) - 1 :])] if names else rest
    if len(rest) > len(names):
        raise ValueError(f"nothing follows {word}; write {word} alone")
    document = form.document(dict(_parameters(word, names, rest)))
    action = parse_action(document)
    if action is None:
        raise ValueError(f"{action_fault(document).removeprefix('Value error, ')}; write {_written(word, form)}")
    return action


def shorthands_for(catalogue_field: Field) -> tuple[str, ...]:
    """What may be written for ``catalogue_field``, parameters in capitals: ``keep``, ``mask:FIRST:LAST``, ``year``."""
    return tuple(
        _written(word, form)
        for word, form in _forms().items()
        if form.kind is not Drop and not _is_only_a_stem(form) and form.suits(catalogue_field)
    )


def _parameters(word: str, names: tuple[str, ...], rest: list[str]) -> Iterator[tuple[str, str]]:
    for position, part in enumerate(rest):
        said, equals, value = part.partition("=")
        named = [name for name in names if said == name or said in name.split("_")] if equals else []
        if len(named) == 1:
            yield named[0], value
        elif equals and len(names) > 1:
            raise ValueError(f"{word} has no parameter {said}; it has {', '.join(names)}")
        else:
            yield names[position], part


@cache
def _forms() -> dict[str, _Form]:
    """Every word that begins a short form: the actions' names first, then the choices that have to be made."""
    kinds: tuple[type[BaseModel], ...] = get_args(get_args(Action)[0])
    forms = {kind.model_fields["action"].default: _Form(kind) for kind in kinds}
    for kind in kinds:
        for name, choices in _required_choices(kind):
            forms |= {choice: _Form(kind, {name: choice}) for choice in choices if choice not in forms}
    return forms


def _required_choices(kind: type[BaseModel]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, info in kind.model_fields.items():
        if info.is_required() and get_origin(info.annotation) is Literal:
            yield name, get_args(info.annotation)


def _all_forms() -> str:
    return "write one of " + ", ".join(word for word, form in _forms().items() if not _is_only_a_stem(form))


def _is_only_a_stem(form: _Form) -> bool:
    """Whether the choices say all that the form could."""
    return not form.fixed and any(True for _ in _required_choices(form.kind))


def _written(word: str, form: _Form) -> str:
    return word + "".join(f":{name.upper()}" if form.needs(name) else f"[:{name.upper()}]" for name in form.parameters)
