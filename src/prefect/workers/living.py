"""A worker at work in an event loop of its own: set up there, asked there, and torn down there."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from types import TracebackType
from typing import Any, Protocol, TypeVar

from typing_extensions import Self

from prefect.logging.loggers import get_logger

T = TypeVar("T")


class HasALife(Protocol):
    """A worker, as far as its life cares: kinds of workers watch their infrastructure between these two."""

    async def __aenter__(self) -> Any: ...

    async def __aexit__(self, *exc_info: Any) -> Any: ...


class Living:
    """A worker inside a block: entered when that begins, left when it ends, both in one task of one event loop."""

    def __init__(self, worker: HasALife) -> None:
        self._worker = worker
        self._begun: Future[asyncio.AbstractEventLoop] = Future()
        self._thread = threading.Thread(target=self._run, name="prefect-worker-life", daemon=True)

    def __enter__(self) -> Self:
        """Raises what the worker raises when it is entered."""
        self._thread.start()
        self._loop = self._begun.result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()

    def do(self, asked: Coroutine[Any, Any, T]) -> T:
        """Have something done in the worker's event loop, and wait for what comes of it."""
        return asyncio.run_coroutine_threadsafe(asked, self._loop).result()

    def _run(self) -> None:
        try:
            asyncio.run(self._live())
        except Exception as error:  # noqa: BLE001  # a worker's own code may raise anything
            if self._begun.done():
                get_logger("prefect.workers").exception("The worker could not be torn down.")
            else:
                self._begun.set_exception(error)

    async def _live(self) -> None:
        self._over = asyncio.Event()
        async with self._worker:
            self._begun.set_result(asyncio.get_running_loop())
            await self._over.wait()


__all__ = ["HasALife", "Living"]
