"""A spare process carries out the next run, and is nobody's burden."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

import psutil
import pytest

from prefect._domain.flow_runs import FlowRun
from prefect._engine.recorders import recorder
from prefect.runner.launching import ForkLauncher, launcher
from prefect.runner.processes import FLOW_RUN_ID, Exit, Order
from prefect.runner.spare import Opened, Spare
from prefect.settings import get_current_settings
from tests.runner.scenes import LONG, deployed, ended, triggered

T = TypeVar("T")
FLOW = """
@flow
def around(name: str = ""):
    note("ran", f"{os.getpid()} {name}")
"""


def test_a_run_is_carried_out_by_a_process_that_stood_ready_each_by_another() -> None:
    deployment, ends = deployed(FLOW), SimpleQueue[Exit]()
    with at_work(ends) as forks:
        carried_out = [
            stood_ready(forks, ends, lambda: triggered(deployment, name="first")),
            stood_ready(forks, ends, lambda: triggered(deployment, name="second")),
        ]

    assert all(ended(run).is_completed() for run, _ in carried_out)
    assert len({pid for _, pid in carried_out}) == 2
    ran = Path("ran").read_text().splitlines()
    assert [line for line in ran if line in {f"{pid} {run.parameters['name']}" for run, pid in carried_out}] == [
        f"{pid} {run.parameters['name']}" for run, pid in carried_out
    ]


def test_a_run_starts_where_the_spare_was_killed() -> None:
    run, ends = triggered(deployed(FLOW)), SimpleQueue[Exit]()
    with at_work(ends) as forks:
        spare_of(forks).kill()
        started = forks.start(order_for(run))
        assert ends.get(timeout=LONG) == Exit(started.pid, 0)

    assert ended(run).is_completed()


@pytest.mark.parametrize("is_gone", [True, False])
def test_an_order_that_a_spare_does_not_confirm_is_not_taken_and_never_will_be(is_gone: bool) -> None:
    ours, theirs = socket.socketpair()
    spare = subprocess.Popen(["sleep", "60"])
    if is_gone:
        theirs.close()
    with theirs:
        taken = Spare(spare.pid, ours).take(order_for(triggered(deployed(FLOW))))

    assert not taken
    assert spare.wait(LONG) == -signal.SIGKILL


def test_a_spare_ends_with_whoever_forked_it() -> None:
    with at_work(SimpleQueue()) as forks:
        spare = spare_of(forks)
        server_of(forks).kill()
        gone, alive = psutil.wait_procs([spare], timeout=LONG)

    assert (gone, alive) == ([spare], [])


def test_what_a_spare_has_opened_is_closed_where_the_run_has_other_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Opened.here()
    before = recorder()
    opened.keep_for_these_settings()
    kept = recorder()
    monkeypatch.setenv("PREFECT_RUNNER_GRACE_SECONDS", "7")
    opened.keep_for_these_settings()

    assert kept is before
    assert recorder() is not before
    assert recorder().grace.total_seconds() == 7


def test_a_place_that_cannot_be_opened_is_left_to_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.2:9/api")

    assert Opened.here().settings == get_current_settings().to_environment_variables()


@contextmanager
def at_work(ends: SimpleQueue[Exit]) -> Iterator[ForkLauncher]:
    """Something that has processes forked, and tells of their ends."""
    env = get_current_settings().to_environment_variables()
    forks = launcher(ends.put, Path("fork-server.log"), env)
    assert isinstance(forks, ForkLauncher)
    forks.warm_up()
    yield forks
    forks.close()


def server_of(forks: ForkLauncher) -> psutil.Process:
    assert forks._link is not None
    return psutil.Process(forks._link._server.pid)


def spare_of(forks: ForkLauncher) -> psutil.Process:
    """The spare, which may not be ready yet."""
    return soon(lambda: next(iter(server_of(forks).children()), None))


def stood_ready(forks: ForkLauncher, ends: SimpleQueue[Exit], made: Callable[[], FlowRun]) -> tuple[FlowRun, int]:
    """A run that was carried out by a process that had been there before, and that one; others are carried out, too."""

    def carried_out() -> tuple[FlowRun, int] | None:
        run, spare = made(), spare_of(forks)
        started = forks.start(order_for(run))
        assert ends.get(timeout=LONG) == Exit(started.pid, 0)
        return (run, started.pid) if started.pid == spare.pid else None

    return soon(carried_out)


def soon(look: Callable[[], T | None]) -> T:
    until = time.monotonic() + LONG
    while (found := look()) is None:
        assert time.monotonic() < until
        time.sleep(0.01)
    return found


def order_for(run: FlowRun) -> Order:
    env = {**os.environ, **get_current_settings().to_environment_variables(), FLOW_RUN_ID: str(run.id)}
    return Order(env, os.getcwd(), os.devnull, [])
