"""Limits for tests, and what is taken of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec
from uuid import uuid4

from prefect._clock import now
from prefect._domain.concurrency import ConcurrencyLimit, Occupant
from prefect._orchestration import concurrency_limits
from prefect._store.database import Database

P = ParamSpec("P")


def in_a_loop(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """A test that is awaited, in an event loop of its own."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


def a_limit(db: Database, name: str = "x", limit: int = 1, **fields: Any) -> None:
    made = ConcurrencyLimit(uuid4(), name, limit, created=now(), updated=now(), **fields)
    concurrency_limits.create(db, made, now=now(), new_id=uuid4)


def active(db: Database, name: str = "x") -> int:
    return concurrency_limits.read(db, name, now=now()).active_slots


def holders(db: Database, name: str = "x") -> list[Occupant]:
    return concurrency_limits.holders(db, [name], now=now())


def waiting(db: Database, name: str = "x") -> int:
    return len(concurrency_limits.waiting(db, [name], now=now()))
