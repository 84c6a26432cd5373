"""The calls that `map` makes of iterable arguments."""

from __future__ import annotations

from collections.abc import Mapping
from io import IOBase
from typing import Any

from prefect._domain.states import State, result_of
from prefect._engine.inputs import Signature, ended_state, not_ready
from prefect.exceptions import MappingLengthMismatch, MappingMissingIterable, UpstreamTaskError
from prefect.futures import PrefectFuture
from prefect.utilities.annotations import BaseAnnotation, unmapped


def mapped_calls(signature: Signature, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The parameters of each call.

    Every argument that can be iterated over is, but for strings, bytes, files and what is `unmapped`; a dict gives its
    keys, a run what it came to, unless it is annotated: then each call is given the whole. Defaults are not mapped.
    Raises `MappingMissingIterable`, `MappingLengthMismatch`, and `UpstreamTaskError` for a run that did not complete.
    """
    given = dict(signature.signature.bind_partial(*args, **kwargs).arguments)
    given.update(given.pop(signature.keywords, {}) if signature.keywords else {})
    columns, constants = _split(given)
    if not columns:
        raise MappingMissingIterable(
            "No iterable parameters were received. Parameters for map must include at least one iterable. "
            f"Parameters: {given}. Give a list of items, a run for each, or submit the task for a single run."
        )
    lengths = {name: len(items) for name, (items, _) in columns.items()}
    if len(set(lengths.values())) > 1:
        raise MappingLengthMismatch(
            "Expected iterable parameters to be the same length, but got parameters of these lengths: "
            f"{lengths}. Wrap what every run shall be given whole in unmapped(...)."
        )
    count = next(iter(lengths.values()))
    return [_call(signature, columns, constants, index) for index in range(count)]


def _call(signature: Signature, columns: Any, constants: dict[str, Any], index: int) -> dict[str, Any]:
    call = dict(constants)
    for name, (items, annotation) in columns.items():
        call[name] = items[index] if annotation is None else annotation.rewrap(items[index])
    return _bound(signature, call)


def _bound(signature: Signature, call: dict[str, Any]) -> dict[str, Any]:
    known = {name: value for name, value in call.items() if name in signature.names}
    if signature.keywords is not None:
        known[signature.keywords] = {name: value for name, value in call.items() if name not in signature.names}
    args, kwargs = signature.unbind({**_missing(signature, known), **known})
    return signature.bind(args, kwargs)


def _missing(signature: Signature, known: dict[str, Any]) -> dict[str, Any]:
    missing = {name: value for name, value in signature.defaults.items() if name not in known}
    if signature.variadic is not None and signature.variadic not in known:
        missing[signature.variadic] = ()
    return missing


def _split(given: Mapping[str, Any]) -> tuple[dict[str, tuple[list[Any], Any]], dict[str, Any]]:
    """The arguments that are mapped, as lists with the annotation around them, and those that are not."""
    columns: dict[str, tuple[list[Any], Any]] = {}
    constants: dict[str, Any] = {}
    for name, argument in given.items():
        if isinstance(argument, unmapped):
            constants[name] = argument.value
            continue
        value, annotation = _opened(argument)
        if isinstance(value, unmapped) or not _is_mapped(value):
            constants[name] = argument
        else:
            columns[name] = (list(value), annotation)
    return columns, constants


def _opened(argument: Any) -> tuple[Any, BaseAnnotation[Any] | None]:
    """The value of an argument, of a run what it came to, and the annotation around it; an annotated run stays one.

    Raises `UpstreamTaskError` where a run has not completed.
    """
    if isinstance(argument, BaseAnnotation):
        return argument.value, argument
    if isinstance(argument, PrefectFuture):
        argument.wait()
    return (_came_to(argument), None) if isinstance(argument, (PrefectFuture, State)) else (argument, None)


def _came_to(run: PrefectFuture[Any] | State) -> Any:
    state = ended_state(run)
    if not state.is_completed():
        raise UpstreamTaskError(not_ready(run, state))
    return result_of(state)


def _is_mapped(value: Any) -> bool:
    return hasattr(value, "__iter__") and not isinstance(value, (str, bytes, IOBase, PrefectFuture, State))
