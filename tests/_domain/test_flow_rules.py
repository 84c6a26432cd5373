"""The laws of flow runs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prefect._domain.concurrency import CollisionStrategy
from prefect._domain.flow_runs import FlowRunPolicy
from prefect._domain.states import FINAL, StateType
from prefect._domain.transitions.facts import DeploymentFacts
from prefect._domain.transitions.flow_rules import gives_its_slot_back
from prefect._domain.transitions.verdicts import Abort, Accept, Reject, Wait
from prefect.exceptions import FAIL
from tests._domain.runs import DEPLOYMENT, NOON, SECOND, SPARE, STORED, a_flow_run, a_state, verdict

ENDS = ["COMPLETED", "FAILED", "CRASHED", "CANCELLED"]
LEASE = UUID(int=5)


def state_of(answer: object) -> tuple[str, str]:
    """The type and name of the state that a verdict enters."""
    assert isinstance(answer, (Accept, Reject))
    assert answer.state is not None
    return answer.state.type.value, answer.state.name


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("target", ["CANCELLING", "PAUSED", "CRASHED"])
def test_a_run_that_ended_cannot_be_cancelled_paused_or_crashed(end: str, target: str) -> None:
    assert isinstance(verdict(a_flow_run(a_state(end)), a_state(target)), Abort)


@pytest.mark.parametrize("target", ["RUNNING", "PENDING", "SCHEDULED"])
def test_a_completed_run_with_a_stored_result_stays_completed(target: str) -> None:
    run = a_flow_run(a_state("COMPLETED", data=STORED), deployment_id=DEPLOYMENT)

    answer = verdict(run, a_state(target))

    assert isinstance(answer, Reject)
    assert answer.state is None


def test_a_completed_run_without_a_stored_result_may_run_again() -> None:
    run = a_flow_run(a_state("COMPLETED", data={"type": "unpersisted"}))

    assert isinstance(verdict(run, a_state("RUNNING")), Accept)


def test_a_stored_result_is_not_replaced_by_none() -> None:
    run = a_flow_run(a_state("COMPLETED", data=STORED))

    assert isinstance(verdict(run, a_state("COMPLETED")), Reject)
    assert isinstance(verdict(run, a_state("COMPLETED", data=STORED)), Accept)


@pytest.mark.parametrize("target", ["RUNNING", "COMPLETED", "FAILED", "CANCELLED"])
def test_what_a_process_comes_to_after_its_run_was_cancelled_counts_no_more(target: str) -> None:
    cancelled = a_flow_run(a_state("CANCELLED"))

    answer = verdict(cancelled, a_state(target), by_its_process=True)

    assert answer == Reject(None, "The run was cancelled.")
    assert isinstance(verdict(cancelled, a_state(target)), Accept)


@pytest.mark.parametrize("end", ["FAILED", "CRASHED", "CANCELLED"])
def test_only_runs_of_deployments_are_scheduled_again(end: str) -> None:
    assert isinstance(verdict(a_flow_run(a_state(end)), a_state("SCHEDULED")), Abort)
    answer = verdict(a_flow_run(a_state(end), deployment_id=DEPLOYMENT), a_state("SCHEDULED"))
    assert isinstance(answer, Accept)
    assert answer.policy is not None
    assert answer.policy.retry_type == "reschedule"


def test_leaving_an_end_forgets_the_pauses() -> None:
    run = a_flow_run(a_state("FAILED"), policy={"pause_keys": {"1"}, "resuming": True})

    answer = verdict(run, a_state("RUNNING"))

    assert isinstance(answer, Accept)
    assert answer.policy == FlowRunPolicy(pause_keys=set(), resuming=False, retry_type=None)


@pytest.mark.parametrize("type", sorted({type.value for type in StateType} - {"CANCELLED"}))
def test_a_run_that_is_being_cancelled_can_only_become_cancelled(type: str) -> None:
    answer = verdict(a_flow_run(a_state("CANCELLING")), a_state(type))

    assert isinstance(answer, Reject)
    assert answer.state is None
    assert isinstance(verdict(a_flow_run(a_state("CANCELLING")), a_state("CANCELLED")), Accept)


@pytest.mark.parametrize("forced", [False, True])
def test_cancelling_is_done_at_once_where_nobody_runs_the_run(forced: bool) -> None:
    cancelling = a_state("CANCELLING")
    waiting = a_flow_run(a_state("SCHEDULED"))
    resuming = a_flow_run(a_state("SCHEDULED", "Resuming"), infrastructure_pid="1")
    suspended = a_flow_run(a_state("PAUSED", "Suspended", pause_reschedule=True), infrastructure_pid="1")
    started = a_flow_run(a_state("SCHEDULED"), infrastructure_pid="1")

    for run in (waiting, resuming, suspended):
        assert state_of(verdict(run, cancelling, forced=forced)) == ("CANCELLED", "Cancelled")
    assert state_of(verdict(started, cancelling, forced=forced)) == ("CANCELLING", "Cancelling")


@pytest.mark.parametrize("current", ["PENDING", "RUNNING", "CANCELLED"])
def test_a_run_is_claimed_once(current: str) -> None:
    assert isinstance(verdict(a_flow_run(a_state(current)), a_state("PENDING")), Abort)


@pytest.mark.parametrize("end", ["FAILED", "CRASHED", "COMPLETED"])
def test_a_run_that_ended_may_be_claimed_again(end: str) -> None:
    assert isinstance(verdict(a_flow_run(a_state(end)), a_state("PENDING")), Accept)


def test_a_claimed_run_may_say_how_far_it_has_come() -> None:
    run = a_flow_run(a_state("PENDING", scheduled_time=NOON, deployment_concurrency_lease_id=LEASE))

    answer = verdict(run, a_state("PENDING", "Submitting"))

    assert isinstance(answer, Accept)
    assert answer.state.name == "Submitting"
    assert answer.state.state_details.scheduled_time == NOON
    assert answer.state.state_details.deployment_concurrency_lease_id == LEASE


def test_a_slot_is_kept_from_state_to_state() -> None:
    run = a_flow_run(a_state("PENDING", deployment_concurrency_lease_id=LEASE))

    answer = verdict(run, a_state("RUNNING"))

    assert isinstance(answer, Accept)
    assert answer.state.state_details.deployment_concurrency_lease_id == LEASE


def test_a_request_sent_twice_is_one() -> None:
    run = a_flow_run(a_state("RUNNING", transition_id=UUID(int=8)))

    answer = verdict(run, a_state("RUNNING", transition_id=UUID(int=8)))

    assert isinstance(answer, Reject)
    assert answer.state is None


@pytest.mark.parametrize(
    ("slots", "expected"),
    [
        (DeploymentFacts(), ("PENDING", "Pending")),
        (DeploymentFacts(limit=2), ("PENDING", "Pending")),
        (DeploymentFacts(limit=2, slot_is_free=False), ("SCHEDULED", "AwaitingConcurrencySlot")),
        (
            DeploymentFacts(limit=2, slot_is_free=False, collision_strategy=CollisionStrategy.CANCEL_NEW),
            ("CANCELLED", "Cancelled"),
        ),
    ],
)
def test_a_run_of_a_limited_deployment_needs_a_slot(slots: DeploymentFacts, expected: tuple[str, str]) -> None:
    run = a_flow_run(a_state("SCHEDULED"), deployment_id=DEPLOYMENT)

    answer = verdict(run, a_state("PENDING"), deployment=slots)

    assert state_of(answer) == expected
    if isinstance(answer, Accept):
        assert answer.take_slot == (slots.limit is not None)


def test_a_limit_of_nothing_and_a_lost_deployment_let_nothing_start() -> None:
    run = a_flow_run(a_state("SCHEDULED"), deployment_id=DEPLOYMENT)

    assert isinstance(verdict(run, a_state("PENDING"), deployment=DeploymentFacts(limit=0)), Abort)
    assert isinstance(verdict(run, a_state("PENDING"), deployment=None), Abort)


def test_a_slot_lost_on_the_way_is_taken_again_or_the_run_cancelled() -> None:
    run = a_flow_run(a_state("PENDING", deployment_concurrency_lease_id=LEASE), deployment_id=DEPLOYMENT)

    held = verdict(run, a_state("RUNNING"), deployment=DeploymentFacts(limit=1, slot_is_held=True))
    free = verdict(run, a_state("RUNNING"), deployment=DeploymentFacts(limit=1))
    full = verdict(run, a_state("RUNNING"), deployment=DeploymentFacts(limit=1, slot_is_free=False))

    assert isinstance(held, Accept)
    assert not held.take_slot
    assert isinstance(free, Accept)
    assert free.take_slot
    assert state_of(full) == ("CANCELLED", "Cancelled")


def test_late_is_said_once_and_only_of_scheduled_runs() -> None:
    late = a_state("SCHEDULED", "Late")

    assert state_of(verdict(a_flow_run(a_state("SCHEDULED")), late)) == ("SCHEDULED", "Late")
    for current in (late, a_state("PENDING"), None):
        answer = verdict(a_flow_run(current), late)
        assert isinstance(answer, Reject)
        assert answer.state is None


def test_a_running_run_pauses_once_at_each_of_its_pauses() -> None:
    run = a_flow_run(a_state("RUNNING"), policy={"pause_keys": {"1"}})

    passed = verdict(run, a_state("PAUSED", pause_key="1"))
    new = verdict(run, a_state("PAUSED", pause_key="2"))

    assert isinstance(passed, Reject)
    assert isinstance(new, Accept)
    assert new.policy is not None
    assert new.policy.pause_keys == {"1", "2"}
    assert isinstance(verdict(a_flow_run(a_state("PENDING")), a_state("PAUSED")), Reject)
    assert isinstance(verdict(a_flow_run(None), a_state("PAUSED")), Abort)


def test_only_a_deployed_run_that_is_no_subflow_is_suspended() -> None:
    suspended = a_state("PAUSED", "Suspended", pause_reschedule=True)

    subflow = a_flow_run(a_state("RUNNING"), deployment_id=DEPLOYMENT, parent_task_run_id=UUID(int=3))
    assert isinstance(verdict(subflow, suspended), Abort)
    assert isinstance(verdict(a_flow_run(a_state("RUNNING")), suspended), Abort)
    assert isinstance(verdict(a_flow_run(a_state("RUNNING"), deployment_id=DEPLOYMENT), suspended), Accept)


def test_a_pause_ends_in_time_or_the_run_fails() -> None:
    in_time = a_flow_run(a_state("PAUSED", pause_timeout=NOON + SECOND))
    too_late = a_flow_run(a_state("PAUSED", pause_timeout=NOON - SECOND))

    resumed = verdict(in_time, a_state("RUNNING"))

    assert isinstance(resumed, Accept)
    assert resumed.policy is not None
    assert resumed.policy.resuming
    assert state_of(verdict(too_late, a_state("RUNNING"))) == ("FAILED", "Failed")
    assert isinstance(verdict(in_time, a_state("PENDING")), Reject)


def test_a_claimed_run_remembers_when_it_was_due_and_waits_for_it() -> None:
    due = a_flow_run(a_state("SCHEDULED", scheduled_time=NOON + 1.5 * SECOND))

    claimed = verdict(due, a_state("PENDING"))
    assert isinstance(claimed, Accept)
    assert claimed.state.state_details.scheduled_time == NOON + 1.5 * SECOND
    assert verdict(due, a_state("RUNNING")) == Wait(2, "The run is due later.")
    assert isinstance(verdict(a_flow_run(a_state("SCHEDULED", scheduled_time=NOON)), a_state("RUNNING")), Accept)


def test_a_failure_with_tries_left_waits_for_its_next_try() -> None:
    run = a_flow_run(a_state("RUNNING"), run_count=2, policy={"retries": 2, "retry_delay": 10, "pause_keys": {"1"}})

    answer = verdict(run, a_state("FAILED", data="kept"))

    assert isinstance(answer, Reject)
    assert answer.state is not None
    assert (answer.state.name, answer.state.id, answer.state.data) == ("AwaitingRetry", SPARE, "kept")
    assert answer.state.state_details.scheduled_time == NOON + 10 * SECOND
    assert answer.policy is not None
    assert (answer.policy.pause_keys, answer.policy.retry_type) == (set(), "in_process")


def test_the_last_failure_and_one_declared_to_be_it_stay_failures() -> None:
    spent = a_flow_run(a_state("RUNNING"), run_count=3, policy={"retries": 2})
    declared = a_flow_run(a_state("RUNNING"), run_count=1, policy={"retries": 2})

    assert isinstance(verdict(spent, a_state("FAILED")), Accept)
    assert isinstance(verdict(declared, a_state("FAILED", data=FAIL("enough"))), Accept)


def test_a_slot_is_given_back_when_the_run_neither_runs_nor_is_about_to() -> None:
    assert gives_its_slot_back(StateType.RUNNING, StateType.COMPLETED)
    assert gives_its_slot_back(StateType.PENDING, StateType.SCHEDULED)
    assert not gives_its_slot_back(StateType.PENDING, StateType.RUNNING)
    assert not gives_its_slot_back(StateType.SCHEDULED, StateType.CANCELLED)


types = st.sampled_from([type.value for type in StateType])


@given(types, types, st.booleans(), st.booleans(), st.integers(0, 3))
def test_every_proposal_gets_a_verdict_and_no_end_is_left_for_a_stop(
    current: str, proposed: str, deployed: bool, stored: bool, tries: int
) -> None:
    run = a_flow_run(
        a_state(current, data=STORED if stored else None),
        deployment_id=DEPLOYMENT if deployed else None,
        run_count=tries,
        policy={"retries": 1},
    )

    answer = verdict(run, a_state(proposed), deployment=DeploymentFacts())

    assert isinstance(answer, (Accept, Reject, Wait, Abort))
    if StateType(current) in FINAL and isinstance(answer, Accept):
        assert proposed not in ("CANCELLING", "PAUSED", "CRASHED")


@pytest.mark.parametrize("around", ["CANCELLING", "CANCELLED"])
def test_a_subflow_that_ends_since_its_caller_is_cancelled_has_not_crashed(around: str) -> None:
    answer = verdict(a_flow_run(a_state("RUNNING")), a_state("CRASHED"), outermost=a_state(around))

    assert state_of(answer) == ("CANCELLED", "Cancelled")


def test_a_subflow_of_a_run_that_goes_on_crashes_by_itself() -> None:
    answer = verdict(a_flow_run(a_state("RUNNING")), a_state("CRASHED"), outermost=a_state("RUNNING"))

    assert state_of(answer) == ("CRASHED", "Crashed")


@pytest.mark.parametrize("told", [{}, {"forced": True, "process_died": True}])
@pytest.mark.parametrize("stopped_as", ["PENDING", "RUNNING", "PAUSED"])
def test_a_durable_run_that_crashes_is_started_again(stopped_as: str, told: dict[str, bool]) -> None:
    run = a_flow_run(a_state(stopped_as), deployment_id=DEPLOYMENT, policy={"max_resumes": 2, "resumes": 1})

    answer = verdict(run, a_state("CRASHED"), **told)

    assert state_of(answer) == ("SCHEDULED", "Resuming")
    assert isinstance(answer, Reject)
    assert answer.state is not None
    assert answer.state.state_details.scheduled_time == NOON
    assert answer.policy == FlowRunPolicy(max_resumes=2, resumes=2, resuming=True, stalled=1)


@pytest.mark.parametrize(
    ("stalled", "tasks_done", "seconds"),
    [(2, 7, 0), (3, 7, 1), (4, 7, 2), (5, 7, 4), (11, 7, 256), (12, 7, 300), (900, 7, 300), (12, 8, 0)],
)
def test_a_durable_run_that_gets_no_further_is_started_again_ever_later(
    stalled: int, tasks_done: int, seconds: int
) -> None:
    policy = {"max_resumes": 1000, "resumes": stalled, "stalled": stalled, "tasks_done": 7}
    run = a_flow_run(a_state("RUNNING"), deployment_id=DEPLOYMENT, policy=policy)

    answer = verdict(run, a_state("CRASHED"), tasks_done=tasks_done)

    assert isinstance(answer, Reject)
    assert answer.state is not None
    assert answer.policy is not None
    assert answer.state.state_details.scheduled_time == NOON + timedelta(seconds=seconds)
    assert (answer.policy.stalled, answer.policy.tasks_done) == (0 if tasks_done > 7 else stalled + 1, tasks_done)
    assert ("got no further" in (answer.state.message or "")) is (seconds > 0)


@pytest.mark.parametrize(
    ("fields", "facts"),
    [
        ({"deployment_id": DEPLOYMENT, "policy": {"max_resumes": 2, "resumes": 2}}, {}),
        ({"deployment_id": DEPLOYMENT, "policy": {}}, {}),
        ({"deployment_id": DEPLOYMENT, "policy": {"max_resumes": 2}}, {"forced": True}),
        ({"policy": {"max_resumes": 2}}, {}),
        ({"deployment_id": DEPLOYMENT, "policy": {"max_resumes": 2}, "parent_task_run_id": UUID(int=8)}, {}),
    ],
    ids=[
        "it has no resume left",
        "its flow is not durable",
        "somebody forces it",
        "nobody starts it",
        "it is a subflow",
    ],
)
def test_other_runs_that_crash_stay_crashed(fields: dict[str, Any], facts: dict[str, Any]) -> None:
    assert state_of(verdict(a_flow_run(a_state("RUNNING"), **fields), a_state("CRASHED"), **facts)) == (
        "CRASHED",
        "Crashed",
    )


def test_a_durable_run_that_crashed_keeps_the_pauses_that_it_has_passed() -> None:
    paused = a_flow_run(a_state("PAUSED", pause_key="2"), policy={"max_resumes": 2, "pause_keys": {"1", "2"}})
    crash = verdict(paused, a_state("CRASHED"))
    assert isinstance(crash, Accept)
    assert crash.policy is not None
    assert crash.policy.pause_keys == {"1"}

    again = verdict(a_flow_run(a_state("CRASHED"), policy={"max_resumes": 2, "pause_keys": {"1"}}), a_state("PENDING"))
    assert isinstance(again, Accept)
    assert again.policy == FlowRunPolicy(max_resumes=2, pause_keys={"1"}, resuming=True)


def test_a_durable_run_that_waits_uses_up_no_try() -> None:
    run = a_flow_run(a_state("RUNNING"), deployment_id=DEPLOYMENT, policy={"max_resumes": 2})

    answer = verdict(run, a_state("SCHEDULED", "Waiting", scheduled_time=NOON + SECOND))

    assert state_of(answer) == ("SCHEDULED", "Waiting")
    assert isinstance(answer, Accept)
    assert answer.policy == FlowRunPolicy(max_resumes=2, resuming=True)
    others: list[dict[str, Any]] = [{"policy": {}}, {"deployment_id": None}, {"parent_task_run_id": UUID(int=8)}]
    for other in others:
        fields = {"deployment_id": DEPLOYMENT, "policy": {"max_resumes": 2}, **other}
        assert isinstance(verdict(a_flow_run(a_state("RUNNING"), **fields), a_state("SCHEDULED", "Waiting")), Abort)
