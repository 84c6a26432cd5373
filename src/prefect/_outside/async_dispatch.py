"""Names for sync and async code by a pair of functions: most packages of blocks (aws, gcp, github, shell, ...)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec, TypeVar

from prefect.utilities.asyncutils import dispatched

P = ParamSpec("P")
T = TypeVar("T")


def async_dispatch(async_impl: Callable[P, Awaitable[T]]) -> Callable[[Callable[P, T]], Callable[..., Any]]:
    """Have a function do in async code what `async_impl` does; `_sync=True` forbids that."""

    def paired(sync_fn: Callable[P, T]) -> Callable[..., Any]:
        return dispatched(sync_fn, aio=async_impl)

    return paired
