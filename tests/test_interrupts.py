"""What ends a process from outside: every run ends in the right state, and nothing is left running."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

HEAD = """
import asyncio, os, pathlib, sys, time, uuid
from prefect import flow, task
from prefect.task_runners import ThreadPoolTaskRunner, ProcessPoolTaskRunner

def ready():
    pathlib.Path("ready").touch()

"""
SEQUENTIAL = """
@task
def wait():
    ready()
    time.sleep(60)

@flow(log_prints=True, on_crashed=[lambda flow, run, state: pathlib.Path("hook").write_text(state.message)])
def around():
    wait()

if __name__ == "__main__":
    around()
"""
SUBMITTED = """
@task
def wait():
    ready()
    time.sleep(60)

@flow
def around():
    for _ in range(3):
        wait.submit()

if __name__ == "__main__":
    around()
"""
SUBFLOW = """
@task
def wait():
    ready()
    time.sleep(60)

@flow
def inner():
    wait()

@flow
def outer():
    inner()

if __name__ == "__main__":
    outer()
"""
ASYNC = """
@task
async def wait():
    ready()
    await asyncio.sleep(60)

@flow
async def around():
    await wait()

if __name__ == "__main__":
    asyncio.run(around())
"""
PROCESSES = """
@task
def wait():
    pathlib.Path(f"worker-{os.getpid()}").touch()
    ready()
    time.sleep(60)

@flow(task_runner=ProcessPoolTaskRunner(max_workers=2))
def around():
    wait.submit().result()

if __name__ == "__main__":
    around()
"""
SHAPES = {
    "sequential": SEQUENTIAL,
    "submitted": SUBMITTED,
    "subflow": SUBFLOW,
    "async": ASYNC,
    "processes": PROCESSES,
}
MESSAGES = {
    signal.SIGINT: "Execution was aborted by an interrupt signal.",
    signal.SIGTERM: "Execution was aborted by a termination signal.",
}


def started(program: str, *, until_ready: bool = True, **environment: str) -> subprocess.Popen[str]:
    """A program in a process of its own, at its task."""
    Path("program.py").write_text(HEAD + program, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "program.py"],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    ends = time.monotonic() + 30
    while until_ready and not Path("ready").exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < ends
        time.sleep(0.01)
    return process


def listed(what: str) -> list[dict[str, Any]]:
    told = subprocess.run(
        [sys.executable, "-m", "prefect", what, "ls", "-o", "json"], capture_output=True, text=True, check=True
    )
    found: list[dict[str, Any]] = json.loads(told.stdout)
    return found


def states(what: str) -> list[str]:
    return [run["state"]["name"] for run in listed(what)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("sent", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.long)])
def test_an_interrupted_run_crashes_and_so_do_its_tasks(shape: str, sent: signal.Signals) -> None:
    process = started(SHAPES[shape])
    asked = time.monotonic()
    process.send_signal(sent)
    _, errors = process.communicate(timeout=20)

    assert time.monotonic() - asked < 10
    assert process.returncode != 0
    assert set(states("flow-run")) == {"Crashed"}, errors
    assert set(states("task-run")) == {"Crashed"}, errors
    if shape != "async" or sent is signal.SIGTERM:  # asyncio itself makes a cancellation of Ctrl-C
        assert {run["state"]["message"] for run in listed("flow-run")} == {MESSAGES[sent]}
    for worker in Path().glob("worker-*"):
        assert not is_alive(int(worker.name.removeprefix("worker-")))


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0]


def test_the_crash_hook_is_called() -> None:
    process = started(SEQUENTIAL)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)

    assert Path("hook").read_text() == MESSAGES[signal.SIGTERM]


@pytest.mark.parametrize(("code", "told"), [("sys.exit(3)", 3), ("sys.exit()", 0), ("raise SystemExit('bye')", 1)])
def test_an_exit_from_inside_crashes_the_run_and_keeps_its_code(code: str, told: int) -> None:
    process = started(f"@flow\ndef around():\n    {code}\n\naround()\n", until_ready=False)
    process.communicate(timeout=20)

    assert process.returncode == told
    assert states("flow-run") == ["Crashed"]
    assert listed("flow-run")[0]["state"]["message"] == "Execution was aborted by Python system exit call."


@pytest.mark.long
def test_a_killed_run_is_marked_crashed_by_the_next_process_when_its_lease_has_run_out() -> None:
    process = started(SUBFLOW, PREFECT_FLOWS_LEASE_SECONDS="0.4")
    process.kill()
    process.communicate(timeout=20)

    ends = time.monotonic() + 10
    while "Running" in states("flow-run"):
        assert time.monotonic() < ends

    assert states("flow-run") == ["Crashed", "Crashed"]
    assert set(states("task-run")) == {"Crashed"}
    for run in listed("flow-run"):
        assert "died" in run["state"]["message"]


def test_a_run_that_lives_keeps_its_lease() -> None:
    process = started(SEQUENTIAL, PREFECT_FLOWS_LEASE_SECONDS="0.3")
    ends = time.monotonic() + 1.2
    while time.monotonic() < ends:
        assert states("flow-run") == ["Running"]
    process.kill()
    process.communicate(timeout=20)


@pytest.mark.long
def test_what_completed_before_a_kill_is_not_done_again_by_the_same_run() -> None:
    program = """
@task(persist_result=True)
def step(name):
    with open("steps", "a") as file:
        file.write(name)
    return name

@flow
def around():
    step("a")
    step("b")
    if not os.path.exists("ready"):
        ready()
        time.sleep(60)
    return step("c")

if __name__ == "__main__":
    again = os.environ.get("RUN_AGAIN")
    around.run({}, flow_run_id=again and uuid.UUID(again))
"""
    process = started(program, PREFECT_FLOWS_LEASE_SECONDS="0.2")
    process.kill()
    process.communicate(timeout=20)
    (run,) = listed("flow-run")

    again = started(program, until_ready=False, RUN_AGAIN=run["id"], PREFECT_FLOWS_LEASE_SECONDS="0.2")
    out, errors = again.communicate(timeout=20)

    assert again.returncode == 0, errors
    assert Path("steps").read_text() == "abc"
    (run,) = listed("flow-run")
    assert run["state"]["name"] == "Completed", out


@pytest.mark.skipif(not hasattr(os, "fork"), reason="it forks")
def test_sigterm_ends_a_process_that_a_flow_forked_as_python_would() -> None:
    program = (
        HEAD
        + """
import multiprocessing
@flow
def forks():
    child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,))
    child.start()
    child.terminate()
    child.join(20)
    return child.exitcode

print("ended with", forks())
"""
    )

    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)

    assert ended.stdout.endswith("ended with -15\n")
    assert "Traceback" not in ended.stderr
