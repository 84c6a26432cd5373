"""Giving functions a client: the one that they are called with, or one of their own for the time of the call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from inspect import signature
from typing import Any, Concatenate, TypeVar, cast

from typing_extensions import ParamSpec

from prefect.client.orchestration import PrefectClient, get_client

P = ParamSpec("P")
R = TypeVar("R")

__all__ = ["client_injector", "get_or_create_client", "inject_client"]


def get_or_create_client(client: PrefectClient | None = None) -> tuple[PrefectClient, bool]:
    """A client, and whether it was given: one that is new is to be opened (`async with`) by whoever asked for it."""
    return (get_client(), False) if client is None else (client, True)


def inject_client(fn: Callable[P, Coroutine[Any, Any, R]]) -> Callable[P, Coroutine[Any, Any, R]]:
    """Have an async function whose `client` is left out, or None, called with a client that is open meanwhile."""
    declared = signature(fn)

    @wraps(fn)
    async def called(*args: P.args, **kwargs: P.kwargs) -> R:
        given = declared.bind_partial(*args, **kwargs)
        if given.arguments.get("client") is not None:
            return await fn(*args, **kwargs)
        async with get_client() as client:
            given.arguments["client"] = client
            return await cast("Callable[..., Awaitable[R]]", fn)(*given.args, **given.kwargs)

    return called


def client_injector(
    func: Callable[Concatenate[PrefectClient, P], Coroutine[Any, Any, R]],
) -> Callable[P, Coroutine[Any, Any, R]]:
    """Have an async function called with an open client before its other arguments."""

    @wraps(func)
    async def called(*args: P.args, **kwargs: P.kwargs) -> R:
        async with get_client() as client:
            return await func(client, *args, **kwargs)

    return called
