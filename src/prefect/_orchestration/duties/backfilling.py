"""Making the runs of backfills, no more of each at once than may be active.

A slot that is seen to, its run and the backfill's position are one transaction: whoever dies, and however many carry
this duty out, each slot is seen to once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from prefect._domain.backfills import TICK, Backfill, BackfillStatus, Earlier, SlotStatus, is_wanted
from prefect._domain.deployments import Deployment
from prefect._domain.flow_runs import CreatedBy
from prefect._domain.states import State, StateDetails, StateType
from prefect._orchestration.backfills import locked, told_of_backfill
from prefect._orchestration.deployments import WantedRun, insert_run, queue_for_run
from prefect._orchestration.flow_runs import move
from prefect._orchestration.slot_parameters import parameters_or_templates
from prefect._store import backfills as store
from prefect._store import flow_runs
from prefect._store.connection import Connection
from prefect._store.database import Database
from prefect.exceptions import ObjectNotFound

NewId = Callable[[], UUID]
NewName = Callable[[], str]
MOST = 100
"""How many slots one transaction sees to."""


class Step(NamedTuple):
    """How many runs one transaction made or had retried, and whether there may be more to do at once."""

    made: int = 0
    goes_on: bool = False


def what_is_backfilled(db: Database) -> tuple[Any, ...]:
    """What changes whenever a backfill is made or changed, or one of its runs ends."""
    with db.read() as conn:
        return tuple(store.standings(conn))


def make_runs(db: Database, *, now: datetime, new_id: NewId, new_name: NewName) -> int:
    """Make the runs that backfills are to have now, and end those backfills that are done; how many runs."""
    with db.read() as conn:
        idle = [id for id in store.running_backfills(conn) if _has_room(conn, id)]
    made = 0
    for backfill_id in idle:
        step = Step(goes_on=True)
        while step.goes_on:
            step = _seen_to(db, backfill_id, now, new_id, new_name)
            made += step.made
    return made


def _has_room(conn: Connection, backfill_id: UUID) -> bool:
    backfill = store.read_backfill(conn, backfill_id)
    return backfill is not None and store.active_runs(conn, backfill_id) < backfill.max_active


def _seen_to(db: Database, backfill_id: UUID, now: datetime, new_id: NewId, new_name: NewName) -> Step:
    """See to some slots of a backfill, in one transaction."""
    with db.write() as conn:
        try:
            backfill, deployment = locked(conn, backfill_id)
        except ObjectNotFound:
            return Step()
        if backfill.status is not BackfillStatus.RUNNING:
            return Step()
        store.close_ended(conn, backfill_id)
        room = backfill.max_active - store.active_runs(conn, backfill_id)
        retried = _retried(conn, backfill, min(room, MOST), now, new_id)
        if retried:
            return Step(retried, goes_on=True)
        return _planned(conn, backfill, deployment, room, now, new_id, new_name)


def _retried(conn: Connection, backfill: Backfill, room: int, now: datetime, new_id: NewId) -> int:
    """Have runs begin again that failed; how many."""
    wanted = store.wanted_again(conn, backfill.id, backfill.order, limit=room) if room > 0 else []
    for flow_run_id in wanted:
        run = flow_runs.lock_flow_run(conn, flow_run_id)
        if run is not None and run.state_type in (StateType.FAILED, StateType.CRASHED):
            again = State(
                StateType.SCHEDULED,
                "AwaitingRetry",
                id=new_id(),
                timestamp=now,
                message=f"Retried by its backfill {backfill.name!r}.",
                state_details=StateDetails(scheduled_time=now),
            )
            move(conn, run, again, now=now, spare_id=new_id())
        store.open_again(conn, backfill.id, flow_run_id)
    return len(wanted)


def _planned(
    conn: Connection,
    backfill: Backfill,
    deployment: Deployment,
    room: int,
    now: datetime,
    new_id: NewId,
    new_name: NewName,
) -> Step:
    """See to the next slots, for as many runs as there is room; the backfill has ended where none are left."""
    made, seen, left = 0, 0, backfill.slots_left()
    queue = queue_for_run(conn, deployment, backfill.work_queue_name, now, new_id())
    placed = replace(deployment, work_queue_id=queue[0], work_queue_name=queue[1]) if queue else deployment
    position = backfill.position
    for slot in _few(left):
        earlier = store.earlier_run(conn, deployment.id, slot)
        if is_wanted(backfill.again, earlier):
            if made >= room:
                break
            wanted = _wanted_run(conn, backfill, deployment, slot, earlier, new_id(), new_name())
            recorded = insert_run(conn, placed, wanted, now=now + made * TICK, state_id=new_id())
            is_new = recorded.id == wanted.id
            status = SlotStatus.OPEN if is_new else SlotStatus.BEFORE
            store.note_slot(conn, backfill.id, slot, recorded.id, status)
            made += is_new
        else:
            assert earlier is not None
            store.note_slot(conn, backfill.id, slot, earlier.id, SlotStatus.BEFORE)
        seen, position = seen + 1, slot
    if seen:
        store.write_backfill(conn, replace(backfill, position=position, updated=now))
        return Step(made, goes_on=seen == MOST)
    if room == backfill.max_active and next(backfill.slots_left(), None) is None:
        _end(conn, backfill, deployment, now)
    return Step()


def _few(slots: Iterator[datetime]) -> Iterator[datetime]:
    return (slot for slot, _ in zip(slots, range(MOST), strict=False))


def _wanted_run(
    conn: Connection,
    backfill: Backfill,
    deployment: Deployment,
    slot: datetime,
    earlier: Earlier | None,
    id: UUID,
    name: str,
) -> WantedRun:
    """The run of a slot. It counts as made by nobody's schedule, so that none of theirs takes it for missed."""
    return WantedRun(
        id=id,
        name=name,
        parameters=parameters_or_templates(conn, deployment, backfill, slot),
        scheduled_time=slot,
        tags=(backfill.tag, *backfill.tags),
        job_variables=backfill.job_variables,
        idempotency_key=backfill.key(slot, again=earlier is not None),
        created_by=CreatedBy(id=backfill.id, type="BACKFILL", display_value=backfill.name),
    )


def _end(conn: Connection, backfill: Backfill, deployment: Deployment, now: datetime) -> None:
    """Remember and tell that a backfill has ended."""
    progress = store.progress_of(conn, backfill)
    status = BackfillStatus.FAILED if progress.failed else BackfillStatus.COMPLETED
    ended = replace(backfill, status=status, updated=now)
    store.write_backfill(conn, ended)
    told_of_backfill(conn, status.value.lower(), ended, deployment, now=now, payload=progress._asdict())
