"""Finding runs by what a person types: an id, or a name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from uuid import UUID

from prefect._wire import filters
from prefect.cli.confirming import no_such
from prefect.cli.paging import PIECE
from prefect.cli.running import CommandError
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectNotFound

if TYPE_CHECKING:
    from prefect._wire.flow_runs import FlowRunResponse
    from prefect._wire.task_runs import TaskRun

HINT = "`prefect flow-run ls` lists those there are."
TASKS_HINT = "`prefect task-run ls` lists those there are."


def flow_run_of(client: SyncPrefectClient, asked: str) -> FlowRunResponse:
    """The flow run of that id or name. Raises `CommandError` where there is none, or several have the name."""
    id = as_id(asked)
    if id is None:
        return _flow_run_named(client, asked)
    try:
        return client.read_flow_run(id)
    except ObjectNotFound:
        raise no_such("flow run", id, hint=HINT) from None


def _flow_run_named(client: SyncPrefectClient, name: str) -> FlowRunResponse:
    wanted = filters.FlowRunFilter.model_validate({"name": {"any_": [name]}})
    found = client.read_flow_runs(flow_run_filter=wanted, limit=2)
    if not found:
        recent = client.read_flow_runs(limit=PIECE)
        raise no_such("flow run", name, (run.name for run in recent), hint=HINT)
    if len(found) > 1:
        raise CommandError(f"Several flow runs are called {name!r}; name one by its id. {HINT}")
    return found[0]


def task_run_of(client: SyncPrefectClient, id: UUID) -> TaskRun:
    """The task run of that id. Raises `CommandError`."""
    try:
        return client.read_task_run(id)
    except ObjectNotFound:
        raise no_such("task run", id, hint=TASKS_HINT) from None


def as_id(text: str) -> UUID | None:
    """The id that a text is, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None


def names_of_flows(client: SyncPrefectClient, flow_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names of flows, by their ids."""
    ids = sorted({str(id) for id in flow_ids})
    names: dict[UUID, str] = {}
    for start in range(0, len(ids), PIECE):
        wanted = filters.FlowFilter.model_validate({"id": {"any_": ids[start : start + PIECE]}})
        names |= {flow.id: flow.name for flow in client.read_flows(flow_filter=wanted, limit=PIECE)}
    return names
