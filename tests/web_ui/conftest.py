"""A real browser on the pages of a real server with real runs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from prefect.server.web_ui import BUILT, DOCUMENT
from tests.web_ui.site import FLOWS, Site, served

Scheme = Literal["light", "dark"]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
AXE = Path(__file__).parents[2] / "ui" / "node_modules" / "axe-core" / "axe.min.js"
IMPORTANT = {"serious", "critical"}
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    if not (BUILT / DOCUMENT.lstrip("/")).is_file():
        pytest.skip("needs the built pages: python ui/build.py")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server whose database has the runs of a few flows."""
    home = tmp_path_factory.mktemp("site")
    with served(home) as started:
        started.run(FLOWS)
        yield started


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """A window on the site, in which nothing goes wrong."""
    with window(browser, site) as opened:
        yield opened


def barriers(page: Page) -> list[tuple[str, list[str], str]]:
    """What keeps some people from using a page, as far as axe knows: contrast, names, roles, keyboard."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    return [
        (fault["id"], node["target"], node["html"][:120])
        for fault in page.evaluate("axe.run()")["violations"]
        if fault["impact"] in IMPORTANT
        for node in fault["nodes"]
    ]


@contextmanager
def window(
    browser: Browser, site: Site, *, width: int = 1280, scheme: Scheme = "light", expected: str = ""
) -> Iterator[Page]:
    """A window of some size and colours. Fails where the page logs an error that does not hold the expected text."""
    faults: list[str] = []
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        base_url=site.address,
        color_scheme=scheme,
        locale="en-GB",
        permissions=["clipboard-read", "clipboard-write"],
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda told: faults.append(told.text) if told.type == "error" else None)
    yield page
    context.close()
    assert [fault for fault in faults if not (expected and expected in fault)] == []
