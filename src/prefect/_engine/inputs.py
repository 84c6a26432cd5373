"""The arguments of a call: bound to parameters, waited for, resolved, and traced back to the runs they came from.

Each is looked through once; the secrets that are seen on the way are from then on shown by no log line and no state.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from prefect._domain.states import State, StateType, result_of
from prefect._engine.origins import Origins, Source
from prefect._engine.outcomes import new_state
from prefect._engine.redaction import keep_out_of_logs
from prefect._engine.secret_parameters import is_plain_secret, texts_of
from prefect.context import FlowRunContext
from prefect.exceptions import ParameterBindError, UpstreamTaskError
from prefect.futures import PrefectFuture
from prefect.utilities.annotations import BaseAnnotation, allow_failure, opaque, quote
from prefect.utilities.collections import LEAVES, visit_collection
from prefect.utilities.text import meaning


@dataclass(slots=True)
class Signature:
    """A function's parameters, prepared so that binding a plain call costs next to nothing."""

    signature: inspect.Signature
    called: str = ""
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
            called=getattr(fn, "__name__", type(fn).__name__),
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
            raise ParameterBindError(self._told(error, args, kwargs)) from None
        bound.apply_defaults()
        return dict(bound.arguments)

    def _told(self, error: TypeError, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
        """The sentence that says why a call does not fit, and which parameter is probably meant."""
        unknown = [] if self.keywords is not None else sorted(kwargs.keys() - set(self.names))
        meant = "".join(f" It has no {name!r}{meaning(name, self.names)}" for name in unknown)
        by_name = ", ".join(kwargs) or "none"
        return (
            f"The call does not fit {self.called}{self.signature}: {error}. "
            f"Given are {len(args)} by position, and by name {by_name}.{meant}"
        )

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


class Upstream:
    """A run that another one waits for: it stands in the place of its future until its result takes that."""

    __slots__ = ("failure_allowed", "handle", "held")

    def __init__(self, handle: PrefectFuture[Any] | State, failure_allowed: bool) -> None:
        self.handle = handle
        self.failure_allowed = failure_allowed
        self.held: Any = None
        """What it came to, with an `Upstream` in the place of every run in that."""

    def open(self) -> list[Upstream]:
        """Look at what an ended run came to; the runs that are found in it."""
        inside: list[Upstream] = []
        if self.failure_allowed or ended_state(self.handle).is_completed():
            self.held = _with_runs_marked(came_to(self), self.failure_allowed, inside)
        return inside


@dataclass(slots=True)
class Inputs:
    """What a run is given: its parameters as they are at the call, the runs that they wait for, and where each is from.

    What changes later, such as a list to which the run's own future is added, changes nothing here.
    """

    parameters: dict[str, Any]
    upstreams: dict[str, list[Upstream]]
    sources: dict[str, list[Source]]

    def wait(self) -> None:
        """Block until every upstream run has ended, and every run in what one gives to a parameter."""
        for name, runs in self.upstreams.items():
            for upstream in runs:
                if isinstance(upstream.handle, PrefectFuture):
                    upstream.handle.wait()
                if name in self.parameters:
                    runs.extend(upstream.open())

    def are_there(self) -> bool:
        """Whether every upstream run has completed, so that nothing is to be waited for."""
        handles = [upstream.handle for runs in self.upstreams.values() for upstream in runs]
        if any(isinstance(handle, PrefectFuture) and not handle.is_done() for handle in handles):
            return False
        if not all(ended_state(handle).is_completed() for handle in handles):
            return False
        self.wait()
        return True

    def hindrance(self, *, skip_on_upstream_skip: bool) -> State | None:
        """The state in which a run ends that cannot start because of its upstream runs, or None."""
        for runs in self.upstreams.values():
            for upstream in runs:
                state = ended_state(upstream.handle)
                if upstream.failure_allowed:
                    continue
                if not state.is_completed():
                    return new_state(StateType.PENDING, "NotReady", message=not_ready(upstream.handle, state))
                if state.name == "Skipped" and skip_on_upstream_skip:
                    return new_state(StateType.COMPLETED, "Skipped", message=_skip_message(state))
        return None

    def resolved(self) -> dict[str, Any]:
        """The parameters with the result of every upstream run in its place."""
        if not self.upstreams:
            return self.parameters
        return {
            name: visit_collection(value, _result_in_place, return_data=True) if name in self.upstreams else value
            for name, value in self.parameters.items()
        }


def given(parameters: Mapping[str, Any], wait_for: Any, flow: FlowRunContext | None) -> Inputs:
    """Look through the arguments of a call and what else it waits for; annotations are understood, and gone then."""
    origins = flow.origins if flow is not None else None
    kept: dict[str, Any] = {}
    upstreams: dict[str, list[Upstream]] = {}
    sources: dict[str, list[Source]] = {}
    for name, value in parameters.items():
        if isinstance(value, LEAVES):
            kept[name], sources[name] = value, []
            continue
        look = Look(origins)
        kept[name] = look.through(value)
        sources[name] = look.sources
        if look.upstreams:
            upstreams[name] = look.upstreams
    if wait_for is not None:
        look = Look(None)
        look.through(_listed(wait_for))
        if look.upstreams:
            upstreams["wait_for"] = look.upstreams
            sources["wait_for"] = look.sources
    return Inputs(kept, upstreams, sources)


def _listed(wait_for: Any) -> Any:
    """What is waited for as a collection: an iterator would be gone after one look."""
    return list(wait_for) if isinstance(wait_for, Iterator) else wait_for


class Look:
    """One look through a value: at the runs in it, and at what earlier runs of the flow have made."""

    __slots__ = ("_origins", "_sources", "upstreams")

    def __init__(self, origins: Origins | None) -> None:
        self._origins = origins
        self.upstreams: list[Upstream] = []
        self._sources: dict[str, Source] = {}

    @property
    def sources(self) -> list[Source]:
        """The runs that the value, or a part of it, came from."""
        return list(self._sources.values())

    def through(self, value: Any, *, failure_allowed: bool = False) -> Any:
        """The value with an `Upstream` in the place of every future and state, and without annotations."""

        def seen(item: Any) -> Any:
            if isinstance(item, LEAVES):
                return item
            if isinstance(item, (PrefectFuture, State)):
                return self._upstream(item, failure_allowed)
            if isinstance(item, BaseAnnotation):
                return self._unwrapped(item, failure_allowed)
            if is_plain_secret(item):
                keep_out_of_logs(texts_of(item))
            if self._origins is not None and (source := self._origins.of(item)) is not None:
                self._sources[source["id"]] = source
            return item

        return visit_collection(value, seen, return_data=True)

    def _unwrapped(self, annotation: BaseAnnotation[Any], failure_allowed: bool) -> Any:
        value = annotation.value
        if isinstance(annotation, quote):
            return value
        if isinstance(annotation, opaque):
            is_run = isinstance(value, (PrefectFuture, State))
            return self._upstream(value, failure_allowed) if is_run else value
        return self.through(value, failure_allowed=failure_allowed or isinstance(annotation, allow_failure))

    def _upstream(self, handle: PrefectFuture[Any] | State, failure_allowed: bool) -> Upstream:
        upstream = Upstream(handle, failure_allowed)
        self.upstreams.append(upstream)
        source = _source(handle)
        self._sources[source["id"]] = source
        return upstream


def ended_state(handle: Any) -> State:
    """The state of a future or state."""
    return handle if isinstance(handle, State) else handle.state


def not_ready(handle: Any, state: State) -> str:
    """That a run did not complete for which another waits."""
    run_id = handle.task_run_id if isinstance(handle, PrefectFuture) else state.state_details.task_run_id
    return f"Upstream task run '{run_id}' did not reach a 'COMPLETED' state.{_end_of(state)}"


ENDED = " It ended as "


def _end_of(state: State) -> str:
    """How a run ended that did not complete; of one that waited itself, how that ended for which it waited."""
    message = state.message or ""
    if state.name == "NotReady":
        return message[message.find(ENDED) :] if ENDED in message else ""
    return f"{ENDED}{state.name}: {message}" if message else f"{ENDED}{state.name}."


def _skip_message(state: State) -> str:
    return f"An upstream run was skipped: {state.message}" if state.message else "An upstream run was skipped."


def _with_runs_marked(value: Any, failure_allowed: bool, found: list[Upstream]) -> Any:
    """The value with an `Upstream` in the place of every future and state in it; those are added to what was found."""
    if isinstance(value, LEAVES):
        return value

    def marked(item: Any) -> Any:
        if not isinstance(item, (PrefectFuture, State)):
            if is_plain_secret(item):
                keep_out_of_logs(texts_of(item))
            return item
        found.append(Upstream(item, failure_allowed))
        return found[-1]

    return visit_collection(value, marked, return_data=True)


def _result_in_place(item: Any) -> Any:
    if not isinstance(item, Upstream):
        return item
    return item.held if isinstance(item.held, LEAVES) else visit_collection(item.held, _result_in_place, True)


def came_to(upstream: Upstream) -> Any:
    """What the run came to: its result, or where its failure is allowed, the error; None of one that has not ended."""
    state = ended_state(upstream.handle)
    if not state.is_final():
        return None
    if upstream.failure_allowed and not state.is_completed():
        held = result_of(state, raise_on_failure=False)
        return held if held is not None else UpstreamTaskError(state.message or state.name)
    return result_of(state, raise_on_failure=not upstream.failure_allowed)


def _source(handle: Any) -> Source:
    if isinstance(handle, PrefectFuture):
        return {"input_type": "task_run", "id": str(handle.task_run_id)}
    details = handle.state_details
    if details.task_run_id is None and details.flow_run_id is not None:
        return {"input_type": "flow_run", "id": str(details.flow_run_id)}
    return {"input_type": "task_run", "id": str(details.task_run_id)}
