"""Runs carried out by others than who calls a flow or task: task runners of packages, such as prefect-dask and -ray.

A task's run begins here with the id, the contexts and the inputs that another process has given it.
"""

from __future__ import annotations

import asyncio
import os
import pickle
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from prefect._domain.flow_runs import FlowRun
from prefect._domain.task_runs import TaskRun
from prefect._engine.drivers import adrive, adrive_generator, drive, drive_generator
from prefect._engine.jobs import TaskJob, task_job
from prefect._engine.task_run import run_task as core_of
from prefect._outside.carrying import hydrated_context, serialize_context
from prefect._outside.signals import handle_engine_signals
from prefect._wire.states import RunInput
from prefect.flows import Flow
from prefect.settings import get_current_settings
from prefect.tasks import Task, concluded

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

ReturnType = Literal["state", "result"]


def run_task_sync(
    task: Task[Any, Any],
    task_run_id: UUID | None = None,
    task_run: TaskRun | None = None,
    parameters: dict[str, Any] | None = None,
    wait_for: Iterable[Any] | None = None,
    return_type: ReturnType = "result",
    dependencies: Mapping[str, set[RunInput]] | None = None,
    context: Mapping[str, Any] | None = None,
) -> Any:
    """Carry a task out here, in the contexts that `serialize_context` gave; its result, or its state.

    `dependencies` are the runs that parameters came from, beside those that are seen in them.
    """
    with ExitStack() as stack:
        job = _job(stack, task, task_run_id, task_run, parameters, wait_for, dependencies, context)
        return concluded(job, drive(core_of(job)), return_type == "state")


async def run_task_async(
    task: Task[Any, Any],
    task_run_id: UUID | None = None,
    task_run: TaskRun | None = None,
    parameters: dict[str, Any] | None = None,
    wait_for: Iterable[Any] | None = None,
    return_type: ReturnType = "result",
    dependencies: Mapping[str, set[RunInput]] | None = None,
    context: Mapping[str, Any] | None = None,
) -> Any:
    """As `run_task_sync`, for an async task."""
    with ExitStack() as stack:
        job = _job(stack, task, task_run_id, task_run, parameters, wait_for, dependencies, context)
        return concluded(job, await adrive(core_of(job)), return_type == "state")


def run_task(task: Task[Any, Any], *args: Any, **kwargs: Any) -> Any:
    """As `run_task_sync`, or for an async task a coroutine that does the same."""
    return (run_task_async if task.isasync else run_task_sync)(task, *args, **kwargs)


def run_generator_task_sync(
    task: Task[Any, Any],
    task_run_id: UUID | None = None,
    task_run: TaskRun | None = None,
    parameters: dict[str, Any] | None = None,
    wait_for: Iterable[Any] | None = None,
    return_type: ReturnType = "result",
    dependencies: Mapping[str, set[RunInput]] | None = None,
    context: Mapping[str, Any] | None = None,
) -> Iterator[Any]:
    """As `run_task_sync`, for a task that yields: what it yields. Raises `ValueError` where its state is asked for."""
    _must_be_result(return_type)
    with ExitStack() as stack:
        job = _job(stack, task, task_run_id, task_run, parameters, wait_for, dependencies, context)
        job.gathers = False
        yield from drive_generator(core_of(job), lambda ended: concluded(job, ended, return_state=False))


async def run_generator_task_async(
    task: Task[Any, Any],
    task_run_id: UUID | None = None,
    task_run: TaskRun | None = None,
    parameters: dict[str, Any] | None = None,
    wait_for: Iterable[Any] | None = None,
    return_type: ReturnType = "result",
    dependencies: Mapping[str, set[RunInput]] | None = None,
    context: Mapping[str, Any] | None = None,
) -> AsyncIterator[Any]:
    """As `run_generator_task_sync`, for an async task."""
    _must_be_result(return_type)
    with ExitStack() as stack:
        job = _job(stack, task, task_run_id, task_run, parameters, wait_for, dependencies, context)
        job.gathers = False
        async for item in adrive_generator(core_of(job), lambda ended: concluded(job, ended, return_state=False)):
            yield item


def _must_be_result(return_type: str) -> None:
    if return_type != "result":
        raise ValueError(f"What yields has no {return_type!r} to return; only return_type='result' is possible.")


def _job(
    stack: ExitStack,
    task: Task[Any, Any],
    task_run_id: UUID | None,
    task_run: TaskRun | None,
    parameters: dict[str, Any] | None,
    wait_for: Iterable[Any] | None,
    dependencies: Mapping[str, set[RunInput]] | None,
    context: Mapping[str, Any] | None,
) -> TaskJob:
    """The run of a task; until the stack is left, the contexts hold, and then what it recorded is on disk."""
    stack.enter_context(hydrated_context(context))
    job = task_job(task, task.signature.bind((), parameters or {}), wait_for)
    job.gathers = True
    if context:
        stack.callback(job.recorder.flush)
    if task_run is not None:
        job.run = task_run
    elif task_run_id is not None:
        job.run.id = task_run_id
    sources = job.look_at_inputs().sources
    for name, runs in (dependencies or {}).items():
        known = {source["id"] for source in sources.setdefault(name, [])}
        sources[name] += [told for run in runs if (told := run.model_dump(mode="json")).get("id") not in known]
    return job


def run_flow(
    flow: Flow[..., Any],
    flow_run: FlowRun | None = None,
    parameters: Mapping[str, Any] | None = None,
    wait_for: Iterable[Any] | None = None,
    return_type: ReturnType = "result",
    error_logger: Any = None,
    context: Mapping[str, Any] | None = None,
) -> Any:
    """Carry a flow out here, or go on with a run of it that is recorded; its result, or its state.

    For an async flow a coroutine that does the same. `error_logger` is taken for older programs.
    """
    with hydrated_context(context):
        return flow.run(
            {**flow.signature.defaults, **(parameters or (flow_run.parameters if flow_run else {}))},
            wait_for=wait_for,
            return_state=return_type == "state",
            flow_run_id=flow_run.id if flow_run is not None else None,
        )


def run_flow_sync(flow: Flow[..., Any], *args: Any, **kwargs: Any) -> Any:
    """As `run_flow`; an async flow is waited for."""
    ran = run_flow(flow, *args, **kwargs)
    return asyncio.run(ran) if flow.isasync and not flow.isgenerator else ran


async def run_flow_async(flow: Flow[..., Any], *args: Any, **kwargs: Any) -> Any:
    """As `run_flow`, awaited."""
    return await run_flow(flow, *args, **kwargs)


def run_generator_flow_sync(
    flow: Flow[..., Any],
    flow_run: FlowRun | None = None,
    parameters: Mapping[str, Any] | None = None,
    wait_for: Iterable[Any] | None = None,
    return_type: ReturnType = "result",
    context: Mapping[str, Any] | None = None,
) -> Iterator[Any]:
    """As `run_flow`, for a flow that yields: what it yields. Raises `ValueError` where its state is asked for."""
    _must_be_result(return_type)
    with hydrated_context(context):
        yield from run_flow(flow, flow_run, parameters, wait_for)


async def run_generator_flow_async(
    flow: Flow[..., Any],
    flow_run: FlowRun | None = None,
    parameters: Mapping[str, Any] | None = None,
    wait_for: Iterable[Any] | None = None,
    return_type: ReturnType = "result",
    context: Mapping[str, Any] | None = None,
) -> AsyncIterator[Any]:
    """As `run_generator_flow_sync`, for an async flow."""
    _must_be_result(return_type)
    with hydrated_context(context):
        async for item in run_flow(flow, flow_run, parameters, wait_for):
            yield item


def run_flow_in_subprocess(
    flow: Flow[..., Any],
    flow_run: FlowRun | None = None,
    parameters: Mapping[str, Any] | None = None,
    wait_for: Iterable[Any] | None = None,
    context: Mapping[str, Any] | None = None,
    env: Mapping[str, str | None] | None = None,
) -> SpawnProcess:
    """Carry a flow out in a new process, which has been started; its exit code is 0 where the flow completed.

    The process has the settings that hold here, and the variables of `env`; None takes one away.
    """
    import multiprocessing

    import cloudpickle

    given = (flow, flow_run, parameters, wait_for, "result", None, {**serialize_context(), **(context or {})})
    changes = {**get_current_settings().to_environment_variables(), **(env or {})}
    process = multiprocessing.get_context("spawn").Process(target=_carry_out, args=(cloudpickle.dumps(given), changes))
    process.start()
    return process


def _carry_out(pickled: bytes, changes: Mapping[str, str | None]) -> None:
    for name, value in changes.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    flow, flow_run, *others = pickle.loads(pickled)
    with handle_engine_signals(flow_run.id if flow_run is not None else None):
        run_flow_sync(flow, flow_run, *others)
