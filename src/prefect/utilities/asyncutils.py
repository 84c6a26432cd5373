"""Bridges between code that waits and code that is awaited.

asyncio is loaded by the first call that needs it: a program without async code does not pay for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def in_thread(call: Callable[..., T], *args: object) -> T:
    """The result of a call that blocks, made in another thread while the event loop goes on."""
    import asyncio

    return await asyncio.to_thread(call, *args)
