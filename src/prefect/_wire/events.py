"""Events in JSON, which is also how programs write them: `prefect.events` has these classes.

A client that runs a task tells of each state that the task run enters in an event `prefect.task-run.<state>`. The id of
the event is the state's, its time too; its payload holds the whole run and the state. Such an event is recorded as the
task run that it tells of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import ItemsView, Iterable, KeysView, Mapping
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, RootModel, model_validator
from typing_extensions import Self

from prefect._clock import new_id, now
from prefect._domain import events as domain
from prefect._domain import task_runs
from prefect._domain.event_filters import is_among
from prefect._domain.labels import LabelDiver
from prefect._domain.state_events import FLOW_RUN, TASK_RUN
from prefect._wire.models import Mapped, Moment, Query, Text
from prefect._wire.states import StateCreate
from prefect._wire.task_runs import TaskRunFields, inputs_of

MOST_LABELS, MOST_RELATED, LONGEST_NAME, LARGEST = 500, 100, 1_024, 1_500_000
"""How many labels a resource has, how many resources are related to an event, the characters of its name, its bytes."""
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


class Labelled(RootModel[dict[Text, Text]]):
    """Something that has labels; it is read like a mapping."""

    model_config = ConfigDict(frozen=True)

    def __getitem__(self, label: str) -> str:
        return self.root[label]

    def __contains__(self, label: object) -> bool:
        return label in self.root

    def __len__(self) -> int:
        return len(self.root)

    def keys(self) -> KeysView[str]:
        return self.root.keys()

    def items(self) -> ItemsView[str, str]:
        return self.root.items()

    def get(self, label: str, default: str | None = None) -> str | None:
        return self.root.get(label, default)

    @property
    def labels(self) -> LabelDiver:
        """The labels by the parts of their names: `resource.labels.prefect.resource.id`."""
        return LabelDiver(self.root)

    def as_label_value_array(self) -> list[dict[str, str]]:
        """Each label with its value, as `{"label": ..., "value": ...}`."""
        return [{"label": label, "value": value} for label, value in self.root.items()]

    def has_all_labels(self, labels: Mapping[str, str]) -> bool:
        """Whether it has each of some labels with that value."""
        return all(self.root.get(label) == value for label, value in labels.items())


class Resource(Labelled):
    """Something that events are about; the label `prefect.resource.id` says which."""

    @model_validator(mode="after")
    def _is_named(self) -> Self:
        if not self.root.get(domain.ID):
            raise ValueError(f"A resource needs the label {domain.ID}, which says which one it is.")
        if len(self.root) > MOST_LABELS:
            raise ValueError(f"A resource has at most {MOST_LABELS} labels; this one has {len(self.root)}.")
        return self

    @property
    def id(self) -> str:
        return self.root[domain.ID]

    @property
    def name(self) -> str | None:
        return self.root.get(domain.NAME)

    def prefect_object_id(self, kind: str) -> UUID:
        """The id of the object of a kind, `prefect.flow-run`, that this resource is. Raises `ValueError`."""
        return _id_in(self.root, f"{kind}.")


class RelatedResource(Resource):
    """A resource that has a part in an event; the label `prefect.resource.role` says which."""

    @model_validator(mode="after")
    def _has_a_role(self) -> Self:
        if not self.root.get(domain.ROLE):
            raise ValueError(f"A related resource needs the label {domain.ROLE}, which says what it is to the event.")
        return self

    @property
    def role(self) -> str:
        return self.root[domain.ROLE]


def few_related(given: list[RelatedResource]) -> list[RelatedResource]:
    """Not too many related resources. Raises `ValueError`."""
    if len(given) > MOST_RELATED:
        raise ValueError(f"An event has at most {MOST_RELATED} related resources; this one has {len(given)}.")
    return given


class Event(Query):
    """Something that happened to a resource, which others are related to."""

    model_config = ConfigDict(extra="ignore", defer_build=True)

    occurred: Moment = Field(default_factory=now)
    event: Annotated[Text, Field(max_length=LONGEST_NAME)]
    resource: Resource
    related: Annotated[list[RelatedResource], AfterValidator(few_related)] = Field(default_factory=list)
    payload: Mapped = Field(default_factory=dict)
    id: UUID = Field(default_factory=new_id)
    follows: UUID | None = None

    @property
    def size_bytes(self) -> int:
        """How long it is as JSON."""
        return len(self.model_dump_json().encode())

    @property
    def involved_resources(self) -> list[Resource]:
        """The resource, and those that are related."""
        return [self.resource, *self.related]

    @property
    def resource_in_role(self) -> dict[str, RelatedResource]:
        """For each role the first resource that has it."""
        return {one.role: one for one in reversed(self.related)}

    @property
    def resources_in_role(self) -> dict[str, list[RelatedResource]]:
        """For each role the resources that have it."""
        found: dict[str, list[RelatedResource]] = defaultdict(list)
        for one in self.related:
            found[one.role].append(one)
        return found

    def find_resource_label(self, label: str) -> str | None:
        """The value of a label of the resource; `role:label` is one of a related resource. None where there is none."""
        related_role, separator, of_related = label.partition(":")
        for one in self.related if separator else ():
            if one.role == related_role and of_related in one:
                return one[of_related]
        return self.resource.get(label)

    def told(self, *, received: datetime) -> domain.Event:
        """The event that is to be recorded."""
        return domain.Event(
            id=self.id,
            occurred=self.occurred,
            event=self.event,
            resource=self.resource.root,
            related=tuple(one.root for one in self.related),
            payload=self.payload,
            follows=self.follows,
            received=received,
        )


class EventTold(Event):
    """An event as a client tells it: it says when it happened, and has an id, so that it may be told again."""

    occurred: Moment
    id: UUID


class ReceivedEvent(EventTold):
    """An event as it was recorded."""

    received: Moment

    @classmethod
    def telling(cls, event: domain.Event) -> Self:
        """The answer that tells an event."""
        return cls(
            id=event.id,
            occurred=event.occurred,
            event=event.event,
            resource=Resource(dict(event.resource)),
            related=[RelatedResource(dict(one)) for one in event.related],
            payload=dict(event.payload),
            follows=event.follows,
            received=event.received or event.occurred,
        )


class ResourceSpecification(RootModel[dict[str, str | list[str]]]):
    """Which resources are meant: for each label the values of which one suffices; see `matches`."""

    def matches_every_resource(self) -> bool:
        """Whether any resource is meant."""
        return not self.root or self.root == {domain.ID: "*"} or self.root == {domain.ID: ["*"]}

    def matches_every_resource_of_kind(self, prefix: str) -> bool:
        """Whether any resource of a kind, such as `prefect.flow-run`, is meant."""
        if self.matches_every_resource():
            return True
        return set(self.root) == {domain.ID} and any(
            value in (f"{prefix}.*", "*") for value in _listed(self.root[domain.ID])
        )

    def matches(self, resource: Labelled) -> bool:
        """Whether a resource is meant."""
        return all(
            label in resource and is_among(resource[label], _listed(expected)) for label, expected in self.root.items()
        )

    def includes(self, candidates: Iterable[Labelled]) -> bool:
        """Whether one of these resources is meant."""
        return self.matches_every_resource() or any(self.matches(candidate) for candidate in candidates)

    def items(self) -> list[tuple[str, list[str]]]:
        return [(label, _listed(values)) for label, values in self.root.items()]

    def get(self, label: str, default: str | list[str] | None = None) -> list[str]:
        """The values that a label may have."""
        return _listed(self.root.get(label, default or []))

    def pop(self, label: str, default: str | list[str] | None = None) -> list[str]:
        """The values that a label might have, which is of no interest any more."""
        return _listed(self.root.pop(label, default or []))

    def deepcopy(self) -> ResourceSpecification:
        return ResourceSpecification(deepcopy(self.root))

    def __contains__(self, label: object) -> bool:
        return label in self.root

    def __getitem__(self, label: str) -> list[str]:
        return _listed(self.root[label])

    def __setitem__(self, label: str, values: str | list[str]) -> None:
        self.root[label] = values

    def __len__(self) -> int:
        return len(self.root)


def _listed(values: str | list[str]) -> list[str]:
    return [values] if isinstance(values, str) else values


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


def task_run_told(event: Event) -> task_runs.TaskRun | None:
    """The task run that an event tells of, in the state that it entered; None for an event about something else.

    Raises `ValueError` for one that does not tell it in full.
    """
    if not event.event.startswith(TASK_RUN) or not {"task_run", "validated_state"} <= event.payload.keys():
        return None
    run = RunTold.model_validate(event.payload["task_run"])
    state = StateTold.model_validate(event.payload["validated_state"]).state(event.id, now=event.occurred)
    return task_runs.TaskRun(
        id=_id_in(event.resource.root, TASK_RUN),
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
        if resource.role == "flow-run":
            return _id_in(resource.root, FLOW_RUN)
    return None


def _id_in(resource: Mapping[str, str], kind: str) -> UUID:
    told = resource[domain.ID]
    if not told.startswith(kind):
        raise ValueError(f"The id of a resource is written {kind}<id>; {told!r} does not fit.")
    return UUID(told.removeprefix(kind))
