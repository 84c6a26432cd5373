"""What pages of the web UI ask in one request."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, Field

from prefect._domain.flow_runs import FlowRun
from prefect._domain.states import StateType
from prefect._domain.timing import lateness_until, run_time_until
from prefect._orchestration.faults import Fault
from prefect._orchestration.kept_results import Status
from prefect._wire.filters import TaskRunFilter, WorkQueueFilter
from prefect._wire.flow_runs import FlowRunOrder
from prefect._wire.models import Answer, Mapped, Offset, Query
from prefect._wire.related import AmongFlows, AmongTaskRuns
from prefect._wire.schedules import AnySchedule, require_schedule

MOST_IDS = 200
Ids = Annotated[list[UUID], Field(max_length=MOST_IDS)]


class FlowIds(Query):
    flow_ids: Ids


class DeploymentIds(Query):
    deployment_ids: Ids


class FlowRunIds(Query):
    flow_run_ids: Ids


class SimpleNextFlowRun(Answer):
    """The next run of a flow."""

    id: UUID
    flow_id: UUID
    name: str
    state_name: str
    state_type: StateType
    next_scheduled_start_time: datetime


class UsualDuration(Answer):
    """What so many completed runs took, in seconds: half of them at most `median`, 95 % at most `p95`."""

    runs: int
    median: float
    p95: float


class LatestRun(Answer):
    """A run, as little as its mark in a list needs; `seconds` is how long it took, or has taken so far."""

    id: UUID
    name: str
    state_type: StateType
    state_name: str
    expected_start_time: datetime | None
    start_time: datetime | None
    seconds: float


class Standing(Answer):
    """The last runs, the latest first; how many of the last fifty ended, how many of them well, how late they began."""

    runs: list[LatestRun]
    ended: int
    completed: int
    lateness: float | None


class Try(Answer):
    """From when until when a task run was carried out once, and how that ended; what is still going on has no end."""

    task_run_id: UUID
    start: datetime
    end: datetime | None
    state_type: StateType


class ResultPreview(Answer):
    """What a run left behind, as JSON where it can be shown, and otherwise why it is not."""

    status: Status
    text: str | None
    is_cut: bool
    storage_key: str | None
    serializer: str | None


class NextTimes(Query):
    """A schedule of which the next times are asked for."""

    schedule: Annotated[AnySchedule, AfterValidator(require_schedule)]
    count: Annotated[int, Field(ge=1, le=20)] = 5


class DutyAccount(Answer):
    """A duty to be carried out every so many seconds; when that began last, how long it took, and what went wrong."""

    name: str
    every: float
    began: datetime | None
    seconds: float | None
    fault: str | None


class ServerState(Answer):
    """The server that answers: its database, with the size in bytes, its clock and its duties."""

    version: str
    dialect: str
    database_size: int
    now: datetime
    time_zone: str
    duties: list[DutyAccount]


class ReadRunHistory(AmongFlows):
    """Flow runs as points of a picture."""

    sort: FlowRunOrder = "EXPECTED_START_TIME_DESC"
    limit: Annotated[int, Field(ge=0, le=1000)] = 1000
    offset: Offset = 0


class SimpleFlowRun(Answer):
    """When a run started or is to start, and in seconds how long it ran and how late it was."""

    id: UUID
    state_type: StateType
    timestamp: datetime
    duration: float
    lateness: float

    @classmethod
    def at(cls, now: datetime, run: FlowRun) -> SimpleFlowRun:
        """A run as it is at a moment."""
        assert run.state is not None
        return cls(
            id=run.id,
            state_type=run.state.type,
            timestamp=run.start_time or run.expected_start_time or run.state.timestamp,
            duration=run_time_until(run, now).total_seconds(),
            lateness=lateness_until(run, now).total_seconds(),
        )


class CountByStates(AmongTaskRuns): ...


class CountByState(Answer):
    COMPLETED: int = 0
    PENDING: int = 0
    RUNNING: int = 0
    FAILED: int = 0
    CANCELLED: int = 0
    CRASHED: int = 0
    PAUSED: int = 0
    CANCELLING: int = 0
    SCHEDULED: int = 0

    @classmethod
    def counted(cls, counts: dict[StateType, int]) -> CountByState:
        """The answer that tells counts."""
        return cls(**{type.value: count for type, count in counts.items()})


class CountOverTime(AmongFlows):
    """Which task runs are counted; their `start_time.after_` is where the time begins."""

    task_runs: TaskRunFilter
    work_queues: WorkQueueFilter | None = None

    @property
    def start(self) -> datetime:
        """Where the time begins. Raises `ValueError` where that is not said."""
        asked: Any = dict(self.task_runs)["start_time"]
        if asked is None or asked.after_ is None:
            raise ValueError("task_runs.start_time.after_ is needed: it says where the time begins.")
        start: datetime = asked.after_
        return start


class ValidateValues(Query):
    schema_: Mapped = Field(alias="schema")
    values: Mapped


class SchemaValuePropertyError(Answer):
    """What is wrong with a property."""

    property: str
    errors: list[SchemaError]


class SchemaValueIndexError(Answer):
    """What is wrong with an item of a list."""

    index: int
    errors: list[SchemaError]


SchemaError = str | SchemaValuePropertyError | SchemaValueIndexError


class SchemaValuesValidationResponse(Answer):
    """Whether values fit a schema; where they do not, what is wrong where."""

    errors: list[SchemaError]
    valid: bool

    @classmethod
    def on(cls, faults: list[Fault]) -> SchemaValuesValidationResponse:
        """The answer that tells faults."""
        return cls(errors=_nested(faults), valid=not faults)


def _nested(faults: list[Fault]) -> list[SchemaError]:
    """Faults, each inside the place that it is in."""
    here: list[SchemaError] = [fault.message for fault in faults if not fault.path]
    places = dict.fromkeys(fault.path[0] for fault in faults if fault.path)
    return here + [_place(place, [fault for fault in faults if fault.path[:1] == (place,)]) for place in places]


def _place(place: str | int, faults: list[Fault]) -> SchemaError:
    errors = _nested([Fault(fault.path[1:], fault.message) for fault in faults])
    if isinstance(place, int):
        return SchemaValueIndexError(index=place, errors=errors)
    return SchemaValuePropertyError(property=place, errors=errors)
