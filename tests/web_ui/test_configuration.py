"""Variables, blocks and settings in the browser."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web_ui.conftest import Scheme, barriers, window
from tests.web_ui.site import Site

FIELDS = {
    "type": "object",
    "title": "Database",
    "block_type_slug": "database",
    "properties": {
        "host": {"type": "string", "title": "Host"},
        "password": {"type": "string", "format": "password", "writeOnly": True, "title": "Password"},
    },
    "required": ["host", "password"],
    "secret_fields": ["password"],
    "block_schema_references": {},
    "definitions": {},
}


def data_of(site: Site, id: str) -> dict[str, Any]:
    """What a block holds, its secrets included."""
    answer = httpx.get(f"{site.api}/block_documents/{id}", params={"include_secrets": True}, timeout=20)
    found: dict[str, Any] = answer.json()["data"]
    return found


def test_a_variable_is_made_changed_and_deleted(page: Page, site: Site) -> None:
    page.goto("/variables")

    page.get_by_role("button", name="New variable").click()
    page.get_by_label("Name", exact=True).fill("limits")
    page.get_by_label("Value", exact=True).fill('{"rows": 10}')
    expect(page.get_by_role("dialog")).to_contain_text("It is read as an object.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name=re.compile("limits"))).to_contain_text('{"rows":10}')

    page.get_by_role("button", name="Edit: limits").click()
    page.get_by_label("Value", exact=True).fill("plenty")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name=re.compile("limits"))).to_contain_text('"plenty"')
    assert site.ask("/variables/filter")[0]["value"] == "plenty"

    page.get_by_role("button", name="Delete: limits").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("prefect variable set")).to_be_visible()


def test_a_secret_is_replaced_only_by_what_is_typed_and_never_shown(page: Page, site: Site) -> None:
    block_type = site.ask("/block_types/", {"name": "Database", "slug": "database"})["id"]
    site.ask("/block_schemas/", {"block_type_id": block_type, "fields": FIELDS})
    page.goto("/blocks/catalog")

    page.get_by_role("link", name="New Database").click()
    page.get_by_label("Name of the block").fill("orders")
    page.get_by_label("Host").fill("db.one")
    page.get_by_label("Password").fill("hunter2")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="orders")).to_be_visible()
    id = page.url.rsplit("/", 1)[1]

    page.get_by_label("Host").fill("db.two")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("orders is saved.")).to_be_visible()
    assert data_of(site, id) == {"host": "db.two", "password": "hunter2"}
    assert "hunter2" not in page.content()

    expect(page.get_by_label("Password")).to_have_value("")
    page.get_by_label("Password").fill("hunter3")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Password")).to_have_value("")
    assert data_of(site, id) == {"host": "db.two", "password": "hunter3"}

    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page).to_have_url(re.compile("/blocks$"))


def test_settings_are_found_by_name_and_secrets_are_not_told(page: Page) -> None:
    page.goto("/settings")
    expect(page.get_by_role("region", name="Health")).to_contain_text("answers")

    page.get_by_role("searchbox").fill("connection_url")

    rows = page.get_by_role("region", name="Settings of the server").get_by_role("row")
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_contain_text("********")


def test_a_chosen_language_and_theme_are_kept(page: Page) -> None:
    page.goto("/settings")

    page.get_by_label("Theme").select_option("dark")
    page.get_by_label("Language").select_option("zh")
    page.reload()

    expect(page.get_by_role("heading", name="设置", exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_the_server_says_how_large_its_database_is_and_how_its_duties_go(page: Page) -> None:
    page.goto("/settings")

    expect(page.get_by_role("region", name="Health")).to_contain_text(re.compile(r"SQLite, \d+ kB"))
    expect(page.get_by_role("region", name="Health")).to_contain_text("agree")
    duties = page.get_by_role("region", name="Duties of this server")
    expect(duties.get_by_role("row", name=re.compile("Planning the runs of schedules"))).to_contain_text("done")


NESTED = {
    "type": "object",
    "title": "Mirror",
    "block_type_slug": "mirror",
    "properties": {
        "origin": {"$ref": "#/definitions/Origin"},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}], "title": "Note"},
    },
    "required": ["origin"],
    "secret_fields": ["origin.key"],
    "block_schema_references": {"origin": {"block_type_slug": "origin"}},
    "definitions": {"Origin": {"type": "object", "title": "Origin", "properties": {"key": {"type": "string"}}}},
}
ORIGIN = {"type": "object", "title": "Origin", "properties": {"key": {"type": "string"}}, "secret_fields": ["key"]}


def a_type(site: Site, name: str, fields: dict[str, Any]) -> dict[str, str]:
    """A block type with a schema; what its documents name of it."""
    type = site.ask("/block_types/", {"name": name, "slug": name.lower()})["id"]
    schema = site.ask("/block_schemas/", {"block_type_id": type, "fields": fields})["id"]
    return {"block_type_id": type, "block_schema_id": schema}


def test_a_block_is_chosen_for_another_one_and_changed(page: Page, site: Site) -> None:
    origin = a_type(site, "Origin", ORIGIN)
    a_type(site, "Mirror", NESTED)
    ids = [
        site.ask("/block_documents/", {"name": name, "data": {"key": name}, **origin})["id"]
        for name in ("east", "west")
    ]

    page.goto("/blocks/catalog/mirror/create")
    page.get_by_label("Name of the block").fill("copy")
    page.get_by_label("Note").fill("for now")
    page.get_by_label("origin").select_option("east")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="copy")).to_be_visible()
    expect(page.get_by_label("origin").locator("option:checked")).to_have_text("east")
    id = page.url.rsplit("/", 1)[1]

    page.get_by_label("origin").select_option("west")
    page.get_by_label("Note").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("copy is saved.")).to_be_visible()

    assert data_of(site, id) == {"origin": {"key": "west"}, "note": None}
    answer = httpx.get(f"{site.api}/block_documents/{id}", timeout=20).json()
    assert answer["block_document_references"]["origin"]["block_document"]["id"] == ids[1]


HOLDER = "00000000-0000-4000-8000-000000000001"


def a_busy_limit(site: Site, name: str) -> None:
    """A limit of one slot that a task run holds, and for which a program waits."""
    site.ask("/v2/concurrency_limits/", {"name": name, "limit": 1})
    held = {"names": [name], "slots": 1, "holder": {"type": "task_run", "id": HOLDER}}
    site.ask("/v2/concurrency_limits/increment-with-lease", held)
    site.ask("/slots/take", {"names": [name], "lease_id": str(uuid4()), "process": "far.away:42:x"})


def test_a_limit_is_made_changed_and_deleted(page: Page, site: Site) -> None:
    page.goto("/concurrency-limits")

    page.get_by_role("button", name="New limit").click()
    page.get_by_label("Name", exact=True).fill("printer")
    page.get_by_label("Slots", exact=True).fill("3")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name=re.compile("printer"))).to_contain_text("0 of 3 taken")

    page.get_by_role("button", name="Edit: printer").click()
    page.get_by_label("Slots that end by themselves a second").fill("2.5")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name=re.compile("printer"))).to_contain_text("2.5 a second")

    page.get_by_role("button", name="Delete: printer").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("row", name=re.compile("printer"))).to_have_count(0)


def test_who_holds_a_slot_is_shown_and_ended_and_who_waits_moves_up(page: Page, site: Site) -> None:
    a_busy_limit(site, "scanner")
    page.goto("/concurrency-limits?q=scanner")
    table = page.get_by_role("table", name=re.compile("Who holds slots of scanner"))
    expect(table.get_by_role("link", name=HOLDER)).to_have_attribute("href", re.compile(f"/runs/task-run/{HOLDER}$"))
    expect(table.get_by_role("row", name=re.compile("far.away:42"))).to_contain_text("waits")

    page.get_by_role("button", name=f"End: {HOLDER}").click()
    page.get_by_role("dialog").get_by_role("button", name="End").click()

    expect(table.get_by_role("row", name=re.compile("far.away:42"))).to_contain_text("holds")
    expect(table.get_by_role("link", name=HOLDER)).to_have_count(0)


def test_the_limits_of_tags_are_told_by_their_tags(page: Page, site: Site) -> None:
    a_busy_limit(site, "tag:heavy")
    page.goto("/concurrency-limits")

    page.get_by_role("tab", name="Task runs").click()
    expect(page.get_by_role("row", name=re.compile("^heavy"))).to_contain_text("1 of 1 taken")
    page.get_by_role("button", name="New limit").click()
    page.get_by_label("Tag", exact=True).fill("light")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name=re.compile("^light"))).to_be_visible()

    limit = httpx.get(f"{site.api}/v2/concurrency_limits/tag:light", timeout=20)
    assert limit.json()["limit"] == 1


@pytest.mark.parametrize("width", [380, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_of_limits_has_no_barriers(browser: Browser, site: Site, scheme: Scheme, width: int) -> None:
    a_busy_limit(site, f"scanner-{scheme}-{width}")

    with window(browser, site, width=width, scheme=scheme) as page:
        page.goto(f"/concurrency-limits?q=scanner-{scheme}-{width}")
        expect(page.get_by_role("row", name=re.compile("far.away:42"))).to_be_visible()

        assert barriers(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
