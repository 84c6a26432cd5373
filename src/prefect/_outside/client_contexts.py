"""A client that functions further in find: one for sync code, one for async code.

with SyncClientContext.get_or_create() as context:
    context.client.read_flows()
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar

from typing_extensions import Self

from prefect._outside.contexts import ContextModel
from prefect.client.orchestration import PrefectClient, SyncPrefectClient, get_client


class SyncClientContext(ContextModel):
    """A client in force; inside of the block it is open."""

    __var__: ClassVar[ContextVar[Any]] = ContextVar("prefect_sync_client")
    client: SyncPrefectClient

    def __init__(self, httpx_settings: dict[str, Any] | None = None) -> None:
        """With a client of its own; the settings of httpx are taken for older programs."""
        super().__init__(**{"client": get_client(sync_client=True)})

    def __enter__(self) -> Self:
        self.client.__enter__()
        return super().__enter__()

    def __exit__(self, *exc_info: object) -> None:
        super().__exit__(*exc_info)
        self.client.__exit__(*exc_info)

    @classmethod
    @contextmanager
    def get_or_create(cls) -> Iterator[Self]:
        """The context that is in force; without one, a new one for the time of the block."""
        known = cls.get()
        if known is not None:
            yield known
            return
        with cls() as made:
            yield made


class AsyncClientContext(ContextModel):
    """As `SyncClientContext`, with a client for async code."""

    __var__: ClassVar[ContextVar[Any]] = ContextVar("prefect_async_client")
    client: PrefectClient

    def __init__(self, httpx_settings: dict[str, Any] | None = None) -> None:
        """With a client of its own; the settings of httpx are taken for older programs."""
        super().__init__(**{"client": get_client()})

    async def __aenter__(self) -> Self:
        await self.client.__aenter__()
        return super().__enter__()

    async def __aexit__(self, *exc_info: object) -> None:
        super().__exit__(*exc_info)
        await self.client.__aexit__(*exc_info)

    @classmethod
    @asynccontextmanager
    async def get_or_create(cls) -> AsyncIterator[Self]:
        """The context that is in force; without one, a new one for the time of the block."""
        known = cls.get()
        if known is not None:
            yield known
            return
        async with cls() as made:
            yield made


__all__ = ["AsyncClientContext", "SyncClientContext"]
