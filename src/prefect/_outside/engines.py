"""The runs of flows and tasks as objects, for programs that drive them in the steps of older engines.

    engine = FlowRunEngine(my_flow, {"x": 1})
    with engine.start():
        while engine.is_running():
            with engine.run_context():
                engine.call_flow_fn()
    engine.result()

The call of the function carries the whole run out: its states, its tries, its hooks and its result.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from prefect._domain.states import State, result_of
from prefect._domain.task_runs import TaskRun
from prefect._engine.outcomes import value_of_flow
from prefect._outside.loading import flow_of_run
from prefect._outside.runs import run_flow_async, run_flow_sync, run_task_async, run_task_sync
from prefect._wire.flow_runs import FlowRunResponse
from prefect.client.orchestration import get_client
from prefect.flows import Flow
from prefect.tasks import Task


def load_flow_run(flow_run_id: UUID) -> FlowRunResponse:
    """A recorded flow run. Raises `ObjectNotFound`."""
    with get_client(sync_client=True) as client:
        return client.read_flow_run(flow_run_id)


def load_flow(flow_run: FlowRunResponse) -> Flow[..., Any]:
    """The flow of a run of a deployment, by its entrypoint. Raises `ValueError` where nothing says where it is."""
    return flow_of_run(flow_run, ignore_storage=True)


def load_flow_and_flow_run(flow_run_id: UUID) -> tuple[FlowRunResponse, Flow[..., Any]]:
    """A recorded run of a deployment, and its flow."""
    flow_run = load_flow_run(flow_run_id)
    return flow_run, load_flow(flow_run)


class _Engine:
    """One run; it has no state until its function has been called."""

    state: State | None = None
    _said: tuple[UUID | None, Any] = (None, None)

    def is_running(self) -> bool:
        """Whether the function is still to be called."""
        return self.state is None

    @contextmanager
    def run_context(self) -> Iterator[Any]:
        """Nothing is to be prepared: the call makes its contexts itself."""
        yield self

    def _ended(self) -> State:
        if self.state is None:
            raise RuntimeError("The run has not been carried out; call its function inside of `start()` first.")
        return self.state


@dataclass
class BaseFlowRunEngine(_Engine):
    """The run of a flow: a new one, or one that is recorded."""

    flow: Flow[..., Any]
    parameters: dict[str, Any] | None = None
    flow_run: Any = None
    flow_run_id: UUID | None = None
    wait_for: Any = None
    context: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.flow_run is None and self.flow_run_id is not None:
            self.flow_run = load_flow_run(self.flow_run_id)

    def _given(self) -> tuple[Any, ...]:
        return self.flow, self.flow_run, self.parameters, self.wait_for, "state", None, self.context


class FlowRunEngine(BaseFlowRunEngine):
    """The run of a sync flow."""

    @contextmanager
    def start(self) -> Iterator[FlowRunEngine]:
        """The block in which the function is called."""
        yield self

    def call_flow_fn(self) -> Any:
        """Carry the run out; its state."""
        self.state = run_flow_sync(*self._given())
        return self.state

    def result(self, raise_on_failure: bool = True) -> Any:
        """What the run came to. Raises what its function raised, but if told otherwise gives that."""
        return value_of_flow(self._ended()) if raise_on_failure else result_of(self._ended(), raise_on_failure=False)


class AsyncFlowRunEngine(FlowRunEngine):
    """The run of an async flow."""

    @asynccontextmanager
    async def start(self) -> AsyncIterator[FlowRunEngine]:  # type: ignore[override]  # entered by `async with`
        """The block in which the function is called."""
        yield self

    async def call_flow_fn(self) -> Any:
        """Carry the run out; its state."""
        self.state = await run_flow_async(*self._given())
        return self.state

    async def result(self, raise_on_failure: bool = True) -> Any:
        """As that of `FlowRunEngine`."""
        return super().result(raise_on_failure)


@dataclass
class BaseTaskRunEngine(_Engine):
    """The run of a task."""

    task: Task[Any, Any]
    parameters: dict[str, Any] | None = None
    task_run: TaskRun | None = None
    wait_for: Any = None
    context: dict[str, Any] | None = None

    def _given(self) -> tuple[Any, ...]:
        task_run_id, dependencies = self._said
        told = ("state", dependencies, self.context)
        return self.task, task_run_id, self.task_run, self.parameters, self.wait_for, *told


class SyncTaskRunEngine(BaseTaskRunEngine):
    """The run of a sync task."""

    @contextmanager
    def start(self, task_run_id: UUID | None = None, dependencies: Any = None) -> Iterator[SyncTaskRunEngine]:
        """The block in which the function is called, with the id of the run and what its parameters came from."""
        self._said = task_run_id, dependencies
        yield self

    def call_task_fn(self, transaction: Any = None) -> Any:
        """Carry the run out; its state. The transaction is taken for older programs."""
        self.state = run_task_sync(*self._given())
        return self.state

    def result(self, raise_on_failure: bool = True) -> Any:
        """What the run came to. Raises what its function raised, but if told otherwise gives that."""
        return result_of(self._ended(), raise_on_failure=raise_on_failure)

    @contextmanager
    def transaction_context(self) -> Iterator[Any]:
        """Nothing is to be prepared, as in `run_context`."""
        yield self


class AsyncTaskRunEngine(SyncTaskRunEngine):
    """The run of an async task."""

    @asynccontextmanager
    async def start(  # type: ignore[override]  # entered by `async with`
        self, task_run_id: UUID | None = None, dependencies: Any = None
    ) -> AsyncIterator[SyncTaskRunEngine]:
        """As that of `SyncTaskRunEngine`."""
        self._said = task_run_id, dependencies
        yield self

    async def call_task_fn(self, transaction: Any = None) -> Any:
        """As that of `SyncTaskRunEngine`."""
        self.state = await run_task_async(*self._given())
        return self.state

    async def result(self, raise_on_failure: bool = True) -> Any:
        """As that of `SyncTaskRunEngine`."""
        return super().result(raise_on_failure)


__all__ = [
    "AsyncFlowRunEngine",
    "AsyncTaskRunEngine",
    "BaseFlowRunEngine",
    "BaseTaskRunEngine",
    "FlowRunEngine",
    "SyncTaskRunEngine",
    "load_flow",
    "load_flow_and_flow_run",
    "load_flow_run",
]
