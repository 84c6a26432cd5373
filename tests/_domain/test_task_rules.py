"""The laws of task runs, and what entering a state does to a run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prefect._domain.backoff import delay_for, exponential_backoff, jittered
from prefect._domain.states import StateType
from prefect._domain.transitions.entering import enter
from prefect._domain.transitions.facts import TagSlots
from prefect._domain.transitions.verdicts import Abort, Accept, Reject, Wait
from prefect.exceptions import FAIL
from tests._domain.runs import NOON, SECOND, STORED, a_flow_run, a_state, a_task_run, verdict

RUNS: dict[str, Any] = {"flow_run_state": a_state("RUNNING")}


def test_a_known_cache_key_gives_the_cached_state_instead() -> None:
    cached = a_state("COMPLETED", data=STORED)

    answer = verdict(a_task_run(a_state("PENDING")), a_state("RUNNING"), cached=cached, **RUNS)

    assert isinstance(answer, Reject)
    assert answer.state is not None
    assert (answer.state.name, answer.state.data) == ("Cached", STORED)


def test_a_refreshed_cache_is_not_asked() -> None:
    refreshed = a_state("RUNNING", refresh_cache=True)

    assert isinstance(verdict(a_task_run(a_state("PENDING")), refreshed, cached=a_state("COMPLETED"), **RUNS), Accept)


@pytest.mark.parametrize("flow", ["FAILED", "SCHEDULED", "CANCELLING"])
def test_no_task_starts_in_a_flow_that_does_not_run(flow: str) -> None:
    task = a_task_run(a_state("PENDING"))

    assert isinstance(verdict(task, a_state("RUNNING"), flow_run_state=a_state(flow)), Abort)
    assert isinstance(verdict(task, a_state("RUNNING"), flow_run_state=None), Abort)


def test_a_task_of_a_paused_flow_is_not_ready() -> None:
    paused = a_state("PAUSED", pause_timeout=NOON + SECOND)

    answer = verdict(a_task_run(a_state("PENDING")), a_state("RUNNING"), flow_run_state=paused)

    assert isinstance(answer, Reject)
    assert answer.state is not None
    assert (answer.state.type, answer.state.name) == (StateType.PAUSED, "NotReady")
    assert answer.state.state_details.pause_timeout == NOON + SECOND


def test_a_task_without_a_flow_starts() -> None:
    assert isinstance(verdict(a_task_run(a_state("PENDING"), flow_run_id=None), a_state("RUNNING")), Accept)


@pytest.mark.parametrize(
    ("slots", "kind"),
    [(TagSlots(limit=0), Abort), (TagSlots(limit=1, wait_seconds=3), Wait), (TagSlots(limit=1), Accept)],
)
def test_a_limited_tag_asks_for_a_slot(slots: TagSlots, kind: type) -> None:
    assert isinstance(verdict(a_task_run(a_state("PENDING")), a_state("RUNNING"), tag_slots=slots, **RUNS), kind)


def test_a_failure_with_tries_left_waits_for_its_next_try() -> None:
    run = a_task_run(a_state("RUNNING"), run_count=2, policy={"retries": 3, "retry_delay": [1.0, 5.0]})

    answer = verdict(run, a_state("FAILED"))

    assert isinstance(answer, Reject)
    assert answer.state is not None
    assert answer.state.name == "AwaitingRetry"
    assert answer.state.state_details.scheduled_time == NOON + 5 * SECOND


def test_what_may_not_be_tried_again_stays_failed() -> None:
    run = a_task_run(a_state("RUNNING"), run_count=1, policy={"retries": 3})

    assert isinstance(verdict(run, a_state("FAILED", retriable=False)), Accept)
    assert isinstance(verdict(run, a_state("FAILED", data=FAIL("enough"))), Accept)
    assert isinstance(verdict(a_task_run(a_state("RUNNING"), run_count=1), a_state("FAILED")), Accept)


@pytest.mark.parametrize(
    ("current", "name"), [("AwaitingRetry", "Retrying"), ("Pending", "Rerunning"), ("Completed", "Rerunning")]
)
def test_a_rerun_is_named(current: str, name: str) -> None:
    types = {"AwaitingRetry": "SCHEDULED", "Pending": "PENDING", "Completed": "COMPLETED"}
    run = a_task_run(a_state(types[current], current), run_count=1)

    answer = verdict(run, a_state("RUNNING"), **RUNS)

    assert isinstance(answer, Accept)
    assert answer.state.name == name


def test_a_task_of_a_retried_flow_says_so() -> None:
    answer = verdict(a_task_run(a_state("FAILED")), a_state("RUNNING"), flow_was_retried=True, **RUNS)

    assert isinstance(answer, Accept)
    assert answer.state.name == "Retrying"


def test_a_cache_key_has_a_longest_length() -> None:
    run = a_task_run(a_state("RUNNING"))

    assert isinstance(verdict(run, a_state("COMPLETED", cache_key="x" * 2001)), Reject)
    assert isinstance(verdict(run, a_state("COMPLETED", cache_key="x" * 2000)), Accept)


def test_a_task_of_an_unknown_flow_run_is_refused_and_force_asks_nobody() -> None:
    run = a_task_run(a_state("COMPLETED", data=STORED))

    assert isinstance(verdict(a_task_run(None), a_state("PENDING"), flow_run_is_known=False), Abort)
    assert isinstance(verdict(run, a_state("RUNNING"), forced=True), Accept)


def test_entering_states_counts_tries_and_time() -> None:
    run = a_task_run(None)
    moves = [("PENDING", 0), ("RUNNING", 1), ("SCHEDULED", 3), ("RUNNING", 5), ("COMPLETED", 9)]

    for type, second in moves:
        enter(run, a_state(type, at=NOON + second * SECOND))

    assert run.run_count == 2
    assert (run.expected_start_time, run.start_time) == (NOON, NOON + SECOND)
    assert run.end_time == NOON + 9 * SECOND
    assert run.total_run_time == timedelta(seconds=6)


def test_a_flow_run_that_resumes_is_not_counted_again() -> None:
    run = a_flow_run(a_state("PAUSED"), run_count=1, policy={"resuming": True})

    enter(run, a_state("RUNNING", at=NOON + SECOND))

    assert (run.run_count, run.empirical_policy.resuming) == (1, False)


def test_two_states_of_a_run_never_share_a_moment() -> None:
    run = a_flow_run(a_state("PENDING"))

    enter(run, a_state("RUNNING"))

    assert run.state is not None
    assert run.state.timestamp > NOON


def test_leaving_an_end_clears_it() -> None:
    run = a_task_run(a_state("FAILED"), run_count=3, end_time=NOON)

    enter(run, a_state("PENDING", at=NOON + SECOND))

    assert (run.end_time, run.run_count) == (None, 0)


def test_a_list_of_delays_repeats_its_last() -> None:
    assert [delay_for([1, 2], attempt) for attempt in (1, 2, 3)] == [1, 2, 2]
    assert delay_for(None, 1) == delay_for([], 1) == 0
    assert exponential_backoff(10)(4) == [10, 20, 40, 80]
    assert len(exponential_backoff(1)(100)) == 50


@given(st.floats(0.1, 1000), st.floats(0.01, 5), st.floats(0, 0.999999))
def test_jitter_stays_in_its_bounds(delay: float, factor: float, drawn: float) -> None:
    jitter = jittered(delay, factor, random=lambda: drawn)

    assert delay / (1 + factor) <= jitter <= delay * (1 + factor)


def test_jitter_varies() -> None:
    draws = iter((0.3, 0.5, 0.6))

    assert len({jittered(10, 1, random=lambda: next(draws)) for _ in range(3)}) == 3
