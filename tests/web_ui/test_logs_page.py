"""The logs on a run's page: searched, filtered, addressed, coloured, folded."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from prefect._clock import new_id
from prefect._domain.logs import Log
from prefect._store.database import Database
from prefect._store.logs import insert_logs
from tests.web_ui.conftest import barriers, window
from tests.web_ui.site import Site, served

LOUDLY = """
import os

os.environ.update(PREFECT_LOGGING_LEVEL="DEBUG", PREFECT_LOGGING_EXTRA_LOGGERS="shop")
"""
FLOWS = r"""
import logging
from prefect import flow, get_run_logger, task

@task
def fetch(page):
    get_run_logger().info("page %s took %s ms", page, 10 * page)

@task
def save():
    get_run_logger().warning("slow disk, see https://disk.example/slow?a=1. javascript:window.owned=1")

@flow(name="logged")
def logged():
    log = get_run_logger()
    logging.getLogger("shop").setLevel("INFO")
    log.info("\x1b[1;31mred alert\x1b[0m in \x1b[38;5;46mgreen\x1b[0m")
    logging.getLogger("shop.orders").info("an order came")
    for page in range(400):
        log.debug("step %s", page) if page % 100 else log.info("mile %s", page)
    for page in range(3):
        fetch(page)
    save()
    log.error("first row\nsecond row")

if __name__ == "__main__":
    logged()
"""


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with served(tmp_path_factory.mktemp("logged")) as started:
        started.run(LOUDLY + FLOWS)
        yield started


@pytest.fixture
def page(browser: Browser, logged: Site) -> Iterator[Page]:
    with window(browser, logged) as opened:
        opened.goto(f"/runs/flow-run/{logged.run_of('logged')['id']}")
        yield opened


def logs(page: Page) -> Locator:
    return page.get_by_role("region", name="Logs")


def search(page: Page) -> Locator:
    return page.get_by_role("searchbox", name="Search the logs")


def test_a_pattern_is_searched_by_a_switch(page: Page) -> None:
    search(page).fill(r"took (1|2)0 ms")
    expect(page.get_by_text("No line holds this.")).to_be_visible()

    page.get_by_label("Pattern").check()

    expect(logs(page).locator("mark")).to_have_text(["took 10 ms", "took 20 ms"])
    expect(page).to_have_url(re.compile("regex=yes"))


def test_a_pattern_that_cannot_be_read_is_told(browser: Browser, logged: Site) -> None:
    with window(browser, logged, expected="422") as page:
        page.goto(f"/runs/flow-run/{logged.run_of('logged')['id']}?log=time(out&regex=yes")

        expect(page.get_by_role("alert")).to_contain_text("'time(out' is no pattern: unclosed group")


def test_a_line_that_is_found_is_shown_with_the_lines_around_and_has_an_address(page: Page) -> None:
    search(page).fill("mile 300")
    page.get_by_label("With the lines around").check()
    expect(page.get_by_text("1 of 1")).to_be_visible()
    search(page).press("Enter")
    expect(logs(page).locator("mark")).to_have_text("mile 300")
    page.reload()

    line = logs(page).locator("[aria-current=true]")
    expect(line).to_contain_text("mile 300")
    expect(line).to_be_in_viewport()
    expect(logs(page)).to_contain_text("step 299")
    assert re.search(r"log=mile\+300.*line=[0-9a-f-]{36}", page.url)


def test_a_lines_time_is_its_address(page: Page) -> None:
    address = logs(page).get_by_role("link").nth(2).get_attribute("href")
    assert address is not None

    page.goto(address)

    expect(logs(page).locator("[aria-current=true]")).to_contain_text("an order came")


def test_lines_are_filtered_by_task_logger_and_level(page: Page) -> None:
    page.get_by_label("Task", exact=True).fill("fetch")
    page.get_by_label("Task", exact=True).press("Enter")
    expect(logs(page).locator("[data-line]", has_text="took")).to_have_count(3)
    expect(logs(page)).not_to_contain_text("mile")
    page.get_by_label("Task", exact=True).fill("")
    page.get_by_label("Task", exact=True).press("Enter")
    page.get_by_label("Logger").fill("shop")
    page.get_by_label("Logger").press("Enter")

    expect(logs(page).locator("[data-line]")).to_have_count(1)
    expect(logs(page)).to_contain_text("an order came")
    expect(page).to_have_url(re.compile("logger=shop"))


def test_both_ends_are_a_click_away(page: Page) -> None:
    expect(logs(page)).to_contain_text("red alert")
    page.get_by_role("button", name="Bottom").click()
    expect(logs(page)).to_contain_text("second row")

    page.get_by_role("button", name="Top").click()

    expect(logs(page)).to_contain_text("red alert")


def test_colours_are_shown_and_only_addresses_of_the_web_can_be_opened(page: Page) -> None:
    line = logs(page).locator("[data-line]", has_text="red alert")
    expect(line).to_have_text(re.compile("red alert in green$"))
    colours = [
        line.get_by_text(text, exact=True).evaluate("e => getComputedStyle(e).color") for text in ("red alert", "green")
    ]
    assert len(set(colours)) == 2

    search(page).fill("slow disk")
    link = logs(page).get_by_role("link", name="https://disk.example/slow?a=1", exact=True)

    expect(link).to_have_attribute("rel", "noopener noreferrer")
    assert logs(page).locator("a[href^='javascript']").count() == 0


def test_lines_stand_in_groups_by_task_that_fold(page: Page) -> None:
    page.get_by_label("By task").check()
    expect(page.get_by_text("Lines of the flow itself")).to_be_visible()
    expect(page.get_by_text("page 2 took 20 ms")).to_have_count(0)

    page.locator("summary", has_text="fetch").nth(2).click()
    expect(page.get_by_text("page 2 took 20 ms")).to_be_visible()
    page.get_by_role("button", name="Fold all", exact=True).click()

    expect(page.get_by_text("page 2 took 20 ms")).to_have_count(0)
    assert barriers(page) == []


LINES = 1_000_000
BUSY = 2
"""By how much a machine may be slower on which others work, too; a quiet one needs 0.55 and 0.85 seconds."""


def with_a_million_lines(home: Path, run_id: UUID) -> None:
    """Write the lines of a run as it would have logged them, three of them rare."""
    rare = {10_000, 500_000, 999_990}
    began = datetime.now(timezone.utc) - timedelta(hours=1)
    database = Database(f"sqlite:///{home / 'prefect.db'}", "NORMAL")
    for start in range(0, LINES, 10_000):
        with database.write() as conn:
            insert_logs(
                conn,
                [
                    Log(
                        new_id(),
                        "prefect.task_runs",
                        20,
                        f"loaded {7 * n} of the rows of part {n % 977}: nothing to complain about"
                        + (" but a Rare Disease" if n in rare else ""),
                        began + timedelta(milliseconds=n),
                        run_id,
                    )
                    for n in range(start, start + 10_000)
                ],
            )
    database.close()


@pytest.mark.long
def test_a_million_lines_are_searched_within_a_second(browser: Browser, tmp_path: Path) -> None:
    with served(tmp_path) as site:
        site.run("from prefect import flow\n\n@flow(name='long')\ndef long(): ...\n\nlong()\n")
        run = site.run_of("long")["id"]
        with_a_million_lines(tmp_path, UUID(run))
        with window(browser, site) as page:
            page.goto(f"/runs/flow-run/{run}")
            expect(logs(page)).to_contain_text("loaded 7 of")
            for text, found in (("no such words", "No line holds"), ("rare dis", "1 of 3")):
                search(page).fill(text)
                expect(page.get_by_text(found)).to_be_visible()
            search(page).fill("rare disease")
            page.get_by_label("With the lines around").check()
            expect(page.get_by_text("1 of 3")).to_be_visible()
            search(page).press("Shift+Enter")
            expect(logs(page).locator("[aria-current=true]")).to_contain_text("loaded 6999930")
            page.get_by_role("button", name="Bottom").click()
            expect(logs(page)).to_contain_text("loaded 6999993")

        phrase, pattern = {"text": {"query": '"rare disease"'}}, {"pattern": {"matches_": r"rare dis\w+$"}}
        took = {str(asked): min(seconds_for(site, run, asked) for _ in range(5)) for asked in (phrase, pattern)}

    assert max(took.values()) < BUSY * 1, took


def seconds_for(site: Site, run: str, asked: dict[str, Any]) -> float:
    """How long the server takes to find the three lines."""
    began = time.monotonic()
    found = site.ask("/ui/logs/beside", {"logs": {"flow_run_id": {"any_": [run]}, **asked}})
    assert len(found) == 3
    return time.monotonic() - began
