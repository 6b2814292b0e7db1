"""What a purpose should have beside its rules."""

from __future__ import annotations

from collections.abc import Iterator

from narrowgate.authoring.cases.files import CASES, Selection, load_case_files, suggest
from narrowgate.authoring.cases.situations import trials
from narrowgate.authoring.lint.interface import Found, Look, lint_rule
from narrowgate.errors import SourceError
from narrowgate.policy.bundle import Location
from narrowgate.policy.vetting.finding import Finding


@lint_rule("no-cases")
def no_cases(look: Look) -> Iterator[Found]:
    """A purpose that no case tries."""
    if look.folder is None:
        return
    shared = look.folder / CASES
    tried = shared.read_text(encoding="utf-8") if shared.is_file() else ""
    for purpose in look.bundle.purposes:
        if not (look.folder / "purposes" / purpose / CASES).is_file() and purpose not in tried:
            at = Location(look.module(purpose).path, 1)
            yield Found(at, f"no case tries {purpose}", f"write purposes/{purpose}/{CASES}; see docs/policies/cases.md")


@lint_rule("unusable-cases")
def unusable_cases(look: Look) -> Iterator[Found]:
    """Cases that cannot be run: they name what is not there, or are not written so."""
    if look.folder is None:
        return
    try:
        for file in load_case_files(Selection(look.folder, look.folder), look.catalogue):
            list(trials(file, look.bundle, look.catalogue))
            for name, request in file.requests.items():
                if request.purpose is not None and request.purpose not in look.bundle.purposes:
                    at = Location(file.source.name, file.source.line(("requests", name, "purpose")))
                    message = f"the request {name} is for {request.purpose}, which is no purpose"
                    yield Found(at, message, suggest(request.purpose, look.bundle.purposes))
    except SourceError as error:
        fault = Finding.parse(error.message.removeprefix(f"{look.folder}/"))
        yield Found(fault.at, fault.message, error.remedy)


@lint_rule("no-rego-tests", "note")
def no_rego_tests(look: Look) -> Iterator[Found]:
    """A purpose without tests in Rego."""
    if look.folder is None:
        return
    for purpose in look.bundle.purposes:
        if not any((look.folder / "purposes" / purpose).glob("*_test.rego")):
            at = Location(look.module(purpose).path, 1)
            remedy = f"write purposes/{purpose}/{purpose}_test.rego, should cases not be enough"
            yield Found(at, f"{purpose} has no tests in Rego", remedy)


@lint_rule("no-article-9-condition")
def no_article_9_condition(look: Look) -> Iterator[Found]:
    """A purpose that permits special-category fields and names no condition of Article 9(2)."""
    for purpose in look.bundle.purposes:
        if look.bundle.meta(purpose).article_9_condition:
            continue
        for site in look.sites(purpose, "permit"):
            field = site.rule.head[1]
            if field is not None and look.catalogue[field].sensitivity == "special":
                yield Found(
                    site.at(),
                    f"{field} is of a special category, and meta names no condition of Article 9(2) for {purpose}",
                    'add to meta, as it applies: "article_9_condition": "9(2)(h) occupational medicine"',
                )
