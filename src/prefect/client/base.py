"""Clients of HTTP that try again while a server is busy or away, for programs that ask others than this API.

    async with PrefectHttpxAsyncClient(base_url="https://example.com") as client:
        await client.get("/health")

How often, and after which answers, the settings of the client say.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Generator
from typing import Any

from prefect.client.operations import message_of
from prefect.client.transports import Delays, asked_to_wait
from prefect.exceptions import PrefectHTTPStatusError
from prefect.settings import get_current_settings
from prefect.utilities.lean_httpx import httpx

Told = httpx.Response | httpx.TransportError
"""What became of one try."""


def _tries() -> Generator[float, Told, httpx.Response]:
    """The seconds to wait before each try; takes what became of it, and ends with the answer.

    Raises the error of the last try where there was no answer.
    """
    delays = Delays(get_current_settings())
    left, delay = iter(delays), 0.0
    while True:
        told = yield delay
        further = next(left, None)
        if isinstance(told, httpx.Response):
            if told.status_code not in delays.codes or further is None:
                return told
            delay = max(further, asked_to_wait(told.headers))
        elif further is None:
            raise told
        else:
            delay = further


def _required(response: httpx.Response, *, is_strict: bool) -> httpx.Response:
    """An answer; one that tells of an error only where it is to be handed on."""
    if response.is_error and is_strict:
        reason = message_of(response.content)
        told = f"{response.request.method} {response.request.url} was answered with {response.status_code}: {reason}"
        raise PrefectHTTPStatusError(told, status=response.status_code, reason=reason, response=response)
    return response


class PrefectHttpxSyncClient(httpx.Client):
    """As httpx.Client; it tries again, and raises `PrefectHTTPStatusError` for errors, if not told otherwise.

    `enable_csrf_support` is taken for older programs: `get_client()` gives clients that bring the API's tokens.
    """

    def __init__(
        self, *args: Any, enable_csrf_support: bool = False, raise_on_all_errors: bool = True, **kwargs: Any
    ) -> None:
        self.raise_on_all_errors = raise_on_all_errors
        super().__init__(*args, **kwargs)

    def send(self, request: httpx.Request, *args: Any, **kwargs: Any) -> httpx.Response:
        tries = _tries()
        delay = next(tries)
        while True:
            time.sleep(delay)
            try:
                told: Told = super().send(request, *args, **kwargs)
            except httpx.TransportError as error:
                told = error
            try:
                delay = tries.send(told)
            except StopIteration as end:
                end.value.read()
                return _required(end.value, is_strict=self.raise_on_all_errors)


class PrefectHttpxAsyncClient(httpx.AsyncClient):
    """As `PrefectHttpxSyncClient`, awaited."""

    def __init__(
        self, *args: Any, enable_csrf_support: bool = False, raise_on_all_errors: bool = True, **kwargs: Any
    ) -> None:
        self.raise_on_all_errors = raise_on_all_errors
        super().__init__(*args, **kwargs)

    async def send(self, request: httpx.Request, *args: Any, **kwargs: Any) -> httpx.Response:
        tries = _tries()
        delay = next(tries)
        while True:
            await asyncio.sleep(delay)
            try:
                told: Told = await super().send(request, *args, **kwargs)
            except httpx.TransportError as error:
                told = error
            try:
                delay = tries.send(told)
            except StopIteration as end:
                await end.value.aread()
                return _required(end.value, is_strict=self.raise_on_all_errors)


__all__ = ["PrefectHttpxAsyncClient", "PrefectHttpxSyncClient"]
