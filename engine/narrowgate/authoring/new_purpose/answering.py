"""From answers, given as options or at a prompt, to a draft."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from narrowgate.authoring.new_purpose.draft import Draft
from narrowgate.authoring.new_purpose.parsing import Known, purpose_name
from narrowgate.authoring.new_purpose.questions import QUESTIONS, Question, special_fields
from narrowgate.authoring.new_purpose.repository import Repository
from narrowgate.errors import UsageError
from narrowgate.model.agreement import Agreement, PurposeMeta, Supplier
from narrowgate.policy.vetting.finding import nearest

Given = Mapping[str, tuple[str, ...]]
"""Answers given as options, by the key of their question."""
Ask = Callable[[Question, str, Callable[[str], Any]], Any]
"""Asks a question until its answer can be parsed: the question, a hint, the parser."""


def draft_purpose(name: str, repository: Repository, given: Given, ask: Ask | None) -> Draft:
    """Have every question answered, and check the answers. Nothing is written.

    Args:
        ask: for what was not given; None where there is nobody to ask.

    Raises:
        UsageError: an answer cannot be, or one is missing and there is nobody to ask.
    """
    name = purpose_name(name, repository)
    known: dict[str, Any] = {}
    missing: list[Question] = []
    for question in QUESTIONS:
        texts = given.get(question.key, ())
        if not question.applies(repository, known):
            _require_needless(question, known, texts)
        elif texts:
            known[question.key] = _parsed(question, repository, known, texts)
        elif ask is not None:
            known[question.key] = _asked(question, repository, known, ask)
        elif question.default is not None:
            known[question.key] = question.parse(question.default, repository, known)
        else:
            missing.append(question)
    if missing:
        raise _missing(missing, repository, known)
    return _draft(name, repository, known)


def _parsed(question: Question, repository: Repository, known: Known, texts: tuple[str, ...]) -> Any:
    if not question.repeated:
        return question.parse(texts[-1], repository, known)
    found: dict[str, Any] = {}
    for text in texts:
        field, value = question.parse(text, repository, known)
        if field in found:
            raise UsageError(f"{question.option} {text}: {field} is named twice", "name it once")
        found[field] = value
    return found


def _asked(question: Question, repository: Repository, known: Known, ask: Ask) -> Any:
    found: dict[str, Any] = {}

    def parse(text: str) -> Any:
        if not text and question.repeated and found:
            return None
        if not text:
            raise UsageError("an answer is needed", "end with Ctrl-C if you have none; nothing is written then")
        return question.parse(text, repository, known)

    hint = question.hint(repository, known)
    answer = ask(question, hint, parse)
    if not question.repeated:
        return answer
    while answer is not None:
        found[answer[0]] = answer[1]
        answer = ask(question, "nothing more: Enter", parse)
    return found


def _require_needless(question: Question, known: Known, texts: tuple[str, ...]) -> None:
    """An answer to a question that does not arise is a slip."""
    if not texts:
        return
    if question.key == "article_9":
        raise UsageError("no field is special-category data, so --article-9 has no meaning", "leave it out")
    if "supplier" in known:
        raise UsageError(
            f"there is a supplier {known['supplier']} already, so {question.option} has no meaning",
            "leave it out, or change suppliers/data.yaml",
        )


def _missing(missing: list[Question], repository: Repository, known: Known) -> UsageError:
    options = [question.option for question in missing]
    if options == ["--article-9"]:
        listed = ", ".join(special_fields(repository, known))
        return UsageError(
            f"{listed} is special-category data, and --article-9 is missing",
            'say which condition holds, such as --article-9 "9(2)(h) occupational medicine", or leave the field out',
        )
    if any(question.key == "kind" for question in missing):
        remedy = nearest(known["supplier"], repository.suppliers, f"known are {', '.join(repository.suppliers)}")
        return UsageError(
            f"there is no supplier {known['supplier']}, and {', '.join(options)} of a new one are missing", remedy
        )
    verb = "is" if len(options) == 1 else "are"
    return UsageError(
        f"{', '.join(options)} {verb} missing", "give them, or run it in a terminal, where it asks; see --help"
    )


def _draft(name: str, repository: Repository, known: Known) -> Draft:
    order = list(repository.catalogue.fields)
    new = "kind" in known
    return Draft(
        name=name,
        meta=PurposeMeta(
            title=known["title"],
            lawful_basis=known["basis"],
            article_9_condition=known.get("article_9"),
            retention_days=known["retention_days"],
        ),
        agreement=Agreement(
            id=known["agreement"],
            supplier=known["supplier"],
            starts=known["from"],
            until=known["until"],
            formats=known["formats"],
            max_rows=known["max_rows"],
            retention_days=known["retention_days"],
        ),
        new_supplier=Supplier(name=known["supplier_title"], kind=known["kind"], country=known["country"])
        if new
        else None,
        permits={field: known["fields"][field] for field in sorted(known["fields"], key=order.index)},
        release=known["release"],
    )
