"""The feed of events in the browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web_ui.conftest import barriers, window
from tests.web_ui.site import Site, served


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server with two flows and what a program told."""
    with served(tmp_path_factory.mktemp("busy")) as started:
        started.ask("/flows/", {"name": "etl"})
        told(started, "order.shipped", payload={"parcels": 2})
        yield started


@pytest.fixture
def page(browser: Browser, busy: Site) -> Iterator[Page]:
    with window(browser, busy) as opened:
        yield opened


def told(site: Site, name: str, *, ago: float = 0, **fields: Any) -> None:
    """Tell of an event that happened some seconds ago."""
    occurred = datetime.now(timezone.utc) - timedelta(seconds=ago)
    resource = {"prefect.resource.id": "order.1", "prefect.resource.name": "Socks"}
    related = [{"prefect.resource.id": "customer.7", "prefect.resource.role": "customer"}]
    event = {"id": str(uuid4()), "occurred": occurred.isoformat(), "event": name, "resource": resource}
    site.ask("/events", [{**event, "related": related, **fields}])


def test_the_feed_follows_what_happens(page: Page, busy: Site) -> None:
    page.goto("/events")
    expect(page.get_by_role("row", name=re.compile("order.shipped"))).to_contain_text("Socks")

    told(busy, "order.returned")

    expect(page.get_by_role("row", name=re.compile("order.returned"))).to_be_visible()


def test_filters_stand_in_the_address(page: Page, busy: Site) -> None:
    page.goto("/events")
    page.get_by_label("About").select_option("Flow runs")
    expect(page).to_have_url(re.compile("kind=prefect.flow-run."))
    expect(page.get_by_text("No event fits in this time")).to_be_visible()

    page.goto("/events?q=parcels&span=1h")

    expect(page.get_by_role("row", name=re.compile("order.shipped"))).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("prefect.flow.created"))).to_have_count(0)


def test_a_bar_of_the_chart_shows_the_events_that_it_counts(page: Page, busy: Site) -> None:
    told(busy, "order.long-ago", ago=5 * 3_600)
    page.goto("/events?q=long-ago")

    page.get_by_role("group", name="Events over time").get_by_role("link").first.click()

    expect(page).to_have_url(re.compile("from="))
    expect(page.get_by_role("row", name=re.compile("order.long-ago"))).to_be_visible()


def test_an_event_is_shown_in_full(page: Page, busy: Site) -> None:
    page.goto("/events?q=parcels")
    page.get_by_role("link", name="order.shipped").click()

    expect(page.get_by_role("heading", name="order.shipped")).to_be_visible()
    expect(page.get_by_text('"parcels": 2')).to_be_visible()
    expect(page.get_by_text("customer.7")).to_be_visible()
    page.get_by_role("link", name="Events of this resource").click()
    expect(page.get_by_role("row", name=re.compile("order.shipped"))).to_be_visible()


def test_older_events_are_a_click_away(page: Page, busy: Site) -> None:
    for number in range(60):
        told(busy, f"many.{number:02}", ago=number + 100)
    page.goto("/events?q=many")
    expect(page.get_by_role("link", name="many.00")).to_be_visible()

    page.get_by_role("button", name="Older").click()

    expect(page.get_by_role("link", name="many.59")).to_be_visible()
    page.get_by_role("button", name="Latest").click()
    expect(page.get_by_role("link", name="many.00")).to_be_visible()


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_of_events_keep_nobody_out_and_fit_a_narrow_screen(browser: Browser, busy: Site, scheme: Any) -> None:
    with window(browser, busy, scheme=scheme, width=380) as page:
        page.goto("/events")
        expect(page.get_by_role("link", name="order.shipped")).to_be_visible()
        assert barriers(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.get_by_role("link", name="order.shipped").click()
        expect(page.get_by_role("heading", name="order.shipped")).to_be_visible()
        assert barriers(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_feed_is_there_in_chinese(page: Page, busy: Site) -> None:
    page.goto("/events")
    page.evaluate("localStorage.setItem('tidemill-language', 'zh')")
    page.reload()
    expect(page.get_by_role("heading", name="事件")).to_be_visible()
