"""How the states of runs read as events: `prefect.flow-run.<state>` and `prefect.task-run.<state>`.

The event has the id and the time of the state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from prefect._domain.events import Event, Later, Resource, related, resource, tied

FLOW_RUN, TASK_RUN = "prefect.flow-run.", "prefect.task-run."
"""How the names of these events, and the ids of their resources, begin."""
CREATORS = {"SCHEDULE": "schedule", "AUTOMATION": "automation", "DEPLOYMENT": "deployment"}
"""What may have made a run, as the kind of a resource."""


class Named(NamedTuple):
    """Something that is related to a run."""

    id: UUID | str
    name: str | None


class StateTold(NamedTuple):
    """A state as its event tells it."""

    id: UUID
    type: str
    name: str
    timestamp: datetime
    message: str | None = None


class FlowRunTold(NamedTuple):
    """A flow run that entered a state, the state before that, and what the run belongs to.

    The `parent` of a subflow is the task run that stands for it in the flow that called it.
    """

    id: UUID | str
    name: str
    run_count: int
    state: StateTold
    before: StateTold | None
    flow: Named
    parent: Named | None = None
    deployment: Named | None = None
    work_queue: Named | None = None
    work_pool: Named | None = None
    tags: tuple[str, ...] = ()
    creator: tuple[str, UUID, str | None] | None = None


class TaskRunTold(NamedTuple):
    """A task run that entered a state, the state before that, and what the run belongs to.

    `run` gives the fields of the run as they are now.
    """

    id: UUID | str
    name: str
    run_count: int
    state: StateTold
    before: StateTold | None
    flow_run: Named | None
    flow: Named | None
    tags: tuple[str, ...]
    run: Callable[[], dict[str, Any]]


def flow_run_event(told: FlowRunTold) -> Event:
    """The event of a flow run's state."""
    owners = (
        ("flow", told.flow),
        ("task-run", told.parent),
        ("deployment", told.deployment),
        ("work-queue", told.work_queue),
        ("work-pool", told.work_pool),
    )
    around = [related(role, *one) for role, one in owners if one is not None]
    payload = _moved(told.state, told.before)
    return _event("flow-run", told, (*around, *_tags(told.tags), *_creator(told.creator)), {}, payload)


def task_run_event(told: TaskRunTold) -> Event:
    """The event of a task run's state; the whole run is in its payload, and every state in it has a message."""
    owners = (("flow-run", told.flow_run), ("flow", told.flow))
    around = [related(role, *one) for role, one in owners if one is not None]
    labels = {"prefect.orchestration": "client"}
    return _event("task-run", told, (*_tags(told.tags), *around), labels, Later(lambda: _task_run_payload(told)))


def _task_run_payload(told: TaskRunTold) -> dict[str, Any]:
    before = _with_message(told.before) if told.before is not None else None
    return {**_moved(_with_message(told.state), before), "task_run": told.run()}


def _event(
    kind: str,
    told: FlowRunTold | TaskRunTold,
    around: tuple[Resource, ...],
    labels: Resource,
    payload: Mapping[str, Any],
) -> Event:
    state, before = told.state, told.before
    labels = {
        "prefect.run-count": str(told.run_count),
        "prefect.state-message": state.message or "",
        "prefect.state-name": state.name,
        "prefect.state-timestamp": state.timestamp.isoformat(),
        "prefect.state-type": state.type,
        **labels,
    }
    return Event(
        id=state.id,
        occurred=state.timestamp,
        event=f"prefect.{kind}.{state.name}",
        resource=resource(kind, told.id, told.name, **labels),
        related=around,
        payload=payload,
        follows=tied(before.id, state.timestamp - before.timestamp) if before is not None else None,
        received=state.timestamp,
    )


def _moved(state: StateTold, before: StateTold | None) -> dict[str, Any]:
    return {
        "intended": {"from": before.type if before is not None else None, "to": state.type},
        "initial_state": _plain(before) if before is not None else None,
        "validated_state": _plain(state),
    }


def _with_message(state: StateTold) -> StateTold:
    return state._replace(message=state.message or "")


def _plain(state: StateTold) -> dict[str, Any]:
    message = {} if state.message is None else {"message": state.message}
    return {"type": state.type, "name": state.name, **message}


def _tags(tags: tuple[str, ...]) -> list[Resource]:
    return [related("tag", tag) for tag in sorted(tags)]


def _creator(creator: tuple[str, UUID, str | None] | None) -> list[Resource]:
    if creator is None or creator[0] not in CREATORS:
        return []
    kind, id, name = creator
    return [{**resource(CREATORS[kind], id, name), "prefect.resource.role": "creator"}]
