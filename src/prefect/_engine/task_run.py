"""The life of a task run: resolve its inputs, run the user's function until it ends well or its tries are used up.

Its transitions are decided here, by the same rules that the server would apply, and journaled by the recorder.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextvars import copy_context
from datetime import timedelta
from functools import partial
from random import random
from typing import Any

from prefect._clock import new_id, now
from prefect._domain.states import State, StateType
from prefect._domain.transitions.decide import decide
from prefect._domain.transitions.facts import Facts
from prefect._domain.transitions.verdicts import Reject
from prefect._engine import naming
from prefect._engine.assets import making, tell_of_assets
from prefect._engine.drivers import Core
from prefect._engine.halts import wait_while_paused
from prefect._engine.hooks import hooks_for, run_hooks
from prefect._engine.iterating import TimeLeft, iterated
from prefect._engine.jobs import Ended, TaskJob
from prefect._engine.once import why_not_again
from prefect._engine.outcomes import (
    TASK,
    crashed,
    is_states,
    new_state,
    pending,
    state_of_error,
    state_of_value,
)
from prefect._engine.results_of_runs import (
    MEMORY_ONLY,
    ResultPlan,
    names_a_block,
    plan_for_task,
    rolled_back,
    step_kept_before,
)
from prefect._engine.steps import Block, Call, Hook, Raised, Returned, Sleep, Step, Until
from prefect._engine.tag_slots import slots_of_tags
from prefect._engine.tracebacks import to_be_told
from prefect.context import TaskRunContext
from prefect.exceptions import ConcurrencySlotAcquisitionError
from prefect.logging.loggers import patch_print


def run_task(job: TaskJob) -> Core[Ended]:
    """The core of a task run."""
    try:
        kept = done_before(job) if job.run.state is None else None
        if kept is not None:
            return Ended(kept)
        if job.run.state is None:
            job.enter(pending())
        state = yield from _ran(job)
        return Ended(state)
    except BaseException as error:  # noqa: BLE001  # it goes on to the caller
        job.enter(crashed(error, MEMORY_ONLY.record))
        assert job.run.state is not None
        if job.assets is not None and not job.abandoned:
            tell_of_assets(job.assets, job.run.state)
        return Ended(job.run.state, crash=error)


def done_before(job: TaskJob) -> State | None:
    """The state of a step that an earlier process of its run did, or None."""
    kept = step_kept_before(job)
    if kept is None:
        return None
    _remember_origin(job, getattr(kept.data, "result", None), kept.data)
    if job.flow is not None and job.flow.steps is not None and job.run.id not in job.flow.steps.recorded:
        _record_late(job, kept)
    return kept


def _record_late(job: TaskJob, kept: State) -> None:
    """Record the run of a step whose process died before it had told of it."""
    job.run.name, job.run.dynamic_key = f"{job.task.name}-{job.run.id.hex[-3:]}", job.run.id.hex
    if job.task.task_run_name is not None:
        _name(job)
    message = "An earlier process of the flow run did this, and died before that was recorded."
    done = new_state(StateType.COMPLETED, message=message, data=kept.data)
    done.state_details.cache_key = kept.state_details.cache_key
    job.enter(done)
    job.recorder.hurry()


def _name(job: TaskJob) -> None:
    with TaskRunContext(task=job.task, task_run=job.run, parameters=job.parameters):
        job.run.name = naming.task_run_name(job.task, job.parameters)


def _ran(job: TaskJob) -> Generator[Step, Any, State]:
    given = job.look_at_inputs()
    if given.upstreams:
        yield Until(given.wait)
        if job.abandoned and job.run.state is not None:
            return job.run.state
        hindered = given.hindrance(skip_on_upstream_skip=job.task.skip_on_upstream_skip)
        if hindered is not None:
            job.enter(hindered)
            return hindered
    late = (yield from wait_while_paused(job.flow)) if job.recorder.halted and job.caller is None else None
    if late is not None:
        failed = state_of_error(late, TASK, None, MEMORY_ONLY.record)
        job.enter(failed)
        return failed
    job.parameters, job.inputs = given.resolved(), None
    if job.task.assets or job.task.asset_deps or (job.flow is not None and job.flow.lineage):
        job.assets = making(job.task, job.run, job.flow)
    if job.task.task_run_name is not None:
        _name(job)
    plan = (yield Block(lambda: plan_for_task(job))) if names_a_block(job.task) else plan_for_task(job)
    context = TaskRunContext(
        task=job.task,
        task_run=job.run,
        parameters=job.parameters,
        result_store=plan.store,
        start_time=now(),
        log_prints=_logs_prints(job),
        persist_result=plan.persists,
        assets=job.assets,
    )
    with context, patch_print(context.log_prints):
        state = yield from _tried(job, plan, context)
        if job.assets is not None and not job.abandoned:
            tell_of_assets(job.assets, state)
    yield from _hooked(job, hooks_for(job.task, state), state)
    return state


def _logs_prints(job: TaskJob) -> bool:
    if job.task.log_prints is not None:
        return job.task.log_prints
    return job.flow.log_prints if job.flow is not None else naming.logs_prints_by_default()


def _hooked(job: TaskJob, hooks: Sequence[Any], state: State | None) -> Generator[Step, Any, None]:
    if hooks and not job.abandoned:
        yield from run_hooks(hooks, job.task, job.run, state, job.logger)


def _tried(job: TaskJob, plan: ResultPlan, context: TaskRunContext) -> Generator[Step, Any, State]:
    """Run the function, and again while its tries last; enters every state on the way, also the last."""
    while True:
        state = yield from _tried_once(job, plan, context)
        again = (yield from _another_try(job, state)) if state.is_failed() and not job.abandoned else None
        if again is None:
            if state.is_failed() and plan.store is not None:
                yield Block(partial(plan.persist, state, job.logger))
            job.enter(state)
            if job.was_left and state.is_completed():
                job.enter(rolled_back())
            _tell_failure(job, state)
            if state.is_completed():
                _remember_origin(job, getattr(state.data, "result", None), state.data)
            return state
        yield from _wait_for_next_try(job, again)


def _tried_once(job: TaskJob, plan: ResultPlan, context: TaskRunContext) -> Generator[Step, Any, State]:
    """One try, with slots of the run's tags."""
    try:
        slots = (yield from slots_of_tags(job)) if job.run.tags else None
    except ConcurrencySlotAcquisitionError as error:
        state = state_of_error(error, TASK, job.task.timeout_seconds, plan.record)
        state.state_details.retriable = False
        return state
    try:
        _enter_running(job)
        yield from _hooked(job, job.task.on_running_hooks, job.run.state)
        state = yield from _attempted(job, plan, context)
    except BaseException:
        if slots is not None:
            slots.give()
        raise
    if slots is not None:
        yield Block(slots.give)
    return state


def _enter_running(job: TaskJob) -> None:
    proposed = new_state(StateType.RUNNING)
    if job.run.run_count:
        proposed.name = "Retrying"
    job.enter(proposed)


def _attempted(job: TaskJob, plan: ResultPlan, context: TaskRunContext) -> Generator[Step, Any, State]:
    """One try: the cached state, or what the function came to."""
    with plan.transaction(job) as attempt:
        yield from attempt.begin()
        cached = attempt.cached()
        if cached is not None:
            return cached
        context.step = job.step = attempt.step
        outcome = (yield from _refused(job)) or (yield from _called(job, context))
        if isinstance(outcome, Raised) and not isinstance(outcome.error, Exception) and not outcome.timed_out:
            raise outcome.error
        if isinstance(outcome, Returned):
            value = outcome.value
            job.returned = value if isinstance(value, State) or is_states(value) else None
            state = state_of_value(value, plan.record)
        else:
            job.returned = None
            state = state_of_error(outcome.error, TASK, job.task.timeout_seconds, plan.record)
        if state.is_failed():
            state.state_details.retriable = None if isinstance(outcome, Returned) else False
        return (yield from (attempt.undo(state) if job.was_left else attempt.end(state)))


def _refused(job: TaskJob) -> Generator[Step, Any, Raised | None]:
    """Why a task is not called that may be called at most once, if it is so."""
    if not job.task.at_most_once:
        return None
    error = yield Block(partial(why_not_again, job.step, job.run.flow_run_id))
    return None if error is None else Raised(error)


def _called(job: TaskJob, context: TaskRunContext) -> Generator[Step, Any, Any]:
    args, kwargs = job.task.signature.unbind(job.parameters)
    timeout = job.task.timeout_seconds or None
    if job.elsewhere is not None:
        return job.elsewhere(args, kwargs, timeout)
    outcome = yield Call(job.task.fn, args, kwargs, timeout)
    if job.task.isgenerator and isinstance(outcome, Returned):
        outcome = yield from _iterated(job, outcome.value, context, TimeLeft(timeout))
    return outcome


def _iterated(job: TaskJob, generator: Any, context: TaskRunContext, left: TimeLeft) -> Generator[Step, Any, Any]:
    """Hand the values of a generator task on, one by one; its outcome is what the generator returns.

    A consumer that leaves early has the run undone: its rollback hooks are called, and nothing is kept of it. Of a
    submitted task nobody takes the values one by one; its outcome is the list of them.
    """
    gathered: list[Any] = []

    def emits(value: Any) -> bool:
        _remember_origin(job, value)
        if job.gathers:
            gathered.append(value)
        return not job.gathers

    def is_left() -> None:
        job.was_left = True

    outcome = yield from iterated(generator, context, copy_context(), left, emits, is_left)
    return Returned(gathered) if job.gathers and isinstance(outcome, Returned) else outcome


def _another_try(job: TaskJob, failed: State) -> Generator[Step, Any, State | None]:
    """The state in which the run awaits its next try, or None if this was the last."""
    failed.state_details.retriable, declared = None, failed.state_details.retriable
    facts = Facts(run=job.run, proposed=failed, now=now(), spare_id=new_id(), jitter=random())
    verdict = decide(facts)
    failed.state_details.retriable = declared
    if not isinstance(verdict, Reject) or verdict.state is None:
        return None
    condition = job.task.retry_condition_fn
    if condition is None:
        return verdict.state
    outcome = yield Hook(condition, (job.task, job.run, failed))
    if isinstance(outcome, Raised):
        job.logger.error("The retry condition raised %r, so the task is not retried.", outcome.error)
        return None
    return verdict.state if outcome.value else None


def _wait_for_next_try(job: TaskJob, again: State) -> Generator[Step, Any, None]:
    due = again.state_details.scheduled_time
    delay = (due - now()) if due is not None else timedelta()
    tries = (job.run.empirical_policy.retries or 0) + 1
    error = again.message or "It failed."
    if delay <= timedelta():
        job.logger.info("%s. Try %s of %s follows at once.", error, job.run.run_count + 1, tries)
        return
    job.enter(again)
    job.logger.info("%s. Try %s of %s follows in %.1f s.", error, job.run.run_count + 1, tries, delay.total_seconds())
    yield Sleep(max((due - now()).total_seconds(), 0) if due is not None else 0)


def _tell_failure(job: TaskJob, state: State) -> None:
    if state.is_failed() and not job.abandoned:
        job.logger.error("Finished in state %s", state, exc_info=to_be_told(state.data))


def _remember_origin(job: TaskJob, value: Any, record: Any = None) -> None:
    if job.flow is not None:
        job.flow.origins.remember(value, job.run.id, record)
