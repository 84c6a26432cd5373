"""`prefect sdk generate`: deployments as Python, which runs them and which type checkers understand."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Iterator
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import pytest
from mypy import api
from pydantic import BaseModel

from prefect import flow
from prefect.cli.sdk_types import argument_name, class_name, each_its_own, python_type
from prefect.client.orchestration import get_client
from tests import recorded
from tests.cli.terminal import Terminal

USES = """
from typing import Any
from my_deployments import deployments

nightly = deployments.from_name("etl/nightly run").with_options(tags=["t"]).with_infra(env={"A": "1"})
reveal_type(nightly.run)
nightly.run("orders", count=2)
nightly.run(count="two")
nightly.with_infra(enw={})
deployments.from_name("etl/daily")
"""


class Color(Enum):
    RED = "red"
    BLUE = "blue"


class Point(BaseModel):
    x: int


@flow
def etl(
    source: str, count: int = 3, color: Color = Color.RED, mode: Literal["a", "b"] = "a", at: Point | None = None
) -> None: ...


@flow
def cleanup() -> None: ...


@pytest.fixture
def module(prefect: Terminal, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module that is written of two deployments."""
    prefect("work-pool", "create", "my-pool", "--type", "process")
    etl.to_deployment(
        "nightly run", work_pool_name="my-pool", description='Loads "it".', parameters={"count": 7}
    ).apply()
    cleanup.to_deployment("class").apply()
    assert "Wrote 2 deployments to my_deployments.py" in prefect("sdk", "generate", "-o", "my_deployments.py")
    monkeypatch.syspath_prepend(str(Path.cwd()))
    yield import_module("my_deployments")
    del sys.modules["my_deployments"]


def test_a_deployment_is_run_with_what_is_said_and_else_as_the_deployment_says(module: Any) -> None:
    deployment = module.deployments.from_name("etl/nightly run")

    future = (
        deployment.with_options(tags=["t"], flow_run_name="by hand").with_infra(env={"A": "1"}).run("orders", mode="b")
    )
    plain = deployment.run("others")

    with get_client(sync_client=True) as client:
        run, other = (client.read_flow_run(one.flow_run_id) for one in (future, plain))
    assert (run.name, run.tags, run.job_variables) == ("by hand", ["t"], {"env": {"A": "1"}})
    assert run.parameters == {"source": "orders", "mode": "b", "count": 7}
    assert (other.parameters, other.tags, other.job_variables) == ({"source": "others", "count": 7}, [], {})
    assert future.state.is_scheduled()


def test_it_is_run_from_async_code_and_as_a_subflow(module: Any) -> None:
    @flow
    async def outer() -> None:
        await module.deployments.from_name("cleanup/class").run_async()
        module.deployments.from_name("cleanup/class").with_options(as_subflow=False).run()

    asyncio.run(outer())

    assert [run.parent_task_run_id is None for run in recorded.flow_runs() if run.deployment_id] == [True, False]


@pytest.mark.long
def test_type_checkers_know_parameters_and_job_variables(module: Any) -> None:
    Path("uses.py").write_text(USES)

    out, err, _ = api.run(["--strict", "--config-file=", "my_deployments.py", "uses.py"])

    assert err == ""
    assert "def (source: str, count: int =, color: Literal['red'] | Literal['blue'] =, " in out
    assert re.findall(r"^(.*?): error: .*\[(.*)\]$", out, re.MULTILINE) == [
        ("uses.py:8", "call-arg"),
        ("uses.py:8", "arg-type"),
        ("uses.py:9", "call-arg"),
        ("uses.py:10", "call-overload"),
    ]


def test_only_what_is_named_is_written_and_no_other_file_is_touched(prefect: Terminal, module: Any) -> None:
    prefect("sdk", "generate", "-o", "my_deployments.py", "--flow", "cleanup")
    assert "etl" not in Path("my_deployments.py").read_text()
    prefect("sdk", "generate", "-o", "my_deployments.py", "-d", "etl/nightly run")
    assert "Cleanup" not in Path("my_deployments.py").read_text()

    Path("mine.py").write_text("precious")
    assert "has not written it" in prefect("sdk", "generate", "-o", "mine.py", expect=1)
    assert "no folder 'nowhere'" in prefect("sdk", "generate", "-o", "nowhere/a.py", expect=1)
    assert "No deployment is as wanted" in prefect("sdk", "generate", "-o", "a.py", "--flow", "x", expect=1)
    assert "etl/nightly run" in prefect("sdk", "generate", "-o", "a.py", "-d", "etl/nightly runs", expect=1)
    assert Path("mine.py").read_text() == "precious"


@pytest.mark.parametrize(
    ("schema", "type"),
    [
        ({"type": "integer"}, "int"),
        ({"anyOf": [{"type": "null"}, {"type": "string", "format": "date-time"}]}, "str | None"),
        ({"type": ["integer", "null"]}, "int | None"),
        ({"enum": ["a", 1, None]}, "Literal['a', 1, None]"),
        ({"enum": [1.5]}, "Any"),
        ({"const": "x"}, "Literal['x']"),
        ({"type": "array", "items": {"type": "array"}}, "list[list[Any]]"),
        ({"type": "object", "additionalProperties": {"type": "number"}}, "dict[str, float]"),
        ({"allOf": [{"$ref": "#/definitions/Color"}]}, "Literal['red']"),
        ({"allOf": [{"type": "integer"}, {"minimum": 1}]}, "Any"),
        ({"anyOf": [{"type": "integer"}, {}]}, "Any"),
        ({"$ref": "#/definitions/Tree"}, "list[Any]"),
        ({"$ref": "#/definitions/Gone"}, "Any"),
        (True, "Any"),
    ],
)
def test_a_schema_is_a_type(schema: Any, type: str) -> None:
    definitions = {
        "Color": {"enum": ["red"]},
        "Tree": {"type": "array", "items": {"$ref": "#/definitions/Tree"}},
    }

    assert python_type(schema, definitions) == type


def test_texts_are_names_of_python_and_no_two_are_the_same() -> None:
    assert [class_name(one) for one in ("etl/nightly run", "数据/夜", "3d/x", "-/-")] == [
        "EtlNightlyRun",
        "数据夜",
        "_3dX",
        "Unnamed",
    ]
    assert [argument_name(one) for one in ("a-b", "class", "self", "1")] == ["a_b", "class_", "self_", "_1"]
    assert each_its_own(["A", "A", "B", "A_2", "A"]) == ["A", "A_2", "B", "A_2_2", "A_3"]
