"""Values on their way into columns and back.

An id is text on SQLite and a uuid on PostgreSQL, a moment is sortable text on SQLite and a timestamptz on PostgreSQL,
and whatever is structured is JSON. Both drivers take the forms made here, so a statement has one text.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta, timezone
from operator import attrgetter
from typing import Any
from uuid import UUID

import orjson

from prefect._domain.states import DETAILS, State, StateDetails, StateType

NO_DETAILS = "{}"
OF_ITS_RUN = ("flow_run_id", "task_run_id")


def moment(value: datetime | None) -> str | None:
    """A moment as `2026-01-31T08:00:00.000000+00:00`, in UTC."""
    if value is None:
        return None
    if value.tzinfo is not timezone.utc:
        value = value.astimezone(timezone.utc)
    return value.isoformat("T", "microseconds")


def read_moment(value: Any) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc)
    return datetime.fromisoformat(value)


def must_read_moment(value: Any) -> datetime:
    read = read_moment(value)
    assert read is not None
    return read


def identity(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def read_identity(value: Any) -> UUID | None:
    if value is None:
        return None
    return value if isinstance(value, UUID) else UUID(value)


def must_read_identity(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def json_text(value: Any) -> str:
    """JSON; sets become sorted lists, and what JSON does not know its name in brackets.

    Raises `ValueError` for a value that JSON cannot hold, such as a number of more than 64 bits.
    """
    options = orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS
    try:
        return orjson.dumps(value, default=_plain, option=options).decode()
    except TypeError as error:
        raise ValueError(f"A value cannot be written as JSON: {error}") from error


def _plain(value: Any) -> Any:
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=str)
    if isinstance(value, timedelta):
        return value.total_seconds()
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return f"<{type(value).__name__}>"


def read_json(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, (str, bytes)) else value


MOMENTS = ("scheduled_time", "cache_expiration", "pause_timeout")
IDS = (
    "flow_run_id",
    "task_run_id",
    "child_flow_run_id",
    "transition_id",
    "task_parameters_id",
    "deployment_concurrency_lease_id",
)
KNOWN_DETAILS = frozenset(field.name for field in fields(StateDetails))


_beside_its_run = attrgetter(*(name for name, _ in DETAILS if name not in OF_ITS_RUN))
_NOTHING_MORE = tuple(default for name, default in DETAILS if name not in OF_ITS_RUN)


def details_text(details: StateDetails) -> str:
    """What a state's details say, but for the ids of its run, which are columns; of most states that is nothing."""
    if _beside_its_run(details) == _NOTHING_MORE:
        return NO_DETAILS
    return json_text({name: held for name, held in details.given().items() if name not in OF_ITS_RUN})


def read_details(value: Any, **ids: UUID | None) -> StateDetails:
    given = {name: held for name, held in (read_json(value) or {}).items() if name in KNOWN_DETAILS}
    for name in MOMENTS:
        if name in given:
            given[name] = read_moment(given[name])
    for name in IDS:
        if name in given:
            given[name] = read_identity(given[name])
    return StateDetails(**{**given, **ids})


def data_text(data: Any) -> str | None:
    """What of a state's data is kept in the database: where the result is stored, never the result."""
    if data is None:
        return None
    if isinstance(data, dict) and ("storage_key" in data or data.get("type") == "unpersisted"):
        return json_text(data)
    if getattr(data, "is_stored", False):
        return json_text(data.metadata)
    return '{"type":"unpersisted"}'


STATE_COLUMNS = "id, type, name, timestamp, message, state_details, data"


def state_row(state: State) -> tuple[Any, ...]:
    return (
        str(state.id),
        state.type.value,
        state.name,
        moment(state.timestamp),
        state.message,
        details_text(state.state_details),
        data_text(state.data),
    )


def read_state(row: tuple[Any, ...], **ids: UUID | None) -> State:
    """A state from the columns above; the ids are those of its run."""
    timestamp = read_moment(row[3])
    assert timestamp is not None
    return State(
        id=must_read_identity(row[0]),
        type=StateType(row[1]),
        name=row[2],
        timestamp=timestamp,
        message=row[4],
        state_details=read_details(row[5], **ids),
        data=read_json(row[6]),
    )
