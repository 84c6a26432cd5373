"""Ids of runs: short in a terminal, whole in a pipe, and meant by their beginnings."""

from __future__ import annotations

import pytest

from prefect import flow, task
from prefect.cli.found import span_of
from prefect.cli.output import with_short_ids
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


@pytest.mark.parametrize("text", ["", "abcde", "brave-otter", "0" * 32, "-" * 8])
def test_what_is_no_beginning_of_an_id(text: str) -> None:
    assert span_of(text) is None


def test_ids_are_as_long_as_tells_them_apart() -> None:
    first, second = "01a21b0e-88c4-73ea-b2c6-8fbdac4d052f", "01a21b0e-88d0-755a-bd1e-190bb523a680"

    assert with_short_ids([(first, "a"), (second, "b")]) == [["01a21b0e-88c", "a"], ["01a21b0e-88d", "b"]]
    assert with_short_ids([(first, "a")]) == [["01a21b0e", "a"]]
    assert with_short_ids([(first, "a"), (first, "b")]) == [["01a21b0e", "a"], ["01a21b0e", "b"]]
