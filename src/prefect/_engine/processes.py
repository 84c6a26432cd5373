"""A pool of processes that call the functions of tasks.

The life of a run stays in this process: its states, tries, cache and hooks. Only the call of the user's function
travels, with the contexts that the function may ask for. Its log lines are written by the process that makes them.
"""

from __future__ import annotations

import asyncio
import inspect
import multiprocessing
import os
from collections.abc import Callable, Mapping
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass
from functools import partial
from threading import Lock
from types import SimpleNamespace
from typing import Any

import cloudpickle

from prefect._engine.clock import now
from prefect._engine.deadlines import Deadline
from prefect._engine.pool import ThreadPool
from prefect._engine.recorder import recorder
from prefect._engine.steps import Outcome, Raised, Returned
from prefect._engine.submission import perform
from prefect._engine.task_run import TaskJob
from prefect.context import FlowRunContext, TagsContext, TaskRunContext, current_tags
from prefect.exceptions import InfrastructureError, SerializationError
from prefect.logging.configuration import setup_logging
from prefect.logging.loggers import patch_print

THREADS_PER_PROCESS = 4


class ProcessPool:
    """Processes that make calls, and the threads that carry the runs out around them."""

    def __init__(
        self, most: int | None, initializer: Callable[..., Any] | None, initargs: tuple[Any, ...], inside: Any
    ) -> None:
        """`inside` is the task runner that tasks find in their process when they submit tasks themselves."""
        self._most = most or os.cpu_count() or 1
        self._initializer = initializer
        self._initargs = initargs
        self._inside = inside
        self._threads = ThreadPool(self._most * THREADS_PER_PROCESS, "prefect-process-pool")
        self._executor: ProcessPoolExecutor | None = None
        self._replacing = Lock()

    def submit(self, job: TaskJob) -> Future[Any]:
        """Have a run carried out, its function called in another process."""
        context = _carried_context(job, self._inside)
        job.elsewhere = partial(self._call, job, context)
        return self._threads.submit(partial(perform, job))

    def help_along(self, future: Future[Any]) -> None:
        self._threads.help_along(future)

    def cancel_waiting(self) -> None:
        self._threads.cancel_waiting()

    def join(self) -> None:
        self._threads.join()

    def close(self, error: BaseException | None) -> None:
        """End the processes; at once if the flow was interrupted."""
        if error is not None:
            self._threads.cancel_waiting()
        self._threads.close()
        if self._executor is not None:
            if error is not None:
                _terminate(self._executor)
            self._executor.shutdown(wait=error is None, cancel_futures=True)

    def _call(
        self,
        job: TaskJob,
        context: CarriedContext,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        timeout: float | None,
    ) -> Outcome:
        try:
            parcel = _packed(job, context, args, kwargs)
        except SerializationError as error:
            return Raised(error)
        executor = self._running_executor()
        try:
            answer = executor.submit(_carry_out, parcel).result(timeout)
        except NotInTime:
            return Raised(Deadline(), timed_out=True)
        except BrokenExecutor:
            self._replace(executor)
            return Raised(
                InfrastructureError(
                    f"The process in which the task {job.task.name!r} ran has died. It may have used up the memory, or "
                    "been killed; retries=1 or more would run it again."
                )
            )
        outcome: Outcome = cloudpickle.loads(answer)
        return outcome

    def _running_executor(self) -> ProcessPoolExecutor:
        with self._replacing:
            if self._executor is None:
                self._executor = ProcessPoolExecutor(
                    self._most,
                    mp_context=multiprocessing.get_context("spawn"),
                    initializer=self._initializer,
                    initargs=self._initargs,
                )
            return self._executor

    def _replace(self, broken: ProcessPoolExecutor) -> None:
        with self._replacing:
            if self._executor is broken:
                self._executor = None
        broken.shutdown(wait=False)


def _terminate(executor: ProcessPoolExecutor) -> None:
    for process in list((getattr(executor, "_processes", None) or {}).values()):
        process.terminate()


@dataclass
class CarriedContext:
    """What of the surroundings of a run travels with its function."""

    flow: Any
    flow_run: Any
    flow_parameters: Any
    tags: frozenset[str]
    log_prints: bool
    persist_result: bool
    task_runner: Any


def _carried_context(job: TaskJob, inside: Any) -> CarriedContext:
    flow = job.flow
    if flow is None:
        return CarriedContext(None, None, None, current_tags(), False, False, inside)
    return CarriedContext(
        flow.flow, flow.flow_run, flow.parameters, current_tags(), flow.log_prints, flow.persist_result, inside
    )


@dataclass
class Parcel:
    """A call on its way to another process."""

    task: Any
    task_run: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    context: CarriedContext


def _packed(job: TaskJob, context: CarriedContext, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> bytes:
    for name, value in job.parameters.items():
        _require_pickles(value, f"The argument {name!r} of the task {job.task.name!r}")
    parcel = Parcel(job.task, job.run, args, dict(kwargs), context)
    try:
        return _dumped(parcel)
    except SerializationError:
        context.flow = SimpleNamespace(name=getattr(context.flow, "name", None))
        context.flow_parameters = {}
        return _dumped(parcel)


def _dumped(parcel: Parcel) -> bytes:
    return _require_pickles(parcel, f"The task {parcel.task.name!r}")


def _require_pickles(value: Any, what: str) -> bytes:
    try:
        return cloudpickle.dumps(value)  # type: ignore[no-any-return]  # untyped library
    except Exception as error:  # pickling runs code of the value's own
        raise SerializationError(
            f"{what} cannot be sent to another process: {type(error).__name__}: {error}. Give it something that can be "
            "pickled, such as a path or a key, or run the task in threads (ThreadPoolTaskRunner)."
        ) from error


def _carry_out(parcel: bytes) -> bytes:
    """In the other process: make the call and give its outcome."""
    call: Parcel = cloudpickle.loads(parcel)
    setup_logging()
    outcome = _called(call)
    recorder().flush()
    if isinstance(outcome, Raised):
        return _packed_error(outcome.error, call)
    try:
        return _require_pickles(outcome, f"The result of the task {call.task.name!r}")
    except SerializationError as error:
        return _packed_error(error, call)


def _packed_error(error: BaseException, call: Parcel) -> bytes:
    try:
        packed: bytes = cloudpickle.dumps(Raised(error))
        cloudpickle.loads(packed)
    except Exception:  # noqa: BLE001  # an exception may fail to be made again from its arguments
        told = RuntimeError(f"The task {call.task.name!r} raised {type(error).__name__}: {error}")
        packed = cloudpickle.dumps(Raised(told))
    return packed


def _called(call: Parcel) -> Outcome:
    prints = call.task.log_prints if call.task.log_prints is not None else call.context.log_prints
    task = TaskRunContext(call.task, call.task_run, dict(call.kwargs), start_time=now(), log_prints=prints)
    runner = call.context.task_runner.duplicate()
    with runner, _flow_context(call.context, runner), TagsContext(call.context.tags), task, patch_print(prints):
        try:
            return Returned(_value(call.task.fn(*call.args, **call.kwargs)))
        except BaseException as error:  # noqa: BLE001  # whatever user code raises is its outcome
            return Raised(error)


def _flow_context(context: CarriedContext, task_runner: Any) -> Any:
    if context.flow_run is None:
        return TagsContext(context.tags)
    return FlowRunContext(
        flow=context.flow,
        flow_run=context.flow_run,
        parameters=context.flow_parameters or {},
        task_runner=task_runner,
        result_store=None,
        start_time=now(),
        log_prints=context.log_prints,
        persist_result=context.persist_result,
        recorder=recorder(),
    )


def _value(value: Any) -> Any:
    """What a call came to: awaited, or gathered."""
    if inspect.isawaitable(value):
        return asyncio.run(_awaited(value))
    if inspect.isasyncgen(value):
        return asyncio.run(_gathered(value))
    return list(value) if inspect.isgenerator(value) else value


async def _awaited(value: Any) -> Any:
    return await value


async def _gathered(generator: Any) -> list[Any]:
    return [item async for item in generator]
