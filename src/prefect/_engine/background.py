"""Background tasks: handed over by one process, carried out by another.

A run that is handed over is recorded as SCHEDULED and deferred, its parameters are kept in the scheduling storage under
`parameters/<id>`, and a task worker (`prefect.task_worker`) takes it from there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from prefect._clock import new_id, now
from prefect._domain.states import State, StateDetails, StateType
from prefect._domain.task_runs import TaskRun
from prefect._engine.jobs import TaskJob, task_job
from prefect._engine.outcomes import crashed, new_state, pending
from prefect._engine.recorders import recorder
from prefect._engine.submission import perform
from prefect.cache_policies import DEFAULT, NO_CACHE
from prefect.context import FlowRunContext, TaskRunContext, current_tags, tags
from prefect.exceptions import UpstreamTaskError
from prefect.futures import PrefectDistributedFuture
from prefect.results import ResultRecord, ResultStore
from prefect.settings import get_current_settings

if TYPE_CHECKING:
    from prefect._engine.code import TaskCode


def hand_over(
    task: TaskCode, parameters: dict[str, Any], wait_for: Iterable[Any] | None
) -> PrefectDistributedFuture[Any]:
    """Have a run of a task carried out by a task worker; waits for the futures among its parameters before that.

    Raises `UpstreamTaskError` where one of them failed, `SerializationError` for parameters that cannot be kept.
    """
    job = task_job(task, parameters, wait_for)
    given = job.look_at_inputs()
    given.wait()
    hindered = given.hindrance(skip_on_upstream_skip=task.skip_on_upstream_skip)
    if hindered is not None:
        raise UpstreamTaskError(hindered.message)
    kept = given.resolved()
    run, parameters_id = _standing_alone(job.run), new_id()
    run.task_inputs = {**run.task_inputs, **_parents()}
    scheduling_store().write({"parameters": kept, "tags": sorted(current_tags())}, f"parameters/{parameters_id}")
    details = StateDetails(deferred=True, scheduled_time=now(), task_parameters_id=parameters_id)
    job.recorder.enter(run, new_state(StateType.SCHEDULED, state_details=details))
    job.recorder.flush()
    return PrefectDistributedFuture(run.id)


def _standing_alone(run: TaskRun) -> TaskRun:
    """A run that belongs to no flow run: it may begin after that of its caller has ended."""
    run.flow_run_id, run.flow_run_run_count, run.dynamic_key = None, 0, str(run.id)
    return run


def _parents() -> dict[str, list[dict[str, str]]]:
    """The run in which a task was handed over."""
    task, flow = TaskRunContext.get(), FlowRunContext.get()
    if task is not None:
        return {"__parents__": [{"input_type": "task_run", "id": str(task.task_run.id)}]}
    return {"__parents__": [{"input_type": "flow_run", "id": str(flow.flow_run.id)}]} if flow is not None else {}


def scheduling_store() -> ResultStore:
    """Where the parameters of background tasks are kept; whoever hands over and whoever carries out both reach it."""
    block = get_current_settings().tasks.scheduling.default_storage_block
    return ResultStore(result_storage=block, serializer="pickle", cache_result_in_memory=False)


def taken_over(task: TaskCode, run: TaskRun) -> TaskJob:
    """A run that a worker took, as its own."""
    return TaskJob(_keeping_results(task), run, {}, None, None, recorder())


def carry_out(job: TaskJob) -> State:
    """Run a task that was handed over to its end, and record it; its result is kept for whoever waits for it."""
    state = job.run.state
    assert state is not None
    try:
        kept = scheduling_store().read(f"parameters/{state.state_details.task_parameters_id}").result
        job.parameters = kept["parameters"]
        job.enter(pending())
        job.recorder.flush()  # a run that is not known to have begun is given to another worker when this one dies
        with tags(*kept["tags"]):
            return perform(job)
    except BaseException as error:
        job.abandon(crashed(error, ResultRecord))
        raise
    finally:
        job.recorder.flush()


def _keeping_results(task: TaskCode) -> TaskCode:
    """The same task, whose results are kept."""
    policy = DEFAULT if task.cache_policy is NO_CACHE else task.cache_policy
    return task if task.persist_result else task.with_options(persist_result=True, cache_policy=policy)
