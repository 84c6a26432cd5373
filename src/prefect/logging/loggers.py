"""The loggers of runs.

A run logger is an adapter that names its run in every record; the console shows that name, and the recorder's handler
stores the line with the run's id.
"""

from __future__ import annotations

import builtins
import io
import logging
import sys
import threading
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from prefect._domain.flow_runs import FlowRun
from prefect._domain.task_runs import TaskRun
from prefect.context import FlowRunContext, TaskRunContext
from prefect.exceptions import MissingContextError

if TYPE_CHECKING:
    LoggerAdapter = logging.LoggerAdapter[logging.Logger]
else:
    LoggerAdapter = logging.LoggerAdapter


class PrefectLogAdapter(LoggerAdapter):
    """An adapter that keeps the `extra` of each call beside its own."""

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        kwargs["extra"] = {**(self.extra or {}), **(kwargs.get("extra") or {})}
        return msg, kwargs

    def getChild(self, suffix: str, extra: dict[str, Any] | None = None) -> PrefectLogAdapter:
        """A logger below this one, with more to say of each record."""
        return PrefectLogAdapter(self.logger.getChild(suffix), {**(self.extra or {}), **(extra or {})})


@lru_cache(maxsize=256)
def get_logger(name: str | None = None) -> logging.Logger:
    """The logger `prefect`, or the one of that name below it."""
    root = logging.getLogger("prefect")
    if not name or name == "prefect":
        return root
    return logging.getLogger(name) if name.startswith("prefect.") else root.getChild(name)


def flow_run_logger(
    flow_run: FlowRun | None = None, flow: Any = None, flow_run_id: UUID | None = None, **extra: Any
) -> PrefectLogAdapter:
    """The logger of a flow run, of which at least the id is known."""
    if flow_run is None and flow_run_id is None:
        raise TypeError("flow_run_logger() needs a flow_run, or a flow_run_id.")
    names = {
        "flow_run_name": flow_run.name if flow_run is not None else "<unknown>",
        "flow_run_id": str(flow_run.id if flow_run is not None else flow_run_id),
        "flow_name": getattr(flow, "name", "<unknown>"),
    }
    return PrefectLogAdapter(get_logger("prefect.flow_runs"), {**names, **extra})


def task_run_logger(
    task_run: TaskRun, task: Any = None, flow_run: FlowRun | None = None, flow: Any = None, **extra: Any
) -> PrefectLogAdapter:
    """The logger of a task run."""
    names = {
        "task_run_id": str(task_run.id),
        "task_run_name": task_run.name,
        "task_name": getattr(task, "name", "<unknown>"),
        "flow_run_id": str(task_run.flow_run_id) if task_run.flow_run_id else None,
        "flow_run_name": flow_run.name if flow_run else "<unknown>",
        "flow_name": getattr(flow, "name", "<unknown>"),
    }
    return PrefectLogAdapter(get_logger("prefect.task_runs"), {**names, **extra})


def get_run_logger(context: FlowRunContext | TaskRunContext | None = None, **extra: Any) -> Any:
    """The logger of the run that is running, or of the run of `context`.

    Raises `MissingContextError` outside of runs. While `disable_run_logger()` is active, a logger that says nothing.
    """
    flow = FlowRunContext.get()
    task = TaskRunContext.get()
    if isinstance(context, FlowRunContext):
        flow, task = context, None
    elif isinstance(context, TaskRunContext):
        task = context
    if task is not None:
        return task_run_logger(task.task_run, task.task, flow.flow_run if flow else None, flow and flow.flow, **extra)
    if flow is not None:
        return flow_run_logger(flow.flow_run, flow.flow, **extra)
    if get_logger("prefect.flow_runs").disabled:
        silent = logging.getLogger("null")
        silent.disabled = True
        return silent
    raise MissingContextError(
        "There is no run to log for here. Call get_run_logger() from inside a flow or a task; elsewhere use "
        "prefect.logging.get_logger(name), or disable_run_logger() in tests of a task's function."
    )


def get_worker_logger(worker: Any, name: str | None = None) -> PrefectLogAdapter:
    """The logger of a worker."""
    worker_name = getattr(worker, "name", "<unknown>")
    return PrefectLogAdapter(get_logger(name or "prefect.workers"), {"worker_name": worker_name})


@contextmanager
def disable_logger(name: str) -> Iterator[None]:
    """Keep a logger silent inside the block."""
    logger = logging.getLogger(name)
    was_disabled, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = was_disabled


@contextmanager
def disable_run_logger() -> Iterator[None]:
    """Keep run loggers silent inside the block, so that a task's function can be called with no run around it."""
    with disable_logger("prefect.flow_runs"), disable_logger("prefect.task_runs"):
        yield


_printing = threading.Lock()
_print_depth = 0
_plain_print: Callable[..., None] = builtins.print


@contextmanager
def patch_print(enabled: bool = True) -> Iterator[None]:
    """Turn `print` into a log line of the run that is running, inside the block."""
    global _print_depth
    if not enabled:
        yield
        return
    with _printing:
        _print_depth += 1
        builtins.print = print_as_log
    try:
        yield
    finally:
        with _printing:
            _print_depth -= 1
            if not _print_depth:
                builtins.print = _plain_print


def print_as_log(*args: Any, **kwargs: Any) -> None:
    """What `print` is while a run logs its prints; outside such a run it prints as ever."""
    context = TaskRunContext.get() or FlowRunContext.get()
    if context is None or not context.log_prints or kwargs.get("file") not in (None, sys.stdout, sys.stderr):
        _plain_print(*args, **kwargs)
        return
    text = io.StringIO()
    _plain_print(*args, **{**kwargs, "file": text, "end": kwargs.get("end") or ""})
    get_run_logger().info(text.getvalue().rstrip("\n"))


class LogEavesdropper(logging.Handler):
    """Collects what a logger says inside a `with` block; `text()` gives it."""

    def __init__(self, eavesdrop_on: str, level: int = logging.NOTSET) -> None:
        super().__init__(level=level)
        self.eavesdrop_on = eavesdrop_on
        self._lines: list[str] = []
        self.formatter = logging.Formatter("[%(levelname)s]: %(message)s")

    def __enter__(self) -> LogEavesdropper:
        self._logger = logging.getLogger(self.eavesdrop_on)
        self._level_before = self._logger.level
        self._logger.setLevel(self.level)
        self._logger.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._logger.removeHandler(self)
        self._logger.setLevel(self._level_before)

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(self.format(record))

    def text(self) -> str:
        """All lines so far."""
        return "\n".join(self._lines)
