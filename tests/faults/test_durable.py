"""`kill -9` of durable flows: at every boundary of their tasks and inside them, nothing is lost, doubled or stuck."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from contextlib import nullcontext
from pathlib import Path

import pytest

from prefect._domain.work_pools import DEFAULT_POOL
from prefect.durable import send
from tests import recorded
from tests.faults.durability import CODE, RESULT, findings
from tests.faults.programs import carried_out
from tests.faults.servers import serving
from tests.faults.test_workers import working
from tests.runner.scenes import deployed, ended, found, is_alive, now_as, running, state_of, triggered

ROOT = Path(__file__).resolve().parents[2]
PLACES = 18
"""Where the program dies: around and inside of each step."""
KILLS = 1000
WAITING = """
from prefect.durable import wait_for_input

@flow(durable=True)
def around():
    Path("pid").write_text(str(os.getpid()))
    assert wait_for_input(int) == 7
"""

DIES_ONCE = """
@task
def step(name):
    with open("done", "a") as file:
        file.write(name + " ")

@flow(durable=True)
def twice():
    step("first")
    if not Path("died").exists():
        Path("died").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    step("second")

twice()
"""

DIES_BEHIND_EACH = """
@task
def step(number):
    with open("done", "a") as file:
        file.write(f"{number} ")

@flow(durable=True)
def behind_each():
    for number in range(4):
        called = step.with_options(task_run_name="named {number}") if number == 2 else step
        called(number) if number % 2 else called.submit(number).result()
        if not Path(f"died-{number}").exists() and number < 3:
            Path(f"died-{number}").touch()
            os.kill(os.getpid(), signal.SIGKILL)

behind_each()
"""


def test_a_deployed_run_that_is_killed_everywhere_once_comes_to_its_end() -> None:
    deployment_id = deployed(CODE)

    with running(deployment_id):
        run = triggered(deployment_id)
        assert ended(run).is_completed()

    found = findings()
    assert (found.lost, found.doubled) == (0, 0)
    assert found.deaths == len(list(Path().glob("died-*"))) == PLACES
    assert set(found.results) == {RESULT}
    assert [each.state_name for each in recorded.flow_runs()] == ["Completed", "Completed"]


def test_a_program_with_a_server_goes_on_at_once_when_it_is_called_again() -> None:
    with serving() as server:
        died = carried_out(DIES_ONCE, PREFECT_API_URL=server.url)
        again = carried_out(DIES_ONCE, PREFECT_API_URL=server.url)

    assert (died.returncode, again.returncode) == (-9, 0), again.stderr
    assert Path("done").read_text() == "first second "
    (run,) = recorded.flow_runs()
    assert (run.state_name, run.empirical_policy.resumes) == ("Completed", 1)


@pytest.mark.parametrize("has_server", [False, True])
def test_what_was_done_just_before_its_process_was_killed_is_recorded(has_server: bool) -> None:
    with serving() if has_server else nullcontext() as server:
        url = server.url if server is not None else ""
        while (program := carried_out(DIES_BEHIND_EACH, PREFECT_API_URL=url)).returncode == -9:
            pass

    assert program.returncode == 0, program.stderr
    runs = recorded.task_runs()
    assert Counter(run.state_name for run in runs) == {"Completed": 4}
    assert {run.name for run in runs} - {f"step-{run.id.hex[-3:]}" for run in runs} == {"named 2"}
    assert Path("done").read_text() == "0 1 2 3 "


@pytest.mark.long
def test_a_program_that_is_killed_goes_on_when_it_is_called_again() -> None:
    while (program := carried_out(CODE + "\nprint(around())\n")).returncode == -9:
        pass

    assert program.stdout.strip() == RESULT, program.stderr
    found = findings()
    assert (found.lost, found.doubled, found.deaths) == (0, 0, PLACES)
    assert {each.state_name for each in recorded.flow_runs()} == {"Completed"}
    assert "(resume 18 of 1000)" in "".join(recorded.messages(recorded.flow_runs()[-1]))


@pytest.mark.long
def test_runs_that_are_killed_a_thousand_times_lose_and_double_nothing() -> None:
    deployment_id = deployed(CODE)
    deaths = again = runs = 0
    with running(deployment_id, limit=2):
        while deaths < KILLS:
            some = [triggered(deployment_id, run=runs + number, chance=0.12) for number in range(10)]
            for number, run in enumerate(some):
                assert ended(run, within=180).is_completed()
                found = findings(runs + number)
                assert (found.lost, found.doubled) == (0, 0)
                assert set(found.results) == {RESULT}
                deaths, again = deaths + found.deaths, again + found.again
            runs += len(some)
    print(f"{deaths} kills of {runs} runs: lost 0, doubled 0, stuck 0; run again, since open at a death: {again}")
    assert Counter(run.state_name for run in recorded.flow_runs() if run.parent_task_run_id is None) == {
        "Completed": runs
    }


@pytest.mark.long
def test_runs_go_on_whose_server_is_killed_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_FLOWS_LEASE_SECONDS", "2")
    deployment_id = deployed(CODE, work_pool_name=DEFAULT_POOL)
    some = [triggered(deployment_id, run=number, chance=0.0, within=0.3) for number in range(20)]
    with serving() as server:
        for _ in range(10):
            time.sleep(1)
            server.kill()
            server.start()
        for number, run in enumerate(some):
            assert ended(run, within=300).is_completed()
            found = findings(number)
            assert (found.lost, found.doubled, set(found.results)) == (0, 0, {RESULT})
    resumes = [now_as(run).empirical_policy.resumes for run in some]
    print(f"{sum(resumes)} resumes of {len(some)} runs while their server was killed 10 times")
    assert sum(resumes) > 0


@pytest.mark.long
def test_runs_of_a_worker_over_http_go_on_and_wait_without_a_process() -> None:
    everywhere = deployed(CODE, work_pool_name="mine")
    with serving("--no-worker") as server, working(server):
        killed = triggered(everywhere)
        assert ended(killed, within=120).is_completed()
        assert (findings().lost, findings().doubled, findings().deaths) == (0, 0, PLACES)

        deployed(WAITING, work_pool_name="mine")
        waiting = triggered(everywhere)
        found(lambda: state_of(waiting).name == "Waiting", "run that waits")
        found(lambda: not is_alive(int(Path("pid").read_text())), "process that has left")
        send(waiting.id, 7)
        assert ended(waiting).is_completed()


@pytest.mark.long
def test_the_program_that_is_killed_beside_others_loses_and_doubles_nothing_here() -> None:
    command = [sys.executable, "-m", "benchmarks.crashes", "ours", "ours_server", "--kills", "12"]

    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    rows = [line.strip("| ").split(" | ") for line in told.splitlines() if line.startswith(("| ours", "| the same"))]
    assert [(int(kills) >= 12, *others) for _, kills, _, *others, _ in rows] == 2 * [(True, "0", "0", "0")], told
