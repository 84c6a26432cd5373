"""Finding what a person means by an id, or a name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar
from uuid import UUID

from prefect._wire import filters
from prefect.cli.confirming import no_such
from prefect.cli.paging import PIECE, up_to
from prefect.cli.running import CommandError
from prefect.client.orchestration import SyncPrefectClient
from prefect.exceptions import ObjectNotFound

if TYPE_CHECKING:
    from prefect._wire.flow_runs import FlowRunResponse
    from prefect._wire.flows import Flow
    from prefect._wire.task_runs import TaskRun


class Known(Protocol):
    """What has an id and a name."""

    @property
    def id(self) -> Any: ...
    @property
    def name(self) -> Any: ...


class Identified(Protocol):
    """What has an id."""

    @property
    def id(self) -> Any: ...


R = TypeVar("R")
T = TypeVar("T", bound=Known)
Own = TypeVar("Own", bound=Identified)

HINT = "`prefect flow-run ls` lists those there are."
FLOWS_HINT = "`prefect flow ls` lists those there are."
TASKS_HINT = "`prefect task-run ls` lists those there are."


def flow_run_of(client: SyncPrefectClient, asked: str) -> FlowRunResponse:
    """The flow run of that id, name, or beginning of an id. Raises `CommandError` where there is none, or several."""
    id = as_id(asked)
    if id is None:
        return _flow_run_named(client, asked)
    try:
        return client.read_flow_run(id)
    except ObjectNotFound:
        raise no_such("flow run", id, hint=HINT) from None


def _flow_run_named(client: SyncPrefectClient, name: str) -> FlowRunResponse:
    wanted = filters.FlowRunFilter.model_validate({"name": {"any_": [name]}})
    found = client.read_flow_runs(flow_run_filter=wanted, limit=2)
    if not found and (span := span_of(name)):
        begun = filters.FlowRunFilter.model_validate({"id": {"ge_": span.first, "le_": span.last}})
        return _only(name, "flow run", client.read_flow_runs(flow_run_filter=begun, limit=2), HINT)
    if not found:
        recent = client.read_flow_runs(limit=PIECE)
        raise no_such("flow run", name, (run.name for run in recent), hint=HINT)
    if len(found) > 1:
        raise CommandError(f"Several flow runs are called {name!r}; name one by its id. {HINT}")
    return found[0]


def flow_of(client: SyncPrefectClient, asked: str) -> Flow:
    """The flow of that id, name, or beginning of an id. Raises `CommandError` where there is none, or several."""
    return meant(
        "flow",
        asked,
        client.read_flow,
        client.read_flow_by_name,
        lambda: up_to(None, client.read_flows),
        hint=FLOWS_HINT,
    )


def meant(
    noun: str,
    asked: str,
    by_id: Callable[[UUID], T],
    by_name: Callable[[str], T],
    known: Callable[[], Sequence[T]],
    *,
    hint: str,
) -> T:
    """What has that id or name, or an id that begins so; `known` are all there are. Raises `CommandError`."""
    id = as_id(asked)
    try:
        return by_id(id) if id is not None else by_name(asked)
    except ObjectNotFound:
        there = known()
    begun = begun_so(noun, asked, there, hint)
    if begun is None:
        raise no_such(noun, asked, (one.name for one in there), hint=hint)
    return begun


def task_run_of(client: SyncPrefectClient, asked: str) -> TaskRun:
    """The task run of that id, or beginning of an id. Raises `CommandError` where there is none, or several."""
    id = as_id(asked)
    try:
        if id is not None:
            return client.read_task_run(id)
    except ObjectNotFound:
        raise no_such("task run", id, hint=TASKS_HINT) from None
    span = span_of(asked)
    if span is None:
        raise CommandError(f"A task run is meant by its id, or the beginning of one; {asked!r} is none. {TASKS_HINT}")
    wanted = filters.TaskRunFilter.model_validate({"id": {"ge_": span.first, "le_": span.last}})
    return _only(asked, "task run", client.read_task_runs(task_run_filter=wanted, limit=2), TASKS_HINT)


def begun_so(noun: str, asked: str, known: Iterable[Own], hint: str) -> Own | None:
    """The one whose id begins with what was typed; None where none does. Raises `CommandError` for several."""
    span = span_of(asked)
    found = [one for one in known if span is not None and span.first <= one.id <= span.last]
    return _only(asked, noun, found, hint) if found else None


class Span(NamedTuple):
    """The ids that begin in one way: the first and the last of them."""

    first: UUID
    last: UUID


SHORTEST = 6
"""Letters of an id that its beginning has at least."""


def span_of(text: str) -> Span | None:
    """The ids that begin with a text, or None where it is no beginning of an id."""
    digits = text.replace("-", "").lower()
    if not SHORTEST <= len(digits) < 32 or not set(digits) <= set("0123456789abcdef"):
        return None
    return Span(UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f")))


def _only(asked: str, noun: str, found: Sequence[R], hint: str) -> R:
    """The one thing whose id begins so. Raises `CommandError`."""
    if not found:
        raise no_such(noun, asked, hint=hint)
    if len(found) > 1:
        raise CommandError(f"Several {noun}s have ids that begin with {asked!r}; type more of it. {hint}")
    return found[0]


def as_id(text: str) -> UUID | None:
    """The id that a text is, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None


def names_of_flows(client: SyncPrefectClient, flow_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names of flows, by their ids."""
    ids = sorted({str(id) for id in flow_ids})
    names: dict[UUID, str] = {}
    for start in range(0, len(ids), PIECE):
        wanted = filters.FlowFilter.model_validate({"id": {"any_": ids[start : start + PIECE]}})
        names |= {flow.id: flow.name for flow in client.read_flows(flow_filter=wanted, limit=PIECE)}
    return names
