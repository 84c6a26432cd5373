"""Noticing runs whose process died: their lease ran out, or whoever started it saw it end."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid5

from prefect._domain.flow_runs import FlowRun
from prefect._domain.states import State, StateDetails, StateType
from prefect._domain.transitions.entering import enter
from prefect._orchestration.flow_runs import move
from prefect._orchestration.taking_slots import give_back_of_process
from prefect._store import flow_runs, leases, missed_hooks, task_runs, task_workers
from prefect._store.connection import Connection
from prefect._store.database import Database
from prefect._store.leases import HeldLease

NewId = Callable[[], UUID]
OPEN = (StateType.PENDING, StateType.RUNNING, StateType.CANCELLING)
"""The types of states in which somebody is expected to carry a run out."""
DIED = "The process that ran it died: it stopped renewing its lease."
MOST_CLAIMS = 3
"""How often a run is claimed by somebody who dies before it starts, until it is given up."""
HOOKS_WAIT = timedelta(minutes=10)
"""How long the hooks of a run that ended with its process wait for a runner to call them."""
CANCELLED = "The flow run was cancelled."
STARTED_AGAIN = "Its flow run is started again in another process."
NEVER_STARTED = f"It never started: {MOST_CLAIMS} times in a row, whoever claimed it died before that."


def spare_leases(db: Database, *, now: datetime, ttl: timedelta) -> None:
    """Give all processes the time to say that they live: the server was away, or its clock was set."""
    with db.write() as conn:
        leases.spare_leases(conn, now=now, ttl=ttl)
        task_workers.spare_task_workers(conn, now + ttl)


def nobody(holder: str) -> bool:
    return False


def end_abandoned_runs(
    db: Database, *, now: datetime, new_id: NewId, is_alive: Callable[[str], bool] = nobody
) -> list[UUID]:
    """End runs whose lease ran out, with their open task runs and subflows; the ids of those runs.

    Whoever holds a lease and `is_alive` keeps its run: it may have had no server to renew the lease with.

    One that was running becomes Crashed, one that was being cancelled Cancelled. One that was only claimed, or that
    waited in its process for its next try, waits again to be started where it belongs to a deployment. A subflow that
    was begun after its caller was given up, by a process that died since, ends as its caller did.
    Safe to call from many processes at once: each run is ended once.
    """
    with db.read() as conn:
        if not (_abandoned(conn, now, is_alive) or flow_runs.given_up_with_open_subflows(conn)):
            return []
    with db.write() as conn:
        abandoned = [id for id in _abandoned(conn, now, is_alive) if _is_taken(conn, id, now)]
        for flow_run_id in abandoned:
            if end_run(conn, flow_run_id, DIED, now, new_id) in (StateType.CRASHED, StateType.CANCELLED):
                missed_hooks.leave_hooks(conn, flow_run_id, until=now + HOOKS_WAIT)
        end_late_task_runs(conn, flow_runs.given_up_with_open_subflows(conn), now=now, new_id=new_id)
        return abandoned


def holders(db: Database, flow_name: str) -> dict[UUID, str]:
    """Who holds the runs of a flow that belong to no deployment."""
    with db.read() as conn:
        return leases.leases_of_flow(conn, flow_name)


def end_runs_of_the_dead(db: Database, dead: Mapping[UUID, str], *, now: datetime, new_id: NewId) -> None:
    """End runs whose holders are known to be dead though their leases last; not those that others hold by now."""
    for flow_run_id, holder in dead.items():
        with db.write() as conn:
            flow_runs.lock_flow_run(conn, flow_run_id)
            lease = leases.read_lease(conn, flow_run_id)
            if lease is not None and lease.holder == holder:
                end_run(conn, flow_run_id, DIED, now, new_id)


def _is_taken(conn: Connection, flow_run_id: UUID, now: datetime) -> bool:
    """Take an expired lease away, unless its holder was heard of in this moment; whether it was taken."""
    flow_runs.lock_flow_run(conn, flow_run_id)
    return leases.drop_expired_lease(conn, flow_run_id, now)


def _abandoned(conn: Connection, now: datetime, is_alive: Callable[[str], bool]) -> list[UUID]:
    expired = [(id, leases.read_lease(conn, id)) for id in leases.expired_leases(conn, now)]
    return [id for id, lease in expired if lease is None or not is_alive(lease.holder)]


class Ended(NamedTuple):
    """A process that is known to be gone: who had it started under which claim, and how its own leases begin.

    One that `was_killed` before it began its run had no say in that: the run is claimed again, a few times. Of one
    elsewhere, such as in a container, nobody knows how its leases begin: where it `has_failed` for sure, the epoch says
    which is its own, for it takes the one after that of its claim when it begins the run.
    """

    claimer: str
    epoch: int
    holder: str | None
    was_killed: bool = False
    has_failed: bool = False

    def held(self, lease: HeldLease, *, is_begun: bool) -> bool:
        """Whether the lease is this process's own, or the claim under which it was started."""
        if lease.holder == self.claimer:
            return lease.epoch == self.epoch
        if self.holder is None:
            return self.has_failed and is_begun and lease.epoch == self.epoch + 1
        return lease.holder.startswith(self.holder)


def end_of_process(
    db: Database, flow_run_id: UUID, process: Ended, message: str, *, now: datetime, new_id: NewId
) -> StateType | None:
    """End a run whose process is known to be gone; what it became, or None where it had ended or another one has it.

    Who tells it again, since the answer was lost, is answered the same.
    """
    end_id = uuid5(flow_run_id, f"the process of epoch {process.epoch} ended")
    with db.write() as conn:
        known = flow_runs.read_flow_run(conn, flow_run_id)
        lease = leases.read_lease(conn, flow_run_id)
        is_begun = known is not None and known.state is not None and known.state.is_running()
        is_others = lease is not None and not process.held(lease, is_begun=is_begun)
        if known is not None and known.state is not None and known.state.id == end_id:
            if not is_others:
                leases.drop_lease(conn, flow_run_id)
            return known.state.type
        if process.holder is not None:
            give_back_of_process(conn, process.holder, now=now, new_id=new_id)
        if is_others:
            return None
        return end_run(conn, flow_run_id, message, now, new_id, claimed_again=process.was_killed, end_id=end_id)


def end_run(
    conn: Connection,
    flow_run_id: UUID,
    message: str,
    now: datetime,
    new_id: NewId,
    *,
    claimed_again: bool = True,
    end_id: UUID | None = None,
) -> StateType | None:
    """End a run that nobody carries out any more, or have it started again; what it became, or None if it had ended."""
    end_id = end_id or new_id()
    run = flow_runs.lock_flow_run(conn, flow_run_id)
    leases.drop_lease(conn, flow_run_id)
    if run is None or run.state is None:
        return None
    if not _is_open(run, run.state):
        end_late_task_runs(conn, [run.id], now=now, new_id=new_id)
        return None
    if run.state.is_cancelling():
        return _end(conn, run, StateType.CANCELLED, run.state.message or CANCELLED, now, new_id, end_id)
    waits = run.state.is_scheduled() or (run.state.is_pending() and claimed_again)
    if not waits or run.deployment_id is None:
        return _end(conn, run, StateType.CRASHED, message, now, new_id, end_id)
    if run.state.is_pending() and flow_runs.claims_in_a_row(conn, run.id) >= MOST_CLAIMS:
        return _end(conn, run, StateType.CRASHED, f"{NEVER_STARTED} {message}", now, new_id, end_id)
    return _have_started_again(conn, run, run.state, now, new_id)


def _is_open(run: FlowRun, state: State) -> bool:
    waits_in_process = state.is_scheduled() and run.empirical_policy.retry_type == "in_process"
    waits_for_an_answer = state.is_paused() and not state.state_details.pause_reschedule
    return state.type in OPEN or waits_in_process or waits_for_an_answer


def _have_started_again(conn: Connection, run: FlowRun, left: State, now: datetime, new_id: NewId) -> StateType:
    """Put a run back into its queue, due when it was due."""
    run.infrastructure_pid = None
    run.empirical_policy = replace(run.empirical_policy, retry_type=None)
    waiting = _state(StateType.SCHEDULED, "Whoever had it died; it waits to be started again.", now, new_id())
    waiting.name = left.name if left.is_scheduled() else waiting.name
    waiting.state_details = StateDetails(flow_run_id=run.id, scheduled_time=left.state_details.scheduled_time or now)
    move(conn, run, waiting, now=now, spare_id=new_id(), forced=True)
    return StateType.SCHEDULED


def _end(
    conn: Connection, run: FlowRun, type: StateType, message: str, now: datetime, new_id: NewId, end_id: UUID
) -> StateType:
    _end_task_runs(conn, run, type, message, now, new_id)
    _, entered = move(
        conn, run, _state(type, message, now, end_id), now=now, spare_id=new_id(), forced=True, process_died=True
    )
    return entered.type if entered is not None else type


def end_late_task_runs(conn: Connection, ended: Iterable[UUID], *, now: datetime, new_id: NewId) -> None:
    """End what is open in flow runs that others have ended: their process was heard of late, or goes on in vain."""
    for flow_run_id in ended:
        run = flow_runs.read_flow_run(conn, flow_run_id)
        if run is not None and run.state is not None and run.state.type.value in leases.ENDED_BY_OTHERS:
            _end_task_runs(conn, run, run.state.type, run.state.message or DIED, now, new_id)


def end_tasks_left_open(conn: Connection, run: FlowRun, *, now: datetime, new_id: NewId) -> None:
    """End what an earlier process of a run left open, which writes nothing of it any more."""
    _end_task_runs(conn, run, StateType.CRASHED, STARTED_AGAIN, now, new_id)


def _end_task_runs(conn: Connection, run: FlowRun, type: StateType, message: str, now: datetime, new_id: NewId) -> None:
    for task_run in task_runs.open_task_runs(conn, run.id):
        child = task_run.state.state_details.child_flow_run_id if task_run.state else None
        if child is not None and _end_subflow(conn, child, type, message, now, new_id):
            continue  # which told its end of the task run that stands for it, too
        state = _state(type, message, now, new_id())
        state.state_details = StateDetails(flow_run_id=run.id, task_run_id=task_run.id, child_flow_run_id=child)
        enter(task_run, state)
        task_runs.write_task_run(conn, task_run)
        task_runs.insert_task_run_state(conn, task_run.id, state)


def _end_subflow(
    conn: Connection, flow_run_id: UUID, type: StateType, message: str, now: datetime, new_id: NewId
) -> bool:
    """End a subflow run that is open, and what runs in it; whether it was."""
    run = flow_runs.lock_flow_run(conn, flow_run_id)
    if run is None or run.state is None or not _is_open(run, run.state):
        return False
    _end(conn, run, type, message, now, new_id, new_id())
    return True


def _state(type: StateType, message: str | None, now: datetime, id: UUID) -> State:
    return State(type=type, name=type.value.capitalize(), id=id, timestamp=now, message=message)
