"""Resuming a paused flow run, with the input that it waits for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from prefect._domain.flow_runs import FlowRun, FlowRunInput
from prefect._domain.states import State, StateDetails, StateType
from prefect._domain.transitions.verdicts import Abort, Accept, Reject, Verdict
from prefect._orchestration.checking import made
from prefect._orchestration.faults import faults_in
from prefect._orchestration.flow_runs import Answer, move
from prefect._store import flow_run_inputs, flow_runs
from prefect._store.connection import Connection
from prefect._store.database import Database
from prefect._store.values import json_text, read_json
from prefect.exceptions import ObjectNotFound

NewId = Callable[[], UUID]


def resume(db: Database, flow_run_id: UUID, given: Mapping[str, Any] | None, *, now: datetime, new_id: NewId) -> Answer:
    """Have a paused run go on; one that is suspended is scheduled again. What was given is kept for the run to read.

    What is given is made where it says how it is made, and held against the schema that the run stored when it paused.
    Raises `ObjectNotFound`.
    """
    with db.write() as conn:
        run = flow_runs.lock_flow_run(conn, flow_run_id)
        if run is None:
            raise ObjectNotFound(help_message=f"There is no flow run {flow_run_id}.")
        resumed_id, spare_id = new_id(), new_id()
        if run.state is not None and run.state.id == resumed_id:
            return Answer(Accept(run.state), run)
        input, refused = _input(conn, run, given or {})
        if refused is not None:
            return Answer(refused, run)
        keys = _keys(run)
        verdict, entered = move(conn, run, _resumed(run, now, resumed_id), now=now, spare_id=spare_id)
        if keys and given is not None and entered is not None and not entered.is_final():
            kept = FlowRunInput(new_id(), run.id, keys["response"], json_text(input), None, now, now)
            flow_run_inputs.insert_input(conn, kept)
        return Answer(verdict, run)


def _input(conn: Connection, run: FlowRun, given: Mapping[str, Any]) -> tuple[dict[str, Any], Verdict | None]:
    """What a run is given, made; or why it is not resumed."""
    if run.state is None or not run.state.is_paused():
        return {}, Abort("Only a paused flow run can be resumed.")
    keys = _keys(run)
    if not keys:
        return dict(given), None
    try:
        input = made(conn, given, "run_input")
    except ValueError as error:
        return {}, Reject(None, str(error))
    return input, _refusal(conn, run, keys, input)


def _refusal(conn: Connection, run: FlowRun, keys: Mapping[str, str], input: dict[str, Any]) -> Verdict | None:
    stored = flow_run_inputs.read_input(conn, run.id, keys["schema"])
    if stored is None:
        return Reject(None, "The schema of the input that the run waits for is missing.")
    try:
        faults = faults_in(input, read_json(stored.value))
    except ValueError as error:
        return Reject(None, f"The input that the run waits for cannot be checked. {error}")
    return Reject(None, f"The input does not fit: {'; '.join(map(str, faults[:5]))}") if faults else None


def _keys(run: FlowRun) -> dict[str, str]:
    """The keys of the schema and the response of the input that a run waits for; empty where it waits for none."""
    keyset = run.state.state_details.run_input_keyset if run.state else None
    return keyset if keyset and {"schema", "response"} <= keyset.keys() else {}


def _resumed(run: FlowRun, now: datetime, id: UUID) -> State:
    assert run.state is not None
    if run.state.state_details.pause_reschedule:
        return State(StateType.SCHEDULED, "Resuming", id, now, state_details=StateDetails(scheduled_time=now))
    return State(StateType.RUNNING, "Running", id, now)
