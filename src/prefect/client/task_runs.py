"""What clients can do with task runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from typing_extensions import Unpack

from prefect._domain.states import State
from prefect.client.operations import Later, Steps, delete, get, operation, patch, post
from prefect.client.runs import Filters, given, going_out, states_in, wanted, with_state

if TYPE_CHECKING:
    from prefect._wire.states import OrchestrationResult, StateCreate
    from prefect._wire.task_runs import TaskRun
else:
    OrchestrationResult = Later("prefect._wire.states", "OrchestrationResult")
    TaskRun = Later("prefect._wire.task_runs", "TaskRun")


class Runnable(Protocol):
    """A task, as far as its runs are told of it."""

    name: Any
    task_key: Any
    tags: Any
    version: Any
    retries: Any
    retry_delay_seconds: Any
    retry_jitter_factor: Any


def _run(answer: Any) -> TaskRun:
    return with_state(TaskRun.model_validate(answer))


class TaskRunOperations:
    """The operations on task runs."""

    @operation
    def create_task_run(
        self,
        task: Runnable,
        flow_run_id: UUID | None,
        dynamic_key: str,
        id: UUID | None = None,
        name: str | None = None,
        extra_tags: Iterable[str] | None = None,
        state: State | StateCreate | None = None,
        task_inputs: Mapping[str, Sequence[Any]] | None = None,
    ) -> Steps[TaskRun]:
        """A new run of a task; without a state it is Pending."""
        delay = task.retry_delay_seconds
        policy = given(
            retries=task.retries,
            retry_delay=delay if isinstance(delay, (int, float, list)) else None,
            retry_jitter_factor=task.retry_jitter_factor,
        )
        body = given(
            id=id,
            name=name or f"{task.name}-{dynamic_key}",
            flow_run_id=flow_run_id,
            task_key=task.task_key,
            dynamic_key=str(dynamic_key),
            tags=sorted({*task.tags, *(extra_tags or ())}),
            task_version=task.version,
            empirical_policy=policy,
            state=None if state is None else going_out(state),
            task_inputs=task_inputs,
        )
        return _run((yield post("/task_runs/", body)))

    @operation
    def read_task_run(self, task_run_id: UUID) -> Steps[TaskRun]:
        """The run with that id. Raises `ObjectNotFound`."""
        return _run((yield get(f"/task_runs/{task_run_id}")))

    @operation
    def read_task_runs(
        self, *, sort: str | None = None, limit: int | None = None, offset: int = 0, **filters: Unpack[Filters]
    ) -> Steps[list[TaskRun]]:
        """The runs that are meant, the newest first unless another order is asked for."""
        body = {**wanted(**filters), **given(sort=sort, limit=limit, offset=offset)}
        return [_run(found) for found in (yield post("/task_runs/filter", body))]

    @operation
    def set_task_run_name(self, task_run_id: UUID, name: str) -> Steps[None]:
        """Give a run another name. Raises `ObjectNotFound`."""
        yield patch(f"/task_runs/{task_run_id}", {"name": name})

    @operation
    def delete_task_run(self, task_run_id: UUID) -> Steps[None]:
        """Remove a run with its states and logs. Raises `ObjectNotFound`."""
        yield delete(f"/task_runs/{task_run_id}")

    @operation
    def set_task_run_state(
        self, task_run_id: UUID, state: State | StateCreate, force: bool = False, task_run_name: str | None = None
    ) -> Steps[OrchestrationResult]:
        """Propose a state to a run; what became of it. `task_run_name` is taken for older programs."""
        body = {"state": going_out(state), "force": force}
        answer = yield post(f"/task_runs/{task_run_id}/set_state", body)
        return with_state(OrchestrationResult.model_validate(answer))

    @operation
    def read_task_run_states(self, task_run_id: UUID) -> Steps[list[State]]:
        """The states that a run went through, oldest first."""
        return states_in((yield get("/task_run_states/", task_run_id=task_run_id)))
