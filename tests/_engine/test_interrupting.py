"""Users' code is interrupted by signals and deadlines, ours is not."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from types import FrameType

import pytest

from prefect import flow, task
from prefect._engine.signals import TerminationRaised
from prefect._interrupting import interruptible, may_interrupt, uninterrupted
from prefect.exceptions import FlowRunTimeoutError, TerminationSignal
from tests import recorded


def frame_of(*around: Callable[[Callable[[], FrameType]], FrameType]) -> FrameType:
    """The frame that runs inside of these functions, the outermost first."""
    if not around:
        return sys._getframe()
    return around[0](lambda: frame_of(*around[1:]))


@interruptible
def users(call: Callable[[], FrameType]) -> FrameType:
    return call()


@uninterrupted
def ours(call: Callable[[], FrameType]) -> FrameType:
    return call()


def nobodys(call: Callable[[], FrameType]) -> FrameType:
    return call()


def terminated() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(1)


def test_the_nearest_mark_decides() -> None:
    assert may_interrupt(frame_of(nobodys))
    assert may_interrupt(frame_of(ours, users, nobodys))
    assert not may_interrupt(frame_of(users, nobodys, ours, nobodys))


def test_a_signal_that_comes_at_the_wrong_time_is_raised_at_the_next_right_one() -> None:
    passed = []

    @interruptible
    def waits() -> None:
        time.sleep(10)

    @uninterrupted
    def commits() -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        passed.append("committed")
        waits()

    with pytest.raises(TerminationSignal), TerminationRaised():
        commits()

    assert passed == ["committed"]
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_a_signal_that_found_no_right_time_is_raised_at_the_end() -> None:
    @uninterrupted
    def commits() -> str:
        os.kill(os.getpid(), signal.SIGTERM)
        return "committed"

    with pytest.raises(TerminationSignal), TerminationRaised():
        assert commits() == "committed"


def test_blocks_beside_one_another_share_the_signal_until_the_last_one_ends() -> None:
    first, second = TerminationRaised(), TerminationRaised()
    first.__enter__()
    second.__enter__()

    first.__exit__(None, None, None)
    with pytest.raises(TerminationSignal):
        terminated()
    second.__exit__(None, None, None)

    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_the_time_of_a_flow_is_over_also_where_a_task_is_at_work() -> None:
    @task(retries=3)
    def slow() -> None:
        time.sleep(10)

    @flow(timeout_seconds=0.2)
    def around() -> None:
        try:
            slow()
        except Exception:  # noqa: BLE001  # what a user may write
            time.sleep(10)

    with pytest.raises(FlowRunTimeoutError, match=r"exceeded timeout of 0\.2 second"):
        around()

    assert recorded.the_task_run().state_name == "Crashed"
    assert recorded.the_flow_run().state_name == "TimedOut"
