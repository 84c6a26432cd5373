"""The contexts of a run on their way to another process, in which tasks of the run are carried out."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import lru_cache
from hashlib import sha256
from typing import Any

import cloudpickle

from prefect._clock import now
from prefect._engine.assets import making_of
from prefect._engine.recorders import handed_over_to, recorder
from prefect.context import FlowRunContext, TagsContext, TaskRunContext, current_tags
from prefect.results import ResultStore
from prefect.settings.current import Settings, get_current_settings, in_force, settings_of_environment
from prefect.task_runners import TaskRunner

LARGEST_KEPT = 1024 * 1024
"""Bytes of what is kept as it was read, for the next task that brings the same."""


class Packed:
    """A part of the contexts, pickled once for all tasks that it goes with, and mostly read once by a process."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self._token = sha256(content).hexdigest()

    @classmethod
    def of(cls, value: Any) -> Packed:
        return cls(cloudpickle.dumps(value))

    def read(self) -> Any:
        """What was packed; whoever reads it shares it."""
        return _read(self.content) if len(self.content) <= LARGEST_KEPT else cloudpickle.loads(self.content)

    def __reduce__(self) -> tuple[Any, ...]:
        return Packed, (self.content,)

    def __dask_tokenize__(self) -> str:
        return self._token


@lru_cache(maxsize=8)
def _read(content: bytes) -> Any:
    return cloudpickle.loads(content)


@lru_cache(maxsize=8)
def _settings_with(told: tuple[tuple[str, str], ...], here: Settings) -> Settings:
    """The settings of another process; `here` are those that say the rest."""
    return settings_of_environment(dict(told))


@lru_cache(maxsize=8)
def _told(settings: Settings) -> tuple[tuple[str, str], ...]:
    return tuple(settings.to_environment_variables().items())


def serialize_context(asset_ctx_kwargs: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The contexts of here and now as a dict that can be pickled; an empty part says that there is no such context.

    `asset_ctx_kwargs` names the `task` that another process is to carry out, its `task_run_id`, and by parameter the
    runs in its `task_inputs`: the assets that these have made travel along.
    """
    context = FlowRunContext.get()
    flow_run = _of_flow_run(context)
    if context is not None and asset_ctx_kwargs:
        flow_run["lineage"] = _lineage_of_inputs(context, asset_ctx_kwargs)
        flow_run["collected_at"] = context.recorder.collected_at() if context.recorder is not None else None
    return {
        "flow_run_context": flow_run,
        "task_run_context": _of_task_run(TaskRunContext.get()),
        "tags_context": {"current_tags": sorted(current_tags())} if current_tags() else {},
        "settings_context": {"settings": dict(_told(get_current_settings()))},
    }


def _lineage_of_inputs(context: FlowRunContext, told: Mapping[str, Any]) -> dict[str, Any]:
    """The assets of the runs whose results a task is given; the flow notes what the task passes on in its turn."""
    task = told.get("task")
    if task is None:
        return {}
    given = [str(source.id) for sources in told.get("task_inputs", {}).values() for source in sources]
    if task.assets or task.asset_deps or context.lineage:
        making_of(task, told["task_run_id"], given, context)
    return {source: context.lineage[source] for source in given if source in context.lineage}


def _of_flow_run(context: FlowRunContext | None) -> dict[str, Any]:
    """The context of a flow run, as it is when the first of its tasks is handed over."""
    if context is None:
        return {}
    if context.packed is None:
        context.packed = Packed.of(_parts_of(context))
    return {"packed": context.packed}


def _parts_of(context: FlowRunContext) -> dict[str, Any]:
    store = context.result_store
    return {
        "flow": context.flow,
        "flow_run": context.flow_run,
        "parameters": context.parameters,
        "log_prints": context.log_prints,
        "persist_result": context.persist_result,
        "result_store": None if store is None else (store.result_storage, store.serializer),
    }


def _of_task_run(context: TaskRunContext | None) -> dict[str, Any]:
    if context is None:
        return {}
    return {
        "task": cloudpickle.dumps(context.task),
        "task_run": context.task_run,
        "parameters": context.parameters,
        "log_prints": context.log_prints,
        "persist_result": context.persist_result,
    }


@contextmanager
def hydrated_context(serialized_context: Mapping[str, Any] | None = None, client: Any = None) -> Iterator[None]:
    """Have the contexts that `serialize_context` gave hold inside the block, in whatever process.

    `client` is taken for older programs.
    """
    told = serialized_context or {}
    with ExitStack() as stack:
        if settings := told.get("settings_context"):
            told_settings = tuple(settings["settings"].items())
            stack.enter_context(in_force(_settings_with(told_settings, get_current_settings())))
        if flow_run := told.get("flow_run_context"):
            stack.enter_context(_flow_run_context(flow_run, stack))
        if tags := told.get("tags_context"):
            stack.enter_context(TagsContext(frozenset(tags["current_tags"])))
        if task_run := told.get("task_run_context"):
            stack.enter_context(TaskRunContext(**{**task_run, "task": cloudpickle.loads(task_run["task"])}))
        yield


def _flow_run_context(told: Mapping[str, Any], stack: ExitStack) -> FlowRunContext:
    parts = told["packed"].read()
    storage = parts["result_store"]
    found = {
        "parameters": dict(parts["parameters"]),
        "result_store": None if storage is None else ResultStore(storage[0], serializer=storage[1]),
        "lineage": told.get("lineage") or {},
    }
    stack.enter_context(handed_over_to(told.get("collected_at")))
    task_runner = stack.enter_context(parts["flow"].task_runner.duplicate())
    stack.callback(_finish, task_runner)
    return FlowRunContext(
        **{**parts, **found},
        task_runner=task_runner,
        start_time=now(),
        recorder=recorder(),
        packed=told["packed"],
    )


def _finish(task_runner: TaskRunner) -> None:
    """Wait for what was submitted here and nobody has waited for; others may have this place in a Dask cluster then."""
    if task_runner.has_unfinished and (dask := sys.modules.get("distributed")) is not None:
        with suppress(ValueError):  # this is no thread of a worker
            dask.secede()
    task_runner.finish(failed=False)
