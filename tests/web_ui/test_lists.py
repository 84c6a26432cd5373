"""Lists: sorted by a click, what one chose is remembered, how the last runs went, no word in pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web_ui.conftest import barriers, window
from tests.web_ui.site import Site, served

FLOWS = """
import time
from prefect import flow, task

@task
def step(number):
    time.sleep(number / 20)

@flow(name="nightly-report-of-all-the-warehouses")
def report(number, fails=False):
    step(number)
    if fails:
        raise ValueError("no stock")

@flow(name="quick")
def quick(): ...

if __name__ == "__main__":
    for number in range(12):
        try:
            report(number, fails=number in (5, 11))
        except ValueError:
            pass
    quick()
    report.to_deployment("every-morning-at-six", interval=3600).apply()
"""


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with served(tmp_path_factory.mktemp("lists")) as started:
        started.run(FLOWS)
        started.ask("/variables/", {"name": "region", "value": "eu"})
        started.ask("/work_pools/", {"name": "warehouse", "type": "process"})
        started.ask("/v2/concurrency_limits/", {"name": "warehouse-database", "limit": 3})
        yield started


@pytest.fixture
def page(browser: Browser, lists: Site) -> Iterator[Page]:
    with window(browser, lists) as opened:
        yield opened


def last_failed(site: Site) -> dict[str, Any]:
    wanted = {"flow_runs": {"state": {"type": {"any_": ["FAILED"]}}}, "sort": "START_TIME_DESC", "limit": 1}
    found: dict[str, Any] = site.ask("/flow_runs/filter", wanted)[0]
    return found


def test_a_click_on_a_columns_head_sorts_by_it(page: Page, lists: Site) -> None:
    asked = {"flows": {"name": {"like_": "report"}}, "flow_runs": {"state": {"type": {"not_any_": ["SCHEDULED"]}}}}
    longest = lists.ask("/flow_runs/filter", {**asked, "sort": "DURATION_DESC", "limit": 1})[0]["name"]
    page.goto("/runs?q=flow:report")
    head = page.get_by_role("columnheader", name="Sort by Duration")
    expect(head).to_have_attribute("aria-sort", "none")

    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(page).to_have_url(re.compile("sort=DURATION_DESC"))
    expect(page.locator("tbody tr")).to_have_count(12)
    expect(page.locator("tbody tr").first.locator(".first")).to_have_text(longest)
    head.get_by_role("button").click()

    expect(head).to_have_attribute("aria-sort", "ascending")
    expect(page.locator("tbody tr").last.locator(".first")).to_have_text(longest)
    assert barriers(page) == []


def test_columns_page_size_and_last_filters_are_remembered(page: Page) -> None:
    page.goto("/runs")
    page.get_by_text("Columns").click()
    page.get_by_label("Tags").uncheck()
    page.evaluate("localStorage.setItem('tidemill-pageSize', '25')")
    page.get_by_role("searchbox").fill("flow:quick")
    expect(page.locator("tbody tr")).to_have_count(1)

    page.goto("/settings")
    page.get_by_role("link", name="Runs", exact=True).click()

    expect(page.get_by_role("searchbox")).to_have_value("flow:quick")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_role("columnheader", name="Tags")).to_have_count(0)
    expect(page.get_by_label("Rows at once")).to_have_value("25")


def test_the_last_runs_stand_in_lists_as_marks_of_colour_sign_and_height(page: Page, lists: Site) -> None:
    flow_id = last_failed(lists)["flow_id"]
    runs = lists.ask("/ui/flows/standing", {"flow_ids": [flow_id]})[flow_id]["runs"][::-1]
    page.goto("/flows")
    row = page.get_by_role("row", name=re.compile("nightly-report"))
    marks = row.get_by_role("group", name="The last runs of nightly-report").get_by_role("link")

    expect(marks).to_have_count(10)
    expect(marks.last).to_have_attribute("aria-label", re.compile("Failed, "))
    expect(marks.last.locator("text")).to_have_text("✕")
    heights = [float(mark.locator("rect").get_attribute("height") or 0) for mark in marks.all()]
    assert sorted(range(10), key=heights.__getitem__) == sorted(range(10), key=lambda place: runs[place]["seconds"])
    expect(row).to_contain_text("83 %")
    expect(row.get_by_title("10 of the last 12 runs that ended have completed")).to_be_visible()


def test_the_tasks_of_a_run_are_searched_and_sorted(page: Page, lists: Site) -> None:
    page.goto(f"/runs/flow-run/{last_failed(lists)['id']}?tab=tasks")
    expect(page.get_by_role("row", name=re.compile("step-"))).to_have_count(1)

    page.get_by_role("combobox", name="State").select_option("FAILED")
    expect(page.get_by_text("No task run matches.")).to_be_visible()
    page.get_by_role("combobox", name="State").select_option("COMPLETED")

    expect(page.get_by_role("row", name=re.compile("step-"))).to_have_count(1)


WORDS_IN_PIECES = r"""() => {
  const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT)
  const broken = []
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.parentElement.closest('pre, code, .mono, textarea, option, svg, style')) continue
    for (const { 0: word, index } of node.data.matchAll(/[\p{Script=Latin}\p{N}_]+/gu)) {
      const range = document.createRange()
      range.setStart(node, index)
      range.setEnd(node, index + word.length)
      if (new Set([...range.getClientRects()].map((line) => Math.round(line.top / 4))).size > 1) broken.push(word)
    }
  }
  return broken
}"""
"""The words of a page, code apart, that stand on more than one line."""
OVER_THE_EDGE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def test_no_word_of_any_page_is_broken_on_a_phone(browser: Browser, lists: Site) -> None:
    run = last_failed(lists)
    deployment = lists.ask("/deployments/filter")[0]["id"]
    task = lists.ask("/task_runs/filter", {"flow_runs": {"id": {"any_": [run["id"]]}}})[0]["id"]
    paths = [
        *("/", "/runs", "/runs?tab=task", "/runs/compare", "/flows", "/deployments", "/work-pools", "/blocks"),
        *("/blocks/catalog", "/artifacts", "/events", "/assets", "/automations", "/automations/create", "/variables"),
        *("/concurrency-limits", "/settings", f"/flows/flow/{run['flow_id']}", f"/runs/task-run/{task}"),
        f"/flows/flow/{run['flow_id']}?tab=deployments",
        *(f"/runs/flow-run/{run['id']}?tab={tab}" for tab in ("logs", "tasks", "history", "details")),
        *(f"/deployments/deployment/{deployment}", f"/deployments/deployment/{deployment}/run"),
        *("/work-pools/work-pool/warehouse", "/blocks/catalog/secret/create"),
    ]
    broken, wide = {}, {}
    with window(browser, lists, width=380) as page:
        for path in paths:
            page.goto(path)
            page.wait_for_load_state("networkidle")
            broken[path] = page.evaluate(WORDS_IN_PIECES)
            wide[path] = page.evaluate(OVER_THE_EDGE)

    assert {path: words for path, words in broken.items() if words} == {}
    assert {path: pixels for path, pixels in wide.items() if pixels > 0} == {}


def test_a_run_is_two_lines_on_a_phone_however_long_its_flows_name_is(browser: Browser, lists: Site) -> None:
    with window(browser, lists, width=380) as page:
        page.goto("/runs")
        row = page.get_by_role("row", name=re.compile("nightly-report")).first
        expect(row).to_be_visible()
        tops = row.locator("td.second").evaluate_all("cells => cells.map(cell => cell.getBoundingClientRect().bottom)")

    assert max(tops) - min(tops) < 8


def test_pools_are_sorted_by_a_click_and_tabs_have_panels(page: Page, lists: Site) -> None:
    for name in ("sort-a", "sort-b"):
        lists.ask("/work_pools/", {"name": name, "type": "process"})

    page.goto("/work-pools")
    names = page.get_by_role("link", name=re.compile("^sort-"))
    expect(names).to_have_text(["sort-a", "sort-b"])
    page.get_by_role("button", name="Sort by Name").click()
    expect(names).to_have_text(["sort-b", "sort-a"])
    page.goto("/runs")
    expect(page.get_by_role("tabpanel", name="Flow runs")).to_be_visible()
    page.goto("/concurrency-limits?tab=tags")
    expect(page.get_by_role("tabpanel", name="Task runs")).to_be_visible()


def test_a_deployment_is_duplicated_and_described_in_markdown(page: Page, lists: Site) -> None:
    page.goto("/deployments")
    page.get_by_role("link", name="every-morning-at-six", exact=True).click()
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_label("Description").fill("Reads **all** orders. <img src=x onerror=window.owned=1>")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.locator(".description strong")).to_have_text("all")
    assert page.evaluate("window.owned") is None

    page.get_by_role("button", name="Duplicate").click()
    page.get_by_role("dialog").get_by_label("Name").fill("every-morning-at-six")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text(
        "has a deployment every-morning-at-six already"
    )
    page.get_by_role("dialog").get_by_label("Name").fill("at-seven")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("at-seven")
    expect(page.get_by_role("switch", name="Schedules on")).to_have_attribute("aria-checked", "false")
    expect(page.get_by_text("every hour").first).to_be_visible()


def test_the_browsers_back_leads_to_where_one_was(page: Page) -> None:
    page.set_viewport_size({"width": 1000, "height": 300})
    page.goto("/runs?q=flow:report")
    last = page.locator("tbody tr").last.get_by_role("link").first
    last.scroll_into_view_if_needed()
    top = page.evaluate("scrollY")
    assert top > 100
    last.click()
    expect(page.get_by_role("tab", name="Logs")).to_be_visible()

    page.go_back()

    expect(page.get_by_role("heading", name="Runs")).to_be_attached()
    page.wait_for_function("top => Math.abs(scrollY - top) < 3", arg=top)
