"""What answers about a new purpose have to be; what cannot be raises ``UsageError``, which says what to write."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

from narrowgate.authoring.new_purpose.repository import Repository
from narrowgate.errors import UsageError
from narrowgate.model.actions import Drop
from narrowgate.model.catalogue import Field, Value, plain
from narrowgate.model.shorthand import parse_shorthand, shorthands_for
from narrowgate.policy.vetting.finding import nearest
from narrowgate.tables.formats import formats

Known = Mapping[str, Any]
"""What has been answered so far, by the key of its question."""
Parse = Callable[[str, Repository, Known], Any]
"""Makes a value of an answer, by what is there and what was answered before."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_RELEASE = re.compile(r"(\w+)\s+in\s+(.+)")
# Words that Rego keeps for itself, and folders with another meaning.
_TAKEN = frozenset(
    "as contains data default else every false if import in input not null package some true with".split()
)
_MOST_CHARACTERS = 60


def purpose_name(text: str, repository: Repository) -> str:
    """The name of a purpose that is not there yet."""
    if not _NAME.fullmatch(text) or len(text) > _MOST_CHARACTERS:
        proposal = plain(text)[:_MOST_CHARACTERS]
        remedy = f"write {proposal}" if _NAME.fullmatch(proposal) else "names are lower case, like id_card_print"
        raise UsageError(f"{text} is no name for a purpose", remedy)
    if text in _TAKEN or text.endswith("_test"):
        raise UsageError(f"{text} is a name that Rego uses itself", f"write {text.removesuffix('_test')}_purpose")
    if text in repository.purposes:
        raise UsageError(f"there is a purpose {text} already", f"change purposes/{text}, or take another name")
    return text


def of_model(model: type[BaseModel], field: str, option: str, what: str = "", like: str = "") -> Parse:
    """What one field of a model may be.

    Args:
        what: what an answer has to be, as in ``is not a country``.
        like: an example.
    """
    info = model.model_fields[field]
    adapter: TypeAdapter[Any] = TypeAdapter(Annotated[info.annotation, info])  # type: ignore[arg-type]
    choices = get_args(info.annotation) if get_origin(info.annotation) is Literal else ()

    def parse(text: str, _: Repository, __: Known) -> Any:
        try:
            return adapter.validate_python(_line(option, text))
        except ValidationError:
            remedy = (
                nearest(text, choices, f"write one of {', '.join(choices)}") if choices else f"write it like {like}"
            )
            raise UsageError(f"{option} {text} is not {what}", remedy) from None

    return parse


def _line(option: str, text: str) -> str:
    stripped = text.strip()
    if not stripped or not stripped.isprintable():
        raise UsageError(f"{option} is empty or has characters that cannot be shown", "write a line of text")
    return stripped


def day(option: str) -> Parse:
    """A day, and no last one before the first."""

    def parse(text: str, _: Repository, known: Known) -> date:
        try:
            found = date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII) else None
        except ValueError:
            found = None
        if found is None:
            raise UsageError(f"{option} {text} is not a day", "write it as YYYY-MM-DD")
        if option == "--until" and (start := known.get("from")) and found < start:
            raise UsageError(f"the agreement ends on {found}, before it starts on {start}", "swap them, or mend one")
        return found

    return parse


def supplier(text: str, repository: Repository, _: Known) -> str:
    """The name of a supplier, known or new."""
    if not _NAME.fullmatch(text):
        proposal = plain(text)
        remedy = f"write {proposal}" if _NAME.fullmatch(proposal) else "names are lower case, like cardco"
        raise UsageError(f"--supplier {text} is no name for a supplier", remedy)
    return text


def agreement(text: str, repository: Repository, _: Known) -> str:
    """The id of an agreement that is not there yet."""
    text = _line("--agreement", text)
    if file := repository.agreements.get(text):
        raise UsageError(f"there is an agreement {text} already, in {file}", "give the id of the one for this purpose")
    return text


def written_formats(text: str, _: Repository, __: Known) -> tuple[str, ...]:
    """Names of formats with commas between them."""
    written = [name for name, each in formats().items() if each.is_written]
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    for name in names:
        if name not in written:
            raise UsageError(f"--formats {name}: no release is written so", f"formats are {', '.join(written)}")
    return names


def permitted_field(text: str, repository: Repository, __: Known) -> tuple[str, Any]:
    """``date_of_birth=year``: a field and an action that suits it."""
    name, equals, short = map(str.strip, text.partition("="))
    field = repository.catalogue.fields.get(name)
    if field is None:
        # What HR calls it is as good as its name.
        header = repository.catalogue.by_header.get(plain(name))
        remedy = f"write {header}" if header else nearest(name, repository.catalogue.fields)
        raise UsageError(f"--field {text}: there is no field {name}", remedy)
    if not equals:
        raise UsageError(f"--field {text} says nothing of how it leaves", f"write {name}={_forms(field, ' or ')}")
    try:
        action = parse_shorthand(short)
    except ValueError as error:
        message, _, remedy = str(error).rpartition("; ")
        raise UsageError(f"--field {text}: {message}", remedy) from None
    if isinstance(action, Drop):
        raise UsageError(f"--field {text}: what no purpose permits is withheld anyway", f"leave {name} out")
    if not action.suits(field):
        raise UsageError(f"--field {text}: {short} means nothing for {name}", f"write {_forms(field, ', ')}")
    return name, action


def _forms(field: Field, joint: str) -> str:
    return joint.join(shorthands_for(field))


def release_condition(text: str, repository: Repository, _: Known) -> tuple[str, tuple[Value, ...]]:
    """``status in active,suspended``: a field and those of its values with which a record leaves."""
    parts = _RELEASE.fullmatch(text.strip())
    if parts is None:
        remedy = 'write: --release "status in active,suspended"'
        raise UsageError(f"--release {text} is not FIELD in VALUE,VALUE", remedy)
    name = parts[1]
    field = repository.catalogue.fields.get(name)
    if field is None:
        raise UsageError(f"--release {text}: there is no field {name}", nearest(name, repository.catalogue.fields))
    values = values_of(field)
    if not values:
        able = [each.name for each in repository.catalogue.fields.values() if values_of(each)]
        raise UsageError(
            f"--release {text}: the catalogue lists no values of {name}",
            f"go by {', '.join(able)}, and write other conditions into the policy afterwards",
        )
    wanted = list(dict.fromkeys(value.strip() for value in parts[2].split(",")))
    for value in wanted:
        if value not in values:
            remedy = nearest(value, values, f"values are {', '.join(values)}")
            raise UsageError(f"--release {text}: {name} is never {value}", remedy)
    return name, tuple(values[value] for value in values if value in wanted)


def values_of(field: Field) -> dict[str, Value]:
    """Every value that the field can have, as it is written and as policies see it; none where there is no list."""
    texts = ("true", "false") if field.type == "boolean" else field.enum or ()
    return {text: field.value(text) for text in texts}
