"""Ids: short in a terminal, whole in a pipe, and meant by their beginnings."""

from __future__ import annotations

from typing import Any

import pytest

from prefect import flow, get_client, task
from prefect._wire.deployments import DeploymentResponse
from prefect.artifacts import create_markdown_artifact
from prefect.automations import Automation, DoNothing
from prefect.blocks.system import Secret
from prefect.cli.found import span_of
from prefect.cli.output import with_short_ids
from prefect.events import EventTrigger
from tests.cli.terminal import Terminal
from tests.recorded import task_runs, the_flow_run


@task
def one() -> int:
    return 1


@flow(flow_run_name="the-run")
def report() -> None:
    one()


def test_a_run_is_meant_by_the_beginning_of_its_id(anywhere: Terminal) -> None:
    report()
    id = str(the_flow_run().id)
    task_id = str(task_runs()[0].id)

    for beginning in (id[:8], id[:13], id[:13].replace("-", "").upper(), id):
        assert "the-run" in anywhere("flow-run", "inspect", beginning)
    assert task_id in anywhere("task-run", "inspect", task_id[:18])


def test_a_beginning_that_several_runs_share_or_none_has_is_told(anywhere: Terminal) -> None:
    report()
    report()
    shared = str(the_first := task_runs()[0].id)[:6]

    assert "type more of it" in anywhere("flow-run", "inspect", shared, expect=1)
    assert "type more of it" in anywhere("task-run", "inspect", shared, expect=1)
    assert "There is no flow run 'ffffff'" in anywhere("flow-run", "inspect", "ffffff", expect=1)
    assert "There is no task run 'ffffff'" in anywhere("task-run", "inspect", "ffffff", expect=1)
    assert "is none" in anywhere("task-run", "inspect", "brave-otter", expect=1)
    assert str(the_first) in anywhere("task-run", "ls")


@flow
def noting() -> Any:
    return create_markdown_artifact("# x", key="daily")


def deployed() -> DeploymentResponse:
    """A deployment with a schedule; of the client, so that the id is the whole one."""
    report.to_deployment("nightly", cron="0 9 * * *").apply()
    with get_client(sync_client=True) as client:
        return client.read_deployment_by_name("report/nightly")


def test_a_deployment_its_flow_and_its_schedule_are_meant_by_the_beginnings_of_their_ids(anywhere: Terminal) -> None:
    made = deployed()
    id, schedule = str(made.id), str(made.schedules[0].id)

    assert id in anywhere("deployment", "inspect", id[:12])
    assert id in anywhere("deployment", "inspect", "--id", id[:12])
    assert "report" in anywhere("flow", "inspect", str(made.flow_id)[:12])
    assert "Paused" in anywhere("deployment", "schedule", "pause", "report/nightly", schedule[:12])
    assert "There is no schedule" in anywhere("deployment", "schedule", "delete", id[:12], "ffffff", expect=1)
    assert "There is no deployment" in anywhere("deployment", "inspect", "ffffff", expect=1)
    assert "There is no flow" in anywhere("flow", "inspect", "ffffff", expect=1)


def test_a_block_an_automation_an_artifact_and_a_backfill_are_meant_so(anywhere: Terminal) -> None:
    made = deployed()
    block = str(Secret(value="x").save("mine"))
    artifact = str(noting())
    automation = Automation(name="tell", trigger=EventTrigger(expect={"a"}), actions=[DoNothing()]).create()
    spring = anywhere.json("deployment", "backfill", "report/nightly", "--from", "2026-01-01", "--to", "2026-01-02")

    assert "mine" in anywhere("block", "inspect", block[:12])
    assert "mine" in anywhere("block", "inspect", "--id", block[:12])
    assert "tell" in anywhere("automation", "inspect", str(automation.id)[:12])
    assert spring["name"] in anywhere("backfill", "inspect", str(spring["id"])[:12])
    assert artifact in anywhere("artifact", "delete", "--id", artifact[:12], "--yes")
    assert "There is no artifact 'ffffff'" in anywhere("artifact", "delete", "--id", "ffffff", expect=1)
    assert str(made.id) in anywhere("deployment", "ls")


def test_the_tasks_of_a_run_are_listed_by_the_beginning_of_its_id(anywhere: Terminal) -> None:
    report()

    assert "one" in anywhere("task-run", "ls", "--flow-run-id", str(the_flow_run().id)[:12])
    assert "There is no flow run" in anywhere("task-run", "ls", "--flow-run-id", "ffffff", expect=1)


@pytest.mark.parametrize("text", ["", "abcde", "brave-otter", "0" * 32, "-" * 8])
def test_what_is_no_beginning_of_an_id(text: str) -> None:
    assert span_of(text) is None


def test_ids_are_as_long_as_tells_them_apart() -> None:
    first, second = "01a21b0e-88c4-73ea-b2c6-8fbdac4d052f", "01a21b0e-88d0-755a-bd1e-190bb523a680"

    assert with_short_ids([(first, "a"), (second, "b")]) == [["01a21b0e-88c", "a"], ["01a21b0e-88d", "b"]]
    assert with_short_ids([("a", first), ("b", second)], 1) == [["a", "01a21b0e-88c"], ["b", "01a21b0e-88d"]]
    assert with_short_ids([(first, "a")]) == [["01a21b0e", "a"]]
    assert with_short_ids([(first, "a"), (first, "b")]) == [["01a21b0e", "a"], ["01a21b0e", "b"]]
