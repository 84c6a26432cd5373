"""Backfills as programs make them, sync and async, and one that runs for real."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path
from uuid import UUID

import pytest

from prefect._domain.schedules import CronSchedule
from prefect._engine.recorders import recorder
from prefect.backfills import Backfill, BackfillStatus, SlotOrder, acreate_backfill, create_backfill, preview_backfill
from prefect.runner.duties import BACKFILLS, Duties
from tests.recorded import flow_runs
from tests.runner.scenes import deployed, running

CODE = """
from prefect import runtime

@flow
def around(day: str = ""):
    note("seen.txt", f"{day} {runtime.flow_run.scheduled_start_time.isoformat()}")
    if not os.path.exists("mended") and day.endswith("-03"):
        raise ValueError("bad day")
"""
MARCH = datetime(2026, 3, 1, tzinfo=timezone.utc)
DAILY = [CronSchedule("0 6 * * *")]


@contextmanager
def duties() -> Iterator[None]:
    """The duty that makes runs of backfills, carried out as a runner's program does."""
    carried_out = Duties(recorder().db, (BACKFILLS,))
    thread = threading.Thread(target=carried_out.run)
    thread.start()
    try:
        yield
    finally:
        carried_out.stop()
        thread.join()


def test_a_program_runs_its_past_and_then_what_failed() -> None:
    deployment_id = deployed(CODE, schedules=DAILY)

    backfill = create_backfill(
        "around/test", "2026-03-01", "2026-03-04", max_active=2, parameters={"day": "{{ slot.date() }}"}
    )
    assert (backfill.slots, backfill.status) == (3, BackfillStatus.RUNNING)
    with duties(), running(deployment_id):
        assert backfill.wait(60).status is BackfillStatus.FAILED
        assert (backfill.progress.completed, backfill.progress.failed) == (2, 1)
        Path("mended").touch()
        assert backfill.retry() == 1
        assert backfill.wait(60).status is BackfillStatus.COMPLETED

    seen = Path("seen.txt").read_text().split("\n")
    assert sorted(seen) == [
        "",
        "2026-03-01 2026-03-01T06:00:00+00:00",
        "2026-03-02 2026-03-02T06:00:00+00:00",
        "2026-03-03 2026-03-03T06:00:00+00:00",
        "2026-03-03 2026-03-03T06:00:00+00:00",
    ]
    assert len(flow_runs()) == 3


def test_a_backfill_is_handled_by_sync_code() -> None:
    deployment_id = deployed(CODE)
    options = {"every": timedelta(hours=6), "order": SlotOrder.LATEST, "name": "spring"}

    seen = preview_backfill(deployment_id, MARCH, MARCH + timedelta(days=1), every=timedelta(hours=6))
    backfill = create_backfill(str(deployment_id), MARCH, "2026-03-02T00:00:00+00:00", **options)  # type: ignore[arg-type]

    assert (seen.count, seen.first, backfill.slots) == (5, MARCH, 5)
    assert backfill.pause().status is BackfillStatus.PAUSED
    assert Backfill.read("spring") == Backfill.read(backfill.id) == backfill
    assert backfill.resume().status is BackfillStatus.RUNNING
    assert backfill.cancel(running=True).refresh().status is BackfillStatus.CANCELLED
    with pytest.raises(ValueError, match="not both"):
        create_backfill(deployment_id, MARCH, MARCH, every=timedelta(hours=1), schedule=DAILY[0])


def test_a_backfill_is_handled_by_async_code() -> None:
    deployment_id = deployed(CODE)

    async def handled() -> tuple[UUID, list[BackfillStatus]]:
        made = await acreate_backfill(deployment_id, MARCH, MARCH + timedelta(days=2), schedule=DAILY[0])
        statuses = [(await made.apause()).status, (await made.aresume()).status, (await made.acancel()).status]
        with pytest.raises(TimeoutError, match="has not ended"):
            await (await create_backfill(deployment_id, MARCH, MARCH, every=timedelta(hours=1))).wait(timeout=0)
        return made.id, [*statuses, (await Backfill.aread(made.id)).status]

    id, statuses = asyncio.run(handled())

    assert statuses == ["PAUSED", "RUNNING", "CANCELLED", "CANCELLED"]
    assert Backfill.read(str(id)).slots == 2
