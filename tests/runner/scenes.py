"""What tests of the runner need: a deployed flow, runs of it, a runner at work, and waiting for what must come."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from prefect._clock import new_id, now
from prefect._domain.flow_runs import FlowRun
from prefect._domain.states import State, StateType
from prefect._engine.recorders import recorder
from prefect._orchestration import deployments, flow_runs
from prefect.runner.source import EmbeddedSource
from prefect.runner.starter import RunStarter
from tests import recorded

LONG = 30.0
"""Seconds that nothing here should take."""
HEAD = """
import asyncio, os, select, signal, subprocess, sys, time
from pathlib import Path
from prefect import flow, get_run_logger, task

def note(name, text=""):
    with open(name, "a") as file:
        file.write(f"{text}\\n")

"""
T = TypeVar("T")
ALONE = """
import sys
from datetime import timedelta
from uuid import UUID
from prefect._engine.recorders import recorder
from prefect.runner.starter import RunStarter, stopped_by_signals
from prefect.runner.source import EmbeddedSource

source = EmbeddedSource(recorder().db, deployment_ids=[UUID(sys.argv[1])], lease=timedelta(seconds=float(sys.argv[2])))
runner = RunStarter(source, grace_seconds=1.0, limit=2)
with stopped_by_signals(runner):
    runner.run()
"""


def deployed(code: str, *, entrypoint: str = "flows.py:around", **fields: Any) -> UUID:
    """A deployment of the flow `around` that a file in the working directory defines."""
    Path("flows.py").write_text(HEAD + code)
    known = {"path": str(Path.cwd()), "entrypoint": entrypoint, **fields}
    schedules = known.pop("schedules", [])
    return deployments.apply(recorder().db, "around", "test", schedules, now=now(), new_id=new_id, **known).id


def triggered(deployment_id: UUID, **parameters: Any) -> FlowRun:
    """A run of a deployment that waits to be started."""
    wanted = deployments.WantedRun(new_id(), "run", parameters)
    return deployments.create_run(recorder().db, deployment_id, wanted, now=now(), state_id=new_id())


@contextmanager
def running(deployment_id: UUID, *, claim_seconds: float = 60.0, **options: Any) -> Iterator[RunStarter]:
    """A runner at work on a deployment's runs; at the end of the block it ends what still runs."""
    source = options.pop("source", None) or EmbeddedSource(
        recorder().db, deployment_ids=[deployment_id], lease=timedelta(seconds=claim_seconds)
    )
    runner = RunStarter(source, **{"grace_seconds": 1.0, **options})
    thread = threading.Thread(target=runner.run)
    thread.start()
    try:
        yield runner
    finally:
        runner.stop(now=True)
        thread.join()


@contextmanager
def running_alone(deployment_id: UUID, *, claim_seconds: float = 60.0) -> Iterator[subprocess.Popen[str]]:
    """A runner at work in a process of its own, which is killed at the end of the block."""
    command = [sys.executable, "-c", ALONE, str(deployment_id), str(claim_seconds)]
    process = subprocess.Popen(command, text=True, stderr=subprocess.PIPE)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def found(look: Callable[[], T | None], what: str, within: float = LONG) -> T:
    """What a look finds, in good time."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        seen = look()
        if seen:
            return seen
        time.sleep(0.02)
    raise AssertionError(f"In {within:.0f} s there was no {what}.")


def written(name: str) -> str:
    """What a run wrote into a file, once it is there."""
    return found(lambda: Path(name).read_text() if Path(name).exists() else None, f"file {name}").strip()


def now_as(run: FlowRun) -> FlowRun:
    """A run as it is now."""
    current = flow_runs.read(recorder().db, run.id)
    assert current is not None
    return current


def state_of(run: FlowRun) -> State:
    state = now_as(run).state
    assert state is not None
    return state


def ended(run: FlowRun, within: float = LONG) -> State:
    """The state in which a run ended."""
    return found(lambda: state if (state := state_of(run)).is_final() else None, "end of the run", within)


def cancel(run: FlowRun) -> None:
    """Ask for a run to be ended."""
    state = State(StateType.CANCELLING, "Cancelling", id=new_id(), timestamp=now())
    flow_runs.set_state(recorder().db, run.id, state, now=now(), spare_id=new_id())


def printed(run: FlowRun) -> list[str]:
    """What the processes of a run printed, as it was kept."""
    return [line.message for line in recorded.log_lines(run) if line.name == "prefect.flow_runs.output"]


def is_alive(pid: int) -> bool:
    """Whether a process is at work; one that waits to be buried is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
