"""However a flow's or a task's code ends, its run ends in the state that is promised, and no task is left open."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Any

import pytest

from prefect import flow, task
from tests import recorded


class Odd(BaseException):
    """An exception of a user's that is no `Exception`."""


def exits() -> None:
    sys.exit(0)


def exits_with_a_code() -> None:
    sys.exit(3)


def interrupts() -> None:
    raise KeyboardInterrupt


def is_odd() -> None:
    raise Odd("odd")


def is_cancelled() -> None:
    raise asyncio.CancelledError


def fails() -> None:
    raise ValueError("wrong")


def loops() -> None:
    loops()


ENDS: dict[Callable[[], None], tuple[str, str, type[BaseException]]] = {
    exits: ("Crashed", "Execution was aborted by Python system exit call.", SystemExit),
    exits_with_a_code: ("Crashed", "Execution was aborted by Python system exit call.", SystemExit),
    interrupts: ("Crashed", "Execution was aborted by an interrupt signal.", KeyboardInterrupt),
    is_odd: ("Crashed", "Execution was interrupted by an unexpected exception: Odd: odd", Odd),
    is_cancelled: ("Crashed", "Execution was cancelled by the runtime environment.", asyncio.CancelledError),
    fails: ("Failed", "encountered an exception", ValueError),
    loops: ("Failed", "RecursionError", RecursionError),
}


@pytest.mark.parametrize("code", ENDS, ids=lambda code: str(code.__name__))
@pytest.mark.parametrize("where", ["flow", "task", "submitted"])
def test_the_end_of_code_is_the_end_of_its_run(code: Callable[[], None], where: str) -> None:
    name, message, error = ENDS[code]
    step: Any = task(code)

    @flow
    def around() -> None:
        if where == "flow":
            code()
        elif where == "task":
            step()
        else:
            step.submit().result()

    with pytest.raises(error):
        around()

    run = recorded.the_flow_run()
    assert run.state is not None
    assert (run.state.name, message in str(run.state.message)) == (name, True), run.state
    assert all(task.state_name == name for task in recorded.task_runs())
    assert len(recorded.task_runs()) == (where != "flow")
