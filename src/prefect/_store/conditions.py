"""Filters and orders as SQL; values are always parameters, never text of a statement."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from prefect._domain.filters import Condition, Filter
from prefect._domain.sorting import Order
from prefect._store.values import json_text, moment

Clause = tuple[str, list[Any]]
NEVER, ALWAYS = "1 = 0", "1 = 1"


def where(filter: Filter, dialect: str, alias: str = "") -> Clause:
    """The condition of a WHERE clause and its parameters; `alias` is the table's, such as `r.`."""
    clauses = [_clause(condition, dialect, alias) for condition in filter.conditions]
    if not clauses:
        return ALWAYS, []
    joint = " OR " if filter.one_suffices else " AND "
    return f"({joint.join(sql for sql, _ in clauses)})", [value for _, values in clauses for value in values]


def order_by(order: Order, alias: str = "") -> str:
    """The columns of an ORDER BY clause; records that are equal stand by their id, the rest last."""
    columns = [f"{alias}{column}" for column in order.columns]
    first = columns[0] if len(columns) == 1 else f"COALESCE({', '.join(columns)})"
    direction = "DESC" if order.descending else "ASC"
    further = "".join(f"{alias}{column} {direction}, " for column in order.then)
    return f"{first} {direction} NULLS LAST, {further}{alias}id {direction}"


def _clause(condition: Condition, dialect: str, alias: str) -> Clause:
    column = f"{alias}{condition.field.column}"
    if condition.field.is_list:
        return _of_list(condition.operator, column, condition.value, dialect)
    return CLAUSES[condition.operator](column, condition.value)


def _any(column: str, values: list[Any]) -> Clause:
    return (f"{column} IN ({_marks(values)})", _written(values)) if values else (NEVER, [])


def _not_any(column: str, values: list[Any]) -> Clause:
    if not values:
        return ALWAYS, []
    return f"({column} IS NULL OR {column} NOT IN ({_marks(values)}))", _written(values)


def _like(column: str, value: str) -> Clause:
    return f"LOWER({column}) LIKE LOWER(?) ESCAPE '!'", [f"%{_escaped(value)}%"]


def _is_null(column: str, value: bool) -> Clause:
    return f"{column} IS {'' if value else 'NOT '}NULL", []


def _compared(sign: str) -> Callable[[str, Any], Clause]:
    return lambda column, value: (f"{column} {sign} ?", [_plain(value)])


CLAUSES: dict[str, Callable[[str, Any], Clause]] = {
    "any_": _any,
    "not_any_": _not_any,
    "like_": _like,
    "is_null_": _is_null,
    "eq_": _compared("="),
    "ge_": _compared(">="),
    "le_": _compared("<="),
    "before_": _compared("<="),
    "after_": _compared(">="),
}


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
        return NEVER, []
    held = (
        f"jsonb_array_elements_text({column}) held(value)" if dialect == "postgresql" else f"json_each({column}) held"
    )
    return f"EXISTS (SELECT 1 FROM {held} WHERE held.value IN ({_marks(value)}))", list(value)


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
