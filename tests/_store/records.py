"""Records to store: factories that say only what matters."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

from prefect._domain.flow_runs import FlowRun
from prefect._domain.states import State, StateType
from prefect._domain.task_runs import TaskRun
from prefect._store import flow_runs, flows
from prefect._store.database import Database
from prefect._store.values import moment

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
SECOND = timedelta(seconds=1)


WRITE = "INSERT INTO flow (id, name, created, updated, tags, labels) VALUES (?, ?, ?, ?, ?, ?)"


def a_flow(name: str) -> tuple[Any, ...]:
    """A row for `WRITE`."""
    return str(uuid4()), name, moment(NOON), moment(NOON), "[]", "{}"


def a_state(type: str, *, after: int = 0, **fields: Any) -> State:
    """A state, some seconds after noon."""
    return State(type=StateType(type), name=type.capitalize(), timestamp=NOON + after * SECOND, **fields)


def a_flow_run(db: Database, **fields: Any) -> FlowRun:
    """A recorded run of the flow `f`, pending since noon."""
    with db.write() as conn:
        flow = flows.upsert_flow(conn, "f", id=uuid4(), tags=[], labels={}, now=NOON)
        run = FlowRun(id=uuid4(), flow_id=flow.id, name="run", **{"state": a_state("PENDING"), **fields})
        return flow_runs.insert_flow_run(conn, run, now=NOON)


def a_task_run(flow_run_id: UUID | None = None, **fields: Any) -> TaskRun:
    """A run of the task `t` that is not recorded yet."""
    known = {"state": a_state("PENDING"), "created": NOON, "task_key": "t", "dynamic_key": "0", **fields}
    return TaskRun(id=uuid4(), name="t-1", flow_run_id=flow_run_id, **known)
