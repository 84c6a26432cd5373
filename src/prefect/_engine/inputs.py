"""The arguments of a call: bound to parameters, waited for, resolved, and traced back to the runs they came from."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from prefect._domain.states import State, StateType
from prefect._engine.outcomes import new_state
from prefect.context import FlowRunContext
from prefect.exceptions import ParameterBindError, UpstreamTaskError
from prefect.futures import PrefectFuture
from prefect.utilities.annotations import BaseAnnotation, allow_failure, opaque, quote
from prefect.utilities.collections import visit_collection

UNTRACKABLE = (bool, int, float, complex, str, bytes, type(None), type(...), type(NotImplemented))
"""Types whose values are shared, so that identity says nothing about where one came from."""

SCALARS = (bool, int, float, complex, str, bytes, type(None))

Source = dict[str, str]


@dataclass(slots=True)
class Signature:
    """A function's parameters, prepared so that binding a plain call costs next to nothing."""

    signature: inspect.Signature
    names: tuple[str, ...] = ()
    defaults: dict[str, Any] = field(default_factory=dict)
    is_plain: bool = True
    positional_only: tuple[str, ...] = ()
    variadic: str | None = None
    keywords: str | None = None
    is_annotated: bool = False

    @classmethod
    def of(cls, fn: Callable[..., Any]) -> Signature:
        signature = inspect.signature(fn)
        parameters = signature.parameters.values()
        of_kind = {kind: [p.name for p in parameters if p.kind is kind] for kind in inspect._ParameterKind}
        return cls(
            signature=signature,
            names=tuple(signature.parameters),
            defaults={p.name: p.default for p in parameters if p.default is not p.empty},
            is_plain=all(p.kind is p.POSITIONAL_OR_KEYWORD for p in parameters),
            positional_only=tuple(of_kind[inspect.Parameter.POSITIONAL_ONLY]),
            variadic=next(iter(of_kind[inspect.Parameter.VAR_POSITIONAL]), None),
            keywords=next(iter(of_kind[inspect.Parameter.VAR_KEYWORD]), None),
            is_annotated=any(p.annotation is not p.empty for p in parameters),
        )

    def bind(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters of a call by name, defaults included. Raises `ParameterBindError`."""
        if self.is_plain and len(args) <= len(self.names):
            given = dict(zip(self.names, args))
            if not kwargs.keys() & given.keys():
                given.update(kwargs)
                bound = {**self.defaults, **given} if self.defaults else given
                if len(bound) == len(self.names) and all(name in bound for name in self.names):
                    return bound
        return self._bound_slowly(args, kwargs)

    def _bound_slowly(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        try:
            bound = self.signature.bind(*args, **kwargs)
        except TypeError as error:
            raise ParameterBindError(
                f"The arguments do not fit the signature {self.signature}: {error}. "
                f"Given: {len(args)} positional, and {sorted(kwargs) or 'no'} by name."
            ) from error
        bound.apply_defaults()
        return dict(bound.arguments)

    def unbind(self, parameters: Mapping[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments with which to call the function for these parameters."""
        if self.is_plain:
            return tuple([parameters[name] for name in self.names]), {}
        args = [parameters[name] for name in self.positional_only]
        kwargs = dict(parameters)
        for name in self.positional_only:
            del kwargs[name]
        if self.variadic is not None:
            args += self._before_variadic(kwargs)
            args += kwargs.pop(self.variadic, ())
        if self.keywords is not None:
            kwargs.update(kwargs.pop(self.keywords, {}))
        return tuple(args), kwargs

    def _before_variadic(self, kwargs: dict[str, Any]) -> list[Any]:
        """Parameters before `*args` must be given by position where `*args` gets anything."""
        ordinary = [p.name for p in self.signature.parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
        return [kwargs.pop(name) for name in ordinary]


@dataclass(slots=True)
class Inputs:
    """The resolved parameters, and for each the runs it came from."""

    parameters: dict[str, Any]
    sources: dict[str, list[Source]]


@dataclass(slots=True)
class Upstream:
    """A run that a task waits for, and whether the task takes its failure."""

    handle: Any
    failure_allowed: bool


def upstreams(parameters: Mapping[str, Any], wait_for: Iterable[Any] | None) -> dict[str, list[Upstream]]:
    """The futures and states among the parameters, by parameter; those of `wait_for` under that name."""
    found = {}
    for name, value in parameters.items():
        if not isinstance(value, SCALARS) and (runs := _runs_in(value, failure_allowed=False)):
            found[name] = runs
    if wait_for and (runs := _runs_in(list(wait_for), failure_allowed=False)):
        found["wait_for"] = runs
    return found


def _runs_in(value: Any, *, failure_allowed: bool) -> list[Upstream]:
    if isinstance(value, quote):
        return []
    if isinstance(value, allow_failure):
        return _runs_in(value.value, failure_allowed=True)
    if isinstance(value, BaseAnnotation):
        return _runs_in(value.value, failure_allowed=failure_allowed)
    if isinstance(value, (PrefectFuture, State)):
        return [Upstream(value, failure_allowed)]
    found: list[Upstream] = []

    def collect(item: Any) -> Any:
        if item is not value and isinstance(item, (PrefectFuture, State, BaseAnnotation)):
            found.extend(_runs_in(item, failure_allowed=failure_allowed))
        return item

    visit_collection(value, visit_fn=collect, return_data=False)
    return found


def wait_for_all(found: Mapping[str, list[Upstream]]) -> None:
    """Block until every upstream run has ended."""
    for runs in found.values():
        for upstream in runs:
            if isinstance(upstream.handle, PrefectFuture):
                upstream.handle.wait()


def hindrance(found: Mapping[str, list[Upstream]], *, skip_on_upstream_skip: bool) -> State | None:
    """The state in which a run ends that cannot start because of its upstream runs, or None."""
    for runs in found.values():
        for upstream in runs:
            state = ended_state(upstream.handle)
            if upstream.failure_allowed:
                continue
            if not state.is_completed():
                return _not_ready(upstream.handle, state)
            if state.name == "Skipped" and skip_on_upstream_skip:
                return new_state(StateType.COMPLETED, "Skipped", message=_skip_message(state))
    return None


def ended_state(handle: Any) -> State:
    """The state of a future or state."""
    return handle if isinstance(handle, State) else handle.state


def _not_ready(handle: Any, state: State) -> State:
    run_id = handle.task_run_id if isinstance(handle, PrefectFuture) else state.state_details.task_run_id
    message = f"Upstream task run '{run_id}' did not reach a 'COMPLETED' state."
    return new_state(StateType.PENDING, "NotReady", message=message)


def _skip_message(state: State) -> str:
    return f"An upstream run was skipped: {state.message}" if state.message else "An upstream run was skipped."


def resolved(value: Any, *, failure_allowed: bool = False) -> Any:
    """The value with every ended future and state in it replaced by its result."""
    if isinstance(value, SCALARS):
        return value
    if isinstance(value, quote):
        return value.value
    if isinstance(value, allow_failure):
        return resolved(value.value, failure_allowed=True)
    if isinstance(value, opaque):
        return _result_of(value.value, failure_allowed)
    if isinstance(value, BaseAnnotation):
        return resolved(value.value, failure_allowed=failure_allowed)
    if isinstance(value, (PrefectFuture, State)):
        return _result_of(value, failure_allowed)

    def replace(item: Any) -> Any:
        if item is not value and isinstance(item, (PrefectFuture, State, BaseAnnotation)):
            return resolved(item, failure_allowed=failure_allowed)
        return item

    return visit_collection(value, visit_fn=replace, return_data=True)


def _result_of(handle: Any, failure_allowed: bool) -> Any:
    if not isinstance(handle, (PrefectFuture, State)):
        return handle
    state = ended_state(handle)
    if not state.is_final():
        return None
    if failure_allowed and not state.is_completed():
        held = state.result(raise_on_failure=False)
        return held if held is not None else UpstreamTaskError(state.message or state.name)
    return state.result(raise_on_failure=not failure_allowed)


def sources(
    parameters: Mapping[str, Any], found: Mapping[str, list[Upstream]], flow: FlowRunContext | None
) -> dict[str, list[Source]]:
    """For each parameter the runs that its value came from."""
    traced = {name: [_source(upstream.handle) for upstream in runs] for name, runs in found.items()}
    if flow is None or not flow.tracked:
        return traced
    for name, value in parameters.items():
        if name not in traced and not isinstance(value, UNTRACKABLE) and (source := flow.source_of(value)):
            traced[name] = [source]
    return traced


def _source(handle: Any) -> Source:
    if isinstance(handle, PrefectFuture):
        return {"input_type": "task_run", "id": str(handle.task_run_id)}
    details = handle.state_details
    if details.task_run_id is None and details.flow_run_id is not None:
        return {"input_type": "flow_run", "id": str(details.flow_run_id)}
    return {"input_type": "task_run", "id": str(details.task_run_id)}
