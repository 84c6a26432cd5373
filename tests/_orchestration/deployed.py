"""Deployments to try operations on: factories that say only what matters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from prefect._domain.deployments import Deployment
from prefect._domain.flow_runs import FlowRun
from prefect._domain.leases import Lease
from prefect._domain.schedules import CronSchedule, Schedule
from prefect._domain.states import State, StateType
from prefect._orchestration import deployments, flow_runs, work_pools
from prefect._orchestration.deployments import WantedRun
from prefect._orchestration.duties.scheduling import plan_runs
from prefect._orchestration.flow_runs import Answer
from prefect._orchestration.work_pools import Claim
from prefect._store.database import Database

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
EVERY_MINUTE = CronSchedule("* * * * *")
ME = Lease("me", timedelta(seconds=60))
_numbers = count()


def a_deployment(
    db: Database, name: str = "d", schedules: Sequence[Schedule] = (), *, at: datetime = NOON, **fields: Any
) -> Deployment:
    """A deployment of the flow `f`, in the queue `default` of the pool `p` unless told otherwise."""
    fields = {"work_pool_name": "p", **fields}
    return deployments.apply(db, "f", name, schedules, now=at, new_id=uuid4, **fields)


def a_run(db: Database, deployment_id: UUID, *, at: datetime = NOON, **wanted: Any) -> FlowRun:
    """A run of a deployment, due at once unless told otherwise."""
    run = WantedRun(uuid4(), f"run-{next(_numbers)}", **wanted)
    return deployments.create_run(db, deployment_id, run, now=at, state_id=uuid4())


def claimed(db: Database, *, at: datetime = NOON, limit: int = 100, **options: Any) -> list[Claim]:
    """What somebody gets who asks the pool `p` for runs."""
    return work_pools.claim_from_pool(db, "p", ME, limit=limit, now=at, new_id=uuid4, **options)


def served(db: Database, *deployments: UUID, at: datetime = NOON, limit: int = 100) -> list[Claim]:
    """What somebody gets who serves these deployments."""
    return work_pools.claim_of_deployments(db, deployments, ME, limit=limit, now=at, new_id=uuid4)


def planned(db: Database, *, at: datetime = NOON, **options: Any) -> int:
    """How many runs are planned now."""
    return plan_runs(db, now=at, new_id=uuid4, new_name=lambda: f"planned-{next(_numbers)}", **options)


def moved(db: Database, run: FlowRun, type: str, *, at: datetime = NOON, name: str = "", **options: Any) -> Answer:
    """What becomes of a proposal to a run."""
    state = State(StateType(type), name or type.capitalize(), id=uuid4(), timestamp=at)
    return flow_runs.set_state(db, run.id, state, now=at, spare_id=uuid4(), **options)


def runs_of(db: Database, deployment_id: UUID) -> list[FlowRun]:
    """The runs of a deployment, by their times."""
    listed = flow_runs.list_runs(db, limit=10_000)
    runs = [run for run, _ in listed if run.deployment_id == deployment_id]
    return sorted(runs, key=lambda run: (run.expected_start_time or NOON, str(run.id)))


def reread(db: Database, run: FlowRun) -> FlowRun:
    """The run as it is now."""
    found = flow_runs.read(db, run.id)
    assert found is not None
    return found


def times_of(db: Database, deployment_id: UUID) -> list[datetime]:
    """When the runs of a deployment are due."""
    return [run.expected_start_time for run in runs_of(db, deployment_id) if run.expected_start_time is not None]
