"""The contexts of a run on their way to another process, in which tasks of the run are carried out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import cloudpickle

from prefect._clock import now
from prefect._engine.recorders import recorder
from prefect.context import FlowRunContext, TagsContext, TaskRunContext, current_tags
from prefect.results import ResultStore
from prefect.settings.current import get_current_settings, in_force, settings_of_environment
from prefect.task_runners import ThreadPoolTaskRunner


def serialize_context(asset_ctx_kwargs: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The contexts of here and now as a dict that can be pickled; an empty part says that there is no such context.

    `asset_ctx_kwargs` is taken for packages that give it.
    """
    return {
        "flow_run_context": _of_flow_run(FlowRunContext.get()),
        "task_run_context": _of_task_run(TaskRunContext.get()),
        "tags_context": {"current_tags": sorted(current_tags())} if current_tags() else {},
        "settings_context": {"settings": get_current_settings().to_environment_variables()},
    }


def _of_flow_run(context: FlowRunContext | None) -> dict[str, Any]:
    if context is None:
        return {}
    store = context.result_store
    return {
        "flow": cloudpickle.dumps(context.flow),
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
            stack.enter_context(in_force(settings_of_environment(settings["settings"])))
        if flow_run := told.get("flow_run_context"):
            stack.enter_context(_flow_run_context(flow_run, stack))
        if tags := told.get("tags_context"):
            stack.enter_context(TagsContext(frozenset(tags["current_tags"])))
        if task_run := told.get("task_run_context"):
            stack.enter_context(TaskRunContext(**{**task_run, "task": cloudpickle.loads(task_run["task"])}))
        yield


def _flow_run_context(told: Mapping[str, Any], stack: ExitStack) -> FlowRunContext:
    storage = told["result_store"]
    found = {
        "flow": cloudpickle.loads(told["flow"]),
        "result_store": None if storage is None else ResultStore(storage[0], serializer=storage[1]),
    }
    return FlowRunContext(
        **{**told, **found},
        task_runner=stack.enter_context(ThreadPoolTaskRunner()),
        start_time=now(),
        recorder=recorder(),
    )
