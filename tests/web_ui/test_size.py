"""How much the pages are."""

from __future__ import annotations

import pytest

from prefect.server.web_ui import DOCUMENT, WebUi

MOST = 200_000


def test_all_pages_together_stay_under_200_kB_as_they_are_sent() -> None:
    """Every script, style, picture and the document, each compressed by gzip as the server sends it."""
    pages = WebUi()
    if DOCUMENT not in pages.files:
        pytest.skip("needs the built pages: python ui/build.py")

    sizes = {path: len(pages.packed.get(path, content)) for path, content in pages.files.items()}

    assert sum(sizes.values()) < MOST, sorted(sizes.items(), key=lambda one: -one[1])[:10]
