"""`prefect worker …` and `prefect agent …`, as far as nothing is started."""

from __future__ import annotations

import pytest

from prefect.client.orchestration import get_client
from tests.cli.terminal import Terminal


def test_workers_are_listed(anywhere: Terminal) -> None:
    assert "prefect worker start" in anywhere("worker", "ls")
    anywhere("work-pool", "create", "mine")
    with get_client(sync_client=True) as client:
        client.send_worker_heartbeat("mine", "工人")

    assert "online" in anywhere("workers", "ls", "--pool", "mine")
    assert [(one["name"], one["work_pool_name"]) for one in anywhere.json("worker", "ls")] == [("工人", "mine")]
    assert "工人" in anywhere("work-pool", "inspect", "mine")


def test_a_worker_says_what_it_makes_and_that_nothing_will_start(prefect: Terminal) -> None:
    made = prefect("worker", "start", "-p", "new", "--run-once")
    prefect("work-pool", "pause", "new")
    paused = prefect("worker", "start", "-p", "new", "--run-once")

    assert "There is no work pool 'new'; it is made, of the type 'process'." in made
    assert "The work pool 'new' is paused: nothing starts until `prefect work-pool resume 'new'`." in paused


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["worker", "start", "-p", "mine", "--type", "docker"], "pip install prefect-docker"),
        (["worker", "start", "-p", "mine", "--type", "moon"], "The types are: "),
        (["worker", "start", "-p", "moon"], "pip install prefect-kubernetes"),
        (["worker", "start", "-p", "new", "--no-create-pool-if-not-found"], "prefect work-pool create 'new'"),
        (["worker", "start", "-p", "mine", "--name", "a/b"], "a/b"),
        (["worker", "ls", "-p", "mind"], "Did you mean 'mine'?"),
        (["agent", "start", "-p", "mine", "--match", "urgent"], "begins with 'urgent'"),
    ],
)
def test_what_cannot_be_started_is_told(prefect: Terminal, arguments: list[str], told: str) -> None:
    prefect("work-pool", "create", "mine")
    prefect("work-pool", "create", "moon", "--type", "kubernetes")

    assert told in prefect(*arguments, expect=1)
