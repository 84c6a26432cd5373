"""From the page of a flow, a deployment or a run, one is told of failures in one step."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web_ui.conftest import Scheme, barriers, window
from tests.web_ui.site import Site

BLOCKS = """
from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.blocks.webhook import Webhook

CustomWebhookNotificationBlock(name="ops", url="http://127.0.0.1:9/").save("ops", overwrite=True)
Webhook(url="http://127.0.0.1:9/").save("hook", overwrite=True)
"""
DEPLOYED = """
from prefect import flow

@flow(name="told")
def told():
    pass

if __name__ == "__main__":
    told.to_deployment("prod").apply()
    told()
"""


@pytest.fixture(scope="module", autouse=True)
def blocks(site: Site) -> None:
    """Blocks by which one can be told, and a flow with a deployment."""
    site.run(BLOCKS)
    site.run(DEPLOYED)


def flow_named(site: Site, name: str) -> dict[str, Any]:
    found: dict[str, Any] = site.ask("/flows/filter", {"flows": {"name": {"any_": [name]}}})[0]
    return found


def automation_named(site: Site, name: str) -> dict[str, Any]:
    (found,) = site.ask("/automations/filter", {"automations": {"name": {"any_": [name]}}})
    automation: dict[str, Any] = found
    return automation


def test_a_flows_failures_are_told_by_a_notification_block(page: Page, site: Site) -> None:
    flow = flow_named(site, "broken")
    page.goto(f"/flows/flow/{flow['id']}")

    page.get_by_role("button", name="Tell me of failures").click()
    page.get_by_role("dialog").get_by_role("combobox").select_option("custom-webhook/ops")
    page.get_by_role("button", name="Tell of failures", exact=True).click()

    expect(page.get_by_text("Failures of broken are told by custom-webhook/ops.")).to_be_visible()
    automation = automation_named(site, "Tell of failures of broken")
    assert automation["trigger"]["match_related"]["prefect.resource.id"] == f"prefect.flow.{flow['id']}"
    assert automation["actions"][0]["type"] == "send-notification"


@pytest.mark.long
def test_a_deployments_failures_are_told_by_a_webhook(page: Page, site: Site) -> None:
    deployment = site.ask("/deployments/filter", {"deployments": {"name": {"any_": ["prod"]}}})[0]
    page.goto(f"/deployments/deployment/{deployment['id']}")

    page.get_by_role("button", name="Tell me of failures").click()
    page.get_by_role("dialog").get_by_role("combobox").select_option("webhook/hook")
    page.get_by_role("button", name="Tell of failures", exact=True).click()

    expect(page.get_by_role("dialog")).to_be_hidden()
    automation = automation_named(site, "Tell of failures of told/prod")
    assert automation["trigger"]["match_related"]["prefect.resource.id"] == f"prefect.deployment.{deployment['id']}"
    assert automation["actions"][0]["type"] == "call-webhook"


@pytest.mark.long
@pytest.mark.parametrize(("width", "scheme"), [(380, "dark"), (1280, "light")])
def test_on_a_runs_page_the_window_is_for_everybody(browser: Browser, site: Site, width: int, scheme: Scheme) -> None:
    run = site.ask("/flow_runs/filter", {"flows": {"name": {"any_": ["told"]}}, "limit": 1})[0]
    with window(browser, site, width=width, scheme=scheme) as page:
        page.goto(f"/runs/flow-run/{run['id']}")

        page.get_by_role("button", name="Tell me of failures").click()

        expect(page.get_by_role("dialog", name="Tell of failures of told")).to_be_visible()
        assert barriers(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
