"""The runner's promise: a claimed run is carried out once, in a process of its own, and ends when that does."""

from __future__ import annotations

import io
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from prefect._orchestration.duties.leases import MOST_CLAIMS
from prefect.deployments import Deployment
from prefect.flows import load_flow_from_entrypoint
from prefect.runner.run_events import RunEvents
from tests import recorded
from tests.runner.scenes import (
    HEAD,
    cancel,
    deployed,
    ended,
    found,
    is_alive,
    now_as,
    printed,
    running,
    state_of,
    triggered,
    written,
)

CALL = "import sys; from prefect.engine import main; sys.exit(main([]))"
WAITING = """
@task
def wait():
    note("pid", os.getpid())
    time.sleep(60)

@flow(on_crashed=[lambda flow, run, state: note("crashed", f"{os.getpid()} {state.message}")],
      on_cancellation=[lambda flow, run, state: note("cancelled", f"{os.getpid()} {state.name}")])
def around():
    wait()
"""
FAMILY = """
STUBBORN = '''
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('ready', flush=True)
time.sleep(60)
'''

@flow
def around(leave=False):
    child = subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE)
    child.stdout.readline()
    subprocess.run(["sh", "-c", "(sleep 60 & echo $!) > forked"], check=True)
    note("pids", f"{child.pid} {Path('forked').read_text().strip()}")
    if not leave:
        time.sleep(60)
"""


def test_a_deployed_flow_runs_with_its_parameters_and_its_prints_are_kept() -> None:
    deployment = deployed(
        """
@task
def add(a, b):
    return a + b

@flow
def around(a: int, b: int = 2):
    print("adding", a, b)
    subprocess.run(["echo", "from a subprocess"])
    get_run_logger().info("logged %s", add(a, b))
"""
    )
    run = triggered(deployment, a=1)

    with running(deployment):
        state = ended(run)
        lines = found(lambda: kept if len(kept := printed(run)) == 2 else None, "output")

    assert state.is_completed()
    assert lines == ["adding 1 2", "from a subprocess"]
    assert [line for line in recorded.messages(run) if line.startswith("logged")] == ["logged 3"]
    assert recorded.history(run) == ["Scheduled", "Pending", "Running", "Completed"]
    assert recorded.names_of([task.state for task in recorded.task_runs(run.id) if task.state]) == ["Completed"]


def test_a_deployment_as_users_apply_it_runs() -> None:
    Path("flows.py").write_text(HEAD + "@flow\ndef around(name='x'):\n    note('name', name)\n")
    flow = load_flow_from_entrypoint("flows.py:around")
    deployment = Deployment.build_from_flow(flow, "d", parameters={"name": "y"}, entrypoint="flows.py:around").apply()

    with running(deployment):
        assert ended(triggered(deployment)).is_completed()

    assert written("name") == "y"


@pytest.mark.parametrize(
    "code",
    [
        "@flow\nasync def around():\n    await asyncio.sleep(0)\n    note('done')\n",
        "@flow\ndef around():\n    yield 1\n    note('done')\n",
        "@flow\nasync def around():\n    yield 1\n    note('done')\n",
    ],
    ids=["async", "generator", "async generator"],
)
def test_flows_of_every_kind_run_to_their_end(code: str) -> None:
    deployment = deployed(code)

    with running(deployment):
        assert ended(triggered(deployment)).is_completed()

    assert written("done") == ""


def test_the_terminal_shows_everything_once_and_each_line_is_kept_once() -> None:
    deployment = deployed("@flow\ndef around():\n    print('printed')\n    get_run_logger().warning('two\\nlines')\n")
    run, terminal = triggered(deployment), io.StringIO()

    with running(deployment, echo=terminal):
        ended(run)
        found(lambda: "Finished in state" in terminal.getvalue(), "end in the terminal")

    shown = terminal.getvalue()
    assert [shown.count(text) for text in ("printed", "two", "lines", "Beginning", "\x1e")] == [1, 1, 1, 1, 0]
    assert printed(run) == ["printed"]
    assert recorded.messages(run).count("two\nlines") == 1


def test_a_flow_that_raises_fails_with_its_traceback_in_the_log() -> None:
    deployment = deployed("@flow\ndef around():\n    raise LookupError('nothing there')\n")
    run = triggered(deployment)

    with running(deployment):
        state = ended(run)
        traceback = found(lambda: [line for line in recorded.messages(run) if "Traceback" in line], "traceback")

    assert state.is_failed()
    assert "nothing there" in str(state.message)
    assert "raise LookupError('nothing there')" in traceback[0]


@pytest.mark.parametrize(
    ("code", "fields", "told"),
    [
        ("@flow\ndef around(:\n", {}, "SyntaxError"),
        ("import sys\nsys.exit('no main guard')\n", {}, "no main guard"),
        ("raise RuntimeError('at import')\n", {}, "at import"),
        ("", {}, "has no 'around'"),
        ("", {"entrypoint": "missing.py:around"}, "no file 'missing.py'"),
        ("", {"path": "/no/such/folder"}, "does not exist on this host"),
        ("", {"pull_steps": [{"prefect.deployments.steps.git_clone": {}}]}, "missing 1 required"),
    ],
)
def test_a_flow_that_cannot_be_loaded_fails_and_says_why(code: str, fields: dict[str, Any], told: str) -> None:
    deployment = deployed(code, **fields)

    with running(deployment):
        state = ended(triggered(deployment))

    assert state.is_failed()
    assert "could not be loaded" in str(state.message)
    assert told in str(state.message)


def test_the_retries_of_a_deployed_flow_are_its_own() -> None:
    deployment = deployed(
        """
@flow(retries=1)
def around():
    note("tries", os.getpid())
    if len(Path("tries").read_text().split()) == 1:
        raise RuntimeError
"""
    )

    with running(deployment):
        assert ended(triggered(deployment)).is_completed()

    first, second = written("tries").split()
    assert first == second


def test_a_process_that_is_killed_crashes_its_run_at_once_with_its_open_tasks() -> None:
    deployment = deployed(WAITING)
    run = triggered(deployment)

    with running(deployment):
        pid = int(written("pid"))
        found(lambda: recorded.task_runs(run.id), "task run")
        os.kill(pid, signal.SIGKILL)
        state = ended(run)
        hook = written("crashed")

    assert state.is_crashed()
    assert "SIGKILL (signal 9)" in str(state.message)
    assert recorded.names_of([task.state for task in recorded.task_runs(run.id) if task.state]) == ["Crashed"]
    assert hook.splitlines() == [f"{hook.split()[0]} {state.message}"]
    assert int(hook.split()[0]) != pid


@pytest.mark.parametrize(("code", "told"), [("os._exit(0)", "exit code 0"), ("os._exit(3)", "exit code 3")])
def test_a_process_that_ends_before_its_run_crashes_it(code: str, told: str) -> None:
    deployment = deployed(f"@flow\ndef around():\n    print('last words')\n    {code}\n")
    run = triggered(deployment)

    with running(deployment):
        state = ended(run)
        assert found(lambda: printed(run), "output") == ["last words"]

    assert state.is_crashed()
    assert told in str(state.message)


@pytest.mark.parametrize(
    "code",
    [
        "sys.stdout.close()",
        "os.close(1)\n    os.close(2)",
        "os.mkdir('gone')\n    os.chdir('gone')\n    os.rmdir('../gone')",
        "import logging\n    logging.shutdown()",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)",
        "import threading\n    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
    ],
)
def test_what_a_flow_does_to_its_process_does_not_change_its_end(code: str) -> None:
    deployment = deployed(f"@flow\ndef around():\n    {code}\n    return 1\n")

    with running(deployment):
        assert ended(triggered(deployment)).is_completed()


def test_a_line_without_end_is_cut_and_what_follows_is_kept() -> None:
    deployment = deployed(
        """
@flow
def around():
    for _ in range(100):
        sys.stdout.write("x" * 1_000_000)
    print()
    print("after it")
    sys.stdout.write("no end")
"""
    )
    run = triggered(deployment)

    with running(deployment):
        assert ended(run).is_completed()
        lines = found(lambda: kept if len(kept := printed(run)) == 3 else None, "output")

    assert lines[0] == "x" * 64 * 1024 + "... [truncated]"
    assert lines[1:] == ["after it", "no end"]


def test_cancelling_ends_the_run_in_its_process_and_calls_its_hooks_once() -> None:
    deployment = deployed(WAITING)
    run = triggered(deployment)

    with running(deployment, events=RunEvents()):
        pid = written("pid")
        cancel(run)
        state = ended(run)
        hook = written("cancelled")
        found(lambda: not is_alive(int(pid)), "end of the process")

    assert state.is_cancelled()
    (told,) = recorded.events("prefect.runner.")
    assert told.event == "prefect.runner.cancelled-flow-run"
    assert f"prefect.flow-run.{run.id}" in [one["prefect.resource.id"] for one in told.related]
    assert hook == f"{pid} Cancelled"
    assert not Path("crashed").exists()
    assert all(task.state and task.state.is_final() for task in recorded.task_runs(run.id))


def test_cancelling_kills_whatever_the_run_started_and_calls_its_hooks_in_another_process() -> None:
    code = FAMILY.replace("@flow\n", "@flow(on_cancellation=[lambda f, r, s: note('cancelled', os.getpid())])\n")
    deployment = deployed(code.replace("if not leave:", "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n    if True:"))
    run = triggered(deployment)

    with running(deployment, grace_seconds=0.5):
        pids = [int(pid) for pid in written("pids").split()]
        cancel(run)
        state = ended(run)
        hook = written("cancelled")
        found(lambda: not any(map(is_alive, pids)), "end of the processes")

    assert state.is_cancelled()
    assert len(hook.split()) == 1


def test_a_run_that_completes_leaves_no_process_behind() -> None:
    deployment = deployed(FAMILY)
    run = triggered(deployment, leave=True)

    with running(deployment):
        assert ended(run).is_completed()
        pids = [int(pid) for pid in written("pids").split()]
        found(lambda: not any(map(is_alive, pids)), "end of the processes")


def test_a_run_that_is_cancelled_before_its_flow_is_loaded_never_runs() -> None:
    deployment = deployed("note('loading')\ntime.sleep(1)\n@flow\ndef around():\n    note('ran')\n")
    run = triggered(deployment)

    with running(deployment):
        written("loading")
        cancel(run)
        assert ended(run).is_cancelled()

    assert not Path("ran").exists()


def test_job_variables_give_the_environment_and_the_folder() -> None:
    Path("elsewhere").mkdir()
    deployment = deployed(
        """
import sibling
@flow
def around():
    note("found", f"{os.environ['FIRST']} {os.environ['SECOND']} {Path.cwd().name} {sibling.VALUE}")
""",
        job_variables={"env": {"FIRST": "1", "SECOND": "2"}, "working_dir": str(Path("elsewhere").resolve())},
    )
    Path("sibling.py").write_text("VALUE = 7")

    with running(deployment):
        assert ended(triggered(deployment)).is_completed()

    assert written("elsewhere/found") == "1 2 elsewhere 7"


@pytest.mark.parametrize(
    "variables", [{"env": {"PYTHONHASHSEED": "7"}}, {"command": f"env MARK=1 {sys.executable} -Wignore -c {CALL!r}"}]
)
def test_what_a_fork_cannot_give_is_started_afresh(variables: dict[str, Any]) -> None:
    code = "@flow\ndef around():\n    note('found', f\"{os.environ.get('PYTHONHASHSEED')} {os.environ.get('MARK')}\")\n"
    deployment = deployed(code, job_variables=variables)

    with running(deployment):
        assert ended(triggered(deployment)).is_completed()

    assert written("found") in ("7 None", "None 1")


def test_a_command_that_is_not_there_crashes_the_run() -> None:
    deployment = deployed("", job_variables={"command": "no-such-program at all"})
    run = triggered(deployment)

    with running(deployment):
        state = ended(run)
        lines = found(lambda: printed(run), "output")

    assert state.is_crashed()
    assert "cannot be started" in lines[0]


def test_no_more_runs_than_the_limit_are_at_work() -> None:
    deployment = deployed(
        """
@flow
def around():
    note("log", 1)
    time.sleep(0.2)
    note("log", -1)
"""
    )
    runs = [triggered(deployment) for _ in range(5)]

    with running(deployment, limit=2):
        assert all(ended(run).is_completed() for run in runs)

    steps = [int(line) for line in written("log").split()]
    assert max(sum(steps[: end + 1]) for end in range(len(steps))) == 2


def test_a_stopped_runner_lets_its_runs_end_and_starts_no_other() -> None:
    deployment = deployed("@flow\ndef around():\n    note('started')\n    time.sleep(0.5)\n")
    run = triggered(deployment)

    with running(deployment) as runner:
        written("started")
        runner.stop()
        later = triggered(deployment)
        assert ended(run).is_completed()

    assert state_of(later).is_scheduled()


def test_a_runner_that_is_stopped_now_ends_its_runs_well() -> None:
    deployment = deployed(WAITING)
    run = triggered(deployment)

    with running(deployment):
        pid = written("pid")

    assert ended(run).is_crashed()
    assert "termination signal" in str(state_of(run).message)
    assert written("crashed") == f"{pid} {state_of(run).message}"
    assert now_as(run).infrastructure_pid is not None


def test_a_run_whose_process_is_killed_before_it_begins_is_claimed_again_a_few_times() -> None:
    kills = "if len(Path('loaded').read_text().split()) <= {kills}: os.kill(os.getpid(), signal.SIGKILL)"
    code = "note('loaded', 'once')\n" + kills + "\n@flow\ndef around(): ...\n"
    deployment_id = deployed(code.format(kills=MOST_CLAIMS - 1))

    with running(deployment_id):
        run = triggered(deployment_id)
        assert ended(run).is_completed()
        deployed(code.format(kills=1000))
        given_up = triggered(deployment_id)
        crash = ended(given_up)

    assert recorded.history(run) == [*["Scheduled", "Pending"] * MOST_CLAIMS, "Running", "Completed"]
    assert recorded.history(given_up) == [*["Scheduled", "Pending"] * MOST_CLAIMS, "Crashed"]
    assert "It never started: 3 times in a row" in (crash.message or "")
    assert "killed by SIGKILL" in (crash.message or "")
