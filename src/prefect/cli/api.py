"""`prefect api METHOD PATH`"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from cyclopts import App, Parameter

from prefect._api.dispatching import Reply, Request
from prefect.cli.client import asking
from prefect.cli.running import CommandError
from prefect.client.transports import ServerUnreachable, http_options
from prefect.settings import get_current_settings

app = App(
    name="api",
    help_epilogue="""
prefect api GET /health
prefect api POST /flow_runs/filter --data '{"limit": 5}'
prefect api POST /flows/filter --data @question.json
prefect api GET /openapi.json --root
""".strip(),
)

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


@app.default
def send(
    method: str,
    path: str,
    *,
    data: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None,
    header: Annotated[list[str] | None, Parameter(name=["--header", "-H"])] = None,
    verbose: Annotated[bool, Parameter(name=["--verbose", "-v"])] = False,
    root: bool = False,
) -> None:
    """Send any request to the API and print the answer; the exit code is 1 where it is an error.

    Parameters
    ----------
    method
        GET, POST, PUT, PATCH or DELETE.
    path
        A path below /api, with its query.
    data
        The body as JSON; @FILE reads it from a file, and - or @- from the standard input.
    header
        A header, such as "X-Name: value"; may be given several times.
    verbose
        Show the request, and the status and the headers of the answer, on standard error.
    root
        The path begins at the server's root, not at /api.
    """
    asked = _request(method, path, data)
    if verbose:
        _show_request(asked)
    reply = _answer(asked, header or (), root=root)
    if verbose:
        _show_head(reply)
    print(_readable(reply.content))
    if reply.status >= 400:
        raise CommandError(f"{asked.method} {asked.path} was answered with {reply.status}.")


def _request(method: str, path: str, data: str | None) -> Request:
    if method.upper() not in METHODS:
        raise CommandError(f"{method!r} is no method of HTTP; it is one of {', '.join(METHODS[:5])}.")
    parts = urlsplit(path)
    body = _body(data)
    if body:
        _require_json(body)
    return Request(method.upper(), f"/{parts.path.lstrip('/')}", dict(parse_qsl(parts.query)), body)


def _body(data: str | None) -> bytes:
    if data is None:
        return b""
    if data in ("-", "@-"):
        return sys.stdin.buffer.read()
    if not data.startswith("@"):
        return data.encode()
    try:
        return Path(data[1:]).read_bytes()
    except OSError as error:
        raise CommandError(f"The body cannot be read from {data[1:]!r}: {error.strerror}.") from None


def _require_json(body: bytes) -> None:
    try:
        json.loads(body)
    except ValueError as error:
        raise CommandError(f"The body is no JSON: {error}.") from None


def _answer(asked: Request, headers: Sequence[str], *, root: bool) -> Reply:
    url = get_current_settings().api.url
    if url:
        return _of_server(asked, str(url).rstrip("/"), dict(map(_header, headers)), root=root)
    if root or headers:
        raise CommandError(
            "Without a server there are no headers, and nothing above /api. Start one (prefect server start) and set "
            "PREFECT_API_URL to its address."
        )
    with asking() as client:
        return client.send(asked)


def _of_server(asked: Request, url: str, headers: dict[str, str], *, root: bool) -> Reply:
    from prefect.utilities.lean_httpx import httpx

    place = f"{url.removesuffix('/api') if root else url}{asked.path}"
    with httpx.Client(**http_options(url, get_current_settings())) as client:
        if asked.body:
            headers = {"content-type": "application/json", **headers}
        try:
            answer = client.request(
                asked.method, place, params=dict(asked.query), content=asked.body or None, headers=headers
            )
        except httpx.TransportError as error:
            raise ServerUnreachable(url, error) from error
    return Reply(answer.status_code, answer.content, answer.headers)


def _header(given: str) -> tuple[str, str]:
    name, colon, value = given.partition(":")
    if not colon:
        raise CommandError(f'The header {given!r} has no colon; write it as "X-Name: value".')
    return name.strip(), value.strip()


def _show_request(asked: Request) -> None:
    print(f"> {asked.method} {asked.path}", file=sys.stderr)
    if asked.body:
        print(f"> {asked.body.decode(errors='replace')}", file=sys.stderr)


def _show_head(reply: Reply) -> None:
    print(f"< {reply.status}", file=sys.stderr)
    for name, value in reply.headers.items():
        print(f"< {name}: {value}", file=sys.stderr)


def _readable(content: bytes) -> str:
    """An answer as a person reads it; what is no JSON as it is."""
    try:
        return json.dumps(json.loads(content), indent=2, ensure_ascii=False)
    except ValueError:
        return content.decode(errors="replace")
