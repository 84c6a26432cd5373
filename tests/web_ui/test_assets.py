"""What people see of assets in the browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web_ui.conftest import Scheme, barriers, window
from tests.web_ui.site import Site, served

PROGRAM = """
from prefect import flow
from prefect.assets import *

ORDERS = Asset(key="s3://lake/orders", properties=AssetProperties(name="Orders", owners=["ann"], url="https://example.org/orders"))

@materialize(ORDERS, asset_deps=["file://inbox"])
def orders(count):
    add_asset_metadata(ORDERS, {"rows": count})
    return [count]

@materialize("s3://lake/report", by="jinja")
def report(rows, fails):
    if fails:
        raise ValueError("no")

@flow(name="nightly")
def nightly(count, fails=False):
    report(orders(count), fails)

nightly(3)
try:
    nightly(7, True)
except ValueError:
    pass
"""


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server to which two runs have told of assets."""
    with served(tmp_path_factory.mktemp("lake")) as started:
        started.run(PROGRAM)
        yield started


@pytest.fixture
def page(browser: Browser, lake: Site) -> Iterator[Page]:
    with window(browser, lake) as opened:
        yield opened


def path_of(key: str) -> str:
    return f"/assets/asset?key={quote(key, safe='')}"


def test_assets_are_listed_with_how_they_stand(page: Page) -> None:
    page.goto("/assets")

    expect(page.get_by_role("row", name=re.compile("Orders"))).to_contain_text("Right")
    expect(page.get_by_role("row", name=re.compile("Orders"))).to_contain_text("made 2 times")
    expect(page.get_by_role("row", name=re.compile("report"))).to_contain_text("Failed last")
    expect(page.get_by_role("row", name=re.compile("inbox"))).to_contain_text("Made elsewhere")
    page.get_by_role("searchbox").fill("lake/o")
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_role("link", name="Orders").click()
    expect(page.get_by_role("heading", name="Orders")).to_be_visible()


def test_an_asset_shows_what_made_it_of_what_and_what_it_is_for(page: Page, lake: Site) -> None:
    page.goto(path_of("s3://lake/orders"))

    made = page.get_by_role("region", name="Made last")
    expect(made.get_by_role("link", name=lake.run_of("nightly")["name"])).to_be_visible()
    expect(made).to_contain_text("ann")
    expect(made).to_contain_text('"rows": 7')
    expect(page.get_by_role("region", name="Made of").get_by_role("link", name="file://inbox")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("rows: from 3 to 7"))).to_be_visible()
    page.get_by_role("region", name="Used for").get_by_role("link", name="s3://lake/report").click()

    expect(page.get_by_role("region", name="Each time").get_by_role("row")).to_have_count(2)
    expect(page.get_by_role("region", name="Each time").get_by_role("row").first).to_contain_text("Failed")
    expect(page.get_by_role("region", name="Made last")).to_contain_text("jinja")


def test_lineage_leads_from_asset_to_asset(page: Page) -> None:
    page.goto(path_of("s3://lake/report"))
    page.get_by_role("application").focus()

    page.keyboard.press("n")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("/assets/asset"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_kept_out(browser: Browser, lake: Site, scheme: Scheme) -> None:
    with window(browser, lake, width=380, scheme=scheme) as page:
        for path in ("/assets", path_of("s3://lake/orders")):
            page.goto(path)
            expect(page.get_by_text("s3://lake/orders").first).to_be_visible()

            assert barriers(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= 380


def test_the_pages_speak_chinese(page: Page) -> None:
    page.goto("/settings")
    page.get_by_label("Language").select_option("zh")

    page.goto("/assets")

    expect(page.get_by_role("heading", name="资产")).to_be_visible()
