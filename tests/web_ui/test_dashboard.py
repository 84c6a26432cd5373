"""The dashboard: scales and legend of the chart, a span that one drags, filters, failures by their causes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web_ui.conftest import barriers, window
from tests.web_ui.site import Site, served

FLOWS = """
from prefect import flow, tags

@flow(name="inner")
def inner(number):
    if number:
        raise KeyError(f"row {number}")

@flow(name="import-orders")
def orders(number):
    inner(number)

@flow(name="nightly")
def nightly(): ...

if __name__ == "__main__":
    with tags("prod"):
        nightly()
    for number in range(4):
        try:
            orders(number)
        except KeyError:
            pass
"""


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with served(tmp_path_factory.mktemp("failing")) as started:
        started.run(FLOWS)
        yield started


@pytest.fixture
def page(browser: Browser, failing: Site) -> Iterator[Page]:
    with window(browser, failing) as opened:
        opened.goto("/")
        yield opened


def test_failures_stand_by_their_causes(page: Page) -> None:
    failures = page.get_by_role("region", name=re.compile("^Failed and crashed"))

    expect(failures.locator("article")).to_have_count(2)
    orders = failures.locator("article", has_text="import-orders")
    expect(orders).to_contain_text(re.compile("KeyError: 'row 3'.*3 times for this cause, first in", re.DOTALL))
    assert barriers(page) == []


def test_the_chart_has_scales_and_a_legend(page: Page) -> None:
    chart = page.get_by_role("region", name="Runs over time")

    expect(chart.locator(".legend")).to_have_text(re.compile(r"✓ Completed 3\s*✕ Failed 6"))
    expect(chart.locator(".counts span")).to_have_text(["0", "5"])
    expect(chart.locator(".times span").first).to_have_text(re.compile(r"^\d\d:\d\d$"))


def test_a_span_is_chosen_by_dragging_and_taken_back(page: Page, failing: Site) -> None:
    picture = page.locator(".picture")
    box = picture.bounding_box()
    assert box is not None

    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 50, steps=5)
    page.mouse.up()

    expect(page).to_have_url(re.compile(r"from=\d+&until=\d+"))
    expect(page.get_by_text("Nothing failed in this time.")).to_be_visible()
    page.get_by_role("button", name="Chosen span").click()
    expect(page.get_by_role("region", name=re.compile("^Failed and crashed"))).to_contain_text("import-orders")


def test_the_dashboard_is_filtered_by_tag_and_without_subflows(page: Page) -> None:
    page.get_by_label("Subflows, too").uncheck()
    expect(page.locator(".legend")).to_have_text(re.compile("Completed 2.*Failed 3", re.DOTALL))
    expect(page.get_by_role("region", name=re.compile("^Failed and crashed")).locator("article")).to_have_count(1)

    page.get_by_label("Tag", exact=True).fill("prod")
    page.get_by_label("Tag", exact=True).press("Enter")

    expect(page.locator(".legend")).to_have_text(re.compile(r"^\s*✓ Completed 1\s*Drag"))
    expect(page).to_have_url(re.compile("tag=prod"))
