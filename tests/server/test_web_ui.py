"""The files of the web UI and who may have them."""

from __future__ import annotations

import gzip
from pathlib import Path

import httpx
import pytest

from prefect.server.web_ui import SWITCHED_OFF, UNBUILT, WebUi
from prefect.settings import temporary_settings
from tests.serving import served


@pytest.fixture
def built(tmp_path: Path) -> WebUi:
    """Pages as a build leaves them."""
    folder = tmp_path / "web"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text('<script type="module" src="/assets/a.js"></script><link href="/icon.svg">')
    (folder / "assets" / "a.js").write_text("1")
    (folder / "icon.svg").write_text("<svg/>")
    (folder / "built-from").write_text("x")
    return WebUi(folder)


@pytest.mark.parametrize(
    ("path", "up"),
    [("/", "./"), ("/runs", "./"), ("/runs/flow-run/1", "../../"), ("/work-pools/work-pool/a/queue/b", "../../../../")],
)
def test_a_page_names_its_files_relative_to_its_address(built: WebUi, path: str, up: str) -> None:
    document = bytes(built.answer(path).body).decode()

    assert f'src="{up}assets/a.js"' in document
    assert f'href="{up}icon.svg"' in document


def test_a_file_whose_name_says_what_is_in_it_is_kept_for_ever(built: WebUi) -> None:
    assert "immutable" in built.answer("/assets/a.js").headers["cache-control"]
    assert built.answer("/assets/a.js").media_type in ("text/javascript", "application/javascript")
    assert built.answer("/runs").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "//api/health",
        "/api/health",
        "/docs",
        "/openapi.json",
        "/built-from",
        "/assets/../built-from",
        "/assets/of-an-older-build.js",
        "/etc/passwd",
        "/x",
    ],
)
def test_nothing_else_is_shown(built: WebUi, path: str) -> None:
    assert not built.shows("GET", path)


@pytest.mark.parametrize("path", ["/", "/runs", "/flows-ui/", "/flows-ui/runs"])
def test_pages_below_a_base_are_shown_also_where_a_proxy_takes_the_base_away(built: WebUi, path: str) -> None:
    moved = WebUi(built._folder, base="/flows-ui")

    assert moved.shows("GET", path)
    assert 'src="./assets/a.js"' in bytes(moved.answer(path).body).decode()
    assert moved.answer("/flows-ui").headers["location"] == "/flows-ui/"


def test_files_are_sent_compressed_to_browsers_that_know_how(built: WebUi, tmp_path: Path) -> None:
    (tmp_path / "web" / "assets" / "b.js").write_text("let a = 1\n" * 200)

    answer, plain = built.answer("/assets/b.js", "gzip, deflate, br"), built.answer("/assets/b.js")

    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(bytes(answer.body)) == plain.body == b"let a = 1\n" * 200
    assert answer.headers["vary"] == plain.headers["vary"] == "accept-encoding"
    assert "content-encoding" not in built.answer("/assets/a.js", "gzip").headers


def test_pages_are_only_read(built: WebUi) -> None:
    assert built.shows("GET", "/runs")
    assert not built.shows("POST", "/runs")


def test_where_there_are_no_pages_the_server_says_why(tmp_path: Path) -> None:
    for web_ui, why in ((WebUi(tmp_path / "nowhere"), UNBUILT), (WebUi(tmp_path, enabled=False), SWITCHED_OFF)):
        assert why in bytes(web_ui.answer("/").body).decode()


def test_a_link_from_elsewhere_leads_to_a_page_but_not_to_the_api() -> None:
    elsewhere = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    with served() as address, httpx.Client(base_url=address.removesuffix("/api"), headers=elsewhere) as http:
        assert http.get("/runs").status_code == 200
        assert http.get("/api/version").status_code == 403


def test_a_page_is_shown_to_its_own_host_alone_and_runs_no_foreign_script() -> None:
    with served() as address, httpx.Client(base_url=address.removesuffix("/api")) as http:
        assert http.get("/runs", headers={"host": "evil.example"}).status_code == 421
        policy = http.get("/runs").headers["content-security-policy"]

    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


def test_the_settings_switch_the_pages_off() -> None:
    with (
        temporary_settings({"PREFECT_UI_ENABLED": "false"}),
        served() as address,
        httpx.Client(base_url=address.removesuffix("/api")) as http,
    ):
        assert SWITCHED_OFF in http.get("/").text
