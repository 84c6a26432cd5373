"""Backfills: a deployment's past run (again), one run for each time of a schedule within a span.

    days = {"day": "{{ slot.date() }}"}
    backfill = create_backfill("etl/nightly", start="2026-01-01", end="2026-01-31", parameters=days)
    backfill.wait()

A server makes their runs, a few at a time; without one a worker does, or a program that serves flows. Async code awaits
these names.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, TypedDict
from uuid import UUID

from typing_extensions import Unpack

from prefect._domain.backfills import Again, BackfillStatus, SlotOrder
from prefect._domain.schedules import IntervalSchedule, Schedule
from prefect._wire.backfills import BackfillCreate, BackfillPreview, BackfillProgress, BackfillResponse
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.utilities.asyncutils import dispatched, in_thread

if TYPE_CHECKING:
    from typing_extensions import Self

LOOK_EVERY = 0.5
"""Seconds between two looks at a backfill that is waited for."""
GOES_ON = (BackfillStatus.RUNNING, BackfillStatus.PAUSED)


class BackfillOptions(TypedDict, total=False):
    """What is said of a backfill beside its deployment and its span.

    Its slots lie `every` so far apart from its start on, or are the times of a `schedule`, of the deployment's schedule
    with a `schedule_id`, or of its only one. Its runs wait in that queue of their pool, and have these tags and job
    variables beside those of the deployment.
    """

    every: timedelta | None
    schedule: Schedule | None
    schedule_id: UUID | None
    order: SlotOrder | str
    max_active: int
    parameters: Mapping[str, Any]
    again: Again | str
    work_queue_name: str | None
    tags: Sequence[str]
    job_variables: Mapping[str, Any]
    name: str | None


class Backfill(BackfillResponse):
    """A backfill as it was when it was read last."""

    @classmethod
    @dispatched
    def read(cls, id_or_name: UUID | str) -> Self:
        """The backfill with that id, or of that name. Raises `ObjectNotFound`."""
        with get_client(sync_client=True) as client:
            return cls.model_validate(_found(client, id_or_name).model_dump())

    @dispatched
    def refresh(self) -> Self:
        """Read it anew. Raises `ObjectNotFound`."""
        with get_client(sync_client=True) as client:
            return self._became(client.read_backfill(self.id))

    @dispatched
    def pause(self) -> Self:
        """Have it make no more runs; those that it has made go on."""
        with get_client(sync_client=True) as client:
            return self._became(client.pause_backfill(self.id))

    @dispatched
    def resume(self) -> Self:
        """Have it make runs again."""
        with get_client(sync_client=True) as client:
            return self._became(client.resume_backfill(self.id))

    @dispatched
    def cancel(self, *, running: bool = False) -> Self:
        """Have it make no more runs, and cancel those that wait to be started; with `running` those under way, too."""
        with get_client(sync_client=True) as client:
            return self._became(client.cancel_backfill(self.id, running=running))

    @dispatched
    def retry(self) -> int:
        """Have its runs run again that failed or crashed; how many."""
        with get_client(sync_client=True) as client:
            return client.retry_backfill(self.id)

    @dispatched
    def wait(self, timeout: float | None = None) -> Self:
        """Return when it has ended. Raises `TimeoutError` where it has not after so many seconds."""
        end = None if timeout is None else time.monotonic() + timeout
        with get_client(sync_client=True) as client:
            while self._became(client.read_backfill(self.id)).status in GOES_ON:
                if end is not None and time.monotonic() > end:
                    raise TimeoutError(f"The backfill {self.name!r} has not ended within {timeout} seconds.")
                time.sleep(LOOK_EVERY)
        return self

    def _became(self, found: BackfillResponse) -> Self:
        for field in type(found).model_fields:
            setattr(self, field, getattr(found, field))
        return self

    @classmethod
    async def aread(cls, id_or_name: UUID | str) -> Self:
        return await in_thread(cls.read, id_or_name, _sync=True)

    async def arefresh(self) -> Self:
        return await in_thread(self.refresh, _sync=True)

    async def apause(self) -> Self:
        return await in_thread(self.pause, _sync=True)

    async def aresume(self) -> Self:
        return await in_thread(self.resume, _sync=True)

    async def acancel(self, *, running: bool = False) -> Self:
        return await in_thread(self.cancel, running=running, _sync=True)

    async def aretry(self) -> int:
        return await in_thread(self.retry, _sync=True)


@dispatched
def create_backfill(
    deployment: UUID | str, start: datetime | str, end: datetime | str, **options: Unpack[BackfillOptions]
) -> Backfill:
    """A new backfill of a deployment, given as its id or `flow/deployment`, from one moment to another, both included.

    A moment without a zone is one of UTC. Slots after now are left out. Raises `ObjectNotFound`, and
    `PrefectHTTPStatusError` or `ValueError` for what cannot be.
    """
    with get_client(sync_client=True) as client:
        made = client.create_backfill(_wanted(client, deployment, start, end, options))
    return Backfill.model_validate(made.model_dump())


async def acreate_backfill(
    deployment: UUID | str, start: datetime | str, end: datetime | str, **options: Unpack[BackfillOptions]
) -> Backfill:
    made: Backfill = await in_thread(create_backfill, deployment, start, end, _sync=True, **options)
    return made


@dispatched
def preview_backfill(
    deployment: UUID | str, start: datetime | str, end: datetime | str, **options: Unpack[BackfillOptions]
) -> BackfillPreview:
    """How many slots such a backfill would have, and between which moments; nothing is made."""
    with get_client(sync_client=True) as client:
        return client.preview_backfill(_wanted(client, deployment, start, end, options))


async def apreview_backfill(
    deployment: UUID | str, start: datetime | str, end: datetime | str, **options: Unpack[BackfillOptions]
) -> BackfillPreview:
    seen: BackfillPreview = await in_thread(preview_backfill, deployment, start, end, _sync=True, **options)
    return seen


def _wanted(
    client: SyncPrefectClient,
    deployment: UUID | str,
    start: datetime | str,
    end: datetime | str,
    options: BackfillOptions,
) -> BackfillCreate:
    given = {name: value for name, value in options.items() if value is not None and name != "every"}
    every, begin = options.get("every"), _moment(start)
    if every is not None:
        if "schedule" in given or "schedule_id" in given:
            raise ValueError("Say 'every' or a schedule, not both: each says when the slots are.")
        given["schedule"] = IntervalSchedule(every, begin)
    return BackfillCreate.model_validate(
        {"deployment_id": _id_of(client, deployment), "start": begin, "end": _moment(end), **given}
    )


def _moment(given: datetime | str) -> datetime:
    moment = datetime.fromisoformat(given) if isinstance(given, str) else given
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=timezone.utc)


def _id_of(client: SyncPrefectClient, deployment: UUID | str) -> UUID:
    if isinstance(deployment, UUID):
        return deployment
    return client.read_deployment_by_name(deployment).id if "/" in deployment else UUID(deployment)


def _found(client: SyncPrefectClient, id_or_name: UUID | str) -> BackfillResponse:
    if isinstance(id_or_name, UUID):
        return client.read_backfill(id_or_name)
    try:
        id = UUID(id_or_name)
    except ValueError:
        return client.read_backfill_by_name(id_or_name)
    return client.read_backfill(id)


__all__ = [
    "Again",
    "Backfill",
    "BackfillOptions",
    "BackfillPreview",
    "BackfillProgress",
    "BackfillStatus",
    "SlotOrder",
    "acreate_backfill",
    "apreview_backfill",
    "create_backfill",
    "preview_backfill",
]
