"""What has to be known of a new purpose: each question with its option and its parser."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import get_args

from narrowgate.authoring.new_purpose.parsing import (
    Known,
    Parse,
    agreement,
    day,
    of_model,
    permitted_field,
    release_condition,
    supplier,
    written_formats,
)
from narrowgate.authoring.new_purpose.repository import Repository
from narrowgate.model.agreement import Agreement, PurposeMeta, Supplier


@dataclass(frozen=True)
class Question:
    """One thing to be known."""

    key: str
    option: str
    text: str
    parse: Parse
    default: str | None = None
    repeated: bool = False
    """Whether there may be several answers; then ``parse`` gives a pair, and the pairs become a mapping."""
    applies: Callable[[Repository, Known], bool] = lambda _, __: True
    """Whether it is asked at all."""
    hint: Callable[[Repository, Known], str] = lambda _, __: ""
    """What may be answered."""


def _is_new(repository: Repository, known: Known) -> bool:
    return "supplier" in known and known["supplier"] not in repository.suppliers


def special_fields(repository: Repository, known: Known) -> Sequence[str]:
    """The permitted fields for which an Article 9 condition has to hold."""
    fields = repository.catalogue.fields
    return [name for name in known.get("fields", {}) if fields[name].sensitivity == "special"]


QUESTIONS = (
    Question("title", "--title", "What is the purpose called?", of_model(PurposeMeta, "title", "--title")),
    Question(
        "basis",
        "--basis",
        "On which lawful basis (UK GDPR Article 6)?",
        of_model(PurposeMeta, "lawful_basis", "--basis", "a lawful basis"),
        hint=lambda _, __: ", ".join(get_args(PurposeMeta.model_fields["lawful_basis"].annotation)),
    ),
    Question(
        "retention_days",
        "--retention-days",
        "After how many days does the supplier delete it?",
        of_model(PurposeMeta, "retention_days", "--retention-days", "a number of days up to a century", "90"),
    ),
    Question(
        "supplier",
        "--supplier",
        "Which supplier receives it?",
        supplier,
        hint=lambda repository, _: f"{', '.join(repository.suppliers)}, or a new name",
    ),
    Question(
        "supplier_title",
        "--supplier-title",
        "The supplier is new. What is its full name?",
        of_model(Supplier, "name", "--supplier-title"),
        applies=_is_new,
    ),
    Question(
        "kind",
        "--kind",
        "What kind of supplier is it? Guardrails go by this.",
        of_model(Supplier, "kind", "--kind"),
        applies=_is_new,
        hint=lambda repository, _: f"such as {', '.join(repository.kinds)}" if repository.kinds else "",
    ),
    Question(
        "country",
        "--country",
        "In which country is it?",
        of_model(Supplier, "country", "--country", "a country's code", "GB"),
        applies=_is_new,
        hint=lambda _, __: "two capital letters, such as GB",
    ),
    Question("agreement", "--agreement", "What is the agreement's id?", agreement),
    Question("from", "--from", "From which day is it in force?", day("--from"), hint=lambda _, __: "YYYY-MM-DD"),
    Question("until", "--until", "Until which day, inclusive?", day("--until"), hint=lambda _, __: "YYYY-MM-DD"),
    Question("formats", "--formats", "In which formats?", written_formats, default="csv"),
    Question(
        "max_rows",
        "--max-rows",
        "How many records at most in one release?",
        of_model(Agreement, "max_rows", "--max-rows", "a number of records", "5000"),
    ),
    Question(
        "fields",
        "--field",
        "Which field leaves, and how?",
        permitted_field,
        repeated=True,
        hint=lambda _, __: "such as surname=keep or date_of_birth=year; schemas/personnel.schema.json lists all fields",
    ),
    Question(
        "article_9",
        "--article-9",
        "Which condition of UK GDPR Article 9(2) holds?",
        of_model(PurposeMeta, "article_9_condition", "--article-9"),
        applies=lambda repository, known: bool(special_fields(repository, known)),
        hint=lambda _, __: "such as 9(2)(h) occupational medicine",
    ),
    Question(
        "release",
        "--release",
        "Whose records leave?",
        release_condition,
        repeated=True,
        hint=lambda _, __: "such as status in active,suspended",
    ),
)
"""In the order in which they are asked."""
