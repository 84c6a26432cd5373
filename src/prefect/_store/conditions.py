"""Filters and orders as SQL; values are always parameters, never text of a statement."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from prefect._domain.filters import EVERYTHING, Condition, Filter, Filters
from prefect._domain.searching import Search
from prefect._domain.sorting import Order
from prefect._store.values import json_text, moment

Clause = tuple[str, list[Any]]
NEVER, ALWAYS = "1 = 0", "1 = 1"


class Link(NamedTuple):
    """How a record of a noun is found from one that is nearer: its column equals that column of the nearer noun's."""

    column: str
    nearer_column: str
    nearer: str | None = None


_WAITS_IN = {
    "work_queue": Link("id", "work_queue_id"),
    "work_pool": Link("id", "work_pool_id", "work_queue"),
}
_OF_A_RUN = {
    "flow_run": Link("id", "flow_run_id"),
    "task_run": Link("id", "task_run_id"),
    "flow": Link("id", "flow_id", "flow_run"),
    "deployment": Link("id", "deployment_id", "flow_run"),
}
RELATED: dict[str, dict[str, Link]] = {
    "artifact": _OF_A_RUN,
    "artifact_collection": _OF_A_RUN,
    "flow": {
        "flow_run": Link("flow_id", "id"),
        "task_run": Link("flow_run_id", "id", "flow_run"),
        "deployment": Link("flow_id", "id"),
        "work_queue": Link("id", "work_queue_id", "deployment"),
        "work_pool": Link("id", "work_pool_id", "work_queue"),
    },
    "flow_run": {
        "flow": Link("id", "flow_id"),
        "task_run": Link("flow_run_id", "id"),
        "deployment": Link("id", "deployment_id"),
        **_WAITS_IN,
    },
    "task_run": {
        "flow_run": Link("id", "flow_run_id"),
        "flow": Link("id", "flow_id", "flow_run"),
        "deployment": Link("id", "deployment_id", "flow_run"),
        "work_queue": Link("id", "work_queue_id", "flow_run"),
        "work_pool": Link("id", "work_pool_id", "work_queue"),
    },
    "deployment": {
        "flow": Link("id", "flow_id"),
        "flow_run": Link("deployment_id", "id"),
        "task_run": Link("flow_run_id", "id", "flow_run"),
        **_WAITS_IN,
    },
    "work_pool": {"work_queue": Link("work_pool_id", "id")},
    "work_queue": {"work_pool": Link("id", "work_pool_id")},
}
"""For each noun how the others are found from it; every table has the name of its noun."""


def meant(noun: str, wanted: Filters, dialect: str, alias: str) -> Clause:
    """The condition of a WHERE clause on a noun: what is wanted of it, and that related records are as wanted.

    What is wanted of several nouns along one way, such as a flow's runs and their tasks, must hold of one record.
    """
    missing = [
        name for name, filter in wanted.items() if filter.conditions and name not in (noun, *RELATED.get(noun, ()))
    ]
    if missing:
        raise ValueError(f"A {noun} has no {missing[0]}.")
    clauses = [where(wanted.get(noun, EVERYTHING), dialect, alias), *_related(noun, None, wanted, dialect, alias)]
    return _all(clauses)


def _related(root: str, nearer: str | None, wanted: Filters, dialect: str, alias: str) -> Iterator[Clause]:
    """That there are related records as wanted, found from those of `nearer`."""
    for noun, link in RELATED.get(root, {}).items():
        if link.nearer != nearer:
            continue
        there = f"{noun}_."
        conditions = [
            where(wanted.get(noun, EVERYTHING), dialect, there),
            *_related(root, noun, wanted, dialect, there),
        ]
        sql, values = _all(conditions)
        if sql != ALWAYS:
            found = f"SELECT {there}{link.column} FROM {noun} {noun}_ WHERE {sql}"
            yield f"{alias}{link.nearer_column} IN ({found})", values


def _all(clauses: list[Clause]) -> Clause:
    narrow = [clause for clause in clauses if clause[0] != ALWAYS]
    if not narrow:
        return ALWAYS, []
    return " AND ".join(sql for sql, _ in narrow), [value for _, values in narrow for value in values]


def where(filter: Filter, dialect: str, alias: str = "") -> Clause:
    """The condition of a WHERE clause and its parameters; `alias` is the table's, such as `r.`."""
    clauses = [
        where(part, dialect, alias) if isinstance(part, Filter) else _clause(part, dialect, alias)
        for part in filter.conditions
    ]
    if not clauses:
        return ALWAYS, []
    joint = " OR " if filter.one_suffices else " AND "
    sql, values = joint.join(sql for sql, _ in clauses), [value for _, values in clauses for value in values]
    return (f"({sql})" if len(clauses) > 1 else sql), values


NEVER_MISSING = frozenset({"created", "updated", "timestamp"})
"""Columns that every record has: an index on one of them and the id gives both directions."""


def order_by(order: Order, alias: str = "") -> str:
    """The columns of an ORDER BY clause; records that are equal stand by their id, the rest last."""
    columns = [f"{alias}{column}" for column in order.columns]
    first = columns[0] if len(columns) == 1 else f"COALESCE({', '.join(columns)})"
    direction = "DESC" if order.descending else "ASC"
    if order.columns == ("id",):
        return f"{first} {direction}"
    if order.columns[0] in NEVER_MISSING and not order.then:
        return f"{first} {direction}, {alias}id {direction}"
    ranked = [first, *(f"{alias}{column}" for column in order.then)]
    return f"{', '.join(f'{column} {direction} NULLS LAST' for column in ranked)}, {alias}id {direction}"


def _clause(condition: Condition, dialect: str, alias: str) -> Clause:
    name = condition.field.column
    if name in PECULIAR:
        return PECULIAR[name](condition, dialect, alias)
    if condition.field.is_list:
        return _of_list(condition.operator, f"{alias}{name}", condition.value, dialect)
    return CLAUSES[condition.operator](f"{alias}{name}", condition.value)


def _any(column: str, values: list[Any]) -> Clause:
    return (f"{column} IN ({_marks(values)})", _written(values)) if values else (NEVER, [])


def _not_any(column: str, values: list[Any]) -> Clause:
    if not values:
        return ALWAYS, []
    return f"({column} IS NULL OR {column} NOT IN ({_marks(values)}))", _written(values)


def _like(column: str, value: str) -> Clause:
    return f"LOWER({column}) LIKE LOWER(?) ESCAPE '!'", [f"%{_escaped(value)}%"]


def _not_like(column: str, values: list[str]) -> Clause:
    """That none of the texts is in a column that is never null."""
    clauses = [_like(column, value) for value in values]
    if not clauses:
        return ALWAYS, []
    return " AND ".join(f"NOT {sql}" for sql, _ in clauses), [value for _, written in clauses for value in written]


def _startswith(column: str, values: list[str]) -> Clause:
    if not values:
        return NEVER, []
    one = f"SUBSTR({column}, 1, LENGTH(CAST(? AS TEXT))) = ?"
    return f"({' OR '.join([one] * len(values))})", [value for value in values for _ in range(2)]


def searched(column: str, value: Search) -> Clause:
    """That a text, and be it in other case, holds the words."""
    one = f"LOWER({column}) LIKE LOWER(?) ESCAPE '!'"
    parts = [f"({' OR '.join([one] * len(value.any))})"] if value.any else []
    parts += [one] * len(value.all) + [f"NOT {one}"] * len(value.none)
    words = [f"%{_escaped(word)}%" for word in (*value.any, *value.all, *value.none)]
    return (f"({' AND '.join(parts)})", words) if parts else (ALWAYS, [])


def _is_null(column: str, value: bool) -> Clause:
    return f"{column} IS {'' if value else 'NOT '}NULL", []


def _exists(column: str, value: bool) -> Clause:
    return _is_null(column, not value)


def _compared(sign: str) -> Callable[[str, Any], Clause]:
    return lambda column, value: (f"{column} {sign} ?", [_plain(value)])


CLAUSES: dict[str, Callable[[str, Any], Clause]] = {
    "any_": _any,
    "not_any_": _not_any,
    "like_": _like,
    "not_like_": _not_like,
    "startswith_": _startswith,
    "query": searched,
    "eq_": _compared("="),
    "exists_": _exists,
    "is_null_": _is_null,
    "ge_": _compared(">="),
    "le_": _compared("<="),
    "before_": _compared("<="),
    "after_": _compared(">="),
}


def _deployment_of_flow(condition: Condition, dialect: str, alias: str) -> Clause:
    return f"{alias}id {'NOT ' if condition.value else ''}IN (SELECT flow_id FROM deployment)", []


def _parent_flow_run_id(condition: Condition, dialect: str, alias: str) -> Clause:
    """That the task run that stands for a run in its parent belongs to one of these."""
    sql, values = _any("flow_run_id", condition.value)
    return f"{alias}parent_task_run_id IN (SELECT id FROM task_run WHERE {sql})", values


def _subflow_runs(condition: Condition, dialect: str, alias: str) -> Clause:
    subflows = "SELECT parent_task_run_id FROM flow_run WHERE parent_task_run_id IS NOT NULL"
    return f"{alias}id {'' if condition.value else 'NOT '}IN ({subflows})", []


def _created_by(condition: Condition, dialect: str, alias: str) -> Clause:
    column = f"{alias}created_by"
    if condition.operator == "is_null_":
        return _is_null(column, condition.value)
    member = condition.operator.rstrip("_")
    held = f"{column} ->> '{member}'" if dialect == "postgresql" else f"json_extract({column}, '$.{member}')"
    return _any(held, condition.value)


def _flow_or_deployment_name(condition: Condition, dialect: str, alias: str) -> Clause:
    own, value = _like(f"{alias}name", condition.value)
    flows, _ = _like("name", condition.value)
    return f"({own} OR {alias}flow_id IN (SELECT id FROM flow WHERE {flows}))", value * 2


def _limit_of_deployment(condition: Condition, dialect: str, alias: str) -> Clause:
    slots = f"(SELECT slots FROM concurrency_limit_v2 held WHERE held.id = {alias}concurrency_limit_id)"
    return CLAUSES[condition.operator](slots, condition.value)


def _deployment_name(condition: Condition, dialect: str, alias: str) -> Clause:
    """That a run is of no deployment with one of these texts in its name."""
    sql, values = _not_like("name", condition.value)
    return f"({alias}deployment_id IS NULL OR {alias}deployment_id IN (SELECT id FROM deployment WHERE {sql}))", values


def _work_pool_name(condition: Condition, dialect: str, alias: str) -> Clause:
    """That a run waits, or has waited, in none of the pools of these names."""
    sql, values = _any("pool.name", condition.value)
    queues = f"SELECT queue.id FROM work_queue queue JOIN work_pool pool ON pool.id = queue.work_pool_id WHERE {sql}"
    return f"({alias}work_queue_id IS NULL OR {alias}work_queue_id NOT IN ({queues}))", values


def _message_pattern(condition: Condition, dialect: str, alias: str) -> Clause:
    if dialect == "sqlite":
        return f"matches(?, {alias}message)", [condition.value]
    return f"{alias}message ~* ?", [WORD_EDGE.sub(_edge_in_postgres, condition.value)]


WORD_EDGE = re.compile(r"\\(.)", re.DOTALL)


def _edge_in_postgres(found: re.Match[str]) -> str:
    """The edge of a word, which PostgreSQL writes otherwise; what else a backslash means stays."""
    return {r"\b": r"\y", r"\B": r"\Y"}.get(found[0], found[0])


PECULIAR: dict[str, Callable[[Condition, str, str], Clause]] = {
    "deployment_of_flow": _deployment_of_flow,
    "parent_flow_run_id": _parent_flow_run_id,
    "subflow_runs": _subflow_runs,
    "created_by": _created_by,
    "flow_or_deployment_name": _flow_or_deployment_name,
    "limit_of_deployment": _limit_of_deployment,
    "message_pattern": _message_pattern,
    "deployment_name": _deployment_name,
    "work_pool_name": _work_pool_name,
}
"""What is asked of names that are no plain columns."""


def _of_list(operator: str, column: str, value: Any, dialect: str) -> Clause:
    """Conditions on a column that holds a list, such as tags; an empty list counts as null."""
    if operator == "is_null_":
        empty = f"{column} = '[]'::jsonb" if dialect == "postgresql" else f"{column} = '[]'"
        return (empty if value else f"NOT ({empty})"), []
    if operator == "all_":
        if dialect == "postgresql":
            return f"{column} @> CAST(? AS JSONB)", [json_text(value)]
        missing = f"SELECT 1 FROM json_each(?) wanted WHERE wanted.value NOT IN (SELECT value FROM json_each({column}))"
        return f"NOT EXISTS ({missing})", [json_text(value)]
    if not value:
        return (ALWAYS if operator == "not_any_" else NEVER), []
    held = (
        f"jsonb_array_elements_text({column}) held(value)" if dialect == "postgresql" else f"json_each({column}) held"
    )
    found = f"EXISTS (SELECT 1 FROM {held} WHERE held.value IN ({_marks(value)}))"
    return (f"NOT {found}" if operator == "not_any_" else found), list(value)


def _marks(values: list[Any]) -> str:
    return ", ".join("?" * len(values))


def _written(values: list[Any]) -> list[Any]:
    return [_plain(value) for value in values]


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    return moment(value) if isinstance(value, datetime) else value


def _escaped(text: str) -> str:
    for special in ("!", "%", "_"):
        text = text.replace(special, f"!{special}")
    return text
