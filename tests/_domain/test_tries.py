from __future__ import annotations

from datetime import datetime, timedelta, timezone
from uuid import UUID

from prefect._domain.states import StateType
from prefect._domain.tries import Moment, Try, tries_in

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
ONE, OTHER = UUID(int=1), UUID(int=2)


def at(second: int, type: str, id: UUID = ONE) -> Moment:
    return Moment(id, NOON + timedelta(seconds=second), StateType(type))


def test_each_time_that_a_task_ran_is_a_try_and_what_is_planned_again_has_failed() -> None:
    moments = [at(0, "PENDING"), at(1, "RUNNING"), at(2, "SCHEDULED"), at(5, "RUNNING"), at(7, "COMPLETED")]

    assert list(tries_in(moments)) == [
        Try(ONE, at(1, "RUNNING").at, at(2, "RUNNING").at, StateType.FAILED),
        Try(ONE, at(5, "RUNNING").at, at(7, "RUNNING").at, StateType.COMPLETED),
    ]


def test_what_still_runs_has_no_end_also_where_another_run_follows() -> None:
    moments = [at(1, "RUNNING"), at(2, "RUNNING", OTHER)]

    assert [(one.task_run_id, one.end, one.state_type.value) for one in tries_in(moments)] == [
        (ONE, None, "RUNNING"),
        (OTHER, None, "RUNNING"),
    ]
