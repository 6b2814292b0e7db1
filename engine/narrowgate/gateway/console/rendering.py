"""From a template to a page."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import cache
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from narrowgate import __version__
from narrowgate.gateway.console.navigation import ROOT, SIGN_IN, open_to
from narrowgate.gateway.console.static_files import address
from narrowgate.gateway.console.visitor import Visitor
from narrowgate.model.actions import parse_action
from narrowgate.model.wording import counted

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self' data:",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    # Without it, browsers would not say where a form comes from (Fetch, append a request Origin header).
    "Referrer-Policy": "same-origin",
}
"""Of every page, besides those that every answer has."""


def page(request: Request, visitor: Visitor | None, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """The page that ``template`` makes of ``context``.

    Args:
        visitor: who sees it; None: somebody who is not signed in.
    """
    path = request.url.path.rstrip("/")
    text = (
        environment()
        .get_template(template)
        .render(
            visitor=visitor,
            entries=[(entry, entry.leads_to(path)) for entry in open_to(visitor.caller)] if visitor else [],
            **context,
        )
    )
    return HTMLResponse(text, status, HEADERS)


@cache
def environment() -> Environment:
    """Jinja as pages use it: everything is escaped, and a name that is not known is an error."""
    made = Environment(
        loader=PackageLoader("narrowgate.gateway.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"ROOT": ROOT, "SIGN_IN": SIGN_IN, "address": address, "version": __version__}
    made.filters |= {
        "number": lambda value: f"{value:,}",
        "counted": counted,
        "day": _day,
        "moment": _moment,
        "short": lambda digest: digest[:12],
        "form": _form,
        "breakable": _breakable,
        "sentence": _sentence,
    }
    return made


def _day(day: date | None) -> str:
    """``1 June 2026``, on one line; a dash for none."""
    return f"{day.day}\xa0{day:%B}\xa0{day.year}" if day else "–"


def _moment(at: str) -> str:
    """An entry's time, RFC 3339 in UTC, to the minute."""
    moment = datetime.fromisoformat(at)
    return f"{moment.day} {moment:%b %Y, %H:%M} UTC"


def _form(action: dict[str, Any] | None) -> str:
    """How a column leaves, in words."""
    known = None if action is None else parse_action(action)
    return "withheld" if known is None else known.describe()


def _sentence(text: str) -> str:
    """With a capital, unless it begins with the name of something."""
    word = text.partition(" ")[0].rstrip(":")
    return text if re.search("[._/]", word) else text[:1].upper() + text[1:]


def _breakable(name: str) -> list[str]:
    """The parts of a name, after each of which a line may end."""
    *parts, last = name.split("_")
    return [*(f"{part}_" for part in parts), last]
