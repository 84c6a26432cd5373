"""Code that is kept loaded: what runs share of it, what they do not, and when it is loaded anew."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from prefect._domain.job_templates import fault_in
from prefect.runner.processes import FLOW_RUN_ID
from prefect.runner.warm import key_of
from tests.runner.scenes import LONG, deployed, ended, running, triggered

WARM = {"isolation": "warm"}
FLOW = """
import prices
note("loads", os.getpid())
seen = []

@flow
def around(number: int = 0, dies: bool = False):
    seen.append(number)
    note("ran", f"{number} {seen} {prices.PRICE} {os.environ.get('MOOD')}")
    if dies:
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_runs_find_the_code_loaded_and_share_nothing_that_they_do() -> None:
    price(1)
    deployment = deployed(FLOW, job_variables=WARM)
    with running(deployment, limit=1):
        first = until_one_finds_it_loaded(deployment)
        dead = ended(triggered(deployment, number=-1, dies=True))
        last = triggered(deployment, number=-2)
        assert ended(last).is_completed()

    assert dead.is_crashed()
    assert "killed by SIGKILL" in (dead.message or "")
    assert lines("ran")[first:] == [f"{first} [{first}] 1 None", "-1 [-1] 1 None", "-2 [-2] 1 None"]


def test_code_that_changed_is_seen_by_the_next_run() -> None:
    price(1)
    deployment = deployed(FLOW, job_variables=WARM)
    with running(deployment, limit=1):
        before = until_one_finds_it_loaded(deployment)
        price(22)
        next_one = triggered(deployment, number=100)
        assert ended(next_one).is_completed()
        after = until_one_finds_it_loaded(deployment, since=101)

    assert lines("ran")[before + 1] == "100 [100] 22 None"
    assert lines("ran")[-1] == f"{after} [{after}] 22 None"


def test_code_that_starts_a_thread_is_loaded_by_each_run(caplog: pytest.LogCaptureFixture) -> None:
    deployment = deployed(
        """
import threading
threading.Thread(target=time.sleep, args=(60,), daemon=True, name="ticker").start()

@flow
def around():
    note("ran")
""",
        job_variables=WARM,
    )
    with running(deployment, limit=1):
        soon(lambda: [ended(triggered(deployment))] and "starts threads, which no fork has: ticker" in caplog.text)

    assert lines("ran")


def test_pulled_code_is_loaded_by_each_run(caplog: pytest.LogCaptureFixture) -> None:
    steps = [{"prefect.deployments.steps.run_shell_script": {"script": "true"}}]
    deployment = deployed(FLOW, job_variables=WARM, pull_steps=steps, entrypoint=f"{Path.cwd()}/flows.py:around")
    price(1)
    with running(deployment, limit=1):
        runs = [triggered(deployment, number=number) for number in (1, 2)]
        assert [ended(run).is_completed() for run in runs] == [True, True]

    assert caplog.text.count("pull steps that bring the code") == 1


def test_code_is_loaded_for_each_environment() -> None:
    a_run = {FLOW_RUN_ID: "1"}

    assert key_of("code", {"A": "1", **a_run}) == key_of("code", {FLOW_RUN_ID: "2", "A": "1"})
    assert key_of("code", {"A": "1"}) != key_of("code", {"A": "2"})
    assert key_of("code", {"A": "1"}) != key_of("other", {"A": "1"})


def test_another_isolation_is_refused() -> None:
    assert fault_in({"isolation": "process"}) is None
    assert fault_in({"isolation": "hot"}) == "The job variable 'isolation' is one of process, warm; 'hot' is none."


# -- helpers -----------------------------------------------------------------------------------------------------------


def price(value: int) -> None:
    Path("prices.py").write_text(f"PRICE = {value}\n")


def until_one_finds_it_loaded(deployment: UUID, *, since: int = 0) -> int:
    """Have runs carried out until one has not loaded the code itself; its number."""
    numbers = iter(range(since, since + 1_000))

    def found() -> int | None:
        number, before = next(numbers), len(lines("loads"))
        assert ended(triggered(deployment, number=number)).is_completed()
        return number if len(lines("loads")) == before else None

    number: int = soon(lambda: (each,) if (each := found()) is not None else None)[0]
    return number


def soon(look: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + LONG
    while not (found := look()):
        assert time.monotonic() < deadline
    return found


def lines(name: str) -> list[str]:
    return Path(name).read_text().splitlines() if Path(name).exists() else []
