"""When something went wrong: the cause, the place, what changed, what to do; notes; what a search leaves out."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web_ui.conftest import barriers, window
from tests.web_ui.site import Site, served

SHOP = """
from prefect import flow, task

@task
def fetch(number, of):
    if of == "bad":
        raise KeyError("price")
    return number

@task
def add(number):
    return number + 1

@flow(name="shop", version=VERSION)
def shop(of="good"):
    waiting = add.submit(fetch.submit(1, of))
    return waiting.result()

@flow(name="health")
def health(): ...

if __name__ == "__main__":
    try:
        shop(OF)
    except Exception:
        health()
"""
GOOD = SHOP.replace("VERSION", "'v1'").replace("OF)", "'good')")
BAD = SHOP.replace("VERSION", "'v2'").replace("OF)", "'bad')")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with served(tmp_path_factory.mktemp("shop")) as started:
        started.run(GOOD)
        started.run(BAD)
        yield started


@pytest.fixture
def page(browser: Browser, shop: Site) -> Iterator[Page]:
    with window(browser, shop) as opened:
        yield opened


def test_a_failed_runs_page_tells_the_cause_the_place_what_waited_and_what_changed(page: Page, shop: Site) -> None:
    page.goto(f"/runs/flow-run/{shop.run_of('shop')['id']}")
    incident = page.get_by_role("region", name="What went wrong")

    expect(incident.locator(".message")).to_have_text(re.compile("KeyError: 'price'$"))
    expect(incident).to_contain_text(re.compile(r"In .*program-\d+\.py, line 7, in fetch"))
    expect(incident.locator("code.spot")).to_have_text('raise KeyError("price")')
    expect(incident).to_contain_text(re.compile("Did not begin, for they waited for it: add-"))
    expect(incident).to_contain_text(re.compile(r"Code\s*v1 → v2"))
    expect(incident).to_contain_text(re.compile(r'Parameter of\s*"good" → "bad"'))
    assert barriers(page) == []
    incident.get_by_role("link", name=re.compile("Compare with the last good run")).click()
    expect(page.get_by_role("region", name="Parameters")).to_contain_text("differs")


def test_a_task_that_did_not_begin_names_what_it_waited_for(page: Page, shop: Site) -> None:
    page.goto(f"/runs/flow-run/{shop.run_of('shop')['id']}")
    page.get_by_role("region", name="What went wrong").get_by_role("link", name=re.compile("^add-")).click()

    told = page.get_by_role("region", name=re.compile("^It did not begin"))
    expect(told).to_contain_text(re.compile(r"fetch-\w+: KeyError: 'price'"))
    told.get_by_role("link", name=re.compile("fetch-")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("^fetch-"))


def test_a_note_on_a_run_is_seen_in_lists(page: Page, shop: Site) -> None:
    page.goto(f"/runs/flow-run/{shop.run_of('shop')['id']}")
    page.get_by_role("button", name="Add a note").click()
    page.get_by_label(re.compile("What others should know")).fill("supplier's fault; do not retry")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_text("supplier's fault; do not retry")).to_be_visible()

    page.goto("/runs?q=flow:shop")

    expect(page.get_by_role("row", name=re.compile("supplier's fault; do not retry"))).to_have_count(1)


def test_a_note_on_a_task_is_seen_in_lists(page: Page, shop: Site) -> None:
    flows = {"name": {"any_": ["shop"]}}
    task = shop.ask("/task_runs/filter", {"flows": flows, "task_runs": {"state": {"type": {"any_": ["FAILED"]}}}})[0]
    page.goto(f"/runs/task-run/{task['id']}")
    page.get_by_role("button", name="Add a note").click()
    page.get_by_label(re.compile("What others should know")).fill("seen; the price is missing")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_text("seen; the price is missing")).to_be_visible()

    page.goto("/runs?tab=task&q=state:failed")

    expect(page.get_by_role("row", name=re.compile("seen; the price is missing"))).to_have_count(1)


def test_a_search_leaves_out_what_has_a_minus(page: Page) -> None:
    page.goto("/runs")
    expect(page.locator("tbody tr")).to_have_count(3)

    page.get_by_role("searchbox").fill("-flow:health -state:completed")

    expect(page.locator("tbody tr")).to_have_count(1)


def test_a_state_that_nobody_knows_is_told(page: Page) -> None:
    page.goto("/runs?q=state:nonsense+since:whenever")

    expect(
        page.get_by_text(re.compile("^nonsense: no such state is known.*Known are: completed, failed"))
    ).to_be_visible()
    expect(page.get_by_role("alert")).to_have_text("Not understood, and left out of the search: since:whenever")
