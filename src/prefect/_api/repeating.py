"""Requests that are sent again because their answer was lost: what they make is made once.

A client gives each request that makes something a key, in the header `Idempotency-Key`, and sends it again with the
same key. The ids of what is made follow from the key, so the second time they are there already, whoever answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from uuid import UUID

HEADER = "idempotency-key"
TAIL = (1 << 62) - 1
"""The bits of an id that are chance; those before it say its age."""


def ids_for(headers: Mapping[str, str], otherwise: Callable[[], UUID]) -> Callable[[], UUID]:
    """Where the ids come from of what a request makes: from its key, or else from `otherwise`."""
    try:
        key = UUID(headers[HEADER])
    except (KeyError, ValueError):
        return otherwise
    numbers = count()
    return lambda: _nth(key, next(numbers))


def _nth(key: UUID, number: int) -> UUID:
    return UUID(int=(key.int & ~TAIL) | ((key.int + number) & TAIL))
