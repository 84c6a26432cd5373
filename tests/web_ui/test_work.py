"""Deployments, flows and work pools in the browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web_ui.conftest import barriers, window
from tests.web_ui.site import Site, served

LATE_DELETIONS = """
const ask = window.fetch
window.fetch = async (where, how) => {
  const answer = await ask(where, how)
  if (how?.method === 'DELETE') await new Promise((done) => setTimeout(done, 700))
  return answer
}
"""
"""The server tells all pages of a deletion before the one that asked for it hears that it was carried out."""
SCHEMA = {
    "type": "object",
    "title": "Parameters",
    "properties": {
        "day": {"title": "day", "type": "string", "default": "monday", "position": 0},
        "count": {"title": "count", "type": "integer", "position": 1},
    },
    "required": ["count"],
}


@pytest.fixture(scope="module")
def works(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server with a flow that is in no deployment yet."""
    with served(tmp_path_factory.mktemp("works")) as started:
        started.ask("/flows/", {"name": "etl"})
        yield started


@pytest.fixture
def page(browser: Browser, works: Site) -> Iterator[Page]:
    with window(browser, works) as opened:
        yield opened


def deployed(site: Site, name: str, **fields: Any) -> str:
    """The id of a new deployment."""
    flow = site.ask("/flows/", {"name": "etl"})["id"]
    body = {"name": name, "flow_id": flow, "parameter_openapi_schema": SCHEMA, "parameters": {"count": 3}, **fields}
    return str(site.ask("/deployments/", body)["id"])


def latest_run(site: Site, deployment: str) -> dict[str, Any]:
    wanted = {"deployments": {"id": {"any_": [deployment]}}, "flow_runs": {"tags": {"all_": ["by-hand"]}}}
    found: dict[str, Any] = site.ask("/flow_runs/filter", wanted)[0]
    return found


def test_deployments_are_listed_with_their_schedules_in_words(page: Page, works: Site) -> None:
    deployed(works, "nightly", schedules=[{"schedule": {"cron": "0 8 * * *", "timezone": "Asia/Shanghai"}}])
    deployed(works, "by-hand")

    page.goto("/deployments?q=nightl")

    row = page.get_by_role("row", name=re.compile("nightly"))
    expect(row).to_contain_text("every day at 08:00 Asia/Shanghai")
    expect(row).to_contain_text(re.compile(r"in \d+ (hr|min|sec)"))
    expect(page.get_by_role("link", name="by-hand")).to_have_count(0)


def test_a_schedule_is_added_changed_switched_off_and_deleted(page: Page, works: Site) -> None:
    page.goto(f"/deployments/deployment/{deployed(works, 'scheduled')}")

    page.get_by_role("button", name="Add a schedule").click()
    page.get_by_label("Cron text").fill("30 9 * * 1-5")
    expect(page.get_by_role("dialog")).to_contain_text("Monday to Friday at 09:30")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("list", name="Next times").get_by_role("listitem").first).to_contain_text("09:30:00")

    page.get_by_role("button", name="Edit: Monday").click()
    page.get_by_label("Kind").select_option("interval")
    page.get_by_label("Every").fill("2")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("switch", name="On: every 2 hours")).to_be_checked()

    page.get_by_role("switch", name="On: every 2 hours").click()
    expect(page.get_by_role("switch", name="On: every 2 hours")).not_to_be_checked()

    page.get_by_role("button", name="Delete: every 2 hours").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No schedules")).to_be_visible()


def test_the_next_times_of_a_schedule_are_told_while_it_is_written(browser: Browser, works: Site) -> None:
    with window(browser, works, expected="422") as page:
        page.goto(f"/deployments/deployment/{deployed(works, 'unwritten')}")
        page.get_by_role("button", name="Add a schedule").click()
        times = page.get_by_role("dialog").get_by_role("list", name="Next times").get_by_role("listitem")
        page.get_by_label("Cron text").fill("30 9 1 1 *")
        expect(times.filter(has_text="09:30:00")).to_have_count(5)
        expect(times.first).to_contain_text("1 Jan")

        page.get_by_label("Cron text").fill("30 9 1 13 *")

        expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text("is no cron expression")


def test_a_schedule_that_makes_no_sense_stays_open_and_says_why(browser: Browser, works: Site) -> None:
    with window(browser, works, expected="422") as page:
        page.goto(f"/deployments/deployment/{deployed(works, 'senseless')}")
        page.get_by_role("button", name="Add a schedule").click()
        page.get_by_label("Cron text").fill("61 8 * * *")
        page.get_by_role("button", name="Save").click()

        expect(page.get_by_role("dialog").get_by_role("alert").last).to_contain_text("61")


def test_the_next_five_times_are_told_in_a_chosen_zone(page: Page, works: Site) -> None:
    schedule = {"schedule": {"cron": "0 8 * * *", "timezone": "Asia/Shanghai"}}
    page.goto(f"/deployments/deployment/{deployed(works, 'zoned', schedules=[schedule])}?zone=Asia%2FTokyo")

    times = page.get_by_role("list", name="Next times").get_by_role("listitem")
    expect(times).to_have_count(5)
    expect(times.first).to_contain_text("09:00:00")


def test_a_deployment_is_paused_and_its_limit_changed(page: Page, works: Site) -> None:
    id = deployed(works, "limited", schedules=[{"schedule": {"interval": 3600}}], description="old")
    page.goto(f"/deployments/deployment/{id}")

    page.get_by_role("switch", name="Schedules on").click()
    expect(page.get_by_text("Its schedules are paused")).to_be_visible()
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_label("Runs at once at most").fill("2")
    page.get_by_label("Parameters, as JSON").fill('{"count": 4}')
    page.get_by_label("Expected to have ended in").fill("soon")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Change the deployment")).to_be_visible()
    page.get_by_label("Expected to have ended in").fill("1h 30m")
    page.get_by_label("Tags").fill("nightly, prod")
    page.get_by_label("Description").fill("")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("0 of 2 in use")).to_be_visible()
    found = works.ask("/deployments/filter", {"deployments": {"id": {"any_": [id]}}})[0]
    assert (found["paused"], found["concurrency_limit"], found["parameters"]) == (True, 2, {"count": 4})
    assert (found["tags"], found["description"]) == (["nightly", "prod"], None)
    expect(page.get_by_text("expected to have ended 1 h 30 min after it is due")).to_be_visible()
    page.get_by_role("button", name="Edit", exact=True).click()
    expect(page.get_by_label("Expected to have ended in")).to_have_value("1h 30m")
    page.get_by_label("Expected to have ended in").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("expected to have ended")).to_have_count(0)


def test_json_that_is_none_is_not_saved(page: Page, works: Site) -> None:
    page.goto(f"/deployments/deployment/{deployed(works, 'strict')}")
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_label("Parameters, as JSON").fill("{")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("This is no JSON.")).to_be_visible()
    expect(page.get_by_role("dialog")).to_be_visible()


def test_a_run_is_started_with_parameters_from_its_form(page: Page, works: Site) -> None:
    id = deployed(works, "formed")
    page.goto(f"/deployments/deployment/{id}/run")

    page.get_by_label("count").fill("7")
    page.get_by_label("Name of the run").fill("mine")
    page.get_by_label("Tags").fill("by-hand")
    page.get_by_text("Job variables", exact=True).click()
    page.get_by_label(re.compile("Job variables of this run")).fill('{"env": {"A": "1"}}')
    page.get_by_role("button", name="Start the run").click()

    expect(page.get_by_role("heading", name="mine")).to_be_visible()
    run = latest_run(works, id)
    assert (run["name"], run["parameters"]) == ("mine", {"count": 7})
    assert run["job_variables"] == {"env": {"A": "1"}}


def test_a_run_with_a_parameter_that_means_nothing_is_not_started(page: Page, works: Site) -> None:
    id = deployed(works, "misread")
    page.goto(f"/deployments/deployment/{id}/run")

    page.get_by_label("count").fill("many")
    page.get_by_role("button", name="Start the run").click()
    expect(page.get_by_text("This is no such number.")).to_be_visible()

    assert works.ask("/flow_runs/count", {"deployments": {"id": {"any_": [id]}}}) == 0


def test_a_run_is_planned_for_later_with_the_parameters_of_another(page: Page, works: Site) -> None:
    id = deployed(works, "repeated")
    first = works.ask(f"/deployments/{id}/create_flow_run", {"parameters": {"day": "friday", "count": 9}})
    page.goto(f"/deployments/deployment/{id}/run?from={first['id']}")
    expect(page.get_by_label("day")).to_have_value("friday")

    page.get_by_role("button", name="JSON").click()
    page.get_by_label("Parameters, as JSON").fill('{"day": "friday", "count": 10}')
    page.get_by_label("Tags").fill("by-hand")
    page.get_by_label("at", exact=True).check()
    page.get_by_label("Start time").fill("2035-01-02T03:04")
    page.get_by_role("button", name="Plan the run").click()

    expect(page).to_have_url(re.compile("/runs/flow-run/"))
    run = latest_run(works, id)
    assert run["parameters"] == {"day": "friday", "count": 10}
    assert run["expected_start_time"].startswith("2035-01-0")


def test_the_calendar_counts_the_runs_of_today(page: Page, works: Site) -> None:
    id, namesake = deployed(works, "counted"), deployed(works, "counted-too")
    works.ask(f"/deployments/{namesake}/create_flow_run")
    for _ in range(3):
        run = works.ask(f"/deployments/{id}/create_flow_run")["id"]
        works.ask(f"/flow_runs/{run}/set_state", {"state": {"type": "FAILED"}, "force": True})

    page.goto(f"/deployments/deployment/{id}")
    calendar = page.get_by_role("table", name="The last weeks")
    expect(calendar.get_by_role("link", name=re.compile("Failed 3"))).to_be_visible()
    assert barriers(page) == []
    calendar.get_by_role("link", name=re.compile("Failed 3")).click()

    expect(page.get_by_role("row")).to_have_count(4)
    expect(page.get_by_text("Deployment: counted")).to_be_visible()


def test_a_flow_leads_to_its_deployments_and_is_deleted_with_them(page: Page, works: Site) -> None:
    flow = works.ask("/flows/", {"name": "short-lived"})["id"]
    works.ask("/deployments/", {"name": "only", "flow_id": flow})

    page.goto("/flows?q=short")
    page.get_by_role("link", name="1 deployment").click()
    expect(page.get_by_role("link", name="only")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()

    expect(page).to_have_url(re.compile("/flows$"))
    expect(page.get_by_role("link", name="etl", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="short-lived")).to_have_count(0)


def test_a_page_does_not_ask_for_what_it_has_just_deleted(page: Page, works: Site) -> None:
    flow = works.ask("/flows/", {"name": "soon-gone"})["id"]
    page.add_init_script(LATE_DELETIONS)
    page.goto(f"/flows/flow/{flow}")
    page.get_by_role("button", name="Delete").click()

    page.get_by_role("dialog").get_by_role("button", name="Delete").click()

    expect(page).to_have_url(re.compile("/flows$"))  # and no error is in the console, where a 404 is one


def test_a_pool_is_made_limited_and_given_a_queue(page: Page, works: Site) -> None:
    page.goto("/work-pools")

    page.get_by_role("button", name="New work pool").click()
    page.get_by_label("Name").fill("hall")
    page.get_by_label("Runs at once at most").fill("4")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="hall")).to_be_visible()
    expect(page.get_by_text("0 of 4")).to_be_visible()

    page.get_by_role("button", name="New queue").click()
    page.get_by_label("Name").fill("urgent")
    page.get_by_label("Priority, 1 is first").fill("1")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name=re.compile("^urgent 1"))).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^default 2"))).to_be_visible()

    page.get_by_role("switch", name="hall gives out runs").click()
    expect(page.get_by_text("Paused").first).to_be_visible()


def test_a_pool_without_workers_says_how_to_start_one(page: Page, works: Site) -> None:
    works.ask("/work_pools/", {"name": "empty-pool", "type": "process"})

    page.goto("/work-pools/work-pool/empty-pool?tab=workers")

    expect(page.get_by_text("prefect worker start --pool 'empty-pool'")).to_be_visible()


def test_a_queue_shows_the_runs_that_wait_in_it(page: Page, works: Site) -> None:
    works.ask("/work_pools/", {"name": "yard", "type": "process"})
    id = deployed(works, "waiting", work_pool_name="yard")
    run = works.ask(f"/deployments/{id}/create_flow_run")

    page.goto("/work-pools/work-pool/yard")
    expect(
        page.get_by_role("row", name=re.compile("default")).get_by_role("link", name="1", exact=True)
    ).to_be_visible()
    assert barriers(page) == []
    page.get_by_role("link", name="1", exact=True).click()

    expect(page.get_by_role("link", name=run["name"])).to_be_visible()


def test_a_page_that_is_left_asks_nothing_more(page: Page, works: Site) -> None:
    """Least of all with the parts of the next page's address."""
    refused: list[str] = []
    page.on("response", lambda answer: refused.append(answer.url) if answer.status >= 400 else None)
    flow = works.ask("/flows/", {"name": "etl"})["id"]
    works.ask("/work_pools/", {"name": "left", "type": "process"})

    for path, word in ((f"/flows/flow/{flow}", "Flows"), ("/work-pools/work-pool/left", "Work pools")) * 3:
        page.goto(path)
        expect(page.get_by_role("tab").first).to_be_visible()
        page.get_by_role("navigation").get_by_role("link", name=word).click()
        expect(page.get_by_role("heading", name=word, exact=True)).to_be_visible()
        page.go_back()
        expect(page.get_by_role("tab").first).to_be_visible()

    assert refused == []


def test_a_deployment_beside_one_with_many_runs_has_its_next_run_too(page: Page, works: Site) -> None:
    busy = deployed(works, "beside-busy", schedules=[{"schedule": {"interval": 86400}}])
    works.ask(f"/deployments/{busy}/schedule", {"min_runs": 60})
    deployed(works, "beside-rare", schedules=[{"schedule": {"cron": "0 0 * * *"}}])

    page.goto("/deployments?q=beside")

    expect(page.get_by_role("row", name=re.compile("beside-busy")).get_by_role("time")).to_have_count(1)
    expect(page.get_by_role("row", name=re.compile("beside-rare")).get_by_role("time")).to_have_count(1)


def test_planned_runs_are_listed_only_where_they_are_wanted(page: Page, works: Site) -> None:
    id = deployed(works, "planned", schedules=[{"schedule": {"cron": "0 0 1 1 *"}, "max_scheduled_runs": 1}])
    works.ask(f"/deployments/{id}/schedule", {"min_runs": 1})
    page.goto(f"/runs?q=deployment:{id}")
    expect(page.get_by_text("No runs match")).to_be_visible()

    page.get_by_label("Planned runs, too").check()

    expect(page.get_by_role("row")).to_have_count(2)
    expect(page).to_have_url(re.compile("planned=yes"))


def test_why_a_run_waits_is_told_in_the_language_of_the_viewer(page: Page, works: Site) -> None:
    works.ask("/work_pools/", {"name": "quay", "type": "process"})
    id = deployed(works, "stuck", work_pool_name="quay")
    run = works.ask(f"/deployments/{id}/create_flow_run")["id"]
    page.goto(f"/runs/flow-run/{run}")
    expect(page.get_by_role("region", name="Why it is not running")).to_contain_text("work pool 'quay'")

    page.evaluate("localStorage.setItem('tidemill-language', 'zh')")
    page.reload()

    expect(page.get_by_role("region", name="为何未运行")).to_contain_text("工作池 quay")


def test_many_runs_are_cancelled_after_a_question(page: Page, works: Site) -> None:
    id = deployed(works, "doomed")
    for _ in range(2):
        works.ask(f"/deployments/{id}/create_flow_run")
    page.goto(f"/runs?q=deployment:{id}")

    page.get_by_role("checkbox", name="Runs", exact=True).check()
    page.get_by_role("button", name="Cancel runs").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel runs").click()

    expect(page.get_by_role("cell", name=re.compile("Cancelled"))).to_have_count(2)


def test_a_run_is_retried_from_the_task_that_failed(page: Page, works: Site) -> None:
    id = deployed(works, "retried")
    run = works.ask(f"/deployments/{id}/create_flow_run")["id"]
    task = works.ask("/task_runs/", {"task_key": "t", "dynamic_key": "0", "flow_run_id": run})["id"]
    for path in (f"/task_runs/{task}", f"/flow_runs/{run}"):
        works.ask(f"{path}/set_state", {"state": {"type": "FAILED", "message": "broken"}, "force": True})
    page.goto(f"/runs/flow-run/{run}")

    page.get_by_role("button", name="Retry from the failed task").click()

    expect(page.get_by_role("heading", level=1).locator("..")).to_contain_text("Awaiting retry")


def test_a_backfill_is_previewed_begun_paused_gone_on_with_cancelled_and_deleted(page: Page, works: Site) -> None:
    works.ask("/work_pools/", {"name": "past", "type": "process"})
    daily = [{"schedule": {"cron": "0 8 * * *"}}]
    page.goto(f"/deployments/deployment/{deployed(works, 'backfilled', schedules=daily, work_pool_name='past')}")
    page.get_by_role("button", name="Run the past…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("status")).to_contain_text("7 slots from")
    dialog.get_by_label("From").fill("2026-03-01T00:00")
    dialog.get_by_label("To,").fill("2026-03-03T00:00")
    expect(dialog.get_by_role("status")).to_contain_text("2 slots from 1 Mar 2026, 08:00:00 to 2 Mar 2026, 08:00:00")
    dialog.get_by_role("combobox").first.select_option("as often as I say")
    dialog.get_by_label("Unit").select_option("hour")
    expect(dialog.get_by_role("status")).to_contain_text("49 slots")
    dialog.get_by_text("What its runs have beside the deployment").click()
    dialog.get_by_label("Queue in which they wait").fill("slow")
    dialog.get_by_label("Tags, with commas between").fill("past, again")
    dialog.get_by_label("Job variables, as JSON").fill('{"env": {"A": "1"}}')
    assert barriers(page) == []
    dialog.get_by_role("button", name="Begin the backfill").click()

    backfill = page.get_by_role("list", name="Backfills").get_by_role("listitem")
    expect(backfill).to_contain_text("10 under way, 39 to come")
    (made,) = (one for one in works.ask("/backfills/filter", {}) if one["slots"] == 49)
    assert (made["work_queue_name"], made["tags"], made["job_variables"]) == (
        "slow",
        ["past", "again"],
        {"env": {"A": "1"}},
    )
    expect(backfill.get_by_role("progressbar")).to_have_attribute("value", "0")
    backfill.get_by_role("button", name="Pause").click()
    expect(backfill).to_contain_text("paused")
    backfill.get_by_role("button", name="Go on").click()
    expect(backfill).to_contain_text("goes on")
    assert barriers(page) == []

    backfill.get_by_role("button", name="Cancel").click()
    dialog.get_by_role("button", name="Cancel").click()
    expect(backfill).to_contain_text("10 cancelled, 39 to come")
    backfill.get_by_role("button", name="Delete").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No backfills")).to_be_visible()


def test_failures_of_a_backfill_are_retried_by_one_click(page: Page, works: Site) -> None:
    deployment = deployed(works, "mended", schedules=[{"schedule": {"cron": "0 8 * * *"}}])
    span = {"start": "2026-03-01T00:00:00Z", "end": "2026-03-02T00:00:00Z"}
    works.ask("/backfills/", {"deployment_id": deployment, "name": "spring", **span})
    page.goto(f"/deployments/deployment/{deployment}")
    backfill = page.get_by_role("list", name="Backfills").get_by_role("listitem")
    expect(backfill).to_contain_text("1 under way")
    (run,) = works.ask("/flow_runs/filter", {"flow_runs": {"tags": {"all_": ["backfill:spring"]}}})
    works.ask(f"/flow_runs/{run['id']}/set_state", {"state": {"type": "FAILED"}, "force": True})
    expect(backfill).to_contain_text("done, with failures")
    expect(backfill.get_by_role("progressbar")).to_have_attribute("value", "100")

    backfill.get_by_role("button", name="Retry failures").click()

    expect(backfill).to_contain_text("1 under way")
