"""What the documents say is so: their blocks run, their pictures are up to date, their links lead somewhere."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from functools import lru_cache
from pathlib import Path

import pytest

from docs import draw_states
from docs.building.site import generated
from docs.draw_pictures import pictures
from docs.draw_readme import HEADS, with_measurements
from tests.documents.pages import PAGES, ROOT, blocks, commands, followed, is_long, missing_lines
from tests.documents.running import Forks, reader

DOCS = ROOT / "docs"
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
RUN = ("python", "console")
LAST_OF_TUTORIAL = DOCS / "tutorial" / "5-failure-notice.md"
NO_LETTER = re.compile(r"[^\w\- ]")


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


READ_WITH_OTHERS = {
    before for page in PAGES for before in followed(page)[:-1] if is_long(read(before)) or not is_long(read(page))
} | {LAST_OF_TUTORIAL}
"""Pages that are read on the way to others, by tests that take no longer than their own would."""
TOLD = [
    pytest.param(page, id=str(page.relative_to(ROOT)), marks=[pytest.mark.long] if is_long(read(page)) else [])
    for page in PAGES
    if any(block.language in RUN and block.is_run for block in blocks(read(page)))
    if page not in READ_WITH_OTHERS
]


@pytest.mark.parametrize("page", TOLD)
def test_what_a_page_says_is_so(page: Path, tmp_path: Path, forks: Forks) -> None:
    with reader(tmp_path, forks) as somebody:
        for each in followed(page):
            somebody.read(blocks(read(each)))


@pytest.mark.long
def test_the_tutorial_takes_a_fresh_reader_to_a_scheduled_flow_and_a_notice_of_its_failure_in_minutes(
    tmp_path: Path, forks: Forks
) -> None:
    started = time.monotonic()

    with reader(tmp_path, forks) as somebody:
        for each in followed(LAST_OF_TUTORIAL):
            somebody.read(blocks(read(each)))
        runs = json.loads(somebody.does("PREFECT_PROFILES_PATH=none prefect flow-run ls --limit 200 -o json"))
        notices = somebody.said_by("python inbox.py")

    assert time.monotonic() - started < 600
    assert [run for run in runs if run["auto_scheduled"] and run["state"]["type"] == "COMPLETED"] != []
    assert len([line for line in notices.splitlines() if line.startswith("NOTICE: ") and "daily-report" in line]) == 1


def test_a_line_that_a_page_shows_must_be_printed_in_its_place() -> None:
    assert missing_lines(("one …", "three"), "one 1\ntwo\n  three\n") == []
    assert missing_lines(("three", "one …"), "one 1\ntwo\nthree\n") == ["one …"]


def test_what_a_reader_types_is_told_from_what_is_printed() -> None:
    told = commands("$ a \\\n    b\nout\n$ c\n")

    assert [(command.text, command.output) for command in told] == [("a \\\n    b", ("out",)), ("c", ())]


def test_a_block_that_is_not_run_says_why() -> None:
    without_reason = [
        f"{page.relative_to(ROOT)}:{block.line}"
        for page in PAGES
        for block in blocks(read(page))
        if not block.is_run and len(block.remarks["not run"].split()) < 3
    ]

    assert without_reason == []


def test_the_page_of_states_is_drawn_from_the_rules() -> None:
    assert read(DOCS / "concepts" / "states.md") == draw_states.page()


@pytest.mark.parametrize("name", HEADS)
def test_what_a_readme_says_was_measured_is_what_the_results_say(name: str) -> None:
    assert read(ROOT / name) == with_measurements(name)


def test_the_pictures_are_drawn_as_they_are_written_down() -> None:
    drawn = {f"{name}.svg": picture.svg() for name, picture in pictures().items()}

    assert {file.name: read(file) for file in (DOCS / "pictures").iterdir()} == drawn


@pytest.mark.parametrize("page", PAGES, ids=lambda file: str(file.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = LINK.findall(_without_blocks(read(page)))

    assert [f"{path}#{anchor}" for path, anchor in links if not _leads_somewhere(page, path, anchor)] == []


def test_every_page_is_in_the_sites_table_of_contents() -> None:
    listed = set(re.findall(r'"([\w/.-]+\.md)"', read(DOCS / "zensical.toml")))
    written = {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")} | set(generated())

    assert {page for page in written - listed if not page.startswith(("decisions/", "reference/python/"))} == set()
    assert listed - written == set()


def _leads_somewhere(page: Path, path: str, anchor: str) -> bool:
    target = (page.parent / path).resolve() if path else page
    if target.is_relative_to(DOCS) and str(target.relative_to(DOCS)) in _generated():
        return not anchor or anchor in _anchors(_generated()[str(target.relative_to(DOCS))])
    return target.exists() and (not anchor or anchor in _anchors(read(target)))


@lru_cache(maxsize=1)
def _generated() -> dict[str, str]:
    """The pages that the site has beside those that are written."""
    return generated()


def _anchors(page: str) -> set[str]:
    headings = (line.lstrip("#").strip() for line in _without_blocks(page).splitlines() if line.startswith("#"))
    return {NO_LETTER.sub("", heading.replace("`", "")).lower().replace(" ", "-") for heading in headings}


def _without_blocks(page: str) -> str:
    return re.sub(r"^```.*?^```", "", page, flags=re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("name", ["branching", "caching_and_retry", "data_extraction"])
def test_an_example_runs_and_its_runs_complete(name: str) -> None:
    ended = _python(ROOT / "examples" / f"{name}.py")
    assert ended.returncode == 0, ended.stderr

    listed = json.loads(_python("-m", "prefect", "flow-run", "ls", "-o", "json").stdout)
    assert {flow_run["state"]["name"] for flow_run in listed} == {"Completed"}


def _python(*arguments: str | Path, at: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, cwd=at, capture_output=True, text=True, check=False, timeout=300)


@pytest.mark.long
def test_the_site_is_built_and_loads_nothing_from_elsewhere() -> None:
    ended = _python("-c", "import sys; sys.path.insert(0, '.'); import dev; dev.docs([])", at=ROOT)
    assert ended.returncode == 0, ended.stderr + ended.stdout

    pages = list((ROOT / "build" / "docs" / "site").rglob("*.html"))
    assert len(pages) > 100
    assert [page for page in pages if re.search(r'(?:src|href)="https?:[^"]+\.(?:js|css)"', read(page))] == []
