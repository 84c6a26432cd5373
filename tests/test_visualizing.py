"""Flows drawn without running their tasks."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest

from prefect import flow, task
from prefect.utilities.visualization import (
    GraphvizExecutableNotFoundError,
    GraphvizImportError,
    VisualizationUnsupportedError,
)
from tests import recorded

pytestmark = pytest.mark.filterwarnings("ignore:`flow")


@task
def read(place: str = "here") -> Any:
    raise AssertionError("A task is not run while its flow is drawn.")


@task(viz_return_value=[1, 2])
def rows(source: Any = None) -> Any:
    raise AssertionError("A task is not run while its flow is drawn.")


@task
async def fetch(source: Any = None) -> Any:
    raise AssertionError("A task is not run while its flow is drawn.")


@flow
def inner(value: Any) -> Any:
    return rows(value)


def test_results_handed_on_are_arrows() -> None:
    @flow
    def around() -> None:
        found = read()
        rows([found])
        inner(found)

    assert around.generate_mermaid_graph().splitlines() == [
        "flowchart TD",
        '    read_0["read-0"]',
        '    rows_0["rows-0"]',
        '    inner_0["inner-0"]',
        "    read_0 --> rows_0",
        "    read_0 --> inner_0",
    ]
    assert recorded.flow_runs() == []


def test_a_value_for_the_picture_is_what_a_task_gives_and_is_known_again() -> None:
    @flow
    def around() -> None:
        for number in (found := rows()):
            read(str(number))
        rows(found)

    assert "    rows_0 --> rows_1" in around.generate_mermaid_graph().splitlines()
    assert around.generate_mermaid_graph().count("read_") == 2


def test_submitted_tasks_and_what_is_waited_for_are_drawn() -> None:
    @flow
    def around() -> None:
        first = rows.submit()
        second = rows.submit(first.result())
        read(wait_for=[second])

    lines = around.generate_mermaid_graph().splitlines()
    assert lines[-2:] == ["    rows_0 --> rows_1", "    rows_1 --> read_0"]


def test_async_flows_are_drawn_by_both_names() -> None:
    @flow
    async def around(source: str) -> None:
        await fetch(await fetch(source))

    drawn = 'flowchart TD\n    fetch_0["fetch-0"]\n    fetch_1["fetch-1"]\n    fetch_0 --> fetch_1'
    assert around.generate_mermaid_graph("a") == drawn
    assert asyncio.run(around.agenerate_mermaid_graph(source="a")) == drawn


def test_code_that_needs_what_a_task_gives_is_told_of_the_value_for_the_picture() -> None:
    @flow
    def around() -> None:
        read() + 1

    with pytest.raises(TypeError, match=r"unsupported operand(.|\n)*viz_return_value"):
        around.generate_mermaid_graph()


def test_what_is_not_known_before_it_runs_is_refused() -> None:
    @flow
    def mapping() -> None:
        read.map(["a", "b"])

    @flow
    def delaying() -> None:
        read.delay("a")

    with pytest.raises(VisualizationUnsupportedError, match=r"task\.map"):
        mapping.generate_mermaid_graph()
    with pytest.raises(VisualizationUnsupportedError, match=r"task\.apply_async"):
        delaying.generate_mermaid_graph()


def test_it_is_said_that_other_code_runs() -> None:
    @flow
    def around() -> None: ...

    with pytest.warns(UserWarning, match="will execute code inside of your flow"):
        around.generate_mermaid_graph()


def test_who_wants_an_image_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    @flow
    def around() -> None:
        read()

    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(sys.modules, "graphviz", None)
    with pytest.raises(GraphvizImportError, match="pip install graphviz"):
        around.visualize()
    monkeypatch.delitem(sys.modules, "graphviz")
    pytest.importorskip("graphviz")
    with pytest.raises(GraphvizExecutableNotFoundError, match=r"graphviz\.org"):
        around.visualize()
