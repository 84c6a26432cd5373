"""The site of the documents, where it is in an installation, and what its pages may do in a browser."""

from __future__ import annotations

import base64
import hashlib
import tarfile
from pathlib import Path

import httpx
import pytest

from docs.building import site
from prefect.server import documents
from tests.serving import served

SCRIPT = "var palette"
PAGE = f"<html><script>{SCRIPT}</script><script src='a.js'></script></html>"


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small site, shipped as `dev.py docs` ships the large one."""
    folder, archive = tmp_path / "site", tmp_path / "documents.tar.xz"
    (folder / "how-to").mkdir(parents=True)
    (folder / "index.html").write_text(PAGE)
    (folder / "how-to" / "cache.html").write_text("<html>Cache</html>")
    (folder / "a.js").write_text("1")
    monkeypatch.setattr(site, "SHIPPED", archive)
    monkeypatch.setattr(documents.Documents.__init__, "__defaults__", (archive,))
    assert site.ship(folder) == archive.stat().st_size
    return archive


@pytest.mark.usefixtures("built")
def test_pages_and_files_are_below_docs_and_the_list_of_the_api_stays_in_its_place() -> None:
    with served() as address:
        root = address.removesuffix("/api")
        answers = {path: httpx.get(f"{root}{path}") for path in ("/docs", "/docs/", "/docs/how-to/cache.html")}
        script, missing = httpx.get(f"{root}/docs/a.js"), httpx.get(f"{root}/docs/nothing.html")

    assert "REST API" in answers["/docs"].text
    assert 'href="docs/"' in answers["/docs"].text
    assert answers["/docs/"].text == PAGE
    assert answers["/docs/how-to/cache.html"].text == "<html>Cache</html>"
    assert script.headers["content-type"].startswith("text/javascript")
    assert missing.status_code == 404
    assert "/docs/" in missing.json()["detail"]


@pytest.mark.usefixtures("built")
def test_only_a_pages_own_scripts_run_in_it() -> None:
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()

    with served() as address:
        policy = httpx.get(f"{address.removesuffix('/api')}/docs/").headers["content-security-policy"]

    assert f"script-src 'self' 'sha256-{digest}'; " in policy
    assert "default-src 'none'" in policy


def test_where_the_site_is_not_built_in_there_is_only_the_list_of_the_api(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents.Documents.__init__, "__defaults__", (tmp_path / "nothing",))

    with served() as address:
        answer = httpx.get(f"{address.removesuffix('/api')}/docs")

    assert "REST API" in answer.text
    assert 'href="docs/"' not in answer.text


def test_a_site_is_the_same_archive_wherever_and_whenever_it_is_built(built: Path, tmp_path: Path) -> None:
    with tarfile.open(built, "r:xz") as archive:
        assert [(member.name, member.mtime, member.uname) for member in archive] == [
            ("a.js", 0, ""),
            ("how-to/cache.html", 0, ""),
            ("index.html", 0, ""),
        ]


def test_what_would_swell_a_wheel_is_not_shipped(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "LARGEST", 10)

    with pytest.raises(ValueError, match="it is not shipped"):
        site.ship(tmp_path / "site")
    assert not built.exists()
