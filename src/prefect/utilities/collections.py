"""Walking through nested collections: lists, tuples, sets, dicts, dataclasses and pydantic models."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from prefect.utilities.annotations import BaseAnnotation, quote

LEAVES = (str, bytes, int, float, complex, bool, type(None))


def visit_collection(expr: Any, visit_fn: Callable[[Any], Any], return_data: bool = False, max_depth: int = -1) -> Any:
    """Call `visit_fn` on a value and on everything inside of it.

    With `return_data`, the structure with each value replaced by what `visit_fn` gave for it; parts in which nothing
    changed stay the same objects. What is replaced, quoted or seen already is not entered; `max_depth` -1: no bound.
    """
    walked = _visit(expr, visit_fn, max_depth, set())
    return walked if return_data else None


def _visit(expr: Any, visit_fn: Callable[[Any], Any], depth: int, seen: set[int]) -> Any:
    visited = visit_fn(expr)
    if visited is not expr or isinstance(expr, (*LEAVES, quote)) or depth == 0 or id(expr) in seen:
        return visited
    seen.add(id(expr))
    try:
        return _inside(expr, lambda item: _visit(item, visit_fn, depth - 1, seen))
    finally:
        seen.discard(id(expr))


def _inside(expr: Any, visit: Callable[[Any], Any]) -> Any:
    """The collection with its items visited; the same object where none changed."""
    kind = type(expr)
    if kind in (list, tuple, set, frozenset) or (isinstance(expr, (list, set)) and not _is_model(expr)):
        items = [visit(item) for item in expr]
        return expr if _same(expr, items) else kind(items)
    if isinstance(expr, tuple) and hasattr(expr, "_fields"):
        items = [visit(item) for item in expr]
        return expr if _same(expr, items) else kind(*items)
    if isinstance(expr, dict):
        pairs = [(visit(key), visit(value)) for key, value in expr.items()]
        same = all(k is key and v is value for (k, v), (key, value) in zip(pairs, expr.items()))
        return expr if same else kind(pairs)
    if dataclasses.is_dataclass(expr) and not isinstance(expr, type):
        return _inside_dataclass(expr, visit)
    if isinstance(expr, BaseAnnotation):
        value = visit(expr.value)
        return expr if value is expr.value else expr.rewrap(value)
    if _is_model(expr):
        held = {name: getattr(expr, name) for name in type(expr).model_fields}
        changed = {name: new for name, value in held.items() if (new := visit(value)) is not value}
        return expr.model_copy(update=changed) if changed else expr
    return expr


def _same(expr: Any, items: list[Any]) -> bool:
    return all(new is old for new, old in zip(items, expr))


def _inside_dataclass(expr: Any, visit: Callable[[Any], Any]) -> Any:
    held = {field.name: getattr(expr, field.name) for field in dataclasses.fields(expr) if hasattr(expr, field.name)}
    changed = {name: new for name, value in held.items() if (new := visit(value)) is not value}
    if not changed:
        return expr
    settable = {field.name for field in dataclasses.fields(expr) if field.init}
    copy = dataclasses.replace(expr, **{name: value for name, value in changed.items() if name in settable})
    for name in changed.keys() - settable:
        object.__setattr__(copy, name, changed[name])
    return copy


def _is_model(expr: Any) -> bool:
    return hasattr(type(expr), "__pydantic_fields__")
