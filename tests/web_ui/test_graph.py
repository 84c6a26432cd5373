"""The graph of a run: find a task, a map as one, the critical path, and thousands of tasks without a pause."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web_ui.conftest import barriers, window
from tests.web_ui.site import Site, served

FLOWS = """
from prefect import flow, task

@task
def fetch(number):
    if number == 7:
        raise ValueError("no")
    return number

@task
def clean(number):
    return number

@flow(name="mapped")
def mapped(count):
    clean.map(fetch.map(range(count)))
    return 1

tried = []

@task(retries=2, retry_delay_seconds=0.1)
def shaky():
    tried.append(1)
    if len(tried) < 3:
        raise ValueError("not yet")

@flow(name="retried")
def retried():
    shaky()

if __name__ == "__main__":
    retried()
    mapped(COUNT)
"""


@pytest.fixture(scope="module")
def mapped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with served(tmp_path_factory.mktemp("mapped")) as started:
        started.run(FLOWS.replace("COUNT", "20"))
        yield started


@pytest.fixture
def page(browser: Browser, mapped: Site) -> Iterator[Page]:
    with window(browser, mapped) as opened:
        opened.goto(f"/runs/flow-run/{mapped.run_of('mapped')['id']}?view=graph")
        yield opened


def test_a_map_is_one_until_each_of_it_is_wanted(page: Page) -> None:
    find = page.get_by_role("searchbox", name="Find a task")
    find.fill("fetch")
    expect(page.get_by_text("1 found")).to_be_visible()

    find.press("Enter")
    expect(page.get_by_role("link", name="20 task runs")).to_be_visible()
    expect(page.get_by_role("link", name="1 failed")).to_have_attribute(
        "href", re.compile("tab=tasks&task-state=FAILED&task-name=fetch")
    )
    assert barriers(page) == []
    page.get_by_role("button", name="Show each").click()

    expect(page.get_by_text("20 found")).to_be_visible()
    page.get_by_label("Maps as one").uncheck()
    find.fill("clean")  # the one that waited for the failed one never began
    expect(page.get_by_text("19 found")).to_be_visible()


def test_a_task_is_found_and_gone_to(page: Page) -> None:
    page.get_by_role("button", name="Timeline").click()
    find = page.get_by_role("searchbox", name="Find a task")

    find.fill("clean-")
    find.press("Enter")
    first = page.get_by_role("region", name="Timeline").get_by_role("link", name=re.compile("^clean-"))
    expect(first).to_be_visible()
    name = first.inner_text()
    find.press("Enter")

    expect(page.get_by_role("link", name=name)).to_have_count(0)


def test_each_try_of_a_task_is_a_part_of_its_bar(page: Page, mapped: Site) -> None:
    page.goto(f"/runs/flow-run/{mapped.run_of('retried')['id']}")
    page.get_by_role("searchbox", name="Find a task").fill("shaky")
    page.get_by_role("searchbox", name="Find a task").press("Enter")
    expect(page.get_by_role("region", name="Timeline").get_by_role("link", name=re.compile("^shaky"))).to_be_visible()

    page.locator("canvas").hover()

    expect(page.locator(".tip")).to_have_text(re.compile("shaky-.*3 tries", re.DOTALL))
    assert len(mapped.ask_for(f"/ui/flow_runs/{mapped.run_of('retried')['id']}/tries")) == 3


LONGEST = """() => new Promise((done) => {
  const heard = (list) => window.blocks.push(...list.getEntries().map((one) => one.duration))
  new PerformanceObserver(heard).observe({ type: 'longtask', buffered: true })
  requestAnimationFrame(() => setTimeout(() => done(Math.max(0, ...window.blocks)), 500))
})"""
"""The longest time that the page was blocked, in milliseconds; only what is longer than 50 is counted."""


def longest_block(page: Page, path: str) -> float:
    page.goto(path)
    expect(page.locator("canvas")).to_be_visible()
    block: float = page.evaluate(LONGEST)
    return block


@pytest.mark.long
def test_five_thousand_tasks_block_the_page_for_no_longer_than_a_tenth_of_a_second(
    browser: Browser, tmp_path: Path
) -> None:
    with served(tmp_path) as site:
        site.started(FLOWS.replace("COUNT", "2500")).wait(120)
        run = site.run_of("mapped")["id"]
        blocked = {}
        with window(browser, site) as page:
            page.add_init_script("window.blocks = []")
            for view in ("", "?view=graph"):
                blocked[view or "timeline"] = median(
                    longest_block(page, f"/runs/flow-run/{run}{view}") for _ in range(3)
                )

    assert max(blocked.values()) < 100, blocked
