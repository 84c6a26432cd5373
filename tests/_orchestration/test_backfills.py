"""Backfills from their making to their end, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import count
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest

from prefect._domain.backfills import Again, Backfill, BackfillStatus, Progress, SlotOrder
from prefect._domain.deployments import CatchUp, Deployment
from prefect._domain.flow_runs import FlowRun
from prefect._domain.schedule_changes import WantedSchedule
from prefect._domain.schedules import CronSchedule, IntervalSchedule
from prefect._orchestration import backfills, deployments, schedules
from prefect._orchestration.backfills import Found, Wanted
from prefect._orchestration.duties.backfilling import make_runs, what_is_backfilled
from prefect._orchestration.duties.catching_up import let_missed_runs_go
from prefect._orchestration.duties.waiting import call_late
from prefect._store.database import Database, open_database
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound, SchemaMismatch
from tests._orchestration.deployed import (
    EVERY_MINUTE,
    HOUR,
    MINUTE,
    NOON,
    SECOND,
    a_deployment,
    a_run,
    claimed,
    moved,
    planned,
    reread,
    runs_of,
    times_of,
)

EVERY_HOUR = CronSchedule("0 * * * *")

_numbers = count()


def begun(db: Database, deployment: Deployment, *, hours: int = 4, at: datetime = NOON, **wanted: Any) -> Backfill:
    """A backfill of a deployment, whose slots are so many full hours before noon, and noon."""
    asked = Wanted(deployment.id, NOON - hours * HOUR, NOON, **{"schedule": EVERY_HOUR, **wanted})
    return backfills.create(db, asked, now=at, new_id=uuid4, new_name=lambda: f"b-{next(_numbers)}").backfill


def seen_to(db: Database, *, at: datetime = NOON) -> int:
    """How many runs are made now."""
    return make_runs(db, now=at, new_id=uuid4, new_name=lambda: f"slot-{next(_numbers)}")


def ended(db: Database, type: str = "COMPLETED", *, at: datetime = NOON, limit: int = 100) -> list[datetime]:
    """Runs are claimed and end so; their times, in the order in which they were claimed."""
    claims = claimed(db, at=at, limit=limit)
    for claim in claims:
        moved(db, claim.run, "RUNNING", at=at)
        moved(db, claim.run, type, at=at)
    return [claim.run.expected_start_time for claim in claims if claim.run.expected_start_time is not None]


def now_as(db: Database, backfill: Backfill) -> Found:
    return backfills.read(db, backfill.id)


def hours_before_noon(*numbers: int) -> list[datetime]:
    return [NOON - number * HOUR for number in numbers]


def test_a_backfill_has_a_run_for_each_slot_with_the_slot_as_its_time(db: Database) -> None:
    backfill = begun(db, made := a_deployment(db))

    assert seen_to(db) == 5
    assert times_of(db, made.id) == hours_before_noon(4, 3, 2, 1, 0)
    run = runs_of(db, made.id)[0]
    assert (run.tags, run.auto_scheduled, run.state_name) == ([f"backfill:{backfill.name}"], False, "Scheduled")
    assert run.created_by is not None
    assert (run.created_by.id, run.created_by.type) == (backfill.id, "BACKFILL")
    assert now_as(db, backfill).progress == Progress(active=5)


def test_no_more_runs_are_unfinished_at_once_than_may_be(db: Database) -> None:
    backfill = begun(db, a_deployment(db), hours=9_999, max_active=3)
    most: list[int] = []

    while now_as(db, backfill).backfill.position is None or len(most) < 5:
        seen_to(db)
        most.append(now_as(db, backfill).progress.active)
        ended(db, limit=2)

    assert most == [3] * 5
    assert now_as(db, backfill).progress == Progress(waiting=10_000 - 11, active=1, completed=10)


@pytest.mark.parametrize("order", SlotOrder)
def test_runs_are_made_and_claimed_in_the_order_of_the_backfill(db: Database, order: SlotOrder) -> None:
    begun(db, a_deployment(db), order=order, max_active=2)

    claimed_times: list[datetime] = []
    while seen_to(db) or not claimed_times:
        claimed_times += ended(db)

    expected = hours_before_noon(4, 3, 2, 1, 0)
    assert claimed_times == (expected if order is SlotOrder.OLDEST else expected[::-1])


def test_a_run_of_today_does_not_wait_for_those_of_the_past(db: Database) -> None:
    made = a_deployment(db)
    begun(db, made, max_active=2)
    seen_to(db, at=NOON + MINUTE)
    today = a_run(db, made.id, at=NOON)

    assert claimed(db, at=NOON + 2 * MINUTE, limit=1)[0].run.id == today.id


def test_a_backfill_ends_when_its_runs_have_and_says_how(db: Database) -> None:
    good, bad = begun(db, a_deployment(db, "good")), begun(db, a_deployment(db, "bad"))
    seen_to(db)
    assert now_as(db, good).backfill.status is BackfillStatus.RUNNING

    for run in runs_of(db, good.deployment_id):
        moved(db, run, "COMPLETED")
    for run, type in zip(runs_of(db, bad.deployment_id), ("FAILED", "CRASHED", *["COMPLETED"] * 3), strict=True):
        moved(db, run, type)
    assert seen_to(db) == 0

    assert (now_as(db, good).backfill.status, now_as(db, bad).backfill.status) == ("COMPLETED", "FAILED")
    assert now_as(db, bad).progress == Progress(completed=3, failed=2)
    assert what_is_backfilled(db) == ()
    assert told(db, bad) == ["prefect.backfill.created", "prefect.backfill.failed"]


def told(db: Database, backfill: Backfill) -> list[str]:
    """The events of a backfill, by their time."""
    with db.read() as conn:
        rows = conn.execute(
            "SELECT event FROM events WHERE resource_id = ? ORDER BY turn, id", (f"prefect.backfill.{backfill.id}",)
        )
    return [row[0] for row in rows]


def test_failures_are_run_again_no_more_at_once_than_others(db: Database) -> None:
    backfill = begun(db, made := a_deployment(db), max_active=2)
    while seen_to(db):
        ended(db, "FAILED")
    assert now_as(db, backfill).backfill.status is BackfillStatus.FAILED

    assert backfills.retry(db, backfill.id, now=NOON + SECOND) == 5
    assert now_as(db, backfill).progress == Progress(waiting=5)
    assert seen_to(db, at=NOON + SECOND) == 2
    again = [run for run in runs_of(db, made.id) if run.state_name == "AwaitingRetry"]
    assert [run.expected_start_time for run in again] == hours_before_noon(4, 3)
    ended(db, at=NOON + SECOND)
    while seen_to(db, at=NOON + SECOND):
        ended(db, at=NOON + SECOND)

    assert now_as(db, backfill) == (now_as(db, backfill).backfill, Progress(completed=5))
    assert now_as(db, backfill).backfill.status is BackfillStatus.COMPLETED
    assert len(runs_of(db, made.id)) == 5
    assert backfills.retry(db, backfill.id, now=NOON) == 0


def test_a_paused_backfill_makes_no_runs_until_it_goes_on(db: Database) -> None:
    backfill = begun(db, a_deployment(db), max_active=2)
    seen_to(db)

    backfills.pause(db, backfill.id, now=NOON)
    assert ended(db) == hours_before_noon(4, 3)
    assert seen_to(db) == 0
    assert now_as(db, backfill).progress == Progress(waiting=3, completed=2)

    backfills.resume(db, backfill.id, now=NOON)
    backfills.set_max_active(db, backfill.id, 5, now=NOON)
    assert seen_to(db) == 3
    assert told(db, backfill) == [f"prefect.backfill.{what}" for what in ("created", "paused", "resumed")]


def test_a_cancelled_backfill_lets_what_runs_end_and_nothing_else(db: Database) -> None:
    backfill = begun(db, made := a_deployment(db), max_active=3)
    seen_to(db)
    running = claimed(db, limit=1)[0].run
    moved(db, running, "RUNNING")

    backfills.cancel(db, backfill.id, now=NOON, new_id=uuid4)

    assert seen_to(db) == 0
    assert [run.state_name for run in runs_of(db, made.id)] == ["Running", "Cancelled", "Cancelled"]
    for deed in (backfills.resume, backfills.pause, backfills.retry):
        with pytest.raises(ValueError, match=r"cancelled|CANCELLED"):
            deed(db, backfill.id, now=NOON)


def test_runs_under_way_are_cancelled_with_their_backfill_where_that_is_asked(db: Database) -> None:
    backfill = begun(db, a_deployment(db))
    seen_to(db)
    running = claimed(db, limit=1)[0].run
    moved(db, running, "RUNNING")

    backfills.cancel(db, backfill.id, running=True, now=NOON, new_id=uuid4)

    assert reread(db, running).state_name == "Cancelling"


def test_a_slot_that_its_schedule_has_run_is_not_run_again(db: Database) -> None:
    made = a_deployment(db, schedules=[EVERY_HOUR], at=NOON - 2 * HOUR)
    planned(db, at=NOON - 2 * HOUR)
    deployments.set_paused(db, made.id, False, now=NOON)
    ended(db, limit=2)
    before = len(runs_of(db, made.id))

    backfill = begun(db, made, schedule=None)
    made_runs = seen_to(db)

    assert (made_runs, len(runs_of(db, made.id))) == (3, before + 3)
    assert now_as(db, backfill).progress == Progress(active=3, skipped=2)
    planned(db, at=NOON)
    assert len(times_of(db, made.id)) == len(set(times_of(db, made.id)))


def test_the_planner_makes_no_second_run_of_a_slot(db: Database) -> None:
    made = a_deployment(db, schedules=[EVERY_HOUR], at=NOON - 2 * HOUR)
    planned(db, at=NOON - 3 * HOUR)
    begun(db, made, schedule=None, at=NOON + HOUR)
    seen_to(db, at=NOON + HOUR)

    planned(db, at=NOON + HOUR)

    times = times_of(db, made.id)
    assert len(times) == len(set(times))


def test_what_was_missed_and_let_go_is_run_by_a_backfill_and_not_let_go_again(db: Database) -> None:
    made = a_deployment(db)
    wanted = WantedSchedule({"schedule": EVERY_HOUR, "catch_up": CatchUp.NONE})
    schedules.create(db, made.id, [wanted], now=NOON - 5 * HOUR, new_id=uuid4)
    planned(db, at=NOON - 5 * HOUR)
    assert let_missed_runs_go(db, now=NOON, new_id=uuid4) == 3
    begun(db, made, schedule=None)

    assert seen_to(db) == 5
    assert let_missed_runs_go(db, now=NOON + HOUR, new_id=uuid4) == 0
    assert len(ended(db, at=NOON + HOUR)) == 5


def test_what_has_run_is_run_again_where_that_is_asked(db: Database) -> None:
    made = a_deployment(db)
    begun(db, made)
    seen_to(db)
    for run, type in zip(runs_of(db, made.id), ("FAILED", *["COMPLETED"] * 4), strict=True):
        moved(db, run, type)
    seen_to(db)

    begun(db, made)
    assert seen_to(db) == 0
    begun(db, made, again=Again.FAILED)
    assert seen_to(db, at=NOON + MINUTE) == 1
    begun(db, made, again=Again.ALL)
    assert seen_to(db, at=NOON + 2 * MINUTE) == 4
    ended(db, at=NOON + 2 * MINUTE)
    again = begun(db, made, again=Again.ALL)
    assert seen_to(db, at=NOON + 3 * MINUTE) == 5
    assert now_as(db, again).progress == Progress(active=5)


def test_runs_of_the_past_are_not_called_late(db: Database) -> None:
    begun(db, a_deployment(db))
    seen_to(db)

    assert call_late(db, after=SECOND, now=NOON + HOUR, new_id=uuid4) == 0


def test_parameters_are_made_of_the_slot(db: Database) -> None:
    schema = {"type": "object", "properties": {"year": {"type": "integer"}}}
    made = a_deployment(db, parameters={"x": 1, "plain": "{x}"}, parameter_openapi_schema=schema)
    templates = {
        "day": "{{ slot.date() }}",
        "x": "{{ slot }}",
        "span": ["{{ slot.strftime('%d %H') }}", "{{ next_slot }}"],
        "year": "{{ slot.year }}",
        "number": 5,
    }
    begun(db, made, hours=0, schedule=CronSchedule("0 20 * * *", "Asia/Shanghai"), parameters=templates)
    seen_to(db)

    assert runs_of(db, made.id)[0].parameters == {
        "plain": "{x}",
        "day": "2026-03-01",
        "x": "2026-03-01T20:00:00+08:00",
        "span": ["01 20", "2026-03-02T20:00:00+08:00"],
        "year": 2026,
        "number": 5,
    }


def test_a_template_that_fails_for_one_slot_is_left_for_the_run_to_tell(db: Database) -> None:
    made = a_deployment(db)
    begun(db, made, hours=1, parameters={"x": "{{ 1 / (slot.hour - 12) }}"})
    seen_to(db)

    assert [run.parameters["x"] for run in runs_of(db, made.id)] == ["-1.0", "{{ 1 / (slot.hour - 12) }}"]


def test_slots_after_now_are_left_out(db: Database) -> None:
    backfill = begun(db, made := a_deployment(db), at=NOON - 2 * HOUR)
    seen_to(db, at=NOON - 2 * HOUR)

    assert (backfill.slots, times_of(db, made.id)) == (3, hours_before_noon(4, 3, 2))


SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}}
BAD: Mapping[str, tuple[type[Exception], str, dict[str, Any]]] = {
    "no time": (ValueError, "nothing to run", {"schedule": CronSchedule("30 13 * * *")}),
    "too many": (ValueError, "at most 100000 slots", {"schedule": IntervalSchedule(SECOND, NOON), "hours": 100}),
    "no schedule": (ValueError, "has no schedule: say", {"schedule": None}),
    "other schedule": (ObjectNotFound, "no schedule", {"schedule": None, "schedule_id": uuid4()}),
    "backwards": (ValueError, "starts before its end", {"hours": -1}),
    "too active": (ValueError, "1 to 1000", {"max_active": 1001}),
    "no template": (ValueError, "template does not work", {"parameters": {"n": "{{ slot. }}"}}),
    "no number": (SchemaMismatch, "do not fit", {"parameters": {"n": "{{ slot }}"}}),
}


@pytest.mark.parametrize("what", BAD)
def test_what_cannot_be_is_told_and_nothing_is_made(db: Database, what: str) -> None:
    error, sentence, wanted = BAD[what]
    made = a_deployment(db, parameter_openapi_schema=SCHEMA)

    with pytest.raises(error, match=sentence):
        begun(db, made, **wanted)

    assert backfills.count(db) == 0


def test_of_several_schedules_one_is_chosen(db: Database) -> None:
    made = a_deployment(db, schedules=[EVERY_HOUR, EVERY_MINUTE])
    hourly, minutely = sorted(schedules.read(db, made.id), key=lambda one: one.schedule != EVERY_HOUR)

    with pytest.raises(ValueError, match=f"say which one .*{minutely.id}"):
        begun(db, made, schedule=None)
    assert begun(db, made, schedule=None, schedule_id=hourly.id).slots == 5


def test_a_backfill_is_found_by_its_name_which_it_has_alone(db: Database) -> None:
    backfill = begun(db, made := a_deployment(db), name="spring")

    assert backfills.read_by_name(db, "spring").backfill == backfill
    with pytest.raises(ObjectAlreadyExists, match="a backfill 'spring' already"):
        begun(db, made, name="spring")
    with pytest.raises(ObjectNotFound, match="no backfill 'autumn'"):
        backfills.read_by_name(db, "autumn")


def test_a_backfill_goes_with_its_deployment_and_leaves_its_runs_when_it_is_removed(db: Database) -> None:
    first, other = begun(db, made := a_deployment(db)), begun(db, other_made := a_deployment(db, "other"))
    seen_to(db)

    deployments.delete(db, made.id, now=NOON, new_id=uuid4)
    with pytest.raises(ObjectNotFound, match="no backfill"):
        now_as(db, first)
    backfills.delete(db, other.id, now=NOON, new_id=uuid4)
    assert {run.state_name for run in runs_of(db, other_made.id)} == {"Cancelled"}
    assert seen_to(db) == 0


def test_a_removed_run_is_gone_and_holds_nothing_up(db: Database) -> None:
    backfill = begun(db, made := a_deployment(db), max_active=1)
    seen_to(db)
    with db.write() as conn:
        conn.execute("DELETE FROM flow_run")

    assert seen_to(db) == 1
    assert now_as(db, backfill).progress == Progress(waiting=3, active=1, gone=1)
    assert len(runs_of(db, made.id)) == 1


def test_two_who_make_runs_at_once_make_each_once(db: Database, url: str) -> None:
    other = open_database(url)
    backfill = begun(db, made := a_deployment(db), hours=199, max_active=30)

    def both(deed: Callable[[Database], object]) -> None:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(deed, (db, other)))

    try:
        while now_as(db, backfill).backfill.status is BackfillStatus.RUNNING:
            both(seen_to)
            assert now_as(db, backfill).progress.active <= 30
            both(ended)
    finally:
        other.close()

    runs = runs_of(db, made.id)
    assert len(runs) == len({run.expected_start_time for run in runs}) == 200
    assert now_as(db, backfill).progress == Progress(completed=200)


def test_what_wakes_the_duty_changes_when_a_run_ends_and_not_otherwise(db: Database) -> None:
    begun(db, made := a_deployment(db), max_active=1)
    seen_to(db)
    before = what_is_backfilled(db)
    a_run(db, made.id)
    assert what_is_backfilled(db) == before

    run: FlowRun = runs_of(db, made.id)[0]
    moved(db, run, "COMPLETED")

    assert what_is_backfilled(db) != before


def test_a_request_that_comes_twice_makes_one_backfill(db: Database) -> None:
    made, id = a_deployment(db), UUID(int=7)
    asked = Wanted(made.id, NOON - HOUR, NOON, schedule=EVERY_HOUR)
    first, second = (
        backfills.create(db, asked, now=NOON, new_id=lambda: id, new_name=lambda: "twice") for _ in range(2)
    )

    assert first == second
    assert backfills.count(db) == 1


def test_its_runs_wait_in_its_queue_with_its_tags_and_job_variables(db: Database) -> None:
    made = a_deployment(db, tags=["etl"], job_variables={"env": {"A": "1"}})
    backfill = begun(db, made, work_queue_name="slow", tags=["past"], job_variables={"env": {"B": "2"}})

    seen_to(db)

    runs = runs_of(db, made.id)
    assert {(run.work_queue_name, tuple(run.tags)) for run in runs} == {
        ("slow", ("etl", f"backfill:{backfill.name}", "past"))
    }
    assert [run.job_variables for run in runs] == 5 * [{"env": {"B": "2"}}]
    assert len({run.work_queue_id for run in runs} - {made.work_queue_id, None}) == 1
    read = now_as(db, backfill).backfill
    assert (read.work_queue_name, read.tags, read.job_variables) == ("slow", ["past"], {"env": {"B": "2"}})


def test_a_queue_without_a_pool_and_variables_that_do_not_fit_are_refused(db: Database) -> None:
    served = a_deployment(db, "served", work_pool_name=None)

    with pytest.raises(ValueError, match="belongs to no work pool"):
        begun(db, served, work_queue_name="slow")
    with pytest.raises((ValueError, SchemaMismatch), match="env"):
        begun(db, a_deployment(db), job_variables={"env": "no object"})
    assert backfills.count(db) == 0


def test_ten_thousand_slots_are_one_row_and_a_few_statements_until_it_is_their_turn(db: Database) -> None:
    backfill = begun(db, made := a_deployment(db), hours=9_999, max_active=3)
    seen_to(db)

    with db.read() as conn:
        rows = [conn.execute(f"SELECT COUNT(*) FROM {table}")[0][0] for table in ("backfill", "backfill_slot")]
    assert (backfill.slots, rows, len(runs_of(db, made.id))) == (10_000, [1, 3], 3)
    if db.dialect == "sqlite":
        asked: list[str] = []
        with db.read() as conn:
            raw = conn.raw  # type: ignore[attr-defined]  # that of SQLite
        raw.set_trace_callback(asked.append)
        what_is_backfilled(db)
        seen_to(db)
        raw.set_trace_callback(None)
        assert len(asked) < 15, asked


@pytest.mark.long
def test_ten_thousand_slots_each_have_one_run_though_everything_is_restarted_again_and_again(db: Database) -> None:
    backfill = begun(db, a_deployment(db), hours=9_999, max_active=200)
    chance, times, restarts, here = Random(7), list[datetime](), 0, db
    try:
        while now_as(here, backfill).backfill.status is BackfillStatus.RUNNING:
            seen_to(here)
            times += ended(here, limit=chance.randrange(1, 300))
            if chance.random() < 0.5:
                here.close()
                here, restarts = open_database(db.url), restarts + 1
        found = now_as(here, backfill)
    finally:
        here.close()

    assert restarts > 20
    assert sorted(times) == hours_before_noon(*range(9_999, -1, -1))
    assert (found.backfill.status, found.progress.completed) == (BackfillStatus.COMPLETED, 10_000)
