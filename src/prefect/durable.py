"""Waiting inside of durable flows, for a time, an input, an event or a condition; and the key of a step.

    sleep(days=1)
    decision = wait_for_input(str, key="decision", timeout=timedelta(days=7))
    shipped = wait_for_event("order.shipped", resource=f"order.{id}")
    wait_for(Path("/data/today.csv").exists, every=60)

What a wait came to is kept, so that a run that goes on does not wait again. A run of a deployment holds no process
while it waits: it leaves its own, and is started again when it is time or what it waits for has come. A run of no
deployment, and a subflow, waits where it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

from pydantic import BaseModel

from prefect._clock import new_id, now
from prefect._domain.awaiting import Awaited, AwaitedEvent, AwaitedInput
from prefect._domain.events import LAST_MOMENT
from prefect._domain.states import State, StateDetails, StateType
from prefect._domain.transitions.verdicts import Abort
from prefect._engine.kept_steps import KeptSteps
from prefect._wire.events import ReceivedEvent
from prefect._wire.flow_runs import FlowRunInput
from prefect.client.operations import content_of, post
from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext, TaskRunContext, calling_task
from prefect.exceptions import MissingContextError, ObjectAlreadyExists, Pause
from prefect.input.actions import create_flow_run_input_from_model, filter_flow_run_input
from prefect.input.run_input import AutomaticRunInput, run_input_subclass_from_type
from prefect.logging.loggers import get_run_logger
from prefect.utilities.asyncutils import dispatched

LOOK_EVERY = 0.5
"""Seconds between two looks of a run that waits in its process."""
SHORTEST_ABSENCE = timedelta(seconds=1)
"""A shorter wait is not worth leaving the process."""
LONGEST_ABSENCE = timedelta(days=1)
"""After which a run looks itself, whether or not it was told that something has come."""
T = TypeVar("T")
Duration = float | timedelta
"""Seconds, or a length of time."""


@dispatched
def sleep(duration: Duration | None = None, **parts: float) -> None:
    """Let time pass: `sleep(90)`, `sleep(timedelta(hours=1))`, `sleep(days=2, hours=12)`.

    It is counted from the first call on, whatever happens to the run meanwhile. Raises `MissingContextError` outside of
    durable flows, as all that waits here.
    """
    length = timedelta(**parts) if duration is None else _length(duration)
    wait = _Wait.begun("sleep", length)
    wait.until_found(lambda: None, deadline=wait.since + length)


@dispatched
def wait_for_input(kind: Any = str, *, key: str = "input", timeout: Duration | None = None) -> Any:
    """The next input that is sent to this run under a key (`send`): a type that JSON knows, or a pydantic model.

    Each input is received once, the oldest first. Raises `TimeoutError` where none has come in time.
    """
    run_input = run_input_subclass_from_type(kind)
    wait = _Wait.begun("input", key)
    taken = wait.steps.received.setdefault(key, [])
    found = wait.until_found(
        lambda: _first_input(wait.run_id, key, taken),
        deadline=wait.deadline(timeout),
        awaits=AwaitedInput(_prefix(key), len(taken)),
    )
    if found is None:
        raise TimeoutError(f"No input {key!r} has come in {_length(timeout or 0)}.")
    taken.append(found["key"])
    received = run_input.load_from_flow_run_input(FlowRunInput.model_validate(found))
    return received.value if isinstance(received, AutomaticRunInput) else received


@dispatched
def send(flow_run_id: UUID, value: Any, *, key: str = "input") -> None:
    """Send an input to a run that waits for one, or will: a value that JSON knows, or a pydantic model.

    Inside of a durable flow it is sent once, though the run goes on after a crash.
    """
    flow = FlowRunContext.get()
    steps = flow.steps if flow is not None and calling_task(flow) is None else None
    step = steps.name("send", [flow_run_id, key, value]) if steps is not None else None
    given = value if isinstance(value, BaseModel) else AutomaticRunInput.subclass_from_type(type(value))(value=value)
    with suppress(ObjectAlreadyExists) if step is not None else nullcontext():
        create_flow_run_input_from_model(f"{_prefix(key)}{step or uuid4()}", given, flow_run_id)


@dispatched
def wait_for_event(
    name: str, *, resource: str | None = None, since: datetime | None = None, timeout: Duration | None = None
) -> ReceivedEvent:
    """The first event of that name, and of that resource, since this was first called, or `since` another moment.

    Both may end with `*` for any rest. Raises `TimeoutError` where none has happened in time.
    """
    wait = _Wait.begun("event", [name, resource, since])
    first = since or wait.since
    found = wait.until_found(
        lambda: _first_event(name, resource, first),
        deadline=wait.deadline(timeout),
        awaits=AwaitedEvent(name, resource, first),
    )
    if found is None:
        raise TimeoutError(f"No event {name!r} has happened in {_length(timeout or 0)}.")
    return ReceivedEvent.model_validate(found)


@dispatched
def wait_for(condition: Callable[[], T], *, every: Duration = 60, timeout: Duration | None = None) -> T:
    """What a condition gives, as soon as that is true; it is asked every so often, and what it raises is raised here.

    Raises `TimeoutError` where it is not true in time.
    """
    wait = _Wait.begun("condition", getattr(condition, "__qualname__", type(condition).__qualname__))
    found = wait.until_found(lambda: condition() or None, deadline=wait.deadline(timeout), every=_length(every))
    if found is None:
        raise TimeoutError(f"The condition has not become true in {_length(timeout or 0)}.")
    return found  # type: ignore[no-any-return]  # it is what the condition gave


def step_key() -> str:
    """A text that names the step in whose task this is called: the same in each of its tries, in whatever process.

    It is meant for another system that carries out what it is asked for under one key only once. Raises
    `MissingContextError` outside of tasks of durable flows.
    """
    context = TaskRunContext.get()
    if context is None or context.step is None:
        raise MissingContextError("There is no step here: call this in a task of a durable flow.")
    return context.step


class _Wait:
    """A wait of a durable flow, as a step: since when it lasts, and what it came to, are kept."""

    def __init__(self, flow: FlowRunContext, steps: KeptSteps, name: str) -> None:
        self._flow, self._name = flow, name
        self.steps = steps
        self.since: datetime = self._kept("since", now)

    @classmethod
    def begun(cls, what: str, names: Any) -> _Wait:
        flow = FlowRunContext.get()
        if flow is None or flow.steps is None or calling_task(flow) is not None:
            raise MissingContextError(
                f"Waiting for {what} is for durable flows: call it in a flow with @flow(durable=True), not in a task."
            )
        name = flow.steps.name(f"wait for {what}", names)
        if name is None:
            raise TypeError(f"No hash can be made of what is waited for: {names!r}.")
        return cls(flow, flow.steps, name)

    @property
    def run_id(self) -> UUID:
        return self._flow.flow_run.id

    def deadline(self, timeout: Duration | None) -> datetime | None:
        return None if timeout is None else self.since + _length(timeout)

    def until_found(
        self,
        look: Callable[[], Any],
        *,
        deadline: datetime | None,
        every: timedelta | None = None,
        awaits: Awaited | None = None,
    ) -> Any:
        """What a look finds, or None when the deadline is over."""
        return self._kept("found", lambda: self._looked(look, deadline, every, awaits))

    def _looked(
        self,
        look: Callable[[], Any],
        deadline: datetime | None,
        every: timedelta | None,
        awaits: Awaited | None,
    ) -> Any:
        while True:
            found, at = look(), now()
            if found is not None or (deadline is not None and at >= deadline):
                return found
            again = at + (every if every is not None else LONGEST_ABSENCE)
            self._rest(min(again, deadline) if deadline is not None else again, awaits)

    def _kept(self, what: str, make: Callable[[], Any]) -> Any:
        key, store = self.steps.key(f"{self._name}-{what}"), self._flow.result_store
        if not self.steps.is_new and store.exists(key):
            return store.read(key).result
        made = make()
        store.write(made, key)
        return made

    def _rest(self, until: datetime, awaits: Awaited | None) -> None:
        """Do nothing until then, or for a while; a run that somebody can start again leaves its process."""
        left = until - now()
        run = self._flow.flow_run
        if run.deployment_id is None or run.parent_task_run_id is not None or left < SHORTEST_ABSENCE:
            time.sleep(max(min(left.total_seconds(), LOOK_EVERY), 0))
            return
        get_run_logger().info("Waiting until %s, without a process.", f"{until:%Y-%m-%d %H:%M:%S} UTC")
        details = StateDetails(scheduled_time=until, run_input_keyset=awaits.told() if awaits is not None else None)
        waiting = State(StateType.SCHEDULED, "Waiting", new_id(), now(), state_details=details)
        self._flow.recorder.flush()
        answer = self._flow.recorder.propose(run, waiting, epoch=self._flow.epoch)
        if isinstance(answer.verdict, Abort):
            raise RuntimeError(answer.verdict.reason)
        if answer.state.is_scheduled():
            raise Pause(state=answer.state)
        time.sleep(LOOK_EVERY)


def _length(duration: Duration) -> timedelta:
    return duration if isinstance(duration, timedelta) else timedelta(seconds=duration)


def _prefix(key: str) -> str:
    return f"durable-{key}-"


def _first_input(flow_run_id: UUID, key: str, taken: list[str]) -> Any:
    """The oldest input of a key that was not received yet, as JSON."""
    found = filter_flow_run_input(_prefix(key), 1, taken, flow_run_id)
    return found[0].model_dump(mode="json") if found else None


def _first_event(name: str, resource: str | None, since: datetime) -> Any:
    """The first event that is meant, as JSON."""
    filter: dict[str, Any] = {
        "occurred": {"since": since.isoformat(), "until": LAST_MOMENT.isoformat()},
        "order": "ASC",
    }
    filter["event"] = {"prefix" if name.endswith("*") else "name": [name.removesuffix("*")]}
    if resource is not None:
        filter["resource"] = {"id_prefix" if resource.endswith("*") else "id": [resource.removesuffix("*")]}
    request = post("/events/filter", {"filter": filter, "limit": 1})
    with get_client(sync_client=True) as client:
        found = content_of(request, client.send(request))["events"]
    return found[0] if found else None


__all__ = ["send", "sleep", "step_key", "wait_for", "wait_for_event", "wait_for_input"]
