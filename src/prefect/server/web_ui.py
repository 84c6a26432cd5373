"""The web UI as the server shows it: the built files, and one document for all addresses of its pages.

The document names its files relative to the address that was asked for, so that it works behind any prefix.
"""

from __future__ import annotations

import gzip
import mimetypes
from collections.abc import Mapping
from functools import cached_property
from html import escape
from pathlib import Path

from starlette.responses import HTMLResponse, RedirectResponse, Response

BUILT = Path(__file__).parent / "web"
DOCUMENT = "/index.html"
PAGES = frozenset(
    {
        *("dashboard", "runs", "flows", "deployments", "work-pools", "blocks", "variables", "settings"),
        *("automations", "events", "concurrency-limits", "artifacts"),
    }
)
"""The first parts of the paths of pages."""
SINGLE_PAGES = frozenset({"/", "/assets", "/assets/asset"})
"""Other pages; beside those of assets lie the files of the pages, and what is none of them is not there."""
WORTH_PACKING = 500
"""Bytes of a file of which compression saves any."""
FOREVER = "public, max-age=31536000, immutable"
NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Tidemill</title>
<h1>Tidemill</h1>
<p>The server is running. {why}</p>
<p>Its REST API lives under /api; <a href="/docs">/docs</a> says what it can do. In a terminal:
<code>prefect flow-run ls</code>, <code>prefect deployment ls</code>.</p></html>
"""
UNBUILT = (
    "The web UI is not in this installation, because it could not be built: it needs Node 20 or later with npm. "
    "Install Node and install the package again."
)
SWITCHED_OFF = "The web UI is switched off (--no-ui, or PREFECT_SERVER_UI_ENABLED)."


class WebUi:
    """The files of the web UI, by their paths below `base`, and where they find the API if not beside them."""

    def __init__(
        self, folder: Path = BUILT, *, enabled: bool = True, base: str = "/", api_url: str | None = None
    ) -> None:
        self._folder = folder
        self._enabled = enabled
        self._base = f"/{base.strip('/')}".rstrip("/")
        self.api_url = api_url or ("/api" if self._base else None)

    @cached_property
    def files(self) -> Mapping[str, bytes]:
        if not self._enabled or not self._folder.is_dir():
            return {}
        files = (file for file in self._folder.rglob("*") if file.is_file() and file.suffix)
        return {f"/{file.relative_to(self._folder).as_posix()}": file.read_bytes() for file in files}

    @cached_property
    def packed(self) -> Mapping[str, bytes]:
        """The files that are smaller when they are compressed, so."""
        texts = {path: content for path, content in self.files.items() if path.endswith((".js", ".css", ".svg"))}
        return {
            path: gzip.compress(content, mtime=0) for path, content in texts.items() if len(content) > WORTH_PACKING
        }

    @property
    def absence(self) -> str | None:
        """Why there are no pages, or None."""
        if DOCUMENT in self.files:
            return None
        return UNBUILT if self._enabled else SWITCHED_OFF

    def shows(self, method: str, path: str) -> bool:
        """Whether a request is for a page or one of its files, which are the same for everybody."""
        below = self._below(path)
        first = below[1:].partition("/")[0]
        return method in ("GET", "HEAD") and (below in SINGLE_PAGES or below in self.files or first in PAGES)

    def _below(self, path: str) -> str:
        """A path as it is below the base. One that is not below it came through a proxy that took the base away."""
        if path == self._base:
            return "/"
        return path[len(self._base) :] if path.startswith(f"{self._base}/") else path

    def answer(self, path: str, accepted: str = "") -> Response:
        """The file at a path, or the document of all pages; `accepted` are the encodings that the browser knows."""
        if self._base and path == self._base:
            return RedirectResponse(f"{self._base}/")
        path = self._below(path)
        if self.absence is not None:
            return HTMLResponse(NOT_BUILT.format(why=self.absence))
        if path in self.files and path != DOCUMENT:
            kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
            lasting = FOREVER if path.startswith("/assets/") else "no-cache"
            headers = {"cache-control": lasting, "vary": "accept-encoding"}
            if "gzip" in accepted and path in self.packed:
                return Response(self.packed[path], media_type=kind, headers={**headers, "content-encoding": "gzip"})
            return Response(self.files[path], media_type=kind, headers=headers)
        return self.page(path)

    def page(self, path: str, status: int = 200) -> Response:
        """The document of all pages, for an address."""
        return HTMLResponse(self._document(path), status, headers={"cache-control": "no-cache"})

    def _document(self, path: str) -> bytes:
        up = "../" * (path.count("/") - 1) or "./"
        document = self.files[DOCUMENT].replace(b'="/', f'="{up}'.encode())
        if self.api_url is None:
            return document
        return document.replace(b"<title>", f'<meta name="api" content="{escape(self.api_url)}" /><title>'.encode(), 1)
