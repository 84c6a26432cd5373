"""What a person sees and does in the browser."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.web_ui.conftest import Scheme, barriers, window
from tests.web_ui.site import Site, served

PAGES = [
    *(
        "/",
        "/runs",
        "/runs?tab=task",
        "/runs/compare",
        "/flows",
        "/deployments",
        "/work-pools",
        "/blocks",
        "/blocks/catalog",
    ),
    *("/artifacts", "/assets", "/variables", "/concurrency-limits", "/concurrency-limits?tab=tags", "/settings"),
]


def test_the_dashboard_says_what_failed_and_why(page: Page) -> None:
    page.goto("/")

    failures = page.get_by_role("region", name=re.compile("Failed and crashed"))
    expect(failures.get_by_role("link", name=re.compile("broken"))).to_be_visible()
    expect(failures.get_by_text(re.compile("^ValueError: the table orders is locked"))).to_be_visible()
    failures.get_by_role("heading").get_by_role("link").click()
    expect(page.get_by_role("row")).to_have_count(2)


def test_a_search_stands_in_the_address_and_survives_a_reload(page: Page) -> None:
    page.goto("/runs")
    expect(page.get_by_role("row")).to_have_count(4)

    page.get_by_role("searchbox").fill("state:failed")
    expect(page.get_by_role("row")).to_have_count(2)
    page.reload()

    expect(page).to_have_url(re.compile(r"\?q=state%3Afailed"))
    expect(page.get_by_role("searchbox")).to_have_value("state:failed")
    expect(page.get_by_role("row")).to_have_count(2)


def test_a_runs_page_has_its_error_its_tasks_and_its_logs(page: Page, site: Site) -> None:
    page.goto(f"/runs/flow-run/{site.run_of('broken')['id']}")

    expect(page.get_by_role("region", name="What went wrong")).to_contain_text("the table orders is locked")
    expect(page.get_by_role("link", name=re.compile("The first task that failed"))).to_be_visible()
    page.get_by_role("button", name="Go to the failure").click()
    expect(page.get_by_role("link", name=re.compile("^load "))).to_be_visible()


def test_logs_are_filtered_and_searched(page: Page, site: Site) -> None:
    page.goto(f"/runs/flow-run/{site.run_of('etl')['id']}")
    logs = page.get_by_role("region", name="Logs")
    expect(logs).to_contain_text("numbers of tuesday")

    page.get_by_label("Search the logs").fill("extracting 2")
    expect(logs).to_contain_text("extracting 2")
    expect(logs).not_to_contain_text("numbers of tuesday")
    page.get_by_label("Level").select_option("40")

    expect(page.get_by_text("No line holds this.")).to_be_visible()


def test_a_run_that_is_going_on_shows_its_tasks_without_a_reload(page: Page, site: Site) -> None:
    code = """
import pathlib, time
from prefect import flow, task

@task
def step(number):
    while not pathlib.Path(f"go-{number}").exists():
        time.sleep(0.01)

@flow(name="slow")
def slow():
    step(1)
    step(2)

slow()
"""
    program = site.started(code)
    page.goto("/runs?q=flow:slow")
    page.get_by_role("link", name=re.compile("-")).first.click()
    page.get_by_role("tab", name="Tasks").click()
    expect(page.get_by_role("row", name=re.compile("step-.*Running"))).to_have_count(1)

    (site.home / "go-1").touch()
    expect(page.get_by_role("row", name=re.compile("step-.*Completed"))).to_have_count(1, timeout=2_000)
    (site.home / "go-2").touch()

    expect(page.get_by_role("heading", level=1).locator("..").get_by_text("Completed")).to_be_visible()
    assert program.wait(20) == 0


def test_a_run_is_cancelled_from_its_page(page: Page, site: Site) -> None:
    code = "import time\nfrom prefect import flow\n\n@flow(name='long')\ndef long():\n    time.sleep(60)\n\nlong()\n"
    program = site.started(code)
    page.goto("/runs?q=flow:long+state:running")
    page.get_by_role("row").nth(1).get_by_role("link").first.click()

    page.get_by_role("button", name="Cancel", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel runs").click()

    expect(page.get_by_role("heading", level=1).locator("..")).to_contain_text(re.compile("Cancel"))
    program.wait(30)
    expect(page.get_by_role("heading", level=1).locator("..")).to_contain_text("Cancelled")


def test_what_flows_write_into_names_and_logs_runs_no_script(page: Page, site: Site) -> None:
    run = site.run_of("broken")["id"]
    task = site.ask("/task_runs/filter", {"flow_runs": {"id": {"any_": [run]}}})[0]["id"]

    for path in ("/", "/runs", "/runs?tab=task", f"/runs/flow-run/{run}", f"/runs/task-run/{task}"):
        page.goto(path)
        expect(page.get_by_text("<img src=x").first).to_be_visible()
        assert page.evaluate("window.owned") is None


def test_the_palette_leads_everywhere_by_keyboard(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()

    page.keyboard.press("Control+k")
    page.keyboard.type("variab")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("/variables$"))


def test_the_icon_is_found_from_every_page_one_goes_to(page: Page, site: Site) -> None:
    page.goto("/flows")
    page.get_by_role("link", name="broken").first.click()
    expect(page).to_have_url(re.compile("/flows/flow/"))

    address = page.locator("link[rel=icon]").evaluate("link => link.href")

    answered = page.request.get(address)
    assert (address, answered.headers["content-type"]) == (f"{site.address}/icon.svg", "image/svg+xml")


def test_the_pages_speak_chinese(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Control+k")
    page.keyboard.type("中文")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="总览")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "zh-CN"


def test_an_unknown_run_is_said_to_be_unknown(browser: Browser, site: Site) -> None:
    with window(browser, site, expected="404") as page:
        page.goto("/runs/flow-run/00000000-0000-0000-0000-000000000000")

        expect(page.get_by_role("alert").first).to_contain_text("There is no flow run")
        expect(page.get_by_role("heading", level=1)).to_have_text("There is no such record")


def test_a_server_that_went_away_is_told_with_what_to_do(browser: Browser, tmp_path: Path) -> None:
    with served(tmp_path / "site") as site, window(browser, site, expected="ERR_CONNECTION_REFUSED") as page:
        page.goto("/runs")
        expect(page.get_by_text("No runs match")).to_be_visible()
        page.route("**/api/**", lambda route: route.abort("connectionrefused"))
        page.get_by_role("searchbox").fill("x")

        expect(page.get_by_role("alert").first).to_contain_text("does not answer")


def test_a_server_that_asks_who_one_is_shows_its_login(browser: Browser, tmp_path: Path) -> None:
    locked = served(tmp_path / "site", PREFECT_SERVER_API_AUTH_STRING="ada:secret")
    with locked as site, window(browser, site, expected="401") as page:
        page.goto("/")
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()

        page.get_by_label("User and password").fill("ada:wrong")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_contain_text("does not know")
        page.get_by_label("User and password").fill("ada:secret")
        page.get_by_role("button", name="Sign in").click()

        expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()


def test_every_page_can_be_used_by_everybody(browser: Browser, site: Site) -> None:
    """As far as axe knows: contrast, names, roles, keyboard, light and dark."""
    schemes: tuple[Scheme, ...] = ("light", "dark")
    found = {}
    with window(browser, site) as page:
        for path in [
            *PAGES,
            f"/runs/flow-run/{site.run_of('etl')['id']}",
            f"/runs/flow-run/{site.run_of('broken')['id']}",
        ]:
            page.goto(path)
            page.wait_for_load_state("networkidle")
            for scheme in schemes:
                page.emulate_media(color_scheme=scheme)
                expect(page.locator("html")).to_have_css("color-scheme", scheme)
                found[path, scheme] = barriers(page)

    assert {where: faults for where, faults in found.items() if faults} == {}


def test_every_page_fits_a_phone(browser: Browser, site: Site) -> None:
    wide = {}
    with window(browser, site, width=380) as page:
        for path in [*PAGES, f"/runs/flow-run/{site.run_of('etl')['id']}"]:
            page.goto(path)
            page.wait_for_load_state("networkidle")
            wide[path] = page.evaluate("document.documentElement.scrollWidth")

    assert {path: width for path, width in wide.items() if width > 380} == {}


def test_pages_work_behind_a_prefix_and_load_nothing_from_elsewhere(browser: Browser, site: Site) -> None:
    asked = []
    with window(browser, site) as page:
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"/runs/flow-run/{site.run_of('etl')['id']}")
        page.wait_for_load_state("networkidle")

    assert len(asked) > 5
    assert [url for url in asked if not url.startswith((site.address, site.address.replace("http", "ws")))] == []


WORDS_IN_PIECES = """() => [...document.querySelectorAll('main table a, main table th, main h1')].flatMap((place) => {
  const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT)
  const broken = []
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    for (const { 0: word, index } of node.data.matchAll(/[\\p{L}\\p{N}_]+/gu)) {
      const range = document.createRange()
      range.setStart(node, index)
      range.setEnd(node, index + word.length)
      if (new Set([...range.getClientRects()].map((line) => Math.round(line.top))).size > 1) broken.push(word)
    }
  return broken
})"""
"""The words of tables and titles that stand on more than one line."""


def test_no_word_is_broken_on_a_phone(browser: Browser, site: Site) -> None:
    broken = {}
    with window(browser, site, width=380) as page:
        for path in ["/runs", "/runs?tab=task", "/flows"]:
            page.goto(path)
            expect(page.locator("tbody tr").first).to_be_visible()
            broken[path] = page.evaluate(WORDS_IN_PIECES)

    assert {path: words for path, words in broken.items() if words} == {}


def test_a_run_is_a_card_of_few_lines_on_a_phone(browser: Browser, site: Site) -> None:
    with window(browser, site, width=380) as page:
        page.goto("/runs?q=flow:etl")
        expect(page.locator("tbody tr").first).to_be_visible()
        box = page.locator("tbody tr").first.bounding_box()

    assert box is not None
    assert box["height"] < 90


def test_a_phrase_is_searched_marked_and_stands_in_the_address(page: Page, site: Site) -> None:
    page.goto(f"/runs/flow-run/{site.run_of('etl')['id']}")
    logs = page.get_by_role("region", name="Logs")
    search = page.get_by_role("searchbox", name="Search the logs")

    search.fill("EXTRACTING ")
    expect(logs.locator("mark")).to_have_count(3)
    expect(page.get_by_text("1 of 3")).to_be_visible()
    search.press("Enter")
    expect(page.get_by_text("2 of 3")).to_be_visible()
    search.press("Shift+Enter")
    search.press("Shift+Enter")
    expect(page.get_by_text("3 of 3")).to_be_visible()
    page.reload()

    expect(search).to_have_value("EXTRACTING ")
    search.fill("of extracting 2")
    expect(page.get_by_text("No line holds this.")).to_be_visible()


def test_a_path_that_leads_nowhere_shows_the_page_with_the_way_back(browser: Browser, site: Site) -> None:
    with window(browser, site, expected="404") as page:
        answer = page.goto("/no/such-page")

        assert answer is not None
        assert answer.status == 404
        expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
        page.get_by_role("link", name="Go to the dashboard").click()
        expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()


def test_a_page_on_paper_has_nothing_to_click(page: Page, site: Site) -> None:
    page.goto(f"/runs/flow-run/{site.run_of('etl')['id']}")
    expect(page.get_by_role("region", name="Logs")).to_contain_text("numbers of tuesday")

    page.emulate_media(media="print")

    expect(page.get_by_role("link", name="Dashboard")).to_be_hidden()
    assert [button for button in page.locator("main button").all() if button.is_visible()] == []
    expect(page.get_by_role("region", name="Logs")).to_contain_text("numbers of tuesday")


def test_what_a_tab_shows_is_its_panel(page: Page, site: Site) -> None:
    page.goto(f"/runs/flow-run/{site.run_of('etl')['id']}?tab=parameters")

    expect(page.get_by_role("tabpanel", name="Parameters")).to_contain_text("tuesday")


def test_who_cannot_tell_red_from_green_chooses_other_colours(page: Page, site: Site) -> None:
    page.goto("/runs?q=state:failed")
    state = page.locator("tbody .state").first
    red = state.evaluate("state => getComputedStyle(state).color")
    page.goto("/settings")
    page.get_by_label("Colours of states").select_option("safe")

    page.goto("/runs?q=state:failed")

    assert state.evaluate("state => getComputedStyle(state).color") != red
    schemes: tuple[Scheme, ...] = ("light", "dark")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        assert barriers(page) == []


def test_each_duty_of_a_server_has_a_name_in_chinese(page: Page) -> None:
    page.goto("/settings")
    page.evaluate("localStorage.setItem('tidemill-language', 'zh')")
    page.reload()

    names = page.get_by_role("region", name="此服务器的例行任务").locator("tbody tr td:first-child")
    expect(names.first).to_be_visible()
    assert [name for name in names.all_inner_texts() if not re.search("[\u4e00-\u9fff]", name)] == []
