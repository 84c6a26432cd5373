"""Transitions proposed by others than the engine, and the runs in a value: prefect-aws, -dask, -kubernetes, -ray."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Generator
from typing import Any
from uuid import UUID

from prefect._domain.states import State, exception_of, result_of
from prefect._engine.naming import logs_prints_by_default
from prefect._engine.signals import TerminationRaised, terminates_runs
from prefect._wire.states import RunInput, TaskRunResult
from prefect.client.orchestration import PrefectClient, SyncPrefectClient
from prefect.context import FlowRunContext
from prefect.exceptions import Abort, Pause, UpstreamTaskError
from prefect.futures import PrefectFuture
from prefect.utilities.annotations import allow_failure
from prefect.utilities.collections import visit_collection


def propose_state_sync(client: SyncPrefectClient, state: State, flow_run_id: UUID, force: bool = False) -> State:
    """Propose a state to a flow run and give the state that it has then; waits where it is told to.

    Raises `Abort` where the transition is refused for good, `Pause` where the run is paused instead.
    """
    asking = _asking()
    seconds = next(asking)
    while True:
        time.sleep(seconds)
        try:
            seconds = asking.send(client.set_flow_run_state(flow_run_id, state, force=force))
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]  # StopIteration does not know its type


async def propose_state(client: PrefectClient, state: State, flow_run_id: UUID, force: bool = False) -> State:
    """As `propose_state_sync`, awaited."""
    asking = _asking()
    seconds = next(asking)
    while True:
        await asyncio.sleep(seconds)
        answer = client.set_flow_run_state(flow_run_id, state, force=force)
        try:
            seconds = asking.send(await answer)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]  # same


def _asking() -> Generator[float, Any, State]:
    """The seconds to wait before each question; takes the answers, and ends with the state."""
    seconds = 0.0
    while True:
        answer = yield seconds
        if answer.status == "WAIT":
            seconds = float(answer.details.delay_seconds)
            continue
        if answer.status == "ABORT":
            raise Abort(answer.details.reason)
        entered: State = answer.state
        if answer.status == "REJECT" and entered.is_paused():
            raise Pause(answer.details.reason, state=entered)
        return entered


def collect_task_run_inputs_sync(expr: Any, future_cls: Any = PrefectFuture, max_depth: int = -1) -> set[RunInput]:
    """The runs that stand in a value as futures or states."""
    inputs: set[RunInput] = set()

    def seen(item: Any) -> Any:
        if isinstance(item, future_cls) and getattr(item, "task_run_id", None) is not None:
            inputs.add(TaskRunResult(id=item.task_run_id))
        elif isinstance(item, State) and item.state_details.task_run_id is not None:
            inputs.add(TaskRunResult(id=item.state_details.task_run_id))
        return item

    visit_collection(expr, seen, max_depth=max_depth)
    return inputs


async def collect_task_run_inputs(expr: Any, max_depth: int = -1) -> set[RunInput]:
    """As `collect_task_run_inputs_sync`."""
    return collect_task_run_inputs_sync(expr, max_depth=max_depth)


def resolve_inputs_sync(parameters: Any, return_data: bool = True, max_depth: int = -1) -> Any:
    """The parameters with the results of the runs in them in their places; None without `return_data`.

    Waits for them. Raises `UpstreamTaskError` where one has not completed.
    """

    def resolved(item: Any, context: dict[str, Any]) -> Any:
        result = resolve_to_final_result(item, context)
        return result if return_data else item

    walked = visit_collection(parameters, resolved, return_data=True, max_depth=max_depth, context={})
    return walked if return_data else None


async def resolve_inputs(parameters: Any, return_data: bool = True, max_depth: int = -1) -> Any:
    """As `resolve_inputs_sync`, in another thread."""
    return await asyncio.to_thread(resolve_inputs_sync, parameters, return_data, max_depth)


def resolve_to_final_result(expr: Any, context: dict[str, Any]) -> Any:
    """The result of a future or state, once its run has ended; anything else as it is. For `visit_collection`.

    Raises `UpstreamTaskError` where the run has not completed, unless `allow_failure` is around it: then its exception
    is the result.
    """
    if isinstance(expr, PrefectFuture):
        expr.wait()
        return resolve_to_final_result(expr.state, context)
    if not isinstance(expr, State):
        return expr
    if expr.is_completed():
        return result_of(expr)
    if isinstance(context.get("annotation"), allow_failure):
        left = result_of(expr, raise_on_failure=False)
        return exception_of(expr) if left is None else left
    told = expr.state_details.task_run_id
    raise UpstreamTaskError(f"Upstream task run '{told}' did not reach a 'COMPLETED' state.")


def should_log_prints(flow_or_task: Any) -> bool:
    """Whether what a flow or task prints is logged: as it says, else as the run around it does, else the settings."""
    if flow_or_task.log_prints is not None:
        return bool(flow_or_task.log_prints)
    around = FlowRunContext.get()
    return around.log_prints if around is not None else logs_prints_by_default()


async def check_api_reachable(client: PrefectClient, fail_message: str) -> None:
    """Raise `RuntimeError`, beginning with the message, where the client's server does not answer."""
    error = await client.api_healthcheck()
    if error is not None:
        raise RuntimeError(f"{fail_message}. Failed to reach API at {client.api_url}.") from error


def capture_sigterm() -> TerminationRaised:
    """A block inside of which SIGTERM raises `TerminationSignal`, unless the program treats it itself."""
    return TerminationRaised()


def is_prefect_sigterm_handler_installed() -> bool:
    """Whether one is inside of such a block, or of a run."""
    return terminates_runs()
