"""Running a deployment from a program, and waiting for its end.

run = run_deployment("greet/nightly", parameters={"name": "you"})
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from prefect._clock import new_id, now
from prefect._deployment_options import RunOptions
from prefect._domain.flow_runs import FlowRun
from prefect._domain.states import StateType
from prefect._domain.task_runs import TaskRun
from prefect._engine.inputs import given
from prefect._engine.outcomes import new_state
from prefect._engine.recorders import recorder
from prefect.context import FlowRunContext, current_tags
from prefect.deployments.recording import WantedRun, create_run, deployment_id_of, read_run
from prefect.utilities.asyncutils import dispatched
from prefect.utilities.options import declares

if TYPE_CHECKING:
    from typing_extensions import Unpack

FIRST_LOOK = 0.1
"""Seconds after which a run is looked at for the first time; later looks are further apart."""


@declares(RunOptions)
async def arun_deployment(name: str | UUID, **options: Unpack[RunOptions]) -> FlowRun:
    """As `run_deployment`, awaited."""
    _require_time(options)
    run = await asyncio.to_thread(_created, name, options)
    for seconds in _pauses(options):
        if run.state is not None and run.state.is_final():
            break
        await asyncio.sleep(seconds)
        run = await asyncio.to_thread(read_run, run.id)
    return run


@partial(dispatched, aio=arun_deployment)
@declares(RunOptions)
def run_deployment(name: str | UUID, **options: Unpack[RunOptions]) -> Any:
    """Have a deployment run, `flow/deployment` or its id, and wait for its end: the run as it is then.

    After `timeout` seconds it is given as it is by then; with 0 at once. Inside of a flow it is a subflow, unless
    `as_subflow=False`.

    Raises `ObjectNotFound` where there is no such deployment, `ValueError` for a negative timeout.
    """
    _require_time(options)
    run = _created(name, options)
    for seconds in _pauses(options):
        if run.state is not None and run.state.is_final():
            break
        time.sleep(seconds)
        run = read_run(run.id)
    return run


def _require_time(options: RunOptions) -> None:
    timeout = options.get("timeout")
    if timeout is not None and timeout < 0:
        raise ValueError(f"The timeout is 0 or more seconds; it is {timeout}.")


def _pauses(options: RunOptions) -> Iterator[float]:
    """Seconds to wait before each further look, until the time is up."""
    timeout, longest = options.get("timeout"), options.get("poll_interval")
    started, pause = time.monotonic(), FIRST_LOOK
    while timeout is None or time.monotonic() - started < timeout:
        left = timeout - (time.monotonic() - started) if timeout is not None else pause
        yield max(0.0, min(pause, left))
        pause = min(pause * 1.5, 5 if longest is None else longest)


def _created(name: str | UUID, options: RunOptions) -> FlowRun:
    deployment_id = deployment_id_of(name)
    parameters = dict(options.get("parameters") or {})
    flow = FlowRunContext.get() if options.get("as_subflow", True) else None
    tracking = _tracked(flow, str(name), parameters) if flow is not None else None
    return create_run(
        WantedRun(
            deployment_id=deployment_id,
            name=options.get("flow_run_name"),
            parameters=parameters,
            scheduled_time=options.get("scheduled_time"),
            tags=sorted({*(options.get("tags") or ()), *current_tags()}),
            idempotency_key=options.get("idempotency_key"),
            work_queue_name=options.get("work_queue_name"),
            job_variables=options.get("job_variables") or {},
            parent_task_run_id=tracking,
        )
    )


def _tracked(flow: FlowRunContext, name: str, parameters: Mapping[str, Any]) -> UUID:
    """Record a task run that stands for the run in the flow that has it run; its id."""
    count = flow.subflow_counts.get(name, 0)
    flow.subflow_counts[name] = count + 1
    tracking = TaskRun(
        id=new_id(),
        name=f"{name}-{count}",
        task_key=f"{name}-deployment",
        dynamic_key=str(count),
        flow_run_id=flow.flow_run.id,
        task_inputs=given(parameters, None, flow).sources,
        created=now(),
    )
    (flow.recorder or recorder()).enter(tracking, new_state(StateType.PENDING))
    recorder().flush()
    return tracking.id


__all__ = ["arun_deployment", "run_deployment"]
