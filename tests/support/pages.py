"""The console as tests see it without a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from httpx2 import Response

from narrowgate.gateway.access.access import Access
from narrowgate.gateway.access.registering import added, change, with_password
from narrowgate.gateway.app import create_app
from narrowgate.gateway.gatehouse import Gatehouse
from narrowgate.model.client import Client
from narrowgate.model.serving import Serving
from narrowgate.service import Gate

HERE = "http://127.0.0.1"
ELSEWHERE = "https://gateway.force.example"
PASSWORD = "a long and dull password"


_INLINE = {"a", "b", "code", "del", "strong", "wbr"}


class _Reader(HTMLParser):
    """Text, and the attributes of what forms send."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.fields: dict[str, str] = {}

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in _INLINE:
            self.text.append(" ")
        if tag == "input" and given.get("name"):
            self.fields[str(given["name"])] = given.get("value") or ""


def text_of(answer: Response) -> str:
    """What somebody reads, its gaps one blank each."""
    reader = _Reader()
    reader.feed(answer.text)
    return re.sub(r"\s+", " ", "".join(reader.text))


def token_of(answer: Response) -> str:
    """What the forms of a page carry."""
    reader = _Reader()
    reader.feed(answer.text)
    return reader.fields["token"]


@contextmanager
def console(gate: Gate, where: str = HERE, serving: Serving | None = None) -> Iterator[TestClient]:
    """A browser before the console, that follows no redirects."""
    serving = serving or Serving()
    app = create_app(Gatehouse(gate, serving), Access.of(serving))
    with TestClient(app, base_url=where, follow_redirects=False, raise_server_exceptions=False) as client:
        client.headers["Origin"] = where
        yield client


def people(folder: Path, **clients: Client) -> Path:
    """A file of people, who all have the same password."""
    file = folder / "clients.yaml"
    for name, client in clients.items():
        change(file, lambda before, name=name, client=client: added(before, name, client))  # type: ignore[misc]
        change(file, lambda before, name=name: with_password(before, name, PASSWORD))  # type: ignore[misc]
    return file


def sign_in(client: TestClient, name: str, **more: str) -> Response:
    """Sign in with the password."""
    token = token_of(client.get("/console/sign-in"))
    form = {"token": token, "name": name, "password": PASSWORD, **more}
    return client.post("/console/sign-in", data=form)


def upload(client: TestClient, path: str, content: bytes, file_name: str, **fields: Any) -> Response:
    """Send a page's form with a file."""
    form = {"token": token_of(client.get(path)), **fields}
    return client.post(path, data=form, files={"file": (file_name, content)})
