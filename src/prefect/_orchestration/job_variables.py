"""Job variables: held against the template of the pool in which runs wait, and changed while they wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from prefect._domain.deployments import Deployment
from prefect._domain.flow_runs import FlowRun
from prefect._domain.job_templates import configured, declared, defaults_of, fault_in, joined, schema_of
from prefect._domain.states import StateType
from prefect._domain.work_pools import WorkPool, WorkQueue
from prefect._orchestration import checking, flow_runs
from prefect._store import work_pools
from prefect._store.connection import Connection
from prefect._store.database import Database
from prefect._store.deployments import read_deployment
from prefect.exceptions import PrefectException


class TooLate(PrefectException):
    """A run cannot be changed in that way any more."""


def place_of(conn: Connection, queue_id: UUID | None) -> tuple[WorkPool, WorkQueue] | None:
    """The pool and the queue where runs wait, or None."""
    queue = work_pools.read_work_queue_by_id(conn, queue_id) if queue_id is not None else None
    pool = work_pools.read_work_pool_by_id(conn, queue.work_pool_id) if queue is not None else None
    return (pool, queue) if pool is not None and queue is not None else None


def require_fit(
    conn: Connection, queue_id: UUID | None, *, required: bool, layers: Sequence[Mapping[str, Any]]
) -> None:
    """Hold job variables, of which the later layers count, against the template of their pool.

    With `required` none may be missing. Raises `SchemaMismatch`, and `ValueError` for a template that is no schema and
    for values with which no process can be started.
    """
    place = place_of(conn, queue_id)
    template = place[0].base_job_template if place is not None else {}
    values = joined(defaults_of(template), *layers) if required else joined(*layers)
    known = {name: value for name, value in values.items() if not _is_reference(value)}
    if template:
        checking.require_fit(known, schema_of(template, required=required), "job variables")
    fault = fault_in(known) if place is None or place[0].type == "process" else None
    if fault is not None:
        raise ValueError(fault)


def _is_reference(value: Any) -> bool:
    """Whether a value stands for a block, or for something that is known only where the run is started."""
    return (isinstance(value, Mapping) and "$ref" in value) or (isinstance(value, str) and "{{" in value)


def job_of(conn: Connection, run: FlowRun) -> dict[str, Any]:
    """How a run is started: what its pool's template makes of its defaults, and of what deployment and run say."""
    return job_with(conn, run, deployment_of(conn, run))


def job_with(conn: Connection, run: FlowRun, deployment: Deployment | None) -> dict[str, Any]:
    """The same for who has read the run's deployment."""
    place = place_of(conn, run.work_queue_id)
    template = place[0].base_job_template if place is not None else {}
    return configured(template, declared(template, joined(*_layers(run, deployment))))


def deployment_of(conn: Connection, run: FlowRun) -> Deployment | None:
    """The deployment of a run, if it has one and that is still there."""
    return read_deployment(conn, run.deployment_id) if run.deployment_id is not None else None


def _layers(run: FlowRun, deployment: Deployment | None) -> list[Mapping[str, Any]]:
    return [deployment.job_variables if deployment is not None else {}, run.job_variables]


def update_run(db: Database, flow_run_id: UUID, changes: Mapping[str, Any], *, now: datetime) -> None:
    """Change some fields of a run; its job variables only while it waits, and to what its pool knows.

    Raises `ObjectNotFound`, `TooLate`, `SchemaMismatch`, and `ValueError` for a template that is no schema.
    """
    names = changes.get("job_variables") is not None
    flow_runs.update(db, flow_run_id, changes, now=now, check=_require_changeable if names else None)


def _require_changeable(conn: Connection, before: FlowRun, after: FlowRun) -> None:
    if before.state_type is not StateType.SCHEDULED:
        raise TooLate(f"Job variables can be changed while a run is scheduled; this one is {before.state_name}.")
    if before.deployment_id is None:
        raise TooLate("Job variables can be changed of a run that belongs to a deployment.")
    require_fit(conn, after.work_queue_id, required=True, layers=_layers(after, deployment_of(conn, after)))
