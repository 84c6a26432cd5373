"""What the logs tell of an error: where in the user's code it was raised, once."""

from __future__ import annotations

import pytest

from prefect import flow, task
from tests.recorded import flow_runs, messages


@task
def divide() -> float:
    return 1 / 0


@flow
def shares() -> float:
    return divide()


@flow
def report() -> float:
    return shares()


def tracebacks() -> list[str]:
    """What was logged with a traceback, by whichever run."""
    return [line for run in flow_runs() for line in messages(run) if "Traceback" in line]


def test_an_error_is_logged_with_the_users_code_first_and_once() -> None:
    with pytest.raises(ZeroDivisionError):
        report()

    (told,) = tracebacks()
    after = told.split("Traceback (most recent call last):\n")[1]
    assert after.splitlines()[0].endswith("in divide")


def test_an_error_of_a_flow_itself_is_logged_too() -> None:
    @flow
    def broken() -> None:
        raise KeyError("colour")

    with pytest.raises(KeyError):
        broken()

    (told,) = tracebacks()
    assert "in broken" in told
