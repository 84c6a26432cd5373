"""What can be done with task runs: record one, move it, rename it, read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from prefect._domain.filters import EVERYTHING, Filter, Filters
from prefect._domain.flow_runs import FlowRun
from prefect._domain.sorting import Order
from prefect._domain.states import State
from prefect._domain.task_runs import TaskRun
from prefect._domain.transitions.decide import decide
from prefect._domain.transitions.entering import enter
from prefect._domain.transitions.facts import Facts
from prefect._domain.transitions.verdicts import Abort, Accept, Verdict, Wait
from prefect._orchestration import tag_slots
from prefect._orchestration.repeated import first_answer
from prefect._store import flow_runs
from prefect._store import task_runs as store
from prefect._store.connection import Connection
from prefect._store.database import Database
from prefect._store.journal import write_batch
from prefect._store.watching import announce
from prefect.exceptions import ObjectNotFound

NewId = Callable[[], UUID]


class Answer(NamedTuple):
    """What became of a proposed transition, and the run as it is now."""

    verdict: Verdict
    run: TaskRun


def create(db: Database, run: TaskRun, state: State, *, now: datetime) -> tuple[TaskRun, bool]:
    """Record a new run in its first state; whether it is new, or there is one at that place of its flow run already."""
    with db.write() as conn:
        known = store.same_task_run(conn, run)
        if known is not None:
            return known, False
        run.created = run.updated = now
        _enter(conn, run, state)
        return run, True


def read(db: Database, task_run_id: UUID) -> TaskRun | None:
    """The run with that id, or None."""
    with db.read() as conn:
        return store.read_task_run(conn, task_run_id)


def must_read(db: Database, task_run_id: UUID) -> TaskRun:
    """The run with that id. Raises `ObjectNotFound`."""
    run = read(db, task_run_id)
    if run is None:
        raise _no_run(task_run_id)
    return run


def list_runs(
    db: Database,
    *,
    limit: int,
    offset: int = 0,
    filter: Filter = EVERYTHING,
    order: Order = store.LATEST_FIRST,
) -> list[TaskRun]:
    """Those task runs that are meant, in this order."""
    return find(db, {"task_run": filter}, limit=limit, offset=offset, order=order)


def find(
    db: Database, wanted: Filters, *, limit: int, offset: int = 0, order: Order = store.LATEST_FIRST
) -> list[TaskRun]:
    """The task runs that are meant by what is wanted of them and their relatives, in this order."""
    with db.read() as conn:
        return store.find_task_runs(conn, wanted, limit=limit, offset=offset, order=order)


def count(db: Database, wanted: Filters) -> int:
    """How many task runs are meant."""
    with db.read() as conn:
        return store.count_task_runs(conn, wanted)


def list_of_flow_run(db: Database, flow_run_id: UUID) -> list[TaskRun]:
    """All task runs of a flow run, as they were expected."""
    with db.read() as conn:
        return store.task_runs_of(conn, flow_run_id)


def completed_ids(db: Database, flow_run_id: UUID) -> list[UUID]:
    """The task runs of a flow run that have completed."""
    with db.read() as conn:
        return store.completed_ids(conn, flow_run_id)


def history(db: Database, task_run_id: UUID) -> list[State]:
    """The states that a run went through, oldest first."""
    with db.read() as conn:
        return store.task_run_states(conn, task_run_id)


def read_state(db: Database, state_id: UUID) -> State:
    """The state of a task run with that id. Raises `ObjectNotFound`."""
    with db.read() as conn:
        state = store.read_task_run_state(conn, state_id)
    if state is None:
        raise ObjectNotFound(help_message=f"There is no state {state_id} of a task run.")
    return state


def rename(db: Database, task_run_id: UUID, name: str, *, now: datetime) -> None:
    """Give a run another name. Raises `ObjectNotFound`."""
    with db.write() as conn:
        if not store.rename_task_run(conn, task_run_id, name, now=now):
            raise _no_run(task_run_id)


def add_labels(db: Database, task_run_id: UUID, labels: Mapping[str, Any], *, now: datetime) -> None:
    """Give a run further labels; one that it has takes the new value. Raises `ObjectNotFound`."""
    with db.write() as conn:
        run = store.read_task_run(conn, task_run_id)
        if run is None:
            raise _no_run(task_run_id)
        store.label_task_run(conn, task_run_id, {**run.labels, **labels}, now=now)


def delete(db: Database, task_run_id: UUID) -> None:
    """Remove a run with its states and logs. Raises `ObjectNotFound`."""
    with db.write() as conn:
        if not store.delete_task_run(conn, task_run_id):
            raise _no_run(task_run_id)


def record(db: Database, runs: Sequence[TaskRun]) -> None:
    """Record task runs as their clients saw them, each in the state that it entered.

    They may come in any order, and more than once: the latest state of a run is the one that it is in.
    """
    moments = sorted((store.Moment.of(run) for run in runs), key=lambda moment: moment.entered)
    with db.write() as conn:
        write_batch(conn, list(moments))


def set_state(
    db: Database,
    task_run_id: UUID,
    proposed: State,
    *,
    now: datetime,
    new_id: NewId,
    jitter: float,
    max_cache_key_length: int,
    forced: bool = False,
) -> Answer:
    """Propose a state to a task run; the laws decide what becomes of it. Raises `ObjectNotFound`."""
    with db.write() as conn:
        run = store.lock_task_run(conn, task_run_id)
        if run is None:
            raise _no_run(task_run_id)
        spare_id = new_id()
        repeated = first_answer(run, proposed, spare_id)
        if repeated is not None:
            return Answer(repeated, run)
        flow_run = flow_runs.read_flow_run(conn, run.flow_run_id) if run.flow_run_id is not None else None
        facts = Facts(
            run=run,
            proposed=proposed,
            now=now,
            spare_id=spare_id,
            flow_run_state=flow_run.state if flow_run is not None else None,
            flow_run_is_known=flow_run is not None,
            flow_was_retried=flow_run is not None and flow_run.run_count > run.flow_run_run_count,
            tag_slots=tag_slots.facts_for(conn, run, proposed, now=now),
            cached=_cached(conn, proposed, now),
            max_cache_key_length=max_cache_key_length,
            jitter=jitter,
        )
        verdict = decide(facts, forced=forced)
        if isinstance(verdict, Accept) and verdict.take_slot:
            tag_slots.take(conn, run, now=now, new_id=new_id)
        _carry_out(conn, run, flow_run, verdict, new_id, now)
        return Answer(verdict, run)


def _cached(conn: Connection, proposed: State, now: datetime) -> State | None:
    key = proposed.state_details.cache_key
    return store.cached_state(conn, key, now=now) if proposed.is_running() and key is not None else None


def _carry_out(
    conn: Connection, run: TaskRun, flow_run: FlowRun | None, verdict: Verdict, new_id: NewId, now: datetime
) -> None:
    if isinstance(verdict, (Wait, Abort)) or verdict.state is None:
        return
    if flow_run is not None:
        run.flow_run_run_count = flow_run.run_count
    state = verdict.state
    was_running = run.state is not None and run.state.is_running()
    _enter(conn, run, state)
    if was_running and not state.is_running():
        tag_slots.give_back(conn, run, now=now, new_id=new_id)
    key = state.state_details.cache_key
    if state.is_completed() and state.name != "Cached" and key is not None:
        store.remember_cached(conn, new_id(), key, state.state_details.cache_expiration, run, now=now)


def _enter(conn: Connection, run: TaskRun, state: State) -> None:
    state.state_details.task_run_id, state.state_details.flow_run_id = run.id, run.flow_run_id
    enter(run, state)
    run.updated = state.timestamp
    store.write_task_run(conn, run)
    store.insert_task_run_state(conn, run.id, state)
    if run.flow_run_id is None:
        announce(conn)


def _no_run(task_run_id: UUID) -> ObjectNotFound:
    return ObjectNotFound(help_message=f"There is no task run {task_run_id}.")
