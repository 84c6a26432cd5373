"""What can be done with flow runs: begin one, move it, rename it, read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from prefect._domain.filters import EVERYTHING, Filter, Filters
from prefect._domain.flow_runs import Declared, Flow, FlowRun, completed
from prefect._domain.leases import Lease
from prefect._domain.sorting import Order
from prefect._domain.states import State, StateType
from prefect._domain.task_runs import TaskRun
from prefect._domain.transitions.decide import decide
from prefect._domain.transitions.entering import enter
from prefect._domain.transitions.facts import Facts
from prefect._domain.transitions.flow_rules import gives_its_slot_back
from prefect._domain.transitions.verdicts import Abort, Accept, Reject, Verdict, Wait
from prefect._domain.work_pools import DEFAULT_QUEUE
from prefect._orchestration import slots
from prefect._orchestration.flows import ensure_flow
from prefect._orchestration.repeated import answer_of_old, first_answer
from prefect._store import flow_runs as store
from prefect._store import flows, leases, task_runs, work_pools
from prefect._store.connection import Connection
from prefect._store.database import Database
from prefect._store.faults import Fault, fault_of
from prefect._store.leases import HeldLease
from prefect.exceptions import ObjectNotFound

NewId = Callable[[], UUID]
Check = Callable[[Connection, FlowRun, FlowRun], None]
"""Has a say in a change: takes a run as it is and as it would be."""
MIRRORED = 1 << 61
"""The bit by which the state of a task run that stands for a flow run differs in its id from the state of that run.

No other id of one request has it so: those lie next to each other.
"""


class Answer(NamedTuple):
    """What became of a proposed transition, and the run as it is now, in the epoch of its latest lease."""

    verdict: Verdict
    run: FlowRun
    epoch: int = 0

    @property
    def state(self) -> State:
        assert self.run.state is not None
        return self.run.state


def begin(
    db: Database,
    flow: Flow,
    run: FlowRun,
    state: State,
    *,
    tracked_by: TaskRun | None = None,
    lease: Lease | None = None,
    now: datetime,
) -> FlowRun:
    """Record a flow and a new run of it in its first state; of a run that exists already, what is recorded.

    With a `lease`, the new run is leased, so that it is noticed when its process dies before it runs. `tracked_by` is
    the task run that stands for this run in the flow that called it. Where a run of a durable flow crashed that had the
    same parameters and belongs to no deployment, that run is taken up instead.
    """
    with db.write() as conn:
        known = store.lock_flow_run(conn, run.id)
        if known is not None:
            return _completed(conn, known, run, now)
        recorded = ensure_flow(conn, flow.name, id=flow.id, tags=flow.tags, labels=flow.labels, now=now)
        run.flow_id = recorded.id
        stopped = _stopped(conn, run, state) if lease is not None and run.empirical_policy.is_durable else None
        if stopped is not None and lease is not None:
            return _taken_up(conn, stopped, state, lease, now)
        run.created = run.updated = now
        enter(run, _of_run(state, run))
        if tracked_by is not None:
            _write_tracking(conn, tracked_by, run, state)
        inserted = store.insert_flow_run(conn, run, now=now)
        if inserted.id == run.id:
            store.insert_flow_run_state(conn, run.id, state)
            if lease is not None:
                leases.take_lease(conn, run.id, lease.holder, now=now, ttl=lease.ttl)
        return inserted


def _stopped(conn: Connection, run: FlowRun, state: State) -> FlowRun | None:
    """The run with which somebody goes on who calls a durable flow again; what was asked twice is answered the same."""
    for crashed in store.crashed_runs(conn, run.flow_id, or_in=state.id):
        if crashed.state_id == state.id:
            return crashed
        if crashed.empirical_policy.may_resume and crashed.parameters == run.parameters:
            return store.lock_flow_run(conn, crashed.id)
    return None


def _taken_up(conn: Connection, stopped: FlowRun, state: State, lease: Lease, now: datetime) -> FlowRun:
    if stopped.state_id != state.id:
        policy = stopped.empirical_policy
        stopped.empirical_policy = replace(policy, resumes=policy.resumes + 1)
        move(conn, stopped, state, now=now, spare_id=state.id)
        leases.take_lease(conn, stopped.id, lease.holder, now=now, ttl=lease.ttl)
    return stopped


class Queue(NamedTuple):
    """Where a new run is to wait: the names of a pool and of one of its queues; without the latter its default."""

    pool: str
    name: str | None = None


def create(
    db: Database, run: FlowRun, state: State, *, queue: Queue | None = None, now: datetime
) -> tuple[FlowRun, bool]:
    """Record a new run of a flow in its first state; whether it is new, or its flow knows its idempotency key already.

    Raises `ObjectNotFound` where the flow, or the queue that the run is to wait in, is not there.
    """
    with db.write() as conn:
        if flows.read_flow(conn, run.flow_id) is None:
            raise ObjectNotFound(help_message=f"There is no flow {run.flow_id}.")
        if queue is not None:
            _place(conn, run, queue)
        run.created = run.updated = now
        enter(run, _of_run(state, run))
        recorded = store.insert_flow_run(conn, run, now=now)
        if recorded is not run:
            return recorded, False
        store.insert_flow_run_state(conn, run.id, state)
        if run.parent_task_run_id is not None:
            _mirror(conn, run, state)
        return run, True


def _place(conn: Connection, run: FlowRun, queue: Queue) -> None:
    pool = work_pools.read_work_pool(conn, queue.pool)
    found = work_pools.read_work_queue(conn, pool.id, queue.name or DEFAULT_QUEUE) if pool is not None else None
    if found is None:
        raise ObjectNotFound(
            help_message=f"There is no queue {queue.name or DEFAULT_QUEUE!r} in a pool {queue.pool!r}."
        )
    run.work_queue_id, run.work_queue_name = found.id, found.name


def _completed(conn: Connection, known: FlowRun, run: FlowRun, now: datetime) -> FlowRun:
    """A run that was recorded before its flow was known, with what its flow says of it."""
    says = run.empirical_policy
    whole = completed(known, Declared(run.flow_version, says.retries, says.retry_delay, says.max_resumes))
    if whole is not known:
        whole.updated = now
        store.write_flow_run(conn, whole)
    return whole


def read(db: Database, flow_run_id: UUID) -> FlowRun | None:
    """A flow run, or None."""
    with db.read() as conn:
        return store.read_flow_run(conn, flow_run_id)


def list_runs(
    db: Database,
    *,
    limit: int,
    offset: int = 0,
    filter: Filter = EVERYTHING,
    flows: Filter = EVERYTHING,
    order: Order = store.LATEST_FIRST,
) -> list[tuple[FlowRun, str]]:
    """Runs with the names of their flows; `flows` says whose runs are meant."""
    with db.read() as conn:
        return store.list_flow_runs(conn, limit=limit, offset=offset, filter=filter, flows=flows, order=order)


def find(
    db: Database, wanted: Filters, *, limit: int, offset: int = 0, order: Order = store.LATEST_FIRST
) -> list[store.Placed]:
    """The runs that are meant, in this order, with the pools that they wait in."""
    with db.read() as conn:
        return store.find_flow_runs(conn, wanted, limit=limit, offset=offset, order=order)


def count(db: Database, wanted: Filters) -> int:
    """How many runs are meant."""
    with db.read() as conn:
        return store.count_flow_runs(conn, wanted)


def read_placed(db: Database, flow_run_id: UUID) -> store.Placed:
    """A flow run with the pool that it waits in. Raises `ObjectNotFound`."""
    with db.read() as conn:
        placed = store.read_placed(conn, flow_run_id)
    if placed is None:
        raise _no_run(flow_run_id)
    return placed


def read_state(db: Database, state_id: UUID) -> State:
    """The state of a flow run with that id. Raises `ObjectNotFound`."""
    with db.read() as conn:
        state = store.read_flow_run_state(conn, state_id)
    if state is None:
        raise ObjectNotFound(help_message=f"There is no state {state_id} of a flow run.")
    return state


def history(db: Database, flow_run_id: UUID) -> list[State]:
    """The states that a run went through, oldest first."""
    with db.read() as conn:
        return store.flow_run_states(conn, flow_run_id)


def delete(db: Database, flow_run_id: UUID) -> bool:
    """Remove a run with its states, task runs and logs; whether there was one."""
    with db.write() as conn:
        return store.delete_flow_run(conn, flow_run_id)


def parent_of(db: Database, run: FlowRun) -> UUID | None:
    """The flow run that called this one as its subflow, or None."""
    with db.read() as conn:
        return _parent_of(conn, run)


def root_of(db: Database, run: FlowRun) -> UUID:
    """The outermost flow run above this one; itself where nothing called it."""
    with db.read() as conn:
        return _outermost(conn, run).id


def _outermost(conn: Connection, run: FlowRun) -> FlowRun:
    while (above := _parent_of(conn, run)) is not None and (parent := store.read_flow_run(conn, above)) is not None:
        run = parent
    return run


def _parent_of(conn: Connection, run: FlowRun) -> UUID | None:
    if run.parent_task_run_id is None:
        return None
    tracking = task_runs.read_task_run(conn, run.parent_task_run_id)
    return tracking.flow_run_id if tracking is not None else None


def earlier_subflow(db: Database, parent: UUID, tracking: TaskRun) -> FlowRun | None:
    """The latest subflow run that an earlier try of the parent made at the same place, of the same key, or None."""
    with db.read() as conn:
        return store.latest_subflow(conn, parent, tracking.task_key, tracking.dynamic_key, tracking.cache_key)


def set_state(
    db: Database,
    flow_run_id: UUID,
    proposed: State,
    *,
    now: datetime,
    spare_id: UUID,
    lease: Lease | None = None,
    epoch: int | None = None,
    forced: bool = False,
    declared: Declared | None = None,
) -> Answer:
    """Propose a state to a flow run; the laws decide what becomes of it.

    With a `lease`, a run that starts running is leased, and remembers where it runs. An `epoch` that is not the latest
    is refused: the run has been started again elsewhere. What its flow has `declared` counts for a run that was
    recorded without it. Raises `ObjectNotFound`.
    """
    try:
        with db.write() as conn:
            return _answered(conn, flow_run_id, proposed, now, spare_id, lease, epoch, forced, declared)
    except Exception as error:
        old = _old_answer(db, flow_run_id, proposed, spare_id) if fault_of(error) is Fault.CONFLICT else None
        if old is None:
            raise
        return old


def _old_answer(db: Database, flow_run_id: UUID, proposed: State, spare_id: UUID) -> Answer | None:
    """The answer to a proposal that the run has gone on from; None where it is not known."""
    with db.read() as conn:
        run, verdict = store.read_flow_run(conn, flow_run_id), answer_of_old(conn, flow_run_id, proposed, spare_id)
        return None if run is None or verdict is None else Answer(verdict, run, leases.epoch_of(conn, run.id))


def _answered(
    conn: Connection,
    flow_run_id: UUID,
    proposed: State,
    now: datetime,
    spare_id: UUID,
    lease: Lease | None,
    epoch: int | None,
    forced: bool,
    declared: Declared | None,
) -> Answer:
    """What becomes of a proposal, and is written of it."""
    run = _locked(conn, flow_run_id)
    if declared is not None:
        run = completed(run, declared)
    latest = leases.epoch_of(conn, run.id)
    repeated = first_answer(run, proposed, spare_id)
    if repeated is not None:
        return Answer(repeated, run, latest)
    if epoch is not None and epoch != latest:
        return Answer(Abort("This run has been started again in another process."), run, latest)
    if lease is not None and proposed.is_running():
        run.infrastructure_pid = lease.place
    by_its_process = epoch is not None
    verdict, entered = move(
        conn, run, proposed, now=now, spare_id=spare_id, forced=forced, by_its_process=by_its_process
    )
    if entered is not None and lease is not None and entered.is_running():
        latest = leases.take_lease(conn, run.id, lease.holder, now=now, ttl=lease.ttl)
    return Answer(verdict, run, latest)


def move(
    conn: Connection,
    run: FlowRun,
    proposed: State,
    *,
    now: datetime,
    spare_id: UUID,
    forced: bool = False,
    by_its_process: bool = False,
    process_died: bool = False,
) -> tuple[Verdict, State | None]:
    """Decide about a locked run's next state and write what follows: the verdict, and the state entered, if any."""
    facts = Facts(
        run=run,
        proposed=proposed,
        now=now,
        spare_id=spare_id,
        by_its_process=by_its_process,
        process_died=process_died,
        outermost=_outermost(conn, run).state if run.parent_task_run_id and proposed.is_crashed() else None,
        tasks_done=task_runs.count_done(conn, run.id) if _may_go_on(run, proposed) else 0,
        deployment=slots.facts_for(conn, run, now=now),
    )
    verdict = decide(facts, forced=forced)
    if isinstance(verdict, Accept) and verdict.take_slot:
        slots.take(conn, run, verdict.state, spare_id, now=now)
    left = run.state.type if run.state is not None else None
    entered = _write(conn, run, verdict)
    if entered is not None and gives_its_slot_back(left, entered.type):
        slots.give_back(conn, run, now=now)
    elif entered is not None and entered.is_running():
        slots.keep(conn, run)
    return verdict, entered


def _may_go_on(run: FlowRun, proposed: State) -> bool:
    return proposed.is_crashed() and run.empirical_policy.is_durable and run.parent_task_run_id is None


def _write(conn: Connection, run: FlowRun, verdict: Verdict) -> State | None:
    """Carry a verdict out; the state entered, if any."""
    if isinstance(verdict, (Wait, Abort)) or verdict.state is None:
        return None
    assert isinstance(verdict, (Accept, Reject))
    if verdict.policy is not None:
        run.empirical_policy = verdict.policy
    state = _of_run(verdict.state, run)
    enter(run, state)
    store.write_flow_run(conn, run)
    store.insert_flow_run_state(conn, run.id, state)
    if run.parent_task_run_id is not None:
        _mirror(conn, run, state)
    if not _is_carried_out(run, state):
        leases.drop_lease(conn, run.id)
    return state


def _is_carried_out(run: FlowRun, state: State) -> bool:
    """Whether somebody is at work on a run in this state, if only starting it or waiting for a try or an answer."""
    if state.is_scheduled():
        return run.empirical_policy.retry_type == "in_process"
    waits_for_an_answer = state.is_paused() and not state.state_details.pause_reschedule
    return state.is_pending() or state.is_running() or state.is_cancelling() or waits_for_an_answer


def _of_run(state: State, run: FlowRun) -> State:
    state.state_details.flow_run_id = run.id
    state.state_details.task_run_id = run.parent_task_run_id
    return state


def _write_tracking(conn: Connection, tracking: TaskRun, run: FlowRun, state: State) -> None:
    enter(tracking, _mirrored(tracking, run, state))
    assert tracking.state is not None
    task_runs.write_task_run(conn, tracking)
    task_runs.insert_task_run_state(conn, tracking.id, tracking.state)


def _mirror(conn: Connection, run: FlowRun, state: State) -> None:
    assert run.parent_task_run_id is not None
    tracking = task_runs.read_task_run(conn, run.parent_task_run_id)
    if tracking is not None:
        _write_tracking(conn, tracking, run, state)


def _mirrored(tracking: TaskRun, run: FlowRun, state: State) -> State:
    details = replace(
        state.state_details, task_run_id=tracking.id, flow_run_id=tracking.flow_run_id, child_flow_run_id=run.id
    )
    return replace(state, id=UUID(int=state.id.int ^ MIRRORED), state_details=details)


def rename(db: Database, flow_run_id: UUID, name: str, *, now: datetime) -> None:
    """Give a flow run another name. Raises `ObjectNotFound`."""
    update(db, flow_run_id, {"name": name}, now=now)


def update(
    db: Database, flow_run_id: UUID, changes: Mapping[str, Any], *, now: datetime, check: Check | None = None
) -> None:
    """Change some fields of a run. Raises `ObjectNotFound`, and what the check raises of the run before and after."""
    with db.write() as conn:
        known = _locked(conn, flow_run_id)
        run = replace(known, **changes, updated=now)
        if check is not None:
            check(conn, known, run)
        store.write_flow_run(conn, run)


def add_labels(db: Database, flow_run_id: UUID, labels: Mapping[str, Any], *, now: datetime) -> None:
    """Give a run further labels; one that it has takes the new value. Raises `ObjectNotFound`."""
    with db.write() as conn:
        run = _locked(conn, flow_run_id)
        run.labels, run.updated = {**run.labels, **labels}, now
        store.write_flow_run(conn, run)


def delete_many(db: Database, filter: Filter, *, limit: int) -> list[UUID]:
    """Remove so many of the runs that are meant; which ones."""
    with db.write() as conn:
        found = store.find_flow_runs(conn, {"flow_run": filter}, limit=limit)
        for placed in found:
            store.delete_flow_run(conn, placed.run.id)
        return [placed.run.id for placed in found]


def set_state_of_many(
    db: Database,
    filter: Filter,
    proposed: Callable[[], State],
    *,
    limit: int,
    forced: bool,
    now: datetime,
    new_id: NewId,
) -> list[Answer]:
    """Propose a state to so many of the runs that are meant; what became of each."""
    with db.read() as conn:
        found = [placed.run.id for placed in store.find_flow_runs(conn, {"flow_run": filter}, limit=limit)]
    return [set_state(db, id, proposed(), now=now, spare_id=new_id(), forced=forced) for id in found]


def _locked(conn: Connection, flow_run_id: UUID) -> FlowRun:
    run = store.lock_flow_run(conn, flow_run_id)
    if run is None:
        raise _no_run(flow_run_id)
    return run


def _no_run(flow_run_id: UUID) -> ObjectNotFound:
    return ObjectNotFound(help_message=f"There is no flow run {flow_run_id}.")


def renew_leases(db: Database, lease: Lease, carried: Mapping[UUID, int], *, now: datetime) -> bool:
    """Keep the leases of a process that is alive; whether any of the runs that it carries out is still wanted of it.

    `carried` has for each of them the epoch in which the process has it. One that was given up goes on under its lease,
    so that it is noticed when its process dies in truth.
    """
    with db.write() as conn:
        leases.renew_leases_of(conn, [*carried], lease.holder, now=now, ttl=lease.ttl)
        known = leases.standings(conn, carried)
        for id, epoch in carried.items():
            if id in known and _was_believed_dead(known[id], epoch):
                leases.lease_again(conn, id, HeldLease(lease.holder, epoch), now=now, ttl=lease.ttl)
    return any(id in known and _is_wanted(known[id], epoch, lease.holder) for id, epoch in carried.items())


def _was_believed_dead(standing: leases.Standing, epoch: int) -> bool:
    return standing.state_type is StateType.CRASHED and standing.epoch == epoch and standing.holder is None


def _is_wanted(standing: leases.Standing, epoch: int, holder: str) -> bool:
    """Whether a run is to go on where it is: it has not been started again elsewhere, nor is it to end.

    Who holds its lease may have begun its next try while this was asked.
    """
    is_its_own = standing.epoch == epoch or standing.holder == holder
    return is_its_own and standing.state_type not in (StateType.CANCELLING, StateType.CANCELLED)


def renew_claims(db: Database, flow_run_ids: Sequence[UUID], lease: Lease, *, now: datetime) -> None:
    """Keep the leases that somebody holds of runs whose processes have not taken their own yet."""
    with db.read() as conn:
        if not leases.are_held(conn, flow_run_ids, lease.holder):
            return
    with db.write() as conn:
        leases.renew_leases_of(conn, flow_run_ids, lease.holder, now=now, ttl=lease.ttl)


def halted(db: Database, flow_run_ids: Sequence[UUID]) -> list[FlowRun]:
    """Those of some runs that are paused or suspended."""
    with db.read() as conn:
        return store.halted(conn, flow_run_ids)


def being_cancelled(db: Database, flow_run_ids: Sequence[UUID]) -> list[UUID]:
    """Those of some runs that are Cancelling."""
    with db.read() as conn:
        return store.being_cancelled(conn, flow_run_ids)
