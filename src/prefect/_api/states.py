"""`/flow_run_states` and `/task_run_states`"""

from __future__ import annotations

from uuid import UUID

from prefect._api.routing import Here, Routes
from prefect._orchestration import flow_runs, task_runs
from prefect._wire.states import ToldState

routes = Routes()


@routes.get("/flow_run_states/{id}")
def read_flow_run_state(here: Here, id: UUID) -> ToldState:
    return flow_runs.read_state(here.db, id)


@routes.get("/flow_run_states/")
def read_flow_run_states(here: Here, flow_run_id: UUID) -> list[ToldState]:
    """The states that a run went through, oldest first."""
    return flow_runs.history(here.db, flow_run_id)


@routes.get("/task_run_states/{id}")
def read_task_run_state(here: Here, id: UUID) -> ToldState:
    return task_runs.read_state(here.db, id)


@routes.get("/task_run_states/")
def read_task_run_states(here: Here, task_run_id: UUID) -> list[ToldState]:
    """The states that a run went through, oldest first."""
    return task_runs.history(here.db, task_run_id)
