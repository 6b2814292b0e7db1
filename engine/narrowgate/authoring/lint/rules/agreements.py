"""Agreements: their dates, and their numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import combinations

from narrowgate.authoring.lint.interface import Found, Look, lint_rule
from narrowgate.model.agreement import Agreement
from narrowgate.model.wording import counted


@lint_rule("about-to-lapse")
def about_to_lapse(look: Look) -> Iterator[Found]:
    """An agreement that ends within some days, and that no other takes over from."""
    last = look.on + timedelta(look.within)
    for purpose, agreements in look.agreements.items():
        for agreement in agreements:
            if look.on <= agreement.until <= last and not _is_followed(agreement, agreements):
                left = counted((agreement.until - look.on).days, "day")
                message = (
                    f"agreement {agreement.id} ends on {agreement.until}, in {left}: "
                    f"after that {agreement.supplier} gets nothing for {purpose}"
                )
                following = agreement.until + timedelta(1)
                remedy = f"renew it, as an agreement of its own from {following}; or let it end"
                yield Found(look.in_agreement(purpose, agreement, "until"), message, remedy)


def _is_followed(agreement: Agreement, others: tuple[Agreement, ...]) -> bool:
    following = agreement.until + timedelta(1)
    return any(other.supplier == agreement.supplier and other.starts <= following <= other.until for other in others)


@lint_rule("overlapping-agreements")
def overlapping_agreements(look: Look) -> Iterator[Found]:
    """Two agreements of a supplier for a purpose that are in force at once, so that it is refused."""
    for purpose, agreements in look.agreements.items():
        for one, other in combinations(agreements, 2):
            first, last = max(one.starts, other.starts), min(one.until, other.until)
            if one.supplier == other.supplier and first <= last:
                days = f"on {first}" if first == last else f"from {first} to {last}"
                message = f"agreements {one.id} and {other.id} are both in force {days}, so {one.supplier} is refused"
                earlier, later = sorted((one, other), key=lambda each: (each.starts, each.until))
                remedy = f"let {earlier.id} end on {later.starts - timedelta(1)}, or {later.id} begin later"
                yield Found(look.in_agreement(purpose, later, "from"), message, remedy)


@lint_rule("agreement-twice")
def agreement_twice(look: Look) -> Iterator[Found]:
    """Two agreements that are called alike, so that receipts do not tell them apart."""
    found = [(purpose, each) for purpose, agreements in look.agreements.items() for each in agreements]
    for (purpose, one), (its, other) in combinations(found, 2):
        if one.id == other.id:
            for here, there, agreement in ((purpose, its, one), (its, purpose, other)):
                message = f"another agreement, for {there}, is called {agreement.id}: receipts do not tell them apart"
                yield Found(look.in_agreement(here, agreement), message, "give it a number of its own")


@lint_rule("agreement-number")
def agreement_number(look: Look) -> Iterator[Found]:
    """An agreement whose number has another form than most."""
    found = [(purpose, each) for purpose, agreements in look.agreements.items() for each in agreements]
    forms = Counter(_form(agreement.id) for _, agreement in found)
    usual, times = forms.most_common(1)[0] if forms else ("", 0)
    example = next((agreement.id for _, agreement in found if _form(agreement.id) == usual), "")
    for purpose, agreement in found:
        if times * 2 > len(found) and _form(agreement.id) != usual:
            message = f"{agreement.id} has another form than most agreements' numbers"
            yield Found(look.in_agreement(purpose, agreement), message, f"write it like {example}")


def _form(name: str) -> str:
    """``DSA-2025-014`` and ``DSA-2026-002`` alike, ``DSA 2026/2`` not."""
    return re.sub(r"[0-9]", "9", name)
