"""Draw the console's pages anew for the documentation, into ``docs/images/``: ``make screenshots``."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize

from support.pages import PASSWORD
from support.served import EXPORT, OFFICER, browser, served

FOLDER = Path(__file__).parents[1] / "docs" / "images"
COLOURS = 96
WINDOW = ViewportSize(width=1280, height=800)


def opened(path: str) -> Callable[[Page], None]:
    """Opens a page."""

    def open_page(page: Page) -> None:
        page.goto(path)

    return open_page


def tried(page: Page) -> None:
    """Tries the example, and scrolls to what came of it."""
    page.goto("/console/try")
    page.get_by_label("Supplier").select_option("kitcorp")
    page.get_by_label("Purpose").select_option("uniform")
    page.get_by_label("Day of the request").fill("2026-06-01")
    page.get_by_label("File").set_input_files(EXPORT)
    page.get_by_role("button", name="See what would leave").click()
    page.locator("#outcome").evaluate("(element) => window.scrollTo(0, element.offsetTop - 24)")


PAGES: dict[str, tuple[str, Callable[[Page], None]]] = {
    "console-overview": ("light", opened("/console")),
    "console-matrix": ("light", opened("/console/matrix?on=2026-06-01")),
    "console-matrix-dark": ("dark", opened("/console/matrix?on=2026-06-01")),
    "console-purpose": ("light", opened("/console/purposes/id_card_print?on=2026-06-01")),
    "console-try": ("light", tried),
    "console-release": ("light", opened("/console/releases/2")),
    "console-breach": ("light", opened("/console/breach?supplier=cardco&last=2026-10-31")),
}


def draw(chromium: Browser, address: str) -> None:
    """All of them."""
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        context = chromium.new_context(base_url=address, viewport=WINDOW, color_scheme=scheme, locale="en-GB")
        page = context.new_page()
        page.goto("/console/sign-in")
        page.get_by_label("Name").fill(OFFICER)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        for name, (of, show) in PAGES.items():
            if of == scheme:
                show(page)
                _write(page.screenshot(), FOLDER / f"{name}.png")


def _write(shot: bytes, path: Path) -> None:
    with Image.open(io.BytesIO(shot)) as picture:
        picture.convert("RGB").quantize(COLOURS).save(path, optimize=True)
    print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, served(Path(folder)) as url, browser() as made:
        draw(made, url)
