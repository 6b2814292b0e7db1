"""A real browser before a real server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from support.pages import PASSWORD
from support.served import OFFICER, Open, browser, served


# Not for longer than a module: while Playwright is up, an event loop runs in this thread, and tests that want one of
# their own would fail.
@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the server answers."""
    with served(tmp_path_factory.mktemp("served")) as url:
        yield url


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as made:
        yield made


@pytest.fixture
def opened(chromium: Browser, address: str) -> Iterator[Open]:
    """Opens windows, by the options of a browser context. None of their pages may go wrong, or fetch from elsewhere."""
    contexts, wrong = [], list[str]()

    def window(**options: Any) -> Page:
        context = chromium.new_context(base_url=address, locale="en-GB", **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda request: wrong.append(request.url) if not request.url.startswith(address) else None)
        return page

    yield window
    for context in contexts:
        context.close()
    # A page that answers that something is wrong is noted, too; tests that ask for one take the note away.
    assert [each for each in wrong if "the server responded with a status of 403" not in each] == []


@pytest.fixture
def signed_in(opened: Open) -> Open:
    """Opens windows in which the officer is signed in."""

    def window(**options: Any) -> Page:
        page = opened(**options)
        sign_in(page)
        return page

    return window


def sign_in(page: Page) -> None:
    page.goto("/console/sign-in")
    page.get_by_label("Name").fill(OFFICER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Overview").wait_for()
