"""The slots of deployments with a concurrency limit: each of its runs that is under way holds one.

A slot is bound to its run: it counts only while the run is Pending, Running or Cancelling, and it is given back in the
transaction in which the run leaves these states. Whoever waits longest is woken then.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from prefect._domain.concurrency import GRACE, ConcurrencyLimit
from prefect._domain.flow_runs import FlowRun
from prefect._domain.states import State
from prefect._domain.transitions.facts import DeploymentFacts
from prefect._store import concurrency as store
from prefect._store import flow_runs
from prefect._store.concurrency import read_limit_of
from prefect._store.connection import Connection

MOST = 1_000
"""How many runs are woken in one transaction; others are tried again by themselves."""


def facts_for(conn: Connection, run: FlowRun, *, now: datetime) -> DeploymentFacts | None:
    """What the laws may know of the slots of a run's deployment; None where it belongs to none that exists."""
    if run.deployment_id is None:
        return None
    told = read_limit_of(conn, run.deployment_id)
    if told is None:
        return None
    if told.limit_id is None:
        return DeploymentFacts()
    store.lock_limits(conn, [run.deployment_id])
    limit = store.read_limits(conn, [told.limit_id], now=now).get(told.limit_id)
    if limit is None or not limit.active:
        return DeploymentFacts()
    return DeploymentFacts(
        limit=limit.limit,
        slot_is_free=limit.active_slots < limit.limit,
        slot_is_held=store.holds_slot(conn, limit.id, run.id, now=now),
        collision_strategy=told.options.collision_strategy,
    )


def take(conn: Connection, run: FlowRun, state: State, slot_id: UUID, *, now: datetime) -> None:
    """Take a slot for a run that is about to enter a state; the state remembers it."""
    assert run.deployment_id is not None
    told = read_limit_of(conn, run.deployment_id)
    assert told is not None
    assert told.limit_id is not None
    grace = timedelta(seconds=told.options.grace_period_seconds or GRACE)
    until = store.UNTIL_RETURNED if state.is_running() else now + grace
    store.free_slots(conn, run.id)
    store.take_slot(conn, slot_id, told.limit_id, run.id, now=now, until=until)
    state.state_details.deployment_concurrency_lease_id = slot_id


def keep(conn: Connection, run: FlowRun) -> None:
    """Let a run's slot last for as long as the run is under way: somebody answers for it."""
    if run.deployment_id is not None:
        store.bind_slot(conn, run.id)


def give_back(conn: Connection, run: FlowRun, *, now: datetime) -> None:
    """Give a run's slot back and wake who waits for it."""
    if run.deployment_id is not None:
        wake(conn, store.free_slots(conn, run.id), now=now)


def wake(conn: Connection, limit_ids: Iterable[UUID], *, now: datetime) -> None:
    """Have the runs that wait longest for a slot of these limits tried at once, as many as there are slots."""
    for limit in store.read_limits(conn, limit_ids, now=now).values():
        for flow_run_id in store.longest_waiting(conn, limit.id, _room(limit)):
            _wake_run(conn, flow_run_id, now)


def wake_all(conn: Connection, limit_id: UUID | None, *, now: datetime) -> None:
    """Have all runs tried at once that wait for a slot of a limit; it is about to go."""
    if limit_id is not None:
        for flow_run_id in store.longest_waiting(conn, limit_id, MOST):
            _wake_run(conn, flow_run_id, now)


def _room(limit: ConcurrencyLimit) -> int:
    return max(limit.limit - limit.active_slots, 0)


def _wake_run(conn: Connection, flow_run_id: UUID, now: datetime) -> None:
    run = flow_runs.lock_flow_run(conn, flow_run_id)
    if run is None or run.state is None or run.state.name != "AwaitingConcurrencySlot":
        return
    run.next_scheduled_start_time = run.state.state_details.scheduled_time = now
    flow_runs.write_flow_run(conn, run)
