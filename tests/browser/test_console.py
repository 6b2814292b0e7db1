"""The console in a browser, as people use it."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from narrowgate.gateway.console.navigation import entries
from narrowgate.policy.archive import pack, read_files
from support.axe import axe
from support.pages import PASSWORD
from support.paths import POLICIES
from support.served import EXPORT, OFFICER, Open

PAGES = (
    "/console",
    "/console/matrix?on=2026-06-01",
    "/console/matrix/training/surname?on=2026-06-01",
    "/console/matrix/id_card_print/salary?on=2026-06-01",
    "/console/purposes",
    "/console/purposes/payroll?on=2026-06-01",
    "/console/try",
    "/console/releases",
    "/console/releases/2",
    "/console/releases/3",
    "/console/releases?kind=erasure",
    "/console/breach?supplier=cardco",
    "/console/people",
    "/console/change",
)
NARROW = {"width": 320, "height": 640}


def try_a_file(page: Page, supplier: str = "kitcorp", purpose: str = "uniform") -> None:
    page.goto("/console/try")
    page.get_by_label("Supplier").select_option(supplier)
    page.get_by_label("Purpose").select_option(purpose)
    page.get_by_label("Day of the request").fill("2026-06-01")
    page.get_by_label("File").set_input_files(EXPORT)
    page.get_by_role("button", name="See what would leave").click()


def ask_about_somebody(page: Page) -> None:
    page.goto("/console/people")
    page.get_by_label("Employee number").fill("E4000012")
    page.get_by_role("button", name="Look").click()


def compare(page: Page, folder: Path) -> None:
    files = read_files(POLICIES)
    name = "purposes/uniform/uniform.rego"
    files[name] = files[name].replace(b'permit.surname.action := "keep"', b'permit.unit.action := "keep"')
    (folder / "policies.tar.gz").write_bytes(pack(files))
    page.goto("/console/change")
    page.get_by_label("Bundle").set_input_files(folder / "policies.tar.gz")
    page.get_by_role("button", name="Compare").click()


def faults(page: Page) -> list[str]:
    """What axe finds on the page that is open."""
    page.evaluate(axe())
    found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{page.url}: {fault['id']}: {fault['help']}: {node['html'][:160]}"
        for fault in found["violations"]
        for node in fault["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(opened: Open, scheme: str, tmp_path: Path) -> None:
    page = opened(color_scheme=scheme)
    page.goto("/console/sign-in")
    found = faults(page)
    page.get_by_label("Name").fill(OFFICER)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    found += faults(page)
    page.get_by_label("Name").fill(OFFICER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    for path in PAGES:
        page.goto(path)
        for summary in page.locator("summary").all():
            summary.click()
        found += faults(page)
    try_a_file(page)
    found += faults(page)
    try_a_file(page, "oldco", "id_card_print")
    found += faults(page)
    ask_about_somebody(page)
    found += faults(page)
    compare(page, tmp_path)
    page.get_by_role("heading", name="More would leave").wait_for()
    found += faults(page)
    assert found == []


def test_signing_in_and_out(opened: Open) -> None:
    page = opened()
    page.goto("/console/breach")
    expect(page).to_have_title("Sign in · Narrowgate")
    page.get_by_label("Name").fill(OFFICER)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("Name or password is not right.")
    page.get_by_label("Name").fill(OFFICER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_title("Breach · Narrowgate")
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_title("Sign in · Narrowgate")
    page.goto("/console/breach")
    expect(page).to_have_title("Sign in · Narrowgate")


def test_by_keyboard_alone(opened: Open) -> None:
    page = opened()
    page.goto("/console/sign-in")
    press_until(page, "Name", "textbox")
    page.keyboard.type(OFFICER)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_title("Overview · Narrowgate")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.goto("/console/matrix?on=2026-06-01&supplier=kitcorp")
    press_until(page, "keep", "link")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Warrant number")
    page.goto("/console/releases")
    press_until(page, "Search", "searchbox")
    page.keyboard.type("refusal")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("1 entry.")


def press_until(page: Page, name: str, role: Any) -> None:
    """Press Tab until something has the focus; whatever has it meanwhile shows that it has."""
    for _ in range(60):
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
        wanted = page.get_by_role(role, name=name, exact=True).first
        if wanted.evaluate("(element) => element === document.activeElement"):
            return
    raise AssertionError(f"{name} cannot be come by with Tab")


def test_without_scripts(signed_in: Open, tmp_path: Path) -> None:
    page = signed_in(java_script_enabled=False)
    for entry in entries():
        page.get_by_role("navigation", name="Pages").get_by_role("link", name=entry.title, exact=True).click()
        expect(page.locator("nav [aria-current=page]")).to_have_text(entry.title)
    try_a_file(page)
    expect(page.get_by_role("status")).to_contain_text("157 of 200 records would leave")
    ask_about_somebody(page)
    expect(page.get_by_role("status")).to_contain_text("Held by")
    compare(page, tmp_path)
    expect(page.get_by_role("status")).to_contain_text("More would leave.", timeout=60_000)


def test_a_file_is_tried_and_nothing_is_kept(signed_in: Open) -> None:
    page = signed_in()
    page.goto("/console/releases")
    before = page.get_by_role("status").inner_text()
    try_a_file(page)
    came, leaves = (
        page.get_by_role("region", name=name).locator("table") for name in ("What came in", "What would leave")
    )
    expect(came.locator("del").first).to_have_text("employee_number")
    assert "line-through" in came.locator("del").first.evaluate(
        "(element) => getComputedStyle(element).textDecorationLine"
    )
    expect(leaves.locator("tbody tr").nth(1)).to_contain_text("Withheld: covert posting")
    expect(leaves.locator("thead")).not_to_contain_text("vetting_level")
    left, right = came.bounding_box(), leaves.bounding_box()
    assert left is not None
    assert right is not None
    assert left["y"] == right["y"], "they stand side by side"
    page.goto("/console/releases")
    assert page.get_by_role("status").inner_text() == before


def test_a_breach_is_downloaded(signed_in: Open) -> None:
    page = signed_in()
    page.goto("/console/breach")
    page.get_by_label("Supplier").select_option("cardco")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("status")).to_contain_text("cardco held data of")
    chart = page.get_by_role("img", name="People whose data cardco held")
    expect(chart).to_be_visible()
    page.get_by_text("The numbers as a table").click()
    most = max(int(each) for each in page.locator("details .figure").all_inner_texts())
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the list of people").click()
    rows = list(csv.DictReader(download.value.path().read_text(encoding="utf-8").splitlines()))
    assert len(rows) == most
    with page.expect_download() as download:
        page.get_by_role("link", name="Draft for Article 33").click()
    assert download.value.path().read_text(encoding="utf-8").startswith("# Personal data breach at cardco")


def test_a_receipt_is_downloaded(signed_in: Open) -> None:
    page = signed_in()
    page.goto("/console/releases?kind=release")
    page.get_by_role("region", name="Releases and refusals").get_by_role("link").first.click()
    expect(page.get_by_role("region", name="Receipt")).to_contain_text("proven")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the receipt").click()
    receipt = json.loads(download.value.path().read_text(encoding="utf-8"))
    expect(page.get_by_role("region", name="Receipt")).to_contain_text(receipt["id"])


def test_in_a_narrow_window_nothing_sticks_out(signed_in: Open) -> None:
    page = signed_in(viewport=NARROW)
    too_wide = []
    for path in PAGES:
        page.goto(path)
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            too_wide.append(path)
    assert too_wide == []


def test_in_the_dark_pages_are_dark(signed_in: Open) -> None:
    def brightness(page: Page) -> int:
        page.goto("/console")
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(","))

    assert brightness(signed_in(color_scheme="dark")) < 3 * 64 < 3 * 192 < brightness(signed_in(color_scheme="light"))


def test_on_paper_there_is_no_navigation(signed_in: Open) -> None:
    page = signed_in()
    page.emulate_media(media="print")
    page.goto("/console/purposes/uniform")
    expect(page.get_by_role("navigation", name="Pages")).to_be_hidden()
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
