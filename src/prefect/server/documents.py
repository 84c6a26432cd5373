"""The site of the documents as the server shows it, below /docs/, where it is in this installation.

`python3 dev.py docs` in a clone builds it, and a wheel that is built afterwards holds it: one archive, well under a
megabyte. It is read when somebody first asks for a page.
"""

from __future__ import annotations

import base64
import hashlib
import mimetypes
import re
import tarfile
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

ARCHIVE = Path(__file__).parent / "documents.tar.xz"
NOT_THERE = {"detail": "There is no such page among the documents; /docs/ lists them."}
INLINE_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
POLICY = (
    "default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


class Documents:
    """The files of the site, by their paths below /docs/."""

    def __init__(self, archive: Path = ARCHIVE) -> None:
        self._archive = archive

    @property
    def are_there(self) -> bool:
        return self._archive.is_file()

    @cached_property
    def files(self) -> Mapping[str, bytes]:
        with tarfile.open(self._archive, "r:xz") as archive:
            held = ((member.name, archive.extractfile(member)) for member in archive)
            return {name: file.read() for name, file in held if file is not None}

    def answer(self, request: Request) -> Response:
        """The page or the file that is asked for."""
        path = request.path_params["path"] or "index.html"
        content = self.files.get(path)
        if content is None:
            return JSONResponse(NOT_THERE, 404)
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        headers = {"cache-control": "no-cache", "content-security-policy": POLICY.format(scripts=_allowed(content))}
        return Response(content, media_type=kind, headers=headers if kind == "text/html" else {})


def _allowed(page: bytes) -> str:
    """The page's own scripts, as a policy names them: no others run in it."""
    digests = (hashlib.sha256(script).digest() for script in INLINE_SCRIPT.findall(page))
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
