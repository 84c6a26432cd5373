"""Flows as older programs and tools load them: by what an entrypoint names, or by what its source says of it."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from prefect._engine.entrypoints import load_object
from prefect._engine.placeholders import arguments_of_flow, function_of, placeholder_of
from prefect._engine.recorders import recorder
from prefect.exceptions import MissingFlowError, ScriptError
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.runner.pulling import code_folder
from prefect.utilities.asyncutils import in_thread

TOLD_OF_FLOWS = frozenset({"name", "version", "retries", "retry_delay_seconds", "description", "timeout_seconds"}) | {
    *("validate_parameters", "persist_result", "cache_result_in_memory", "log_prints"),
}


def load_function_and_convert_to_flow(entrypoint: str) -> Flow[..., Any]:
    """The flow that an entrypoint names; a function that is none is made one, which logs what it prints.

    Raises `RuntimeError` where there is no such function, `ScriptError` where its file cannot be run.
    """
    try:
        found = load_object(entrypoint)
    except MissingFlowError as error:
        raise RuntimeError(f"There is no function that could become a flow: {error}") from error
    return found if isinstance(found, Flow) else Flow(found, log_prints=True)


def load_placeholder_flow(entrypoint: str, raises: Exception) -> Flow[..., Any]:
    """A flow with the name, the parameters and the options that the source tells; called, it raises an error.

    Raises `ValueError` where the source shows no such flow.
    """
    placeholder = placeholder_of(entrypoint, raises)
    if placeholder is None:
        raise ValueError(f"The source shows no flow of the entrypoint {entrypoint!r}.")
    return Flow(placeholder.fn, **placeholder.options)


def safe_load_flow_from_entrypoint(entrypoint: str) -> Flow[..., Any] | None:
    """The flow that an entrypoint names, or what its source says of it; None where that is not enough.

    Raises `MissingFlowError` where there is no such file or function.
    """
    try:
        return load_flow_from_entrypoint(entrypoint)
    except ScriptError:
        return None


def load_flow_arguments_from_entrypoint(entrypoint: str, arguments: set[str] | None = None) -> dict[str, Any]:
    """What `@flow` is told in the source, without running the file; the name is always among it.

    Raises `ValueError` where there is no such function.
    """
    told = arguments_of_flow(entrypoint)
    return {name: value for name, value in told.items() if name in (arguments or TOLD_OF_FLOWS)}


def is_entrypoint_async(entrypoint: str) -> bool:
    """Whether an entrypoint's function is `async def`, by its source. Raises `ValueError` where there is none."""
    return isinstance(function_of(entrypoint), ast.AsyncFunctionDef)


async def load_flow_from_flow_run(
    client: Any,
    flow_run: Any,
    ignore_storage: bool = False,
    storage_base_path: str | None = None,
    use_placeholder_flow: bool = True,
) -> Flow[..., Any]:
    """The flow of a recorded run, out of the code of its deployment, which is brought here first.

    With `ignore_storage` it is loaded from where the program stands; `storage_base_path` stands for the folder of a
    deployment whose code is on this host. Raises `ValueError` for a run whose deployment does not say where its flow
    is, and what bringing and loading it raises. The client is taken for older programs.
    """
    return await in_thread(flow_of_run, flow_run, ignore_storage, storage_base_path, use_placeholder_flow)


def flow_of_run(
    flow_run: Any, ignore_storage: bool = False, base: str | None = None, use_placeholder_flow: bool = True
) -> Flow[..., Any]:
    """As `load_flow_from_flow_run`."""
    assigned = recorder().ledger.assignment(flow_run.id)
    deployment = assigned.deployment if assigned is not None else None
    if deployment is None:
        raise ValueError(f"The flow run {flow_run.name!r} has no deployment that would say where its flow is.")
    if not deployment.entrypoint:
        raise ValueError(f"The deployment {deployment.name!r} does not say where its flow is; it has no entrypoint.")
    place = deployment.entrypoint
    if place.partition(":")[0].endswith(".py") and not ignore_storage:
        file, _, name = place.rpartition(":")
        folder = Path(base) if base is not None and not deployment.pull_steps else code_folder(deployment, None)
        place = f"{folder / file}:{name}"
    return load_flow_from_entrypoint(place, use_placeholder_flow)


__all__ = [
    "is_entrypoint_async",
    "load_flow_arguments_from_entrypoint",
    "load_flow_from_flow_run",
    "load_function_and_convert_to_flow",
    "load_placeholder_flow",
    "safe_load_flow_from_entrypoint",
]
