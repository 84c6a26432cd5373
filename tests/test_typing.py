"""Type checkers see what programs get: results of flows and tasks, states, futures."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from mypy import api

PROGRAM = """
from typing import Any, Generator
from prefect import flow, task
from prefect.client.orchestration import get_client

@task
def price(article: str, times: int = 2) -> float: return 1.0
@task(retries=2)
async def stock(article: str) -> int: return 1
@task
def lines() -> Generator[str, None, None]: yield "a"
@flow
def day(number: int) -> str: return "x"
@flow(log_prints=True)
async def night(number: int) -> str: return "y"
@flow
def untold(number): return number
"""
TOLD = {
    "price('a')": "float",
    "price('a', return_state=True)": "State[float]",
    "price.submit('a')": "PrefectFuture[float]",
    "price.submit('a').result()": "float",
    "price.submit('a', return_state=True)": "State[float]",
    "price.map(['a'])": "PrefectFutureList[float]",
    "price.map(['a']).result()": "list[float]",
    "price.with_options(name='b')('a')": "float",
    "stock('a')": "Coroutine[Any, Any, int]",
    "stock.submit('a')": "PrefectFuture[int]",
    "stock.map(['a']).result()": "list[int]",
    "lines()": "Generator[str, None, None]",
    "day(1)": "str",
    "day(1, return_state=True)": "State[str]",
    "day.with_options(retries=1)(1)": "str",
    "night(1)": "Coroutine[Any, Any, str]",
    "night(1, return_state=True)": "Coroutine[Any, Any, State[str]]",
    "untold(1)": "Any",
    "untold(1, return_state=True)": "State[Any]",
    "price.delay('a')": "PrefectDistributedFuture[float]",
    "day.to_deployment('n')": "RunnerDeployment",
    "flow.from_source('x', 'y')": "Flow[..., Any]",
    "get_client(sync_client=True).read_variables()": "list[Variable]",
    "get_client().read_variables()": "Coroutine[Any, Any, list[Variable]]",
}
WRONG = """
from prefect import flow

@flow
def day(number: int) -> str: return "x"

day("one")
day()
flow(retry=1)
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What mypy says of both programs, in one run, for that takes seconds."""
    folder = tmp_path_factory.mktemp("typed")
    expressions = "\n".join(f"def at_{number}() -> None: reveal_type({one})" for number, one in enumerate(TOLD))
    (folder / "right.py").write_text(PROGRAM + expressions)
    (folder / "wrong.py").write_text(WRONG)
    files = [str(folder / name) for name in ("right.py", "wrong.py")]
    out, err, _ = api.run(["--strict", "--no-error-summary", "--cache-dir", str(folder / "cache"), *files])
    assert err == ""
    return out


def test_what_a_program_gets_is_of_the_type_that_its_functions_return(said: str) -> None:
    revealed = re.findall(r'Revealed type is "(.*)"', said)

    assert [re.sub(r"\b(?:\w+\.)+(?=\w)", "", one) for one in revealed] == list(TOLD.values())


def test_wrong_calls_and_options_are_seen(said: str) -> None:
    assert [int(line) for line in re.findall(r"wrong\.py:(\d+): error", said)] == [7, 8, 9]


def test_the_package_says_that_it_has_types() -> None:
    assert (Path(__file__).parents[1] / "src" / "prefect" / "py.typed").is_file()
