"""What is written is what is read, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from prefect._domain.filters import EVERYTHING, Filter, read_filter
from prefect._domain.flow_runs import CreatedBy, FlowRun, FlowRunPolicy
from prefect._domain.logs import Log
from prefect._domain.sorting import SORTS
from prefect._domain.states import State, StateDetails
from prefect._domain.task_runs import TaskRunPolicy
from prefect._domain.variables import Variable
from prefect._store import flow_runs, flows, leases, logs, task_runs, variables
from prefect._store.database import Database
from tests._store.records import NOON, SECOND, a_flow_run, a_state, a_task_run


def test_a_flow_is_one_row_however_often_it_is_recorded(db: Database) -> None:
    with db.write() as conn:
        first = flows.upsert_flow(conn, "数据抽取", id=uuid4(), tags=["etl"], labels={"a": 1}, now=NOON)
        again = flows.upsert_flow(conn, "数据抽取", id=uuid4(), tags=["etl"], labels={"a": 1}, now=NOON + SECOND)

        assert again.id == first.id
        assert flows.read_flow_by_name(conn, "数据抽取") == again
        assert [flow.name for flow in flows.list_flows(conn, {}, SORTS["flow"]["CREATED_DESC"], limit=10)] == [
            "数据抽取"
        ]
        assert flows.read_flow_by_name(conn, "other") is None


def test_a_flow_run_is_read_as_it_was_written(db: Database) -> None:
    run = a_flow_run(
        db,
        parameters={"name": "数据", "when": [1, None, {"x": 2.5}]},
        tags=["a", "b"],
        labels={"team": "data"},
        context={"k": "v"},
        empirical_policy=FlowRunPolicy(retries=2, retry_delay=1.5, pause_keys={"k1", "k2"}, retry_type="in_process"),
        flow_version="v1",
        idempotency_key="once",
        run_count=3,
        expected_start_time=NOON,
        next_scheduled_start_time=NOON + SECOND,
        start_time=NOON,
        end_time=NOON + 2 * SECOND,
        total_run_time=timedelta(seconds=2.25),
        auto_scheduled=True,
        infrastructure_pid="host:1",
        created_by=CreatedBy(id=uuid4(), type="USER", display_value="me"),
        job_variables={"image": "x"},
        state=a_state("FAILED", message="boom\n'quoted' ☃"),
    )
    with db.read() as conn:
        held = flow_runs.read_flow_run(conn, run.id)

    assert held is not None
    assert held.created_by is not None
    assert run.created_by is not None
    assert str(held.created_by.id) == str(run.created_by.id)
    assert replace(held, created_by=None, state=None) == replace(run, created_by=None, state=None)
    assert held.state is not None
    assert (held.state.id, held.state.message) == (run.state_id, "boom\n'quoted' ☃")


def test_details_of_a_state_survive(db: Database) -> None:
    given: dict[str, Any] = {
        "scheduled_time": NOON,
        "cache_key": "key",
        "cache_expiration": NOON + SECOND,
        "pause_timeout": NOON,
        "pause_reschedule": True,
        "pause_key": "k",
        "retriable": False,
        "transition_id": uuid4(),
        "child_flow_run_id": uuid4(),
        "run_input_keyset": {"schema": "s"},
    }
    run = a_flow_run(db)
    state = a_state("SCHEDULED", after=1, state_details=StateDetails(flow_run_id=run.id, **given))
    with db.write() as conn:
        flow_runs.insert_flow_run_state(conn, run.id, state)
        (held,) = flow_runs.flow_run_states(conn, run.id)

    assert held.state_details == StateDetails(flow_run_id=run.id, **given)


@pytest.mark.parametrize(
    ("data", "read"),
    [
        (None, None),
        ({"storage_key": "abc"}, {"storage_key": "abc"}),
        (object(), {"type": "unpersisted"}),
        ("a value", {"type": "unpersisted"}),
    ],
)
def test_of_a_result_only_its_place_is_kept(db: Database, data: Any, read: Any) -> None:
    run = a_flow_run(db, state=a_state("COMPLETED", data=data))
    with db.read() as conn:
        held = flow_runs.read_flow_run(conn, run.id)

    assert held is not None
    assert held.state is not None
    assert held.state.data == read


def test_a_moment_of_any_zone_is_read_in_utc(db: Database) -> None:
    local = datetime(2026, 7, 1, 14, 30, 0, 123456, ZoneInfo("Europe/Zurich"))
    run = a_flow_run(db, start_time=local)
    with db.read() as conn:
        held = flow_runs.read_flow_run(conn, run.id)

    assert held is not None
    assert held.start_time == local
    assert held.start_time.tzinfo is timezone.utc


def test_an_idempotency_key_gives_the_first_run(db: Database) -> None:
    first = a_flow_run(db, idempotency_key="k")
    again = a_flow_run(db, idempotency_key="k")

    assert again.id == first.id


def test_runs_without_a_key_are_all_kept(db: Database) -> None:
    assert a_flow_run(db).id != a_flow_run(db).id


def test_flow_runs_are_listed_latest_first_and_by_flow(db: Database) -> None:
    old = a_flow_run(db, expected_start_time=NOON, state=a_state("FAILED"))
    new = a_flow_run(db, expected_start_time=NOON + SECOND, state=a_state("COMPLETED"))
    with db.read() as conn:

        def listed(offset: int = 0, flows: Filter = EVERYTHING) -> list[UUID]:
            return [run.id for run, _ in flow_runs.list_flow_runs(conn, limit=10, offset=offset, flows=flows)]

        assert listed() == [new.id, old.id]
        assert listed(offset=1) == [old.id]
        assert listed(flows=read_filter("flow", {"name": {"any_": ["f"]}})) == [new.id, old.id]
        assert listed(flows=read_filter("flow", {"name": {"any_": ["'; DROP TABLE flow; --"]}})) == []


def test_a_deleted_flow_run_takes_its_tasks_states_and_logs_along(db: Database) -> None:
    run, task_run = a_flow_run(db), a_task_run()
    task_run.flow_run_id = run.id
    assert task_run.state is not None
    with db.write() as conn:
        task_runs.write_task_run(conn, task_run)
        task_runs.insert_task_run_state(conn, task_run.id, task_run.state)
        logs.insert_logs(conn, [a_line(flow_run_id=run.id)])

        assert flow_runs.delete_flow_run(conn, run.id)
        assert not flow_runs.delete_flow_run(conn, run.id)
        assert task_runs.read_task_run(conn, task_run.id) is None
        assert task_runs.task_run_states(conn, task_run.id) == []
        assert logs.list_logs(conn, flow_run_id=run.id, limit=10) == []


def test_a_task_run_is_read_as_it_was_written(db: Database) -> None:
    flow_run = a_flow_run(db)
    run = a_task_run(
        flow_run.id,
        tags=["x"],
        labels={"a": "b"},
        empirical_policy=TaskRunPolicy(retries=3, retry_delay=[1.0, 2.0], retry_jitter_factor=0.5),
        task_inputs={"x": [{"input_type": "task_run", "id": str(uuid4())}]},
        cache_key="key",
        cache_expiration=NOON,
        task_version="2",
        run_count=1,
        flow_run_run_count=1,
        start_time=NOON,
        total_run_time=timedelta(seconds=0.5),
    )
    with db.write() as conn:
        task_runs.write_task_run(conn, run)
        held = task_runs.read_task_run(conn, run.id)

    assert held is not None
    assert held.updated == NOON
    assert held.cache_expiration == NOON
    assert replace(held, updated=None, state=None) == replace(run, state=None)


def test_an_older_moment_of_a_task_run_never_replaces_a_newer_one(db: Database) -> None:
    flow_run = a_flow_run(db)
    run = a_task_run(flow_run.id, state=a_state("COMPLETED", after=2))
    late = replace(run, state=a_state("RUNNING", after=1))
    with db.write() as conn:
        task_runs.write_task_run(conn, run)
        task_runs.write_task_run(conn, late)
        held = task_runs.read_task_run(conn, run.id)

    assert held is not None
    assert held.state_name == "Completed"


def test_of_the_moments_of_a_batch_the_last_counts_and_every_state_is_kept(db: Database) -> None:
    flow_run = a_flow_run(db)
    run = a_task_run(flow_run.id)
    moments = []
    for number, type in enumerate(("PENDING", "RUNNING", "COMPLETED")):
        run.state, run.run_count = a_state(type, after=number), number
        moments.append(task_runs.Moment.of(run))
    rows, states = task_runs.rows(moments, turn=1)
    with db.write() as conn:
        conn.insert(task_runs.UPSERT, rows)
        conn.insert(task_runs.INSERT_STATE, states)
        conn.insert(task_runs.INSERT_STATE, states)
        held = task_runs.read_task_run(conn, run.id)
        history = [state.name for state in task_runs.task_run_states(conn, run.id)]

    assert len(rows) == 1
    assert held is not None
    assert (held.state_name, held.run_count) == ("Completed", 2)
    assert history == ["Pending", "Running", "Completed"]


def a_line(**fields: Any) -> Log:
    known = {"name": "prefect.flow_runs", "level": 20, "message": "hello", "timestamp": NOON, **fields}
    return Log(id=uuid4(), **known)


def test_log_lines_are_read_in_the_order_of_their_time(db: Database) -> None:
    run = a_flow_run(db)
    lines = [a_line(flow_run_id=run.id, message=f"{n} 行", timestamp=NOON + n * SECOND) for n in (2, 0, 1)]
    with db.write() as conn:
        logs.insert_logs(conn, lines)
        logs.insert_logs(conn, lines[:1])

        def told(**conditions: Any) -> list[str]:
            return [line.message for line in logs.list_logs(conn, **{"limit": 10, **conditions})]

        assert told(flow_run_id=run.id) == ["0 行", "1 行", "2 行"]
        assert told(flow_run_id=run.id, limit=2) == ["0 行", "1 行"]
        assert told(flow_run_id=run.id, least_level=30) == []
        assert told(flow_run_id=uuid4()) == []


def test_a_line_with_a_zero_byte_is_kept(db: Database) -> None:
    run = a_flow_run(db)
    with db.write() as conn:
        logs.insert_logs(conn, [a_line(flow_run_id=run.id, message="a\0b")])
        (line,) = logs.list_logs(conn, flow_run_id=run.id, limit=10)

    assert line.message == "a�b"


def test_a_variable_is_set_read_replaced_and_removed(db: Database) -> None:
    first = Variable(id=uuid4(), name="名字", value={"a": [1, None]}, tags=["t"], created=NOON, updated=NOON)
    with db.write() as conn:
        assert variables.insert_variable(conn, first)
        assert not variables.insert_variable(conn, replace(first, id=uuid4(), value=2))
        assert variables.read_variable(conn, "名字") == first
        variables.replace_variable(conn, replace(first, value=None, updated=NOON + SECOND))
        held = variables.read_variable(conn, "名字")

        assert held is not None
        assert (held.id, held.value, held.updated) == (first.id, None, NOON + SECOND)
        assert variables.delete_variable(conn, "名字")
        assert not variables.delete_variable(conn, "名字")
        assert variables.count_variables(conn) == 0


def test_a_value_of_json_is_read_as_it_was_written(db: Database) -> None:
    values = ["text", "", "7", "null", 7, 1.5, True, None, [], {"a": "b"}]
    with db.write() as conn:
        for number, value in enumerate(values):
            variables.insert_variable(conn, Variable(uuid4(), f"v{number}", value, [], NOON, NOON))
        held = [variables.read_variable(conn, f"v{number}") for number in range(len(values))]

    assert [one and one.value for one in held] == values


def test_a_lease_runs_out_unless_it_is_renewed(db: Database) -> None:
    run = a_flow_run(db)
    with db.write() as conn:
        assert leases.take_lease(conn, run.id, "me", now=NOON, ttl=SECOND) == 1
        assert leases.expired_leases(conn, NOON + SECOND) == []
        assert leases.expired_leases(conn, NOON + 2 * SECOND) == [run.id]

        assert leases.renew_leases_of(conn, [run.id], "me", now=NOON + SECOND, ttl=SECOND) == 1
        assert leases.renew_leases_of(conn, [run.id], "another", now=NOON + 9 * SECOND, ttl=SECOND) == 0
        assert leases.expired_leases(conn, NOON + 2 * SECOND) == []

        assert leases.take_lease(conn, run.id, "another", now=NOON, ttl=SECOND) == 2
        leases.drop_lease(conn, run.id)
        assert leases.expired_leases(conn, NOON + 9 * SECOND) == []
        assert leases.epoch_of(conn, run.id) == 2


def test_a_subflow_is_found_at_its_place_in_its_parent_and_of_its_key(db: Database) -> None:
    parent = a_flow_run(db)
    tracking = a_task_run(parent.id, task_key="f-subflow", dynamic_key="0", cache_key="of 1")
    with db.write() as conn:
        task_runs.write_task_run(conn, tracking)
    child: FlowRun = a_flow_run(db, parent_task_run_id=tracking.id)
    with db.read() as conn:
        found = flow_runs.latest_subflow(conn, parent.id, "f-subflow", "0", "of 1")

        assert found is not None
        assert found.id == child.id
        assert flow_runs.latest_subflow(conn, parent.id, "f-subflow", "1", "of 1") is None
        assert flow_runs.latest_subflow(conn, parent.id, "f-subflow", "0", "of 2") is None
        assert flow_runs.latest_subflow(conn, parent.id, "f-subflow", "0", None) is None


def test_states_that_a_user_made_are_kept_whole(db: Database) -> None:
    state = State(type="COMPLETED", name="Gültig", message="")  # type: ignore[arg-type]  # users give texts
    run = a_flow_run(db, state=state)
    with db.read() as conn:
        held = flow_runs.read_flow_run(conn, run.id)

    assert held is not None
    assert held.state is not None
    assert (held.state.type.value, held.state.name, held.state.message) == ("COMPLETED", "Gültig", "")
