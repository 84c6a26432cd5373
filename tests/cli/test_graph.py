"""`prefect flow-run graph`: what waited for what, as a tree."""

from __future__ import annotations

import re

from prefect import flow, task
from tests.cli.terminal import Terminal


@task
def load(number: int) -> int:
    return number


@task
def scale(number: int) -> int:
    if number == 7:
        raise ValueError("seven")
    return number


@task(task_run_name="sum it up")
def total(*numbers: int) -> int:
    return sum(numbers)


@flow(flow_run_name="inner one")
def inner() -> None:
    load(1)


def lines_of(text: str) -> list[str]:
    """The lines, without how long anything took and what only tells runs apart."""
    return [re.sub(r"-[0-9a-f]{3}\b|  [\d.]+ s\b", "", line) for line in text.splitlines()]


def test_what_waited_for_something_stands_below_it_and_names_what_else_it_waited_for(anywhere: Terminal) -> None:
    @flow(flow_run_name="the run")
    def few() -> None:
        first = load.submit(1)
        second = scale.submit(first)
        total.submit(first, second).wait()
        inner()

    few()

    assert lines_of(anywhere("flow-run", "graph", "the run")) == [
        "the run  Completed",
        "✓ load  Completed",
        "├─ ✓ scale  Completed",
        "└─ ✓ sum it up  Completed  (also after scale)",
        "✓ inner / inner one  Completed",
    ]


def test_many_of_one_name_are_one_line_that_counts_them(prefect: Terminal) -> None:
    @flow(flow_run_name="the run")
    def many() -> None:
        scale.map(load.map(range(8)), return_state=True)

    many()

    assert lines_of(prefect("flow-run", "graph", "the run")) == [
        "the run  Completed",
        "✓ load × 8  8 Completed",
        "└─ ✗ scale × 8  7 Completed, 1 Failed",
    ]


def test_a_graph_is_json_for_programs_and_a_run_without_tasks_says_so(prefect: Terminal) -> None:
    @flow(flow_run_name="alone")
    def alone() -> None: ...

    alone()

    assert prefect.json("flow-run", "graph", "alone")["nodes"] == []
    assert "It has no task runs." in prefect("flow-run", "graph", "alone")
