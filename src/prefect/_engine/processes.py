"""A pool of processes that call the functions of tasks.

The life of a run stays in this process: its states, tries, cache and hooks. Only the call of the user's function
travels, with the contexts that the function may ask for. Its log lines are written by the process that makes them.
"""

from __future__ import annotations

import asyncio
import inspect
import multiprocessing
import os
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from dataclasses import dataclass
from functools import partial
from threading import Lock
from types import SimpleNamespace
from typing import Any, NamedTuple

import cloudpickle

from prefect._clock import now
from prefect._engine.deadlines import Deadline
from prefect._engine.jobs import TaskJob
from prefect._engine.pool import ThreadPool
from prefect._engine.recorders import recorder
from prefect._engine.redaction import keep_out_of_logs
from prefect._engine.secret_parameters import secret_texts
from prefect._engine.steps import Call, Outcome, Raised, Returned
from prefect._engine.submission import perform
from prefect.context import AssetContext, FlowRunContext, TagsContext, TaskRunContext, current_tags
from prefect.exceptions import InfrastructureError, SerializationError
from prefect.logging.configuration import ensure_logging_setup
from prefect.logging.loggers import patch_print

THREADS_PER_PROCESS = 4
GRACE_S = 5.0
"""What a process may take beyond a task's timeout, to start and to end the call; after that it is left behind."""


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
        self._left_behind = False

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
        """End the processes; at once if the flow was interrupted or a call was left behind in one."""
        if error is not None:
            self._threads.cancel_waiting()
        self._threads.close()
        if self._executor is not None:
            hurries = error is not None or self._left_behind
            if hurries:
                _terminate(self._executor)
            self._executor.shutdown(wait=not hurries, cancel_futures=True)

    def _call(
        self,
        job: TaskJob,
        context: CarriedContext,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        timeout: float | None,
    ) -> Outcome:
        try:
            parcel = _packed(
                Parcel(job.task, job.run, args, dict(kwargs), timeout, context, job.assets, job.step), job.parameters
            )
            self._require_a_file()
        except (SerializationError, InfrastructureError) as error:
            return Raised(error)
        executor = self._running_executor()
        try:
            packed = executor.submit(_carry_out, parcel).result(None if timeout is None else timeout + GRACE_S)
        except NotInTime:
            self._left_behind = True
            return Raised(Deadline(timeout or 0), timed_out=True)
        except BrokenExecutor:
            self._replace(executor)
            return Raised(
                InfrastructureError(
                    f"The process in which the task {job.task.name!r} ran has died. It may have used up the memory, or "
                    "been killed; retries=1 or more would run it again."
                )
            )
        answer: Answer = cloudpickle.loads(packed)
        if job.assets is not None:
            job.assets.materialization_metadata.update(answer.told_of_assets)
        return answer.outcome

    def _require_a_file(self) -> None:
        """Raise `InfrastructureError` where processes cannot load the main program, as it was read from no file."""
        path = getattr(sys.modules["__main__"], "__file__", None)
        if path is not None and path.startswith("<"):
            raise InfrastructureError(
                f"The main program was read from {path}, which is no file, so that the processes of "
                "ProcessPoolTaskRunner cannot load it. Write it to a file, and run `python file.py`."
            )

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
    timeout: float | None
    context: CarriedContext
    assets: AssetContext | None = None
    step: str | None = None


class Answer(NamedTuple):
    """What a call came to, and what was told in it of the assets that its task makes."""

    outcome: Outcome
    told_of_assets: dict[str, dict[str, Any]]


def _packed(parcel: Parcel, parameters: Mapping[str, Any]) -> bytes:
    for name, value in parameters.items():
        _require_pickles(value, f"The argument {name!r} of the task {parcel.task.name!r}")
    try:
        return _dumped(parcel)
    except SerializationError:
        context = parcel.context
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
    ensure_logging_setup()
    outcome = _called(call)
    recorder().flush()
    if isinstance(outcome, Raised):
        return _packed_error(outcome, call)
    try:
        return _require_pickles(_answer(outcome, call), f"The result of the task {call.task.name!r}")
    except SerializationError as error:
        return _packed_error(Raised(error), call)


def _packed_error(raised: Raised, call: Parcel) -> bytes:
    try:
        packed: bytes = cloudpickle.dumps(_answer(raised, call))
        cloudpickle.loads(packed)
    except Exception:  # noqa: BLE001  # an exception may fail to be made again from its arguments
        told = f"The task {call.task.name!r} raised {type(raised.error).__name__}: {raised.error}"
        packed = cloudpickle.dumps(_answer(Raised(RuntimeError(told)), call))
    return packed


def _answer(outcome: Outcome, call: Parcel) -> Answer:
    return Answer(outcome, {} if call.assets is None else call.assets.materialization_metadata)


def _called(call: Parcel) -> Outcome:
    prints = call.task.log_prints if call.task.log_prints is not None else call.context.log_prints
    parameters = call.task.signature.bind(call.args, call.kwargs)
    keep_out_of_logs(secret_texts({"of the flow": call.context.flow_parameters, "of the task": parameters}))
    task = TaskRunContext(
        call.task,
        call.task_run,
        parameters,
        start_time=now(),
        log_prints=prints,
        assets=call.assets,
        step=call.step,
    )
    runner = call.context.task_runner.duplicate()
    with runner, _flow_context(call.context, runner), TagsContext(call.context.tags), task, patch_print(prints):
        step = Call(call.task.fn, call.args, call.kwargs, call.timeout)
        return asyncio.run(_atake(step)) if call.task.isasync else _take(step)


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


def _take(step: Call) -> Outcome:
    """What a call came to; of a generator the list of its values."""
    outcome = step.take()
    if isinstance(outcome, Returned) and inspect.isgenerator(outcome.value):
        return Call(list, (outcome.value,), timeout=step.timeout).take()
    return outcome


async def _atake(step: Call) -> Outcome:
    outcome = await step.atake()
    if isinstance(outcome, Returned) and inspect.isasyncgen(outcome.value):
        return await Call(_gathered, (outcome.value,), timeout=step.timeout).atake()
    return outcome


async def _gathered(generator: Any) -> list[Any]:
    return [item async for item in generator]
