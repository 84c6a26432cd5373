"""Carrying out one recorded flow run in the process that was started for it.

    python -m prefect.engine FLOW_RUN_ID                   run its flow
    python -m prefect.engine --hooks crashed FLOW_RUN_ID   call its hooks after its process was killed

The id may also be in `PREFECT__FLOW_RUN_ID`. Who claimed the run says so with `PREFECT__FLOW_RUN_EPOCH`.
"""

from __future__ import annotations

import asyncio
import io
import os
import sys
from argparse import ArgumentParser, Namespace
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from prefect._domain.deployments import Assignment, Deployment
from prefect._domain.flow_runs import FlowRun
from prefect._domain.states import State, StateType, result_of
from prefect._domain.transitions.verdicts import Accept
from prefect._engine.drivers import drive
from prefect._engine.hooks import hooks_for_crashes, run_hooks
from prefect._engine.outcomes import new_state
from prefect._engine.recorders import recorder
from prefect._engine.redaction import redacted
from prefect.client.transports import ServerUnreachable
from prefect.exceptions import (
    Abort,
    ConfigurationError,
    MissingFlowError,
    ObjectNotFound,
    Pause,
    PrefectException,
    TerminationSignal,
)
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.logging.configuration import ensure_logging_setup
from prefect.logging.loggers import flow_run_logger
from prefect.runner.processes import EPOCH, FLOW_ENTRYPOINT, FLOW_RUN_ID, WORKING_DIR
from prefect.runner.pulling import code_folder

if TYPE_CHECKING:
    from typing_extensions import Buffer

HOOKS: dict[str, Callable[[Flow[Any, Any]], Sequence[Any]]] = {
    "crashed": hooks_for_crashes,
    "cancellation": lambda flow: flow.on_cancellation_hooks,
}


def main(arguments: Sequence[str], assignment: Assignment | None = None) -> int:
    """Do what the arguments and the environment say; the exit code: 0 where the run completed, 1 where it did not.

    Who was told the `assignment` by the starter does not ask for it.
    """
    told = _parsed(arguments)
    _write_by_lines()
    try:
        if told.hooks:
            return call_hooks(told.flow_run_id, told.hooks)
        epoch = os.environ.get(EPOCH)
        return execute(told.flow_run_id, epoch=int(epoch) if epoch else None, assigned=assignment)
    except (ObjectNotFound, Abort, ServerUnreachable, ConfigurationError) as refusal:
        print(f"The flow run {told.flow_run_id} was not carried out: {refusal}", file=sys.stderr)
        return 1
    except Pause:
        return 0
    except (SystemExit, TerminationSignal):
        return 1


def _parsed(arguments: Sequence[str]) -> Namespace:
    known = os.environ.get(FLOW_RUN_ID)
    if known and not arguments:  # as nearly all are started; a parser takes a millisecond to be made
        with suppress(ValueError):  # which the parser tells better
            return Namespace(hooks=None, flow_run_id=UUID(known))
    parser = ArgumentParser(prog="python -m prefect.engine", description="Carry out a recorded flow run here.")
    parser.add_argument("--hooks", choices=HOOKS, help="call the hooks of a run whose process was killed")
    parser.add_argument("flow_run_id", type=UUID, nargs="?" if known else None, default=known)
    return parser.parse_args(arguments)


def _write_by_lines() -> None:
    """Have each printed line leave the process at once, so that it survives whatever ends it, and without secrets."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            stream.flush()
            file = _Cleared(io.FileIO(stream.fileno(), "wb", closefd=False))
            cleared = io.TextIOWrapper(file, stream.encoding, errors="backslashreplace", line_buffering=True)
            setattr(sys, name, cleared)


class _Cleared(io.BufferedWriter):
    """A file that gets what is written without the secrets that this process has read."""

    def write(self, written: Buffer, /) -> int:
        content = bytes(written)
        text = content.decode(errors="surrogateescape")
        super().write(redacted(text).encode(errors="surrogateescape"))
        return len(content)


def execute(flow_run_id: UUID, *, epoch: int | None = None, assigned: Assignment | None = None) -> int:
    """Run the flow of a recorded run; 0 where it completed, else 1. Raises `ObjectNotFound`, `ServerUnreachable`.

    A flow that cannot be loaded ends its run as Failed. With the epoch of a claim, the run is left alone where somebody
    else has claimed it since.
    """
    assigned = assigned or _assigned(flow_run_id)
    run = assigned.run
    try:
        flow = _named_flow() or load_flow(_deployment_of(assigned), run.id)
    except ServerUnreachable:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001  # a file that is run may raise anything
        _fail(run, epoch, error)
        return 1
    return _carried_out(flow, run, epoch)


def _named_flow() -> Flow[Any, Any] | None:
    """The flow that whoever started this process names; None where it is that of the run's deployment."""
    entrypoint = os.environ.get(FLOW_ENTRYPOINT)
    return load_flow_from_entrypoint(entrypoint, use_placeholder_flow=False) if entrypoint else None


def execute_flow(flow: Flow[Any, Any], flow_run_id: UUID) -> int:
    """Run a recorded run with a flow that is at hand; 0 where it completed, else 1. Raises `ObjectNotFound`."""
    return _carried_out(flow, _recorded(flow_run_id), None)


def execute_again(flow_run_id: UUID, entrypoint: str) -> int:
    """Run a run that has ended once more, with the flow that an entrypoint names; 0 where it completed, else 1.

    Raises `ObjectNotFound`, what `load_flow_from_entrypoint` raises, and `PrefectException` for a run that has to stay
    as it is.
    """
    run = _recorded(flow_run_id)
    flow = load_flow_from_entrypoint(entrypoint, use_placeholder_flow=False)
    answer = recorder().propose(run, new_state(StateType.PENDING, message="It is run again."))
    if not isinstance(answer.verdict, Accept):
        raise PrefectException(f"The run {run.name!r} cannot be run again: {answer.verdict.reason}")
    return _carried_out(flow, answer.run, None)


def _carried_out(flow: Flow[Any, Any], run: FlowRun, epoch: int | None) -> int:
    state = _ran(flow, run, epoch)
    raised = result_of(state, raise_on_failure=False) if state.is_failed() else None
    if isinstance(raised, BaseException):
        flow_run_logger(run, flow).error("The flow raised an exception:", exc_info=raised)
    return 0 if state.is_completed() else 1


def call_hooks(flow_run_id: UUID, kind: str) -> int:
    """Call the hooks of a run that could not call them itself; what they raise is logged."""
    ensure_logging_setup()
    assigned = _assigned(flow_run_id)
    run, flow = assigned.run, load_flow(_deployment_of(assigned), flow_run_id)
    assert run.state is not None
    drive(run_hooks(HOOKS[kind](flow), flow, run, run.state, flow_run_logger(run, flow)))
    return 0


def _recorded(flow_run_id: UUID) -> FlowRun:
    return _assigned(flow_run_id).run


def _assigned(flow_run_id: UUID) -> Assignment:
    assigned = recorder().ledger.assignment(flow_run_id)
    if assigned is None:
        raise ObjectNotFound(help_message="There is no such flow run.")
    return assigned


def _deployment_of(assigned: Assignment) -> Deployment:
    if assigned.run.deployment_id is None:
        raise MissingFlowError("The run belongs to no deployment, so nothing says where its code is.")
    if assigned.deployment is None:
        raise MissingFlowError("The run's deployment does not exist any more.")
    return assigned.deployment


def load_for(flow_run_id: UUID) -> None:
    """Load the code of a recorded run, so that its process finds it loaded; nothing of this is told."""
    load_flow(_deployment_of(_assigned(flow_run_id)), None)


def load_flow(deployment: Deployment, flow_run_id: UUID | None) -> Flow[Any, Any]:
    """The flow of a deployment, for a run of it; the process is left in the folder in which it is to run.

    The folders of its code stay on `sys.path`, as they are for a program that is started there.
    """
    if not deployment.entrypoint:
        raise MissingFlowError(f"The deployment {deployment.name!r} has no entrypoint.")
    folder = code_folder(deployment, flow_run_id)
    os.chdir(folder)
    file = deployment.entrypoint.rpartition(":")[0]
    for place in dict.fromkeys((str(folder), str((folder / file).parent))):
        if place not in sys.path:
            sys.path.insert(0, place)
    flow = load_flow_from_entrypoint(deployment.entrypoint, use_placeholder_flow=False)
    if os.environ.get(WORKING_DIR):
        os.chdir(Path(os.environ[WORKING_DIR]).expanduser())
    return flow


def _ran(flow: Flow[Any, Any], run: FlowRun, epoch: int | None) -> State:
    parameters = {**flow.signature.defaults, **run.parameters}
    if flow.isgenerator:
        return _iterated(flow, parameters, run, epoch)
    called = flow.run(parameters, recorded=run, epoch=epoch, return_state=True)
    state: State = asyncio.run(called) if flow.isasync else called
    return state


def _iterated(flow: Flow[Any, Any], parameters: dict[str, Any], run: FlowRun, epoch: int | None) -> State:
    values = flow.run(parameters, recorded=run, epoch=epoch)
    try:
        if flow.isasync:
            asyncio.run(_exhausted(values))
        else:
            deque(values, maxlen=0)
    except Exception as error:  # noqa: BLE001  # the run has ended with it
        flow_run_logger(run, flow).error("The flow raised an exception:", exc_info=error)
    state = _recorded(run.id).state
    assert state is not None
    return state


async def _exhausted(values: Any) -> None:
    async for _ in values:
        pass


def _fail(run: FlowRun, epoch: int | None, error: BaseException) -> None:
    ensure_logging_setup()
    flow_run_logger(run).error("The flow could not be loaded.", exc_info=error)
    message = f"The flow could not be loaded: {type(error).__name__}: {error}"
    recorder().propose(run, new_state(StateType.FAILED, message=message), epoch=epoch)
