"""Following one flow run: its log lines and its events together, until it has ended.

async with FlowRunSubscriber(flow_run_id=run.id) as run:
    async for item in run:
        ...  # a `Log` or an `Event`
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from uuid import UUID

from typing_extensions import Self

from prefect._domain.states import FINAL
from prefect._wire.event_filters import EventAnyResourceFilter, EventFilter
from prefect._wire.events import Event
from prefect._wire.filters import LogFilter
from prefect._wire.objects import Log
from prefect.client.following import EventsFollowed, LogsFollowed, Subscription
from prefect.client.orchestration import SyncPrefectClient, new_transport
from prefect.utilities.asyncutils import in_thread

ENDS = frozenset(type.value for type in FINAL)


class FlowRunSubscriber:
    """Gives the log lines and events of a flow run as they are recorded.

    It ends `straggler_timeout` seconds after the run's last state, for what is recorded late. The last argument is
    taken for older programs.
    """

    def __init__(self, flow_run_id: UUID, straggler_timeout: float = 3, reconnection_attempts: int = 10) -> None:
        self.flow_run_id = flow_run_id
        self._resource_id = f"prefect.flow-run.{flow_run_id}"
        self._straggler_timeout = straggler_timeout
        self._ends_at: float | None = None
        events = EventFilter(any_resource=EventAnyResourceFilter(id=[self._resource_id]))
        logs = LogFilter.model_validate({"flow_run_id": {"any_": [flow_run_id]}})
        self._followed: Subscription[Log | Event] = Subscription(
            lambda: EventsFollowed(new_transport(), events), lambda: LogsFollowed(new_transport(), logs)
        )

    async def __aenter__(self) -> Self:
        await self._followed.begin()
        if await in_thread(self._has_ended):
            self._end_soon()
        return self

    def _has_ended(self) -> bool:
        """Whether the run has ended already, maybe so long ago that nobody tells of it any more."""
        with SyncPrefectClient(new_transport()) as client:
            run = client.read_flow_run(self.flow_run_id)
        return run.state is not None and run.state.is_final()

    async def __aexit__(self, *exc_info: object) -> None:
        self._followed.end()

    def __aiter__(self) -> AsyncIterator[Log | Event]:
        return self

    async def __anext__(self) -> Log | Event:
        left = None if self._ends_at is None else max(self._ends_at - time.monotonic(), 0.0)
        try:
            item = await self._followed.next(left)
        except asyncio.TimeoutError:
            raise StopAsyncIteration from None
        if isinstance(item, Event) and self._is_end(item):
            self._end_soon()
        return item

    def _is_end(self, event: Event) -> bool:
        return event.resource.id == self._resource_id and event.resource.get("prefect.state-type") in ENDS

    def _end_soon(self) -> None:
        self._ends_at = time.monotonic() + self._straggler_timeout


__all__ = ["FlowRunSubscriber"]
