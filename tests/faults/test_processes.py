"""What users do with processes, memory and files inside of runs: no state comes twice, nothing hangs, others live."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests import recorded
from tests.faults.programs import carried_out
from tests.runner.scenes import ALONE, deployed, found, state_of, triggered

FORKS = """
import multiprocessing, threading

def double(number):
    return 2 * number

@task
def forks():
    pid = os.fork()
    if pid == 0:
        get_run_logger().info("said by the child")
        os._exit(7)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

@task
def spawns():
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        return pool.map(double, range(4))

@task
def threads():
    told = []
    some = [threading.Thread(target=told.append, args=(number,)) for number in range(20)]
    for thread in some:
        thread.start()
    for thread in some:
        thread.join()
    return len(told)

@task
def child_raises():
    pid = os.fork()
    if pid == 0:
        sys.exit(0)
    os.waitpid(pid, 0)

@flow
def around():
    together = [forks.submit(), spawns.submit(), threads.submit()]
    assert [future.result() for future in together] == [7, [0, 2, 4, 6], 20]
    child_raises()
    return "well"

if __name__ == "__main__":
    assert around() == "well"
    note("ended", os.getpid())
"""


def test_forks_threads_and_spawned_processes_inside_tasks_double_no_state_and_hang_nothing() -> None:
    told = carried_out(FORKS)

    assert told.returncode == 0, told.stderr
    run = recorded.the_flow_run()
    assert recorded.history(run) == ["Pending", "Running", "Completed"]
    assert len(recorded.task_runs()) == 4
    assert all(recorded.history(task) == ["Pending", "Running", "Completed"] for task in recorded.task_runs())
    assert recorded.messages(run).count("said by the child") <= 1
    assert Counter(Path("ended").read_text().split()).total() == 1


OUT_OF_MEMORY = """
import resource

@task
def greedy():
    return len(bytearray(4 * 1024**3))

@flow
def around():
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 256 * 1024**2, resource.RLIM_INFINITY))
    state = greedy(return_state=True)
    assert "MemoryError" in state.message, state
    greedy()

around()
"""


def test_a_run_that_is_out_of_memory_fails_and_says_so() -> None:
    told = carried_out(OUT_OF_MEMORY)

    assert told.returncode == 1
    run = recorded.the_flow_run()
    assert run.state_name == "Failed"
    assert "MemoryError" in str(run.state and run.state.message)
    assert [task.state_name for task in recorded.task_runs()] == ["Failed", "Failed"]


GROWING = """
@task
def step(number):
    return number

@flow
def around():
    for number in range(5):
        step(number)

def pages():
    return int(Path("/proc/self/statm").read_text().split()[1])

for _ in range(WARM):
    around()
before = pages()
for _ in range(MORE):
    around()
print((pages() - before) * 4)
"""


@pytest.mark.long
def test_a_program_does_not_grow_with_the_runs_that_it_has_carried_out() -> None:
    told = carried_out(GROWING.replace("WARM", "150").replace("MORE", "300"), PREFECT_LOGGING_LEVEL="ERROR")

    assert told.returncode == 0, told.stderr
    assert int(told.stdout) < 300 * 4  # kB


FILES = 64
MANY = 12


def test_a_runner_with_few_files_carries_all_runs_out() -> None:
    deployment = deployed("@flow\ndef around():\n    time.sleep(0.2)\n")
    runs = [triggered(deployment) for _ in range(MANY)]
    command = [sys.executable, "-c", ALONE.replace("limit=2", "limit=None"), str(deployment), "60"]

    def few_files() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))

    with Path("said").open("w") as said:
        runner = subprocess.Popen(command, preexec_fn=few_files, stderr=said)
        try:
            found(lambda: all(state_of(run).is_final() for run in runs), "end of all runs")
        finally:
            runner.kill()
            runner.wait()

    assert {state_of(run).name for run in runs} == {"Completed"}, Path("said").read_text()[-3000:]
