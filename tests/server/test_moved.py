"""The API below another path than `/api`."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from prefect.server.moved import Moved, base_path_of


@pytest.mark.parametrize(
    ("said", "path"), [(None, "/api"), ("", "/api"), ("/", "/api"), ("flows/api/", "/flows/api"), ("/x", "/x")]
)
def test_a_path_is_written_as_one_likes(said: str | None, path: str) -> None:
    assert base_path_of(said) == path


@pytest.mark.parametrize(
    ("asked", "handed_on"),
    [
        ("/flows/api", "/api"),
        ("/flows/api/health", "/api/health"),
        ("/flows/apis", "/flows/apis"),
        ("/runs", "/runs"),
        ("/api/health", "/nothing"),
    ],
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_the_api_is_where_a_setting_says_and_nowhere_else(kind: str, asked: str, handed_on: str) -> None:
    seen: list[Any] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append((scope["path"], scope["raw_path"]))

    request: Any = {"type": kind, "path": asked, "raw_path": asked.encode()}
    asyncio.run(Moved(app, "/flows/api")(request, None, None))  # type: ignore[arg-type]  # nobody asks them

    assert seen == [(handed_on, handed_on.encode())]
