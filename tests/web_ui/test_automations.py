"""What people see of automations in the browser."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web_ui.conftest import Scheme, barriers, window
from tests.web_ui.site import Site, served

PROGRAM = """
from prefect import flow
from prefect.automations import Automation, DoNothing, EventTrigger, PauseWorkPool

Automation(
    name="tell of failures",
    trigger=EventTrigger(expect={"prefect.flow-run.Failed"}, for_each={"prefect.resource.id"}),
    actions=[DoNothing(), PauseWorkPool(source="inferred")],
).create()

@flow(name="fails")
def fails():
    raise ValueError("no")

fails(return_state=True)
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server on which an automation has fired."""
    with served(tmp_path_factory.mktemp("desk")) as started:
        started.run(PROGRAM)
        yield started


@pytest.fixture
def page(browser: Browser, desk: Site) -> Iterator[Page]:
    with window(browser, desk) as opened:
        yield opened


def test_an_automation_shows_what_it_did_for_which_event_and_why_not(page: Page) -> None:
    page.goto("/automations")
    page.get_by_role("link", name="tell of failures").click()

    firings = page.get_by_role("region", name="Last firings")
    expect(firings).to_contain_text("prefect.flow-run.Failed")
    expect(firings).to_contain_text("do-nothing: done")
    expect(firings).to_contain_text("No work pool could be inferred from the event.")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("It would have fired 1 times")).to_be_visible()
    expect(firings.get_by_role("row")).to_have_count(2)


def test_an_automation_is_turned_off_and_on(page: Page) -> None:
    page.goto("/automations")
    switch = page.get_by_role("switch", name="Turn tell of failures on or off")

    expect(switch).to_be_checked()
    switch.click()
    expect(switch).not_to_be_checked()
    switch.click()
    expect(switch).to_be_checked()


def test_an_automation_is_made_for_a_usual_case_and_removed(page: Page) -> None:
    page.goto("/automations/create")
    page.get_by_label("Name").fill("hangs")
    page.get_by_label("Enters").select_option("Running")
    page.get_by_label("Stays so for seconds").fill("3600")
    page.get_by_label("What is done").select_option("Cancel the flow run")
    page.get_by_role("button", name="Save").click()

    expect(page).to_have_url(re.compile("/automations/automation/"))
    expect(page.get_by_text("prefect.flow-run.Running → 3600 s")).to_be_visible()
    expect(page.get_by_text("It has not fired yet.")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("link", name="hangs")).to_have_count(0)


def test_a_trigger_is_written_as_json_where_no_usual_case_fits(page: Page) -> None:
    page.goto("/automations/create")
    page.get_by_label("What is watched").select_option("Anything: a trigger as JSON")
    page.get_by_label("The trigger").fill("{")

    expect(page.get_by_text("This is no JSON.")).to_be_visible()
    page.get_by_label("The trigger").fill('{"type": "event", "posture": "Reactive", "expect": ["prefect.flow-run.*"]}')
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("It would have fired 3 times")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/automations", "/automations/create"])
def test_automations_are_for_everybody_and_fit_a_small_screen(
    browser: Browser, desk: Site, path: str, scheme: Scheme
) -> None:
    with window(browser, desk, width=380, scheme=scheme) as page:
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()

        assert barriers(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_automations_are_shown_in_chinese(page: Page) -> None:
    page.goto("/settings")
    page.get_by_label("Language").select_option("中文")
    page.goto("/automations")

    expect(page.get_by_role("heading", name="自动化")).to_be_visible()
