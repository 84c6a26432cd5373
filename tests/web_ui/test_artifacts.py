"""What people see of artifacts in the browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.web_ui.conftest import Scheme, barriers, window
from tests.web_ui.site import Site, served

PROGRAM = """
from prefect import flow, task
from prefect.artifacts import *

EVIL = '''
# All well

<script>window.owned = 1</script><img src=x onerror="window.owned=1"><svg onload="window.owned=1"></svg>
<a href="javascript:window.owned=1">evil</a> <iframe src="https://elsewhere.example"></iframe>
[link](javascript:window.owned=1) [good](https://example.org/good)
<form action="https://elsewhere.example"><input name=password></form><style>body{display:none}</style>

![chart](https://elsewhere.example/chart.png)

- **Rows**: {rows}
'''

@task
def counts():
    create_progress_artifact(25, key="rows-read", description="How much is read")

@flow(name="reports")
def reports(rows):
    counts()
    create_markdown_artifact(EVIL.replace("{rows}", str(rows)), key="daily-report", description="How it went")
    create_table_artifact([["Bern", 12], ["Basel", 107], ["Chur", 7]], key="lists")
    create_table_artifact({"shop": ["Bern", "Basel", "Chur"], "orders": [12, 107, 7]}, key="orders")
    create_image_artifact("https://elsewhere.example/map.png", key="map")
    create_link_artifact("https://example.org/x", "the source")

reports(3)
reports(5)
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server to which two runs have reported."""
    with served(tmp_path_factory.mktemp("desk")) as started:
        started.run(PROGRAM)
        yield started


@pytest.fixture
def page(browser: Browser, desk: Site) -> Iterator[Page]:
    with window(browser, desk) as opened:
        yield opened


def of_key(site: Site, key: str) -> dict[str, Any]:
    """The latest artifact of a key."""
    found: dict[str, Any] = site.ask("/artifacts/latest/filter", {"artifacts": {"key": {"any_": [key]}}})[0]
    return found


def watched(page: Page) -> list[str]:
    """The addresses elsewhere that a page asks for from now on."""
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(status=200, content_type="image/png", body=b"")

    page.route(re.compile("https://.*"), answer)
    return asked


def test_artifacts_are_listed_by_key_with_their_latest(page: Page) -> None:
    page.goto("/artifacts")

    expect(page.get_by_role("row", name=re.compile("daily-report"))).to_contain_text("How it went")
    expect(page.get_by_role("progressbar", name="rows-read")).to_have_attribute("value", "25")
    expect(page.get_by_text("5 keys")).to_be_visible()
    page.get_by_role("combobox").select_option("table")
    expect(page.get_by_role("row")).to_have_count(3)
    page.get_by_role("searchbox").fill("nothing")
    expect(page.get_by_text("No artifact has such a key and type")).to_be_visible()


def test_a_key_shows_its_latest_its_history_and_its_numbers_over_time(page: Page) -> None:
    page.goto("/artifacts/key/daily-report")

    expect(page.get_by_role("region", name="Latest").get_by_role("heading", name="All well")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("Rows: from 3 to 5, 2 values"))).to_be_visible()
    expect(page.get_by_role("region", name="History").get_by_role("row")).to_have_count(3)
    page.get_by_role("region", name="History").get_by_role("row").nth(2).get_by_role("link").first.click()

    expect(page).to_have_url(re.compile("/artifacts/artifact/"))


def test_markdown_runs_nothing_and_asks_nobody_until_somebody_clicks(page: Page, desk: Site) -> None:
    asked = watched(page)
    page.goto(f"/artifacts/artifact/{of_key(desk, 'daily-report')['latest_id']}")
    shown = page.get_by_role("region", name="daily-report")

    expect(shown.get_by_role("link", name="good")).to_have_attribute("rel", "noopener noreferrer")
    assert page.evaluate("window.owned") is None
    assert shown.locator("script, iframe, form, input, style, svg, [onerror], [href^='javascript']").count() == 0
    assert asked == []
    shown.get_by_role("button", name="Show the image from elsewhere.example (chart)").click()
    expect(shown.get_by_role("img", name="chart")).to_have_attribute("src", "https://elsewhere.example/chart.png")
    assert asked == ["https://elsewhere.example/chart.png"]


def test_an_image_is_shown_when_it_is_asked_for(page: Page, desk: Site) -> None:
    asked = watched(page)
    page.goto(f"/artifacts/artifact/{of_key(desk, 'map')['latest_id']}")
    expect(page.get_by_role("link", name="https://elsewhere.example/map.png")).to_be_visible()
    assert asked == []

    page.get_by_role("button", name="Show the image").click()

    expect(page.get_by_role("img", name="map")).to_have_attribute("src", "https://elsewhere.example/map.png")


def test_a_table_is_sorted_by_a_click(page: Page, desk: Site) -> None:
    page.goto(f"/artifacts/artifact/{of_key(desk, 'orders')['latest_id']}")
    first = page.get_by_role("row").nth(1)
    expect(first).to_contain_text("Bern")

    page.get_by_role("button", name="Sort by orders").click()
    expect(first).to_contain_text("Chur")
    page.get_by_role("button", name="Sort by orders").click()
    expect(first).to_contain_text("Basel")
    expect(page.get_by_role("columnheader", name="Sort by orders")).to_have_attribute("aria-sort", "descending")


def test_progress_moves_while_one_looks(page: Page, desk: Site) -> None:
    page.goto("/artifacts/key/rows-read")
    bar = page.get_by_role("progressbar", name="rows-read")
    expect(bar).to_have_attribute("value", "25")

    desk.run(
        "from uuid import UUID\nfrom prefect.artifacts import update_progress_artifact\n"
        f"update_progress_artifact(UUID('{of_key(desk, 'rows-read')['latest_id']}'), 80)"
    )

    expect(bar).to_have_attribute("value", "80")


def test_runs_show_what_they_left(page: Page, desk: Site) -> None:
    run = desk.run_of("reports")
    page.goto(f"/runs/flow-run/{run['id']}?tab=artifacts")
    expect(page.get_by_role("article")).to_have_count(6)
    expect(page.get_by_role("link", name="the source")).to_have_attribute("href", "https://example.org/x")

    task = desk.ask("/task_runs/filter", {"flow_runs": {"id": {"any_": [run["id"]]}}})[0]
    page.goto(f"/runs/task-run/{task['id']}?tab=artifacts")
    expect(page.get_by_role("article")).to_have_count(1)
    page.goto(f"/runs/flow-run/{run['id']}")
    page.get_by_role("application").focus()
    page.keyboard.press("n")
    expect(page.get_by_role("link", name="◆ rows-read")).to_be_visible()


def test_an_artifact_is_deleted(page: Page, desk: Site) -> None:
    made = desk.ask("/artifacts/", {"key": "gone", "type": "markdown", "data": "x"})
    page.goto(f"/artifacts/artifact/{made['id']}")

    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()

    expect(page).to_have_url(re.compile("/artifacts/key/gone"))
    assert desk.ask("/artifacts/latest/count", {"artifacts": {"key": {"any_": ["gone"]}}}) == 0


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_kept_out(browser: Browser, desk: Site, scheme: Scheme) -> None:
    run = desk.run_of("reports")["id"]
    with window(browser, desk, width=380, scheme=scheme) as page:
        watched(page)
        for path in (
            "/artifacts",
            "/artifacts/key/daily-report",
            "/artifacts/key/orders",
            f"/runs/flow-run/{run}?tab=artifacts",
        ):
            page.goto(path)
            expect(page.get_by_text("daily-report").or_(page.get_by_text("Basel")).first).to_be_visible()

            assert barriers(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= 380


def test_the_pages_speak_chinese(page: Page) -> None:
    page.goto("/settings")
    page.get_by_label("Language").select_option("zh")

    page.goto("/artifacts")

    expect(page.get_by_role("heading", name="产物")).to_be_visible()
