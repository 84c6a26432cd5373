"""The contexts of a run on their way to another process, in which tasks of the run are carried out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import cloudpickle

from prefect._clock import now
from prefect._engine.assets import making_of
from prefect._engine.recorders import recorder
from prefect.context import FlowRunContext, TagsContext, TaskRunContext, current_tags
from prefect.results import ResultStore
from prefect.settings.current import get_current_settings, in_force, settings_of_environment


def serialize_context(asset_ctx_kwargs: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The contexts of here and now as a dict that can be pickled; an empty part says that there is no such context.

    `asset_ctx_kwargs` names the `task` that another process is to carry out, its `task_run_id`, and by parameter the
    runs in its `task_inputs`: the assets that these have made travel along.
    """
    context = FlowRunContext.get()
    return {
        "flow_run_context": _of_flow_run(context, _lineage_of_inputs(context, asset_ctx_kwargs or {})),
        "task_run_context": _of_task_run(TaskRunContext.get()),
        "tags_context": {"current_tags": sorted(current_tags())} if current_tags() else {},
        "settings_context": {"settings": get_current_settings().to_environment_variables()},
    }


def _lineage_of_inputs(context: FlowRunContext | None, told: Mapping[str, Any]) -> dict[str, Any]:
    """The assets of the runs whose results a task is given; the flow notes what the task passes on in its turn."""
    task = told.get("task")
    if context is None or task is None:
        return {}
    given = [str(source.id) for sources in told.get("task_inputs", {}).values() for source in sources]
    if task.assets or task.asset_deps or context.lineage:
        making_of(task, told["task_run_id"], given, context)
    return {source: context.lineage[source] for source in given if source in context.lineage}


def _of_flow_run(context: FlowRunContext | None, lineage: dict[str, Any]) -> dict[str, Any]:
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
        "lineage": lineage,
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
    flow = cloudpickle.loads(told["flow"])
    found = {
        "flow": flow,
        "result_store": None if storage is None else ResultStore(storage[0], serializer=storage[1]),
    }
    return FlowRunContext(
        **{**told, **found},
        task_runner=stack.enter_context(flow.task_runner.duplicate()),
        start_time=now(),
        recorder=recorder(),
    )
