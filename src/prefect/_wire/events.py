"""Events in JSON, and the task runs that clients tell of in them.

A client that runs a task tells of each state that the task run enters in an event `prefect.task-run.<state>`. The id of
the event is the state's, its time too; its payload holds the whole run and the state.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from prefect._domain import task_runs as domain
from prefect._wire.models import Mapped, Moment, Query, Text
from prefect._wire.states import StateCreate
from prefect._wire.task_runs import TaskRunFields, inputs_of

Resource = Annotated[dict[Text, Text], Field(max_length=500)]
TASK_RUN, FLOW_RUN = "prefect.task-run.", "prefect.flow-run."
AS_TOLD = (
    "task_key",
    "dynamic_key",
    "cache_key",
    "cache_expiration",
    "task_version",
    "tags",
    "run_count",
    "flow_run_run_count",
    "expected_start_time",
    "next_scheduled_start_time",
    "start_time",
    "end_time",
)
"""The fields of a task run that it has as its client tells them."""


class Event(Query):
    """Something that happened to a resource, which others are related to."""

    occurred: Moment
    event: Annotated[Text, Field(max_length=1024)]
    resource: Resource
    related: Annotated[list[Resource], Field(max_length=100)] = Field(default_factory=list)
    payload: Mapped = Field(default_factory=dict)
    id: UUID
    follows: UUID | None = None


class RunTold(TaskRunFields):
    """A task run as the payload of an event tells it; what the event says in another place is let go."""

    model_config = ConfigDict(extra="ignore")

    run_count: Annotated[int, Field(ge=0, lt=2**31)] = 0
    flow_run_run_count: Annotated[int, Field(ge=0, lt=2**31)] = 0
    expected_start_time: Moment | None = None
    next_scheduled_start_time: Moment | None = None
    start_time: Moment | None = None
    end_time: Moment | None = None
    total_run_time: Annotated[float, Field(ge=0, le=10**10)] = 0.0


class StateTold(StateCreate):
    """The state as the payload of an event tells it."""

    model_config = ConfigDict(extra="ignore")


def task_run_told(event: Event) -> domain.TaskRun | None:
    """The task run that an event tells of, in the state that it entered; None for an event about something else.

    Raises `ValueError` for one that does not tell it in full.
    """
    if not event.event.startswith(TASK_RUN) or not {"task_run", "validated_state"} <= event.payload.keys():
        return None
    run = RunTold.model_validate(event.payload["task_run"])
    state = StateTold.model_validate(event.payload["validated_state"]).state(event.id, now=event.occurred)
    return domain.TaskRun(
        id=_id_in(event.resource, TASK_RUN),
        flow_run_id=_flow_run_of(event) or run.flow_run_id,
        name=run.name or run.task_key,
        state=state,
        empirical_policy=run.empirical_policy.policy(),
        labels=run.labels or {},
        task_inputs=inputs_of(run.task_inputs),
        total_run_time=timedelta(seconds=run.total_run_time),
        created=event.occurred,
        **{name: getattr(run, name) for name in AS_TOLD},
    )


def _flow_run_of(event: Event) -> UUID | None:
    """The flow run that an event is related to as such, or None."""
    for resource in event.related:
        if resource.get("prefect.resource.role") == "flow-run":
            return _id_in(resource, FLOW_RUN)
    return None


def _id_in(resource: dict[str, str], kind: str) -> UUID:
    told = resource.get("prefect.resource.id", "")
    if not told.startswith(kind):
        raise ValueError(f"The id of a resource is written {kind}<id>; {told!r} does not fit.")
    return UUID(told.removeprefix(kind))
