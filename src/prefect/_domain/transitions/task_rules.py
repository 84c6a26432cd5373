"""The laws of task runs.

The engine consults the same table in process for its own task runs; the server consults it for those that are proposed
over the API. The order of the table is part of the law.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from prefect._domain.backoff import delay_for, jittered
from prefect._domain.states import StateDetails, StateType
from prefect._domain.task_runs import TaskRun
from prefect._domain.transitions.facts import Facts
from prefect._domain.transitions.flow_rules import (
    a_kept_result_is_not_lost,
    an_end_is_an_end,
    forbids_retry,
    not_before_its_time,
    remember_when_it_was_due,
)
from prefect._domain.transitions.verdicts import Abort, Amend, Opinion, Reject, Wait

TaskFacts = Facts[TaskRun]


def a_cached_state_is_used_again(facts: TaskFacts) -> Opinion:
    """A run whose cache key is known ends in the cached state instead of running."""
    if facts.cached is None or facts.proposed.state_details.refresh_cache:
        return None
    cached = replace(facts.cached, name="Cached", id=facts.spare_id, timestamp=facts.now)
    return Reject(cached, "Its cache key is known.")


def a_retried_flow_retries_its_tasks(facts: TaskFacts) -> Opinion:
    """A task of a retried flow that runs anew says so."""
    if not facts.flow_was_retried:
        return None
    return Amend(replace(facts.proposed, name="Retrying"))


def no_task_runs_in_a_stopped_flow(facts: TaskFacts) -> Opinion:
    """A task starts only while its flow runs."""
    flow = facts.flow_run_state
    if facts.run.flow_run_id is None:
        return None
    if flow is None:
        return Abort("The flow run of this task run has no state.")
    if flow.is_paused():
        waiting = facts.state(StateType.PAUSED, "NotReady", message="The flow is paused.")
        details = StateDetails(pause_timeout=flow.state_details.pause_timeout)
        return Reject(replace(waiting, state_details=details), "The flow is paused.")
    if not flow.is_running():
        return Abort(f"The flow is {flow.name}, so its tasks may not start.")
    return None


def a_slot_of_each_tag(facts: TaskFacts) -> Opinion:
    """A task whose tags are limited starts only with a slot of each."""
    slots = facts.tag_slots
    if slots is None or slots.limit is None:
        return None
    if slots.limit == 0:
        return Abort("A tag of this task run has the concurrency limit 0.")
    if slots.wait_seconds is not None:
        return Wait(slots.wait_seconds, "A tag's concurrency limit is reached.")
    return Amend(take_slot=True)


def retry_while_tries_remain(facts: TaskFacts) -> Opinion:
    """A failure with retries left becomes a later start."""
    policy = facts.run.empirical_policy
    if facts.proposed.state_details.retriable is False or forbids_retry(facts.proposed):
        return None
    if facts.run.run_count > (policy.retries or 0):
        return None
    delay = delay_for(policy.retry_delay, facts.run.run_count)
    if policy.retry_jitter_factor:
        delay = jittered(delay, policy.retry_jitter_factor, random=lambda: facts.jitter)
    again = facts.state(StateType.SCHEDULED, "AwaitingRetry", message=facts.proposed.message)
    details = StateDetails(scheduled_time=facts.now + timedelta(seconds=delay))
    return Reject(replace(again, data=facts.proposed.data, state_details=details), "Retrying")


def name_the_rerun(facts: TaskFacts) -> Opinion:
    """A run that runs again says so in its state's name."""
    if facts.run.run_count == 0 or facts.proposed.name != "Running":
        return None
    awaited = facts.current is not None and facts.current.name == "AwaitingRetry"
    return Amend(replace(facts.proposed, name="Retrying" if awaited else "Rerunning"))


def the_flow_run_is_known(facts: TaskFacts) -> Opinion:
    """A task run cannot belong to a flow run that does not exist."""
    if facts.run.flow_run_id is not None and not facts.flow_run_is_known:
        return Abort(f"The flow run {facts.run.flow_run_id} does not exist.")
    return None


def a_cache_key_is_short(facts: TaskFacts) -> Opinion:
    """A cache key that is too long to be stored is refused."""
    key = facts.proposed.state_details.cache_key
    if key is None or len(key) <= facts.max_cache_key_length:
        return None
    return Reject(None, f"The cache key has {len(key)} characters; at most {facts.max_cache_key_length} are allowed.")


TaskRule = Callable[[TaskFacts], Opinion]

TASK_RULES: tuple[tuple[str, str, TaskRule], ...] = (
    # from                to                            rule
    ("*", "RUNNING", a_cached_state_is_used_again),
    ("FINAL", "CANCELLING|PAUSED|CRASHED", an_end_is_an_end),
    ("COMPLETED", "!FAILED|CANCELLED|CRASHED", a_kept_result_is_not_lost),
    ("FINAL", "RUNNING", a_retried_flow_retries_its_tasks),
    ("*", "RUNNING", no_task_runs_in_a_stopped_flow),
    ("*", "RUNNING", a_slot_of_each_tag),
    ("SCHEDULED", "PENDING", remember_when_it_was_due),
    ("SCHEDULED|PENDING", "RUNNING", not_before_its_time),
    ("RUNNING", "FAILED", retry_while_tries_remain),
    ("*", "RUNNING", name_the_rerun),
    ("*", "*", the_flow_run_is_known),
    ("*", "COMPLETED", a_cache_key_is_short),
)
