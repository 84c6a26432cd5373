"""Slots that are taken in one place and given back in another, for programs whose work is no block.

service = ConcurrencySlotAcquisitionWithLeaseService.instance(frozenset(["database"]))
lease_id = UUID(service.send((1, "concurrency")).result().json()["lease_id"])
...
client.release_concurrency_slots_with_lease(lease_id)

They ask by the requests that clients of any kind make, and so come after those who wait in line; nobody renews for them
(`client.renew_concurrency_lease`). Where a block will do, `prefect.concurrency.sync.concurrency` does all of it.
"""

from __future__ import annotations

import asyncio
import threading
import time
from abc import ABC
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar
from uuid import UUID

from typing_extensions import Self

from prefect._engine.slots import Patience
from prefect.client.orchestration import PrefectClient, get_client
from prefect.exceptions import (
    AcquireConcurrencySlotTimeoutError,
    ConcurrencySlotAcquisitionError,
    PrefectHTTPStatusError,
)
from prefect.utilities.lean_httpx import httpx

if TYPE_CHECKING:
    from prefect._wire.concurrency import ConcurrencyLeaseHolder

LOCKED = 423
ASK_AGAIN = 0.1
"""Seconds after which one asks again for slots that are taken."""
Mode = Literal["concurrency", "rate_limit"]
T = TypeVar("T")
Ask = Callable[[PrefectClient], Coroutine[Any, Any, T]]


class ConcurrencySlotAcquisitionServiceError(Exception):
    """Slots of the limits of tags cannot be had."""


class _Service(ABC):
    """Takes slots of some limits: awaited with `acquire`, or in the background with `send`."""

    _instances: ClassVar[dict[tuple[type, frozenset[str]], Any]] = {}
    _making: ClassVar[threading.Lock] = threading.Lock()
    acquire: Callable[..., Coroutine[Any, Any, httpx.Response]]

    def __init__(self, concurrency_limit_names: frozenset[str]) -> None:
        self.concurrency_limit_names = sorted(concurrency_limit_names)

    @classmethod
    def instance(cls, concurrency_limit_names: frozenset[str]) -> Self:
        """The one of this process for those names."""
        with cls._making:
            made: Self = cls._instances.setdefault((cls, concurrency_limit_names), cls(concurrency_limit_names))
        return made

    def send(self, item: tuple[Any, ...]) -> Future[httpx.Response]:
        """What `acquire` comes to with these arguments, later; a process that ends does not wait for it."""
        future: Future[httpx.Response] = Future()

        def work() -> None:
            try:
                future.set_result(asyncio.run(self.acquire(*item)))
            except BaseException as error:  # noqa: BLE001  # it is raised where the result is asked for
                future.set_exception(error)

        threading.Thread(target=work, name="prefect-slot-service", daemon=True).start()
        return future

    async def _granted(self, ask: Ask[T], patience: Patience) -> T:
        """What is answered as soon as the slots are free.

        Raises `AcquireConcurrencySlotTimeoutError`, and `ConcurrencySlotAcquisitionError` where the tries are used up
        or the slots will never be had.
        """
        began, tried = time.monotonic(), 0
        async with get_client() as client:
            while True:
                try:
                    return await ask(client)
                except PrefectHTTPStatusError as error:
                    tried += 1
                    if error.status != LOCKED or (patience.tries is not None and tried > patience.tries):
                        raise ConcurrencySlotAcquisitionError(self._told(str(error.reason))) from error
                if patience.seconds is not None and time.monotonic() - began >= patience.seconds:
                    raise AcquireConcurrencySlotTimeoutError(self._told(f"none were free in {patience.seconds} s"))
                await asyncio.sleep(ASK_AGAIN)

    def _told(self, why: str) -> str:
        return f"Unable to acquire concurrency slots on {self.concurrency_limit_names}: {why}"


class ConcurrencySlotAcquisitionService(_Service):
    """Takes slots until `client.release_concurrency_slots` gives them back."""

    async def acquire(
        self, slots: int, mode: Mode, timeout_seconds: float | None = None, max_retries: int | None = None
    ) -> httpx.Response:
        """Take so many slots of every limit; the answer lists the limits. Raises as `_granted`."""
        names = self.concurrency_limit_names
        taken = await self._granted(
            lambda client: client.increment_concurrency_slots(names, slots, mode),
            Patience(timeout_seconds, max_retries),
        )
        return httpx.Response(200, json=[limit.model_dump(mode="json") for limit in taken])


class ConcurrencySlotAcquisitionWithLeaseService(_Service):
    """Takes slots until their lease ends, or `client.release_concurrency_slots_with_lease` gives them back."""

    async def acquire(
        self,
        slots: int,
        mode: Mode,
        timeout_seconds: float | None = None,
        max_retries: int | None = None,
        lease_duration: float = 300,
        strict: bool = False,
        holder: ConcurrencyLeaseHolder | None = None,
    ) -> httpx.Response:
        """Take so many slots of every limit; the answer has the `lease_id` and the limits.

        Raises as `_granted`; when it is `strict`, `ConcurrencySlotAcquisitionError` for a name that is no limit's.
        """
        names = self.concurrency_limit_names
        taken = await self._granted(
            lambda client: client.increment_concurrency_slots_with_lease(names, slots, mode, lease_duration, holder),
            Patience(timeout_seconds, max_retries),
        )
        unknown = sorted({*names} - {limit.name for limit in taken.limits})
        if strict and unknown:
            async with get_client() as client:
                await client.release_concurrency_slots_with_lease(taken.lease_id)
            raise ConcurrencySlotAcquisitionError(
                f"Concurrency limits {unknown} must be created before acquiring slots"
            )
        return httpx.Response(200, json=taken.model_dump(mode="json"))


class TagSlotAcquisitionService(_Service):
    """Takes slots of the limits of tags, until `client.decrement_v1_concurrency_slots` gives them back.

    In `prefect.concurrency.v1.services` its name is `ConcurrencySlotAcquisitionService`.
    """

    async def acquire(self, task_run_id: UUID, timeout_seconds: float | None = None) -> httpx.Response:
        """Take a slot of every tag for a task run; the answer lists the limits.

        Raises `AcquireConcurrencySlotTimeoutError`, or `ConcurrencySlotAcquisitionServiceError`.
        """
        names = self.concurrency_limit_names
        try:
            taken = await self._granted(
                lambda client: client.increment_v1_concurrency_slots(names, task_run_id), Patience(timeout_seconds)
            )
        except ConcurrencySlotAcquisitionError as error:
            raise ConcurrencySlotAcquisitionServiceError(str(error)) from error
        return httpx.Response(200, json=[limit.model_dump(mode="json") for limit in taken])


__all__ = [
    "ConcurrencySlotAcquisitionService",
    "ConcurrencySlotAcquisitionServiceError",
    "ConcurrencySlotAcquisitionWithLeaseService",
    "TagSlotAcquisitionService",
]
