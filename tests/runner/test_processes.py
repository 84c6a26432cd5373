"""Ending processes: everything that belongs to one, and nothing that does not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from prefect.runner.launching import FreshLauncher
from prefect.runner.processes import Exit, Order, RunProcess, end_tree
from tests.runner.scenes import found, is_alive

FAMILY = """
import subprocess, sys, time
apart = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
print(apart.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture
def family() -> Iterator[subprocess.Popen[str]]:
    """A process in a session of its own, with a child that has left it."""
    process = subprocess.Popen(
        [sys.executable, "-c", FAMILY], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    yield process
    process.kill()
    process.communicate()


def test_a_process_ends_with_the_children_that_left_its_session(family: subprocess.Popen[str]) -> None:
    assert family.stdout is not None
    apart = int(family.stdout.readline())

    end_tree(RunProcess.of(family.pid), grace_seconds=0.2)

    found(lambda: not is_alive(apart), "end of the child")
    assert family.wait() < 0


def test_a_process_that_has_the_number_of_another_one_is_left_alone(family: subprocess.Popen[str]) -> None:
    before_it = RunProcess(family.pid, RunProcess.of(family.pid).started - 100)

    end_tree(before_it, grace_seconds=0)

    assert not before_it.is_alive()
    assert family.poll() is None


def test_a_process_that_is_gone_is_no_longer_alive() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    known = RunProcess.of(process.pid)
    process.wait()

    assert not known.is_alive()
    end_tree(known, grace_seconds=0)


@pytest.mark.parametrize(
    ("exit", "told"),
    [
        (Exit(1, 3), "exit code 3"),
        (Exit(1, -9), "SIGKILL (signal 9). It may have used up the memory"),
        (Exit(1, -15), "SIGTERM (signal 15)."),
        (Exit(1, None), "nobody saw"),
        (Exit(None, None, "No room."), "No room."),
    ],
)
def test_an_end_is_explained(exit: Exit, told: str) -> None:
    assert told in exit.explanation


def test_without_forks_a_process_is_started_afresh_and_its_end_is_told(tmp_path: object) -> None:
    told: list[Exit] = []
    launcher, output = FreshLauncher(told.append), f"{tmp_path}/output"
    order = Order({"A": "1"}, str(tmp_path), output, [], [sys.executable, "-c", "import os; print(os.environ['A'])"])
    endless = order._replace(command=[sys.executable, "-c", "import time; time.sleep(60)"])

    short, long = launcher.start(order), launcher.start(endless)
    launcher.end(long, grace_seconds=5)
    found(lambda: len(told) == 2, "ends of both")

    assert sorted(told, key=lambda exit: exit.status or 0) == [Exit(long.pid, -15), Exit(short.pid, 0)]
    with open(output) as file:
        assert file.read() == "1\n"
    launcher.close()
