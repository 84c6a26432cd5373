"""Who opens the database ends the runs whose processes died, and no others."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import timedelta

import pytest

from prefect import flow
from prefect._clock import new_id, now
from prefect._domain.flow_runs import FlowRun
from prefect._domain.leases import Lease
from prefect._domain.states import State, StateType
from prefect._engine.recorders import recorder
from prefect._orchestration import flow_runs
from prefect.client.orchestration import get_client
from tests import recorded
from tests.runner.scenes import state_of


@flow
def long() -> None:
    """Carried out by nobody."""


def running_in(pid: int) -> FlowRun:
    """A run that a process of this machine carries out, which could not renew its lease."""
    get_client(sync_client=True).create_flow_run(long)
    run = recorded.the_flow_run()
    lease = Lease(f"{platform.node()}:{pid}:x", timedelta(seconds=-1))
    for state in (StateType.PENDING, StateType.RUNNING):
        proposed = State(state, id=new_id(), timestamp=now())
        flow_runs.set_state(recorder().db, run.id, proposed, now=now(), spare_id=new_id(), lease=lease)
    return run


def dead() -> int:
    """The process id of a process that has ended."""
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


@pytest.mark.parametrize(("alive", "end"), [(True, "RUNNING"), (False, "CRASHED")])
def test_a_run_whose_process_lives_here_goes_on_though_its_lease_ran_out(alive: bool, end: str) -> None:
    run = running_in(os.getpid() if alive else dead())

    get_client(sync_client=True)

    assert state_of(run).type.value == end
