"""The laws of flow runs: which moves are allowed, and what becomes of those that are not.

The order of the table is part of the law.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from math import ceil
from typing import Any

from prefect._domain.concurrency import CollisionStrategy
from prefect._domain.flow_runs import FlowRun, FlowRunPolicy
from prefect._domain.states import State, StateDetails, StateType
from prefect._domain.transitions.facts import Facts
from prefect._domain.transitions.verdicts import Abort, Amend, Opinion, Reject, Wait
from prefect.exceptions import FAIL

FlowFacts = Facts[FlowRun]


def keep_the_slot(facts: FlowFacts) -> Opinion:
    """A run keeps the deployment slot that it holds until it is given back."""
    held = facts.current and facts.current.state_details.deployment_concurrency_lease_id
    if not held or facts.proposed.state_details.deployment_concurrency_lease_id:
        return None
    return Amend(_with_details(facts.proposed, deployment_concurrency_lease_id=held))


def the_same_request_twice_is_one(facts: FlowFacts) -> Opinion:
    """A request sent again gets the answer that it already had."""
    transition = facts.proposed.state_details.transition_id
    if facts.current and transition and transition == facts.current.state_details.transition_id:
        return Reject(None, "This transition was made already.")
    return None


def an_end_is_an_end(facts: Facts[Any]) -> Opinion:
    """A run that ended cannot be cancelled, paused or crashed."""
    return Abort(f"The run has ended: it is {_name(facts.current)}.")


def a_process_does_not_undo_a_cancellation(facts: FlowFacts) -> Opinion:
    """What a run's process comes to after the run was cancelled counts no more."""
    return Reject(None, "The run was cancelled.") if facts.by_its_process else None


def a_process_ends_its_run_once(facts: FlowFacts) -> Opinion:
    """The end that a run's process told is the one that counts, whatever it tells later."""
    return Abort(f"The run has ended: it is {_name(facts.current)}.") if facts.by_its_process else None


def a_subflow_is_cancelled_with_its_caller(facts: FlowFacts) -> Opinion:
    """A subflow that ends since the run around it is cancelled has not crashed: it is Cancelled, too."""
    around = facts.outermost
    if around is None or around.type not in (StateType.CANCELLING, StateType.CANCELLED):
        return None
    message = around.message or "The flow run that called it was cancelled."
    return Amend(replace(facts.proposed, type=StateType.CANCELLED, name="Cancelled", message=message, data=None))


def a_kept_result_is_not_lost(facts: Facts[Any]) -> Opinion:
    """A completed run with a stored result is not run again, nor replaced by one without."""
    if not is_stored(facts.current) or is_stored(facts.proposed):
        return None
    return Reject(None, "The run has completed and its result is stored.")


def only_deployed_runs_are_scheduled_again(facts: FlowFacts) -> Opinion:
    """A run that ended goes back to its schedule only where somebody can pick it up."""
    if facts.run.deployment_id is None:
        return Abort("Only a run of a deployment can be scheduled again.")
    return None


def leaving_an_end_starts_afresh(facts: FlowFacts) -> Opinion:
    """A run that is taken back from its end forgets its pauses; a durable one that crashed goes on where it stopped."""
    again = "reschedule" if facts.proposed.is_scheduled() else None
    policy = replace(facts.run.empirical_policy, retry_type=again)
    if policy.is_durable and facts.current is not None and facts.current.is_crashed():
        return Amend(policy=replace(policy, resuming=True))
    return Amend(policy=replace(policy, pause_keys=set(), resuming=False))


def a_durable_run_goes_on(facts: FlowFacts) -> Opinion:
    """A run of a durable flow that crashes is started again, so often as its flow says; ever later if it is stalled.

    Of no deployment, it waits for whoever calls its flow next; a subflow for the flow that called it.
    """
    policy = facts.run.empirical_policy
    if not policy.is_durable or facts.run.parent_task_run_id is not None:
        return None
    policy = _without_open_pause(policy, facts.current)
    if not policy.may_resume:
        message = f"{facts.proposed.message or ''} It was resumed {policy.resumes} times, as often as its flow allows."
        return Amend(replace(facts.proposed, message=message.strip()), policy)
    if facts.run.deployment_id is None:
        return Amend(policy=policy)
    policy = replace(policy.resumed(facts.tasks_done), retry_type=None)
    again = facts.state(StateType.SCHEDULED, "Resuming", message=_how_it_goes_on(policy, facts.proposed.message))
    details = StateDetails(scheduled_time=facts.now + policy.resume_delay)
    return Reject(replace(again, state_details=details), "Resuming", policy)


def _how_it_goes_on(policy: FlowRunPolicy, why: str | None) -> str:
    delay = policy.resume_delay.total_seconds()
    when = f"It goes on in {delay:.0f} s, since it got no further {policy.stalled} times" if delay else "It goes on"
    return f"{why or 'It crashed.'} {when} (resume {policy.resumes} of {policy.max_resumes})."


def _without_open_pause(policy: FlowRunPolicy, current: State | None) -> FlowRunPolicy:
    """A pause in which a run crashed was not passed: it is made again."""
    key = current.state_details.pause_key if current is not None and current.is_paused() else None
    return replace(policy, pause_keys=policy.pause_keys - {key}) if key is not None else policy


def a_durable_run_outlives_its_process(facts: FlowFacts) -> Opinion:
    """The same where others have seen its process die; a crash that somebody forces on it is one."""
    return a_durable_run_goes_on(facts) if facts.process_died else None


def cancelling_ends_cancelled(facts: FlowFacts) -> Opinion:
    """A run that is being cancelled can only become Cancelled."""
    return Reject(None, "The run is being cancelled; it can only become Cancelled.")


def nobody_to_stop_means_cancelled(facts: FlowFacts) -> Opinion:
    """Where no process runs, cancelling is done at once."""
    current = facts.current
    assert current is not None
    left_its_process = not facts.run.infrastructure_pid or current.name in ("Resuming", "Waiting")
    nobody_runs_it = current.is_scheduled() and left_its_process
    if nobody_runs_it or current.state_details.pause_reschedule:
        cancelled = facts.state(StateType.CANCELLED, "Cancelled", message=facts.proposed.message)
        return Reject(cancelled, "No process runs it, so the run is cancelled at once.")
    return None


def one_claim_only(facts: FlowFacts) -> Opinion:
    """A run is claimed once: this is what keeps two workers from starting the same run."""
    current, proposed = facts.current, facts.proposed
    assert current is not None
    if current.is_pending() and proposed.name not in (current.name, "Pending"):
        return Amend(
            _with_details(
                proposed,
                scheduled_time=current.state_details.scheduled_time,
                deployment_concurrency_lease_id=current.state_details.deployment_concurrency_lease_id,
            )
        )
    return Abort(f"The run is {current.name} already and cannot become {proposed.name}.")


def a_lost_slot_is_taken_again(facts: FlowFacts) -> Opinion:
    """A run whose slot ran out while it was being started takes one again, or is cancelled."""
    slots = facts.deployment
    held = facts.proposed.state_details.deployment_concurrency_lease_id
    if slots is None or slots.limit is None or held is None or slots.slot_is_held:
        return None
    if slots.slot_is_free:
        return Amend(take_slot=True)
    message = "The deployment's concurrency slot was lost while the run was being started."
    return Reject(facts.state(StateType.CANCELLED, "Cancelled", message=message), message)


def a_slot_for_each_run(facts: FlowFacts) -> Opinion:
    """A run of a limited deployment starts only with a slot."""
    slots = facts.deployment
    if facts.run.deployment_id is None:
        return None
    if slots is None:
        return Abort("The run's deployment does not exist any more.")
    if slots.limit is None:
        return None
    if slots.limit == 0:
        return Abort("The deployment's concurrency limit is 0, so none of its runs may start.")
    return Amend(take_slot=True) if slots.slot_is_free else _collided(facts, slots.collision_strategy, slots.slot_wait)


def _collided(facts: FlowFacts, strategy: CollisionStrategy, wait: timedelta) -> Opinion:
    reason = "The deployment's concurrency limit is reached."
    if strategy is CollisionStrategy.CANCEL_NEW:
        return Reject(facts.state(StateType.CANCELLED, "Cancelled", message=reason), reason)
    later = facts.state(StateType.SCHEDULED, "AwaitingConcurrencySlot", message=reason)
    return Reject(_with_details(later, scheduled_time=facts.now + wait), reason)


def a_slot_again_after_waiting(facts: FlowFacts) -> Opinion:
    """A run that gave its slot back, between two tries or in a pause, goes on only with a slot."""
    slots = facts.deployment
    if slots is None or slots.limit is None or slots.slot_is_held:
        return None
    if slots.slot_is_free:
        return Amend(take_slot=True)
    return Wait(ceil(slots.slot_wait.total_seconds()), "The deployment's concurrency limit is reached.")


def none_is_late_where_new_ones_are_cancelled(facts: FlowFacts) -> Opinion:
    """A run that would be late at a full deployment which cancels new runs is cancelled."""
    slots = facts.deployment
    if facts.proposed.name != "Late" or slots is None or slots.limit is None or slots.slot_is_free:
        return None
    if slots.collision_strategy is not CollisionStrategy.CANCEL_NEW:
        return None
    return _collided(facts, slots.collision_strategy, slots.slot_wait)


def late_is_said_once_and_only_of_scheduled(facts: FlowFacts) -> Opinion:
    """Only a run that waits for its time can be late, and it is said once."""
    if facts.proposed.name != "Late":
        return None
    if facts.current is None or not facts.current.is_scheduled():
        return Reject(None, "Only a scheduled run can be late.")
    if facts.current.name == "Late":
        return Reject(None, "The run is marked late already.")
    return None


def only_a_running_run_pauses(facts: FlowFacts) -> Opinion:
    """A run pauses while it runs, and once at each of its pauses."""
    if facts.current is None:
        return Abort("A run with no state cannot be paused.")
    if not facts.current.is_running():
        return Reject(None, f"Only a running run can be paused; this one is {facts.current.name}.")
    if facts.proposed.state_details.pause_key in facts.run.empirical_policy.pause_keys:
        return Reject(None, "This pause was passed already.")
    return _suspension(facts) if facts.proposed.state_details.pause_reschedule else _remember_pause(facts)


def _suspension(facts: FlowFacts) -> Opinion:
    if facts.run.parent_task_run_id is not None:
        return Abort("A subflow cannot be suspended; suspend the flow that called it.")
    if facts.run.deployment_id is None:
        return Abort("Only a run of a deployment can be suspended, since somebody must start it again.")
    return _remember_pause(facts)


def _remember_pause(facts: FlowFacts) -> Opinion:
    policy = facts.run.empirical_policy
    key = facts.proposed.state_details.pause_key or str(facts.spare_id)
    return Amend(policy=replace(policy, pause_keys={*policy.pause_keys, key}))


def a_pause_ends_in_time(facts: FlowFacts) -> Opinion:
    """A paused run is resumed, rescheduled or ended, and before its pause runs out."""
    current, proposed = facts.current, facts.proposed
    assert current is not None
    if proposed.is_crashed():
        return None
    if not (proposed.is_running() or proposed.is_scheduled() or proposed.is_final()):
        return Reject(None, f"A paused run can be resumed or ended, but not become {proposed.name}.")
    if current.state_details.pause_reschedule and facts.run.deployment_id is None:
        return Reject(None, "A suspended run can only be resumed if it belongs to a deployment.")
    timeout = current.state_details.pause_timeout
    if timeout is not None and timeout < facts.now and not proposed.is_final():
        message = "The run was paused and never resumed."
        return Reject(facts.state(StateType.FAILED, "Failed", message=message), message)
    return Amend(policy=replace(facts.run.empirical_policy, resuming=True))


def a_wait_is_no_try(facts: FlowFacts) -> Opinion:
    """A durable run that waits leaves its process, and goes on in another one without using up a try."""
    if facts.proposed.name != "Waiting":
        return None
    policy = facts.run.empirical_policy
    if not policy.is_durable or facts.run.deployment_id is None or facts.run.parent_task_run_id is not None:
        return Abort("Only a run of a durable flow and of a deployment can wait without a process.")
    return Amend(policy=replace(policy, resuming=True, retry_type=None))


def remember_when_it_was_due(facts: Facts[Any]) -> Opinion:
    """A claimed run keeps the time at which it was due."""
    assert facts.current is not None
    return Amend(_with_details(facts.proposed, scheduled_time=facts.current.state_details.scheduled_time))


def not_before_its_time(facts: Facts[Any]) -> Opinion:
    """A run that is due later waits."""
    due = facts.current.state_details.scheduled_time if facts.current else None
    if due is None or due <= facts.now:
        return None
    return Wait(ceil((due - facts.now).total_seconds()), "The run is due later.")


def retry_while_tries_remain(facts: FlowFacts) -> Opinion:
    """A failure with retries left becomes a later start."""
    policy = facts.run.empirical_policy
    if facts.run.run_count > (policy.retries or 0) or forbids_retry(facts.proposed):
        return Amend(policy=replace(policy, retry_type=None))
    due = facts.now + timedelta(seconds=policy.retry_delay or 0)
    again = facts.state(StateType.SCHEDULED, "AwaitingRetry", message=facts.proposed.message)
    again = replace(again, data=facts.proposed.data, state_details=StateDetails(scheduled_time=due))
    return Reject(again, "Retrying", replace(policy, pause_keys=set(), retry_type="in_process"))


def forbids_retry(state: State) -> bool:
    """Whether a failure was declared to be the last word, by raising or returning `FAIL`."""
    return isinstance(getattr(state.data, "result", state.data), FAIL)


def is_stored(state: State | None) -> bool:
    """Whether a state's result can be read again by another process."""
    data = state.data if state else None
    if data is None:
        return False
    if isinstance(data, dict):
        return "storage_key" in data
    return bool(getattr(data, "is_stored", False))


def _with_details(state: State, **changes: Any) -> State:
    return replace(state, state_details=replace(state.state_details, **changes))


def _name(state: State | None) -> str:
    return state.name if state else "without a state"


FlowRule = Callable[[FlowFacts], Opinion]

FLOW_RULES: tuple[tuple[str, str, FlowRule], ...] = (
    # from                                  to                              rule
    ("*", "*", keep_the_slot),
    ("*", "*", the_same_request_twice_is_one),
    ("FINAL", "CANCELLING|PAUSED|CRASHED", an_end_is_an_end),
    ("!FINAL", "CRASHED", a_subflow_is_cancelled_with_its_caller),
    ("PENDING|RUNNING|PAUSED|SCHEDULED", "CRASHED", a_durable_run_goes_on),
    ("CANCELLED", "*", a_process_does_not_undo_a_cancellation),
    ("COMPLETED|FAILED", "FINAL", a_process_ends_its_run_once),
    ("COMPLETED", "!FAILED|CANCELLED|CRASHED", a_kept_result_is_not_lost),
    ("FINAL", "SCHEDULED", only_deployed_runs_are_scheduled_again),
    ("FINAL", "!FINAL", leaving_an_end_starts_afresh),
    ("CANCELLING", "!CANCELLED", cancelling_ends_cancelled),
    ("SCHEDULED|PAUSED", "CANCELLING", nobody_to_stop_means_cancelled),
    ("PENDING|CANCELLING|RUNNING|CANCELLED", "PENDING", one_claim_only),
    ("PENDING", "RUNNING", a_lost_slot_is_taken_again),
    ("!PENDING|RUNNING|CANCELLING", "PENDING", a_slot_for_each_run),
    ("*", "SCHEDULED", late_is_said_once_and_only_of_scheduled),
    ("SCHEDULED", "SCHEDULED", none_is_late_where_new_ones_are_cancelled),
    ("*", "PAUSED", only_a_running_run_pauses),
    ("PAUSED", "*", a_pause_ends_in_time),
    ("RUNNING", "SCHEDULED", a_wait_is_no_try),
    ("SCHEDULED", "PENDING", remember_when_it_was_due),
    ("SCHEDULED|PENDING", "RUNNING", not_before_its_time),
    ("SCHEDULED|PAUSED", "RUNNING", a_slot_again_after_waiting),
    ("RUNNING", "FAILED", retry_while_tries_remain),
)

FORCED_FLOW_RULES: tuple[tuple[str, str, FlowRule], ...] = (
    ("COMPLETED", "!FAILED|CANCELLED|CRASHED", a_kept_result_is_not_lost),
    ("SCHEDULED|PAUSED", "CANCELLING", nobody_to_stop_means_cancelled),
    ("PENDING|RUNNING|PAUSED|SCHEDULED", "CRASHED", a_durable_run_outlives_its_process),
)


def gives_its_slot_back(source: StateType | None, target: StateType) -> bool:
    """Whether a run that makes this move leaves the states that hold a deployment's slot."""
    holding = (StateType.PENDING, StateType.RUNNING, StateType.CANCELLING)
    return source in holding and target not in holding
