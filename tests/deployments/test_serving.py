"""Programs that serve their flows: no server is anywhere, and Ctrl-C ends them well."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TypeVar
from uuid import UUID

import pytest

from prefect import aserve, flow, serve
from prefect._clock import new_id, now
from prefect._domain.flow_runs import FlowRun
from prefect._engine.recorders import recorder
from prefect._orchestration.deployments import Found, WantedRun, create_run, list_deployments
from tests.recorded import flow_runs

T = TypeVar("T")
PROGRAM = """
import sys
from prefect import flow, serve

@flow(log_prints=True)
def greet(name: str = "you"):
    print(f"Hello {name}")

@flow
def slow():
    import time
    from pathlib import Path
    Path("started").touch()
    time.sleep(1)

if __name__ == "__main__":
    %s
"""


def soon(look: Callable[[], T | None], what: str) -> T:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        seen = look()
        if seen:
            return seen
        time.sleep(0.02)
    raise AssertionError(f"There was no {what}.")


@contextmanager
def program(line: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A program that serves, once it says that it does."""
    Path("flows.py").write_text(PROGRAM % line)
    process = subprocess.Popen(
        [sys.executable, "flows.py"],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def read_until(stream: IO[str] | None, word: str) -> str:
    assert stream is not None
    lines = []
    for line in stream:
        lines.append(line)
        if word in line:
            return "".join(lines)
    raise AssertionError(f"{word!r} was not said: {''.join(lines)}")


def the_deployment(name: str) -> Found:
    (found,) = [one for one in list_deployments(recorder().db, limit=10) if one.deployment.name == name]
    return found


def triggered(found: Found, **parameters: object) -> UUID:
    wanted = WantedRun(new_id(), "run", parameters)
    return create_run(recorder().db, found.deployment.id, wanted, now=now(), state_id=new_id()).id


def ended(flow_run_id: UUID) -> FlowRun:
    def look() -> FlowRun | None:
        return next((r for r in flow_runs() if r.id == flow_run_id and r.state and r.state.is_final()), None)

    return soon(look, "end of the run")


def test_a_served_flow_runs_when_it_is_triggered_and_ctrl_c_pauses_it() -> None:
    with program("greet.serve('x', cron='0 8 * * *', tags=['served'])") as process:
        said = read_until(process.stdout, "Ctrl-C")
        run = ended(triggered(the_deployment("x"), name="me"))
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=20)

    assert "prefect deployment run 'greet/x'" in said
    assert run.state is not None
    assert run.state.is_completed(), run.state.message
    assert run.tags == ["served"]
    assert process.returncode == 0, rest
    assert "Traceback" not in rest
    assert the_deployment("x").deployment.paused


def test_schedules_are_planned_and_run_without_a_server() -> None:
    with program("greet.serve('x', interval=1, pause_on_shutdown=False)") as process:
        read_until(process.stdout, "Ctrl-C")
        soon(lambda: len([r for r in flow_runs() if r.state and r.state.is_completed()]) >= 2, "second scheduled run")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)

    assert process.returncode == 0
    assert not the_deployment("x").deployment.paused


def test_runs_at_work_end_before_the_program_does() -> None:
    with program("serve(greet.to_deployment('a'), slow.to_deployment('b'), limit=1)") as process:
        read_until(process.stdout, "Ctrl-C")
        run_id = triggered(the_deployment("b"))
        soon(lambda: Path("started").exists(), "start of the run")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)

    state = ended(run_id).state
    assert state is not None
    assert state.is_completed(), state.message


@pytest.mark.long
def test_what_was_paused_at_the_end_goes_on_when_it_is_served_again() -> None:
    for _ in range(2):
        with program("greet.serve(__file__, interval=3600)") as process:
            read_until(process.stdout, "Ctrl-C")
            assert not the_deployment("flows").deployment.paused
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=20)
        assert the_deployment("flows").deployment.paused


def test_a_served_program_says_that_it_lives(unused_port: int) -> None:
    port = str(unused_port)
    with program("greet.serve('x', webserver=True)", PREFECT_RUNNER_SERVER_PORT=port) as process:
        read_until(process.stdout, "Ctrl-C")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            assert json.load(answer) == {"message": "OK"}
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


def test_awaited_serving_ends_when_it_is_cancelled(capfd: pytest.CaptureFixture[str]) -> None:
    async def serve_a_while() -> None:
        Path("flows.py").write_text(PROGRAM % "pass")
        greet = await flow.from_source(".", "flows.py:greet")
        serving = asyncio.ensure_future(aserve(await greet.ato_deployment("x")))
        await asyncio.to_thread(soon, lambda: list_deployments(recorder().db, limit=1), "deployment")
        run = await asyncio.to_thread(ended, triggered(the_deployment("x")))
        assert run.state is not None
        assert run.state.is_completed(), run.state.message
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving

    asyncio.run(serve_a_while())

    assert the_deployment("x").deployment.paused
    assert "Serving greet/x" in capfd.readouterr().out
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("prefect-runner")] == []


def test_serving_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to serve"):
        serve()


@pytest.mark.long
def test_a_runner_serves_what_is_added_to_it() -> None:
    line = "from prefect.runner import Runner; r = Runner(limit=1); print(r.add_flow(greet, 'x')); r.start()"
    with program(line) as process:
        assert process.stdout is not None
        added = UUID(process.stdout.readline().strip())
        run = ended(triggered(the_deployment("x")))
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)

    assert added == the_deployment("x").deployment.id
    assert run.state is not None
    assert run.state.is_completed(), run.state.message
    assert process.returncode == 0
