"""What can be done with the inputs of flow runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from prefect._domain.flow_runs import FlowRunInput
from prefect._orchestration.duties.waking import go_on_if_come
from prefect._store import flow_run_inputs as store
from prefect._store.database import Database
from prefect._store.flow_runs import lock_flow_run
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound

NewId = Callable[[], UUID]


def create(db: Database, given: FlowRunInput, *, now: datetime, new_id: NewId) -> None:
    """Send a run an input, upon which it goes on if it waits for it without a process.

    Raises `ObjectNotFound` for no such run, `ObjectAlreadyExists` where its key is taken.
    """
    with db.write() as conn:
        run = lock_flow_run(conn, given.flow_run_id)
        if run is None:
            raise ObjectNotFound(help_message=f"There is no flow run {given.flow_run_id}.")
        if store.insert_input(conn, given):
            go_on_if_come(conn, run, now=now, new_id=new_id)
            return
        known = store.read_input(conn, given.flow_run_id, given.key)
        if known is None or known.id != given.id:
            raise ObjectAlreadyExists(ValueError(f"The run has an input {given.key!r} already."))


def read(db: Database, flow_run_id: UUID, key: str) -> FlowRunInput:
    """The input of a run under that key. Raises `ObjectNotFound`."""
    with db.read() as conn:
        found = store.read_input(conn, flow_run_id, key)
    if found is None:
        raise ObjectNotFound(help_message=f"The flow run {flow_run_id} has no input {key!r}.")
    return found


def find(
    db: Database, flow_run_id: UUID, prefix: str, *, without: Sequence[str] = (), limit: int
) -> list[FlowRunInput]:
    """The inputs of a run whose keys begin so, but those under some keys, the oldest first."""
    with db.read() as conn:
        return store.list_inputs(conn, flow_run_id, prefix, without=without, limit=limit)


def delete(db: Database, flow_run_id: UUID, key: str) -> None:
    """Remove an input. Raises `ObjectNotFound`."""
    with db.write() as conn:
        if not store.delete_input(conn, flow_run_id, key):
            raise ObjectNotFound(help_message=f"The flow run {flow_run_id} has no input {key!r}.")
