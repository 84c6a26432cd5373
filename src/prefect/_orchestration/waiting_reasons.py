"""Finding out why a run is not starting."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from prefect._domain import deployments as domain
from prefect._domain.deployments import Deployment
from prefect._domain.flow_runs import FlowRun
from prefect._domain.waiting_reasons import Slots, WaitingFacts, Why, reason_not_started
from prefect._store import concurrency, deployments, flow_runs, work_pools
from prefect._store.connection import Connection
from prefect._store.database import Database
from prefect.exceptions import ObjectNotFound


def why_not_started(db: Database, flow_run_id: UUID, *, now: datetime) -> Why:
    """Why a run is not starting. Raises `ObjectNotFound`."""
    with db.read() as conn:
        run = flow_runs.read_flow_run(conn, flow_run_id)
        if run is None:
            raise ObjectNotFound(help_message=f"There is no flow run {flow_run_id}.")
        return reason_not_started(_facts(conn, run, now))


def _facts(conn: Connection, run: FlowRun, now: datetime) -> WaitingFacts:
    deployment = deployments.read_deployment(conn, run.deployment_id) if run.deployment_id is not None else None
    place = _of_place(conn, run, now)
    polled = [moment for moment in (deployment and deployment.last_polled, place.get("last_polled")) if moment]
    return WaitingFacts(
        run=run,
        now=now,
        deployment_name=deployment.name if deployment is not None else None,
        deployment_is_paused=deployment is not None and deployment.paused,
        deployment_slots=_of_deployment(conn, deployment, now),
        somebody_asks=any(domain.status_of(moment, None, now) == "READY" for moment in polled),
        **{**place, "last_polled": max(polled, default=None)},
    )


def _of_deployment(conn: Connection, deployment: Deployment | None, now: datetime) -> Slots:
    limit_id = deployment.concurrency_limit_id if deployment is not None else None
    limit = concurrency.read_limits(conn, [limit_id], now=now).get(limit_id) if limit_id is not None else None
    return Slots(limit.active_slots, limit.limit) if limit is not None and limit.active else Slots()


def _of_place(conn: Connection, run: FlowRun, now: datetime) -> dict[str, Any]:
    """What is known of the queue in which a run waits, and of its pool."""
    queue = work_pools.read_work_queue_by_id(conn, run.work_queue_id) if run.work_queue_id is not None else None
    pool = work_pools.read_work_pool_by_id(conn, queue.work_pool_id) if queue is not None else None
    if queue is None or pool is None:
        return {}
    used = work_pools.slots_in_use(conn, pool.id)
    return {
        "pool_name": pool.name,
        "pool_is_paused": pool.is_paused,
        "pool_slots": Slots(sum(used.values()), pool.concurrency_limit),
        "queue_name": queue.name,
        "queue_is_paused": queue.is_paused,
        "queue_slots": Slots(used.get(queue.id, 0), queue.concurrency_limit),
        "last_polled": queue.last_polled,
    }
