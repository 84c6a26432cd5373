"""What the pages of runs tell beyond their states: what is usual, what differs, what is left behind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web_ui.conftest import barriers, window
from tests.web_ui.site import Site, served

FLOWS = """
from prefect import flow, get_run_logger, task

@task(persist_result=True, result_serializer="json")
def counted(rows):
    get_run_logger().info("counting %s rows", rows)
    return {"rows": rows, "unit": "<b>lines</b>"}

@task(persist_result=True, result_serializer="pickle")
def pickled():
    return {1, 2}

@task(persist_result=False)
def forgotten():
    return 1

@flow(name="report", persist_result=True, result_serializer="json")
def report(rows, day="monday"):
    pickled(), forgotten()
    return counted(rows)

if __name__ == "__main__":
    for rows in range(4):
        report(rows)
"""


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server on which a flow has run a few times."""
    with served(tmp_path_factory.mktemp("reports")) as started:
        started.run(FLOWS)
        yield started


@pytest.fixture
def page(browser: Browser, reports: Site) -> Iterator[Page]:
    with window(browser, reports) as opened:
        yield opened


def task_of(site: Site, name: str) -> dict[str, Any]:
    """The latest run of a task."""
    wanted = {"task_runs": {"name": {"like_": name}}, "limit": 1, "sort": "EXPECTED_START_TIME_DESC"}
    found: dict[str, Any] = site.ask("/task_runs/filter", wanted)[0]
    return found


def test_durations_stand_beside_what_is_usual(page: Page, reports: Site) -> None:
    page.goto("/runs?q=flow:report")
    expect(page.get_by_title(re.compile("Usually .*the last 4 that completed")).first).to_be_visible()

    page.goto(f"/runs/flow-run/{reports.run_of('report')['id']}")
    expect(page.get_by_text("usually")).to_be_visible()

    page.goto(f"/runs/task-run/{task_of(reports, 'counted')['id']}")
    expect(page.get_by_text("usually")).to_be_visible()


def test_two_chosen_runs_are_compared(page: Page) -> None:
    page.goto("/runs?q=flow:report")

    for number in (2, 1):
        page.get_by_role("row").nth(number).get_by_role("checkbox").check()
    page.get_by_role("link", name="Compare").click()

    parameters = page.get_by_role("region", name="Parameters")
    expect(parameters.get_by_role("row").nth(1)).to_have_text(re.compile(r"rows\s*2\s*3\s*≠ differs"))
    expect(parameters.get_by_role("row").nth(2)).not_to_contain_text("differs")
    expect(
        page.get_by_role("region", name=re.compile("Tasks")).get_by_role("rowheader", name="counted")
    ).to_be_visible()
    assert barriers(page) == []
    page.get_by_role("button", name="Swap sides").click()
    expect(parameters.get_by_role("row").nth(1)).to_have_text(re.compile(r"rows\s*3\s*2"))


def test_a_run_is_compared_with_the_one_before(page: Page, reports: Site) -> None:
    page.goto(f"/runs/flow-run/{reports.run_of('report')['id']}")

    page.get_by_role("button", name="Compare with the one before").click()

    expect(page.get_by_role("region", name="Parameters")).to_contain_text("differs")


def test_a_result_in_json_is_shown_as_text(page: Page, reports: Site) -> None:
    page.goto(f"/runs/task-run/{task_of(reports, 'counted')['id']}?tab=result")
    expect(page.get_by_text('"unit": "<b>lines</b>"')).to_be_visible()

    page.goto(f"/runs/flow-run/{reports.run_of('report')['id']}?tab=result")
    expect(page.get_by_text('"rows": 3')).to_be_visible()


def test_of_a_pickle_the_python_is_told_that_reads_it(page: Page, reports: Site) -> None:
    id = task_of(reports, "pickled")["id"]

    page.goto(f"/runs/task-run/{id}?tab=result")

    expect(page.get_by_text(f'client.read_task_run("{id}").state.result()')).to_be_visible()
    expect(page.get_by_text("It is kept as pickle")).to_be_visible()


def test_that_nothing_is_kept_is_told_with_what_to_do(page: Page, reports: Site) -> None:
    page.goto(f"/runs/task-run/{task_of(reports, 'forgotten')['id']}?tab=result")

    expect(page.get_by_text("persist_result=True")).to_be_visible()


def test_a_search_is_saved_under_a_name_and_taken_up_again(page: Page) -> None:
    page.goto("/runs?q=flow:report")
    page.get_by_role("button", name="Save this search").click()
    page.get_by_label("Its name").fill("reports")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()

    page.goto("/runs")
    page.get_by_role("button", name="reports", exact=True).click()

    expect(page.get_by_role("searchbox")).to_have_value("flow:report")
    page.get_by_role("button", name="Delete reports").click()
    expect(page.get_by_role("button", name="reports", exact=True)).to_have_count(0)


def test_the_logs_of_a_task_run_are_downloaded(page: Page, reports: Site) -> None:
    page.goto(f"/runs/task-run/{task_of(reports, 'counted')['id']}")

    with page.expect_download() as begun:
        page.get_by_role("button", name="Download").click()

    assert "INFO counting 3 rows" in begun.value.path().read_text(encoding="utf-8")


ASKING = """
from prefect import flow, pause_flow_run
from prefect.input import RunInput

class Approval(RunInput):
    approved: bool
    reason: str = "none"

@flow(name="asking")
def asking():
    return pause_flow_run(wait_for_input=Approval).reason

if __name__ == "__main__":
    asking()
"""


def test_a_paused_run_goes_on_with_the_input_of_its_form(browser: Browser, reports: Site) -> None:
    program = reports.started(ASKING)
    with window(browser, reports, expected="404") as page:
        page.goto("/runs?q=flow:asking+state:paused")
        page.get_by_role("row").nth(1).get_by_role("link").first.click()

        page.get_by_role("button", name="Resume").click()
        page.get_by_label("Approved").check()
        page.get_by_label("Reason").fill("because")
        page.get_by_role("dialog").get_by_role("button", name="Resume").click()

        expect(page.get_by_role("heading", level=1).locator("..").get_by_text("Completed")).to_be_visible()
    assert program.wait(20) == 0
