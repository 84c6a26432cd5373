"""Which records are meant: conditions on the fields of a noun, as clients write them.

    {"name": {"like_": "etl"}, "state": {"type": {"any_": ["FAILED"]}}}

All conditions must hold, or with `"operator": "or_"` one of them. `read_filter` makes a `Filter` of such a structure;
the store makes a WHERE clause of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timezone
from typing import Any, NamedTuple
from uuid import UUID

from prefect._domain.searching import read_pattern, read_search
from prefect._domain.states import StateType
from prefect._domain.work_pools import WORKER_STATUSES

LISTS = frozenset({"any_", "not_any_", "not_like_", "all_", "startswith_", "id_", "type_"})
"""Operators that take a list."""
FLAGS = frozenset({"is_null_", "eq_"})
"""Operators that take true or false."""


def read_identity(raw: Any) -> UUID:
    return raw if isinstance(raw, UUID) else UUID(str(raw))


def read_text(raw: Any) -> str:
    if not isinstance(raw, str):
        raise ValueError(f"{raw!r} is no text")
    return raw


def read_whole(raw: Any) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise ValueError(f"{raw!r} is no whole number")
    return raw


def read_flag(raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise ValueError(f"{raw!r} is neither true nor false")
    return raw


def read_moment(raw: Any) -> datetime:
    moment = raw if isinstance(raw, datetime) else datetime.fromisoformat(read_text(raw).replace("Z", "+00:00"))
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=timezone.utc)


def read_state_type(raw: Any) -> str:
    return StateType(raw).value


def read_worker_status(raw: Any) -> str:
    if raw not in WORKER_STATUSES:
        raise ValueError(f"{raw!r} is none of {', '.join(WORKER_STATUSES)}")
    return str(raw)


Read = Callable[[Any], Any]


class Field(NamedTuple):
    """What can be asked of a field: its column, and for each operator how a value is read.

    The conditions on a `joint` field can be joined by an `operator` of its own. A column's name may stand for more than
    a column; the store knows what.
    """

    column: str
    reads: Mapping[str, Read]
    joint: bool = False
    is_list: bool = False

    @property
    def operators(self) -> Iterable[str]:
        return self.reads


def _field(column: str, read: Read, *operators: str, joint: bool = False) -> Field:
    return Field(column, dict.fromkeys(operators, read), joint)


def _tags(*operators: str) -> Field:
    return Field("tags", dict.fromkeys(operators, read_text), joint=True, is_list=True)


def _moment(column: str, *, may_be_null: bool = False) -> Field:
    return _field(column, read_moment, "before_", "after_", *(["is_null_"] if may_be_null else []))


def _name() -> Field:
    return _field("name", read_text, "any_", "like_")


def _of_artifacts(**own: Field) -> dict[str, Field]:
    return {
        **own,
        "key": Field("key", {"any_": read_text, "like_": read_text, "exists_": read_flag}),
        "flow_run_id": _field("flow_run_id", read_identity, "any_"),
        "task_run_id": _field("task_run_id", read_identity, "any_"),
        "type": _field("type", read_text, "any_", "not_any_"),
    }


FIELDS: dict[str, dict[str, Field]] = {
    "artifact": _of_artifacts(id=_field("id", read_identity, "any_", "ge_", "le_")),
    "artifact_collection": _of_artifacts(latest_id=_field("latest_id", read_identity, "any_")),
    "automation": {
        "id": _field("id", read_identity, "any_"),
        "name": _field("name", read_text, "any_"),
        "created": _field("created", read_moment, "before_"),
        "tags": _tags("all_", "any_", "is_null_"),
    },
    "flow": {
        "id": _field("id", read_identity, "any_", "not_any_"),
        "deployment": _field("deployment_of_flow", read_flag, "is_null_", joint=True),
        "name": _field("name", read_text, "any_", "like_", "not_like_"),
        "tags": _tags("all_", "is_null_"),
    },
    "flow_run": {
        "id": _field("id", read_identity, "any_", "not_any_", "ge_", "le_"),
        "name": _field("name", read_text, "any_", "like_", "not_like_"),
        "tags": _tags("all_", "any_", "not_any_", "is_null_"),
        "deployment_id": _field("deployment_id", read_identity, "any_", "not_any_", "is_null_", joint=True),
        "deployment_name": _field("deployment_name", read_text, "not_like_"),
        "work_queue_name": _field("work_queue_name", read_text, "any_", "is_null_", joint=True),
        "work_pool_name": _field("work_pool_name", read_text, "not_any_"),
        "state.type": _field("state_type", read_state_type, "any_", "not_any_"),
        "state.name": _field("state_name", read_text, "any_", "not_any_"),
        "flow_version": _field("flow_version", read_text, "any_"),
        "start_time": _moment("start_time", may_be_null=True),
        "end_time": _moment("end_time", may_be_null=True),
        "expected_start_time": _moment("expected_start_time"),
        "next_scheduled_start_time": _moment("next_scheduled_start_time"),
        "parent_flow_run_id": _field("parent_flow_run_id", read_identity, "any_", joint=True),
        "parent_task_run_id": _field("parent_task_run_id", read_identity, "any_", "is_null_", joint=True),
        "idempotency_key": _field("idempotency_key", read_text, "any_", "not_any_"),
        "created_by": Field(
            "created_by", {"id_": read_identity, "type_": read_text, "is_null_": read_flag}, joint=True
        ),
    },
    "task_run": {
        "id": _field("id", read_identity, "any_", "ge_", "le_"),
        "name": _name(),
        "tags": _tags("all_", "is_null_"),
        "state.type": _field("state_type", read_state_type, "any_"),
        "state.name": _field("state_name", read_text, "any_"),
        "start_time": _moment("start_time", may_be_null=True),
        "end_time": _moment("end_time", may_be_null=True),
        "expected_start_time": _moment("expected_start_time"),
        "subflow_runs": _field("subflow_runs", read_flag, "exists_"),
        "flow_run_id": _field("flow_run_id", read_identity, "any_", "is_null_", joint=True),
    },
    "deployment": {
        "id": _field("id", read_identity, "any_", "not_any_"),
        "name": _name(),
        "flow_or_deployment_name": _field("flow_or_deployment_name", read_text, "like_"),
        "paused": _field("paused", read_flag, "eq_"),
        "tags": _tags("all_", "any_", "is_null_"),
        "work_queue_name": _field("work_queue_name", read_text, "any_"),
        "concurrency_limit": _field("limit_of_deployment", read_whole, "ge_", "le_", "is_null_"),
    },
    "work_pool": {
        "id": _field("id", read_identity, "any_"),
        "name": _field("name", read_text, "any_"),
        "type": _field("type", read_text, "any_"),
    },
    "work_queue": {
        "id": _field("id", read_identity, "any_"),
        "name": _field("name", read_text, "any_", "startswith_"),
    },
    "worker": {
        "last_heartbeat_time": _moment("last_heartbeat_time"),
        "status": _field("status", read_worker_status, "any_", "not_any_"),
    },
    "block_type": {"name": _field("name", read_text, "like_"), "slug": _field("slug", read_text, "any_")},
    "block_schema": {
        "block_type_id": _field("block_type_id", read_identity, "any_"),
        "block_capabilities": Field("capabilities", {"all_": read_text}, is_list=True),
        "id": _field("id", read_identity, "any_"),
        "version": _field("version", read_text, "any_"),
    },
    "block_document": {
        "id": _field("id", read_identity, "any_"),
        "is_anonymous": _field("is_anonymous", read_flag, "eq_"),
        "block_type_id": _field("block_type_id", read_identity, "any_"),
        "name": _name(),
    },
    "log": {
        "level": _field("level", read_whole, "ge_", "le_"),
        "timestamp": _moment("timestamp"),
        "flow_run_id": _field("flow_run_id", read_identity, "any_"),
        "task_run_id": _field("task_run_id", read_identity, "any_", "is_null_"),
        "text": _field("message", read_search, "query"),
        "pattern": _field("message_pattern", read_pattern, "matches_"),
        "name": _field("name", read_text, "any_", "startswith_"),
    },
    "variable": {
        "id": _field("id", read_identity, "any_"),
        "name": _name(),
        "tags": _tags("all_", "is_null_"),
    },
}
"""For each noun the fields that can be asked for; a field of the run's state is written `state.type` here."""


class Condition(NamedTuple):
    """One thing that must hold."""

    field: Field
    operator: str
    value: Any


class Filter(NamedTuple):
    """Which records of a noun are meant; without conditions all of them."""

    conditions: tuple[Condition | Filter, ...] = ()
    one_suffices: bool = False


EVERYTHING = Filter()
Filters = Mapping[str, Filter]
"""What is wanted of nouns: of the one that is asked for itself, of each other that there is a related record."""


def read_filter(noun: str, given: Mapping[str, Any]) -> Filter:
    """The filter that a client wrote. Raises `ValueError` saying what is wrong with it, and what would be right."""
    return _joined(given, _group(noun, "", given))


def _joined(given: Mapping[str, Any], conditions: Iterable[Condition | Filter]) -> Filter:
    operator = given.get("operator", "and_")
    if operator not in ("and_", "or_"):
        raise ValueError(f"A filter's operator is and_ or or_, not {operator!r}.")
    return Filter(tuple(conditions), operator == "or_")


def _group(noun: str, prefix: str, given: Mapping[str, Any]) -> Iterator[Filter]:
    for name, asked in given.items():
        if name == "operator" or asked is None:
            continue
        path = f"{prefix}{name}"
        if not isinstance(asked, Mapping):
            raise ValueError(f"What is asked of {path!r} is written as {{operator: value}}, not {asked!r}.")
        part = _joined(asked, _asked(noun, path, asked))
        if part.conditions:
            yield part


def _asked(noun: str, path: str, asked: Mapping[str, Any]) -> Iterator[Condition | Filter]:
    known = FIELDS[noun]
    if path in known:
        return _of_field(path, known[path], asked)
    if any(field.startswith(f"{path}.") for field in known):
        return _group(noun, f"{path}.", asked)
    names = ", ".join(sorted(known))
    raise ValueError(f"A {noun.replace('_', ' ')} cannot be asked for its {path!r}, but for: {names}.")


def _of_field(path: str, field: Field, asked: Mapping[str, Any]) -> Iterator[Condition]:
    for operator, raw in asked.items():
        if raw is None or operator == "operator":
            continue
        if operator not in field.operators:
            known = ", ".join(sorted(field.operators))
            raise ValueError(f"{path!r} has no operator {operator!r}, but: {known}.")
        yield Condition(field, operator, _value(path, field, operator, raw))


def _value(path: str, field: Field, operator: str, raw: Any) -> Any:
    try:
        if operator in FLAGS:
            return read_flag(raw)
        if operator not in LISTS:
            return field.reads[operator](raw)
        if not isinstance(raw, (list, tuple)):
            raise ValueError(f"{raw!r} is no list")
        return [field.reads[operator](item) for item in raw]
    except ValueError as error:
        raise ValueError(f"The value of {path}.{operator} does not fit: {error}.") from error
