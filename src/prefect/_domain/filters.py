"""Which records are meant: conditions on the fields of a noun, as clients write them.

    {"name": {"like_": "etl"}, "state": {"type": {"any_": ["FAILED"]}}}

All conditions must hold, or with `"operator": "or_"` one of them. `read_filter` makes a `Filter` of such a structure;
the store makes a WHERE clause of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timezone
from typing import Any, NamedTuple
from uuid import UUID

from prefect._domain.states import StateType

LISTS = frozenset({"any_", "not_any_", "all_"})
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


class Field(NamedTuple):
    """What can be asked of a field: its column, how a value is read, and the operators."""

    column: str
    read: Callable[[Any], Any]
    operators: frozenset[str]
    is_list: bool = False


def _field(column: str, read: Callable[[Any], Any], *operators: str, is_list: bool = False) -> Field:
    return Field(column, read, frozenset(operators), is_list)


def _tags(*operators: str) -> Field:
    return _field("tags", read_text, *operators, is_list=True)


FIELDS: dict[str, dict[str, Field]] = {
    "flow": {
        "id": _field("id", read_identity, "any_", "not_any_"),
        "name": _field("name", read_text, "any_", "like_"),
        "tags": _tags("all_", "is_null_"),
    },
    "flow_run": {
        "id": _field("id", read_identity, "any_", "not_any_"),
        "name": _field("name", read_text, "any_", "like_"),
        "tags": _tags("all_", "any_", "is_null_"),
        "deployment_id": _field("deployment_id", read_identity, "any_", "is_null_"),
        "work_queue_name": _field("work_queue_name", read_text, "any_", "is_null_"),
        "state.type": _field("state_type", read_state_type, "any_", "not_any_"),
        "state.name": _field("state_name", read_text, "any_", "not_any_"),
        "flow_version": _field("flow_version", read_text, "any_"),
        "start_time": _field("start_time", read_moment, "before_", "after_", "is_null_"),
        "end_time": _field("end_time", read_moment, "before_", "after_", "is_null_"),
        "expected_start_time": _field("expected_start_time", read_moment, "before_", "after_"),
        "next_scheduled_start_time": _field("next_scheduled_start_time", read_moment, "before_", "after_"),
        "parent_task_run_id": _field("parent_task_run_id", read_identity, "any_", "is_null_"),
        "idempotency_key": _field("idempotency_key", read_text, "any_", "not_any_"),
    },
    "task_run": {
        "id": _field("id", read_identity, "any_"),
        "name": _field("name", read_text, "any_", "like_"),
        "tags": _tags("all_", "is_null_"),
        "state.type": _field("state_type", read_state_type, "any_", "not_any_"),
        "state.name": _field("state_name", read_text, "any_", "not_any_"),
        "start_time": _field("start_time", read_moment, "before_", "after_", "is_null_"),
        "end_time": _field("end_time", read_moment, "before_", "after_", "is_null_"),
        "expected_start_time": _field("expected_start_time", read_moment, "before_", "after_"),
        "flow_run_id": _field("flow_run_id", read_identity, "any_", "is_null_"),
    },
    "log": {
        "level": _field("level", read_whole, "ge_", "le_"),
        "timestamp": _field("timestamp", read_moment, "before_", "after_"),
        "flow_run_id": _field("flow_run_id", read_identity, "any_"),
        "task_run_id": _field("task_run_id", read_identity, "any_", "is_null_"),
    },
    "variable": {
        "id": _field("id", read_identity, "any_"),
        "name": _field("name", read_text, "any_", "like_"),
        "tags": _tags("all_", "is_null_"),
    },
    "block_type": {
        "name": _field("name", read_text, "like_"),
        "slug": _field("slug", read_text, "any_"),
    },
    "block_schema": {
        "id": _field("id", read_identity, "any_"),
        "block_type_id": _field("block_type_id", read_identity, "any_"),
        "block_capabilities": _field("capabilities", read_text, "all_", is_list=True),
        "version": _field("version", read_text, "any_"),
    },
    "block_document": {
        "id": _field("id", read_identity, "any_"),
        "is_anonymous": _field("is_anonymous", read_flag, "eq_"),
        "block_type_id": _field("block_type_id", read_identity, "any_"),
        "name": _field("name", read_text, "any_", "like_"),
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

    conditions: tuple[Condition, ...] = ()
    one_suffices: bool = False


EVERYTHING = Filter()


def read_filter(noun: str, given: Mapping[str, Any]) -> Filter:
    """The filter that a client wrote. Raises `ValueError` saying what is wrong with it, and what would be right."""
    operator = given.get("operator", "and_")
    if operator not in ("and_", "or_"):
        raise ValueError(f"A filter's operator is and_ or or_, not {operator!r}.")
    parts = {name: part for name, part in given.items() if name != "operator" and part is not None}
    return Filter(tuple(_conditions(noun, "", parts)), operator == "or_")


def _conditions(noun: str, prefix: str, given: Mapping[str, Any]) -> Iterator[Condition]:
    known = FIELDS[noun]
    for name, asked in given.items():
        path = f"{prefix}{name}"
        if not isinstance(asked, Mapping):
            raise ValueError(f"What is asked of {path!r} is written as {{operator: value}}, not {asked!r}.")
        if path in known:
            yield from _of_field(path, known[path], asked)
        elif any(field.startswith(f"{path}.") for field in known):
            yield from _conditions(noun, f"{path}.", asked)
        else:
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
            return field.read(raw)
        if not isinstance(raw, (list, tuple)):
            raise ValueError(f"{raw!r} is no list")
        return [field.read(item) for item in raw]
    except ValueError as error:
        raise ValueError(f"The value of {path}.{operator} does not fit: {error}.") from error
