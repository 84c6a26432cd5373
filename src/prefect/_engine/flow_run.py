"""The life of a flow run: recorded, run until it ends well or its tries are used up, and ended once.

Its transitions are proposed to `_orchestration`, which decides them in a transaction, for the run may have been
cancelled, paused or claimed elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import suppress
from contextvars import Context
from functools import partial
from typing import Any

from prefect._clock import now
from prefect._domain.flow_runs import Declared, FlowRun
from prefect._domain.flow_runs import Flow as RecordedFlow
from prefect._domain.states import State, StateType, is_unkept
from prefect._domain.transitions.verdicts import Abort as Aborted
from prefect._domain.transitions.verdicts import Accept, Wait
from prefect._engine import naming
from prefect._engine.blocks import with_blocks
from prefect._engine.deadlines import Deadline
from prefect._engine.drivers import Core
from prefect._engine.halts import wait_while_paused
from prefect._engine.heartbeats import heartbeats
from prefect._engine.hooks import hooks_for, run_hooks
from prefect._engine.inputs import given
from prefect._engine.iterating import TimeLeft, iterated
from prefect._engine.jobs import Ended, FlowJob
from prefect._engine.kept_steps import RECORDED_IN, KeptSteps
from prefect._engine.leaving import Used
from prefect._engine.local_files import LocalFiles
from prefect._engine.old_steps import place_text, remove_old_steps
from prefect._engine.outcomes import FLOW, crashed, new_state, pending, state_of_error, state_of_value
from prefect._engine.redaction import keep_out_of_logs
from prefect._engine.results_of_runs import MEMORY_ONLY, ResultPlan, keeps_its_result, names_a_block, plan_for_flow
from prefect._engine.signals import was_terminated
from prefect._engine.steps import Block, Call, Raised, Returned, Sleep, Step, Until
from prefect._engine.tracebacks import to_be_told
from prefect.context import FlowRunContext, calling_task
from prefect.exceptions import Abort, ParameterTypeError, Pause, TerminationSignal
from prefect.futures import resolve_futures_to_states
from prefect.logging.loggers import flow_run_logger, patch_print
from prefect.results import ResultRecord, ResultStore, StoredResult
from prefect.settings import get_current_settings
from prefect.utilities.hashing import hash_objects


def run_flow(job: FlowJob) -> Core[Ended]:
    """The core of a flow run."""
    plan = MEMORY_ONLY
    try:
        hindered = yield from _given_its_inputs(job)
        late = None if calling_task(job.parent) is not None else (yield from wait_while_paused(job.parent))
        if late is not None:
            raise late
        known = None if hindered is not None else (yield from _come_to_earlier(job))
        if known is not None:
            return Ended(known)
        yield from _begun(job, hindered)
        if hindered is not None:
            return Ended(hindered)
        plan = (yield Block(lambda: plan_for_flow(job))) if names_a_block(job.flow) else plan_for_flow(job)
        state = yield from _tried(job, plan)
        if job.is_durable and job.parent is None:
            yield Block(lambda: _forget_old_steps(job, plan))
        if job.parent is not None and state.is_completed() and isinstance(state.data, ResultRecord):
            job.parent.origins.remember(state.data.result, job.run.id, state.data, kind="flow_run")
        return Ended(state)
    except BaseException as error:  # noqa: BLE001  # it goes on to the caller
        return (yield from _crashed(job, plan, error))


def _crashed(job: FlowJob, plan: ResultPlan, error: BaseException) -> Generator[Step, Any, Ended]:
    """End a run that a signal, a cancellation or a fault of ours stopped; what stopped it goes on to the caller."""
    known = job.run.state
    if known is None or known.is_final() or isinstance(error, (Abort, Pause)):
        return Ended(known or crashed(error, plan.record), crash=error)
    end = _rescheduled() if _is_to_be_rescheduled(job, error) else crashed(error, plan.record)
    answer = job.recorder.propose(job.run, end, epoch=job.epoch)
    if answer.state.is_cancelling():
        answer = job.recorder.propose(job.run, _cancelled(answer.state), epoch=job.epoch)
    job.run = answer.run
    if isinstance(answer.verdict, Accept):
        _logger(job).error("Finished in state %s", answer.state)
        yield from run_hooks(hooks_for(job.flow, answer.state), job.flow, job.run, answer.state, _logger(job))
    return Ended(answer.state, crash=error)


def _is_to_be_rescheduled(job: FlowJob, error: BaseException) -> bool:
    """Whether a run that SIGTERM ends is to go on in another process, as who may be moved elsewhere wishes."""
    wish = os.environ.get("PREFECT_FLOW_RUN_EXECUTE_SIGTERM_BEHAVIOR", "")
    terminated = isinstance(error, TerminationSignal) or was_terminated()
    return terminated and wish.lower() == "reschedule" and job.run.deployment_id is not None


def _rescheduled() -> State:
    message = "Its process was asked to end; it waits to be started again."
    again = new_state(StateType.SCHEDULED, "AwaitingRetry", message=message)
    again.state_details.scheduled_time = again.timestamp
    return again


def _come_to_earlier(job: FlowJob) -> Generator[Step, Any, State | None]:
    """The state of a subflow that completed, with its result kept, in an earlier try of the flow that calls it.

    It was called at the same place with the same parameters; where either differs, or cannot be told, it runs anew.
    In a durable flow, one that crashed there with its caller goes on.
    """
    parent, tracking = job.parent, job.tracking
    if parent is None or tracking is None or not keeps_its_result(job):
        return None
    tracking.cache_key = yield Block(lambda: _key_of_subflow(job))
    if tracking.cache_key is None or not parent.was_begun:
        return None
    earlier = yield Block(lambda: job.recorder.ledger.earlier_subflow(parent.flow_run.id, tracking))
    state: State | None = earlier.state if earlier is not None else None
    if state is not None and parent.steps is not None and state.is_crashed():
        _go_on_with(job, parent, earlier)
        return None
    if state is None or not state.is_completed() or is_unkept(state.data) or state.data is None:
        return None
    state.data = StoredResult(state.data, plan_for_flow(job).store)
    return state


def _key_of_subflow(job: FlowJob) -> str | None:
    """What tells a subflow from others of its flow; in a durable flow it is its place, too."""
    parent, tracking = job.parent, job.tracking
    assert parent is not None
    assert tracking is not None
    if parent.steps is None:
        return hash_objects(job.parameters)
    key = parent.steps.name(tracking.task_key, job.parameters, run_id=tracking.id, caller=calling_task(parent))
    tracking.dynamic_key = key or tracking.dynamic_key
    return key


def _go_on_with(job: FlowJob, parent: FlowRunContext, earlier: FlowRun) -> None:
    """Take a subflow up that crashed with its caller, in whose place of old it goes on."""
    job.run, job.was_begun = earlier, True
    job.declared = Declared(job.flow.version, job.flow.retries, job.flow.retry_delay_seconds)
    job.recorder.is_called_by(earlier.id, parent.flow_run.id)


def _given_its_inputs(job: FlowJob) -> Generator[Step, Any, State | None]:
    """Wait for what the run is given; the state in which it ends at once where it cannot start."""
    found = given(job.parameters, job.wait_for, job.parent)
    if job.tracking is not None:
        job.tracking.task_inputs = {**found.sources, **_parents(job.parent)}
    if found.upstreams:
        yield Until(found.wait)
        hindered = found.hindrance(skip_on_upstream_skip=True)
        if hindered is not None:
            return hindered
    job.parameters = found.resolved()
    return None


def _parents(flow: FlowRunContext | None) -> dict[str, list[dict[str, str]]]:
    """The task run in which a subflow is called."""
    task = calling_task(flow)
    return {} if task is None else {"__parents__": [{"input_type": "task_run", "id": str(task.id)}]}


def _begun(job: FlowJob, hindered: State | None) -> Generator[Step, Any, None]:
    """Record the run, unless it was read from where it is recorded."""
    if job.declared is not None:
        return
    job.run.parameters = job.flow.serialize_parameters(job.parameters)
    flow = RecordedFlow(id=job.run.flow_id, name=job.flow.name)
    first = hindered or pending()
    leased = job.parent is None and not job.is_recorded and hindered is None
    job.run = yield Block(lambda: job.recorder.begin_flow_run(flow, job.run, first, job.tracking, leased=leased))
    job.was_begun = job.run.start_time is not None


def _logger(job: FlowJob) -> Any:
    return flow_run_logger(job.run, job.flow)


def _tried(job: FlowJob, plan: ResultPlan) -> Generator[Step, Any, State]:
    """Run the function, and again while the laws give it another try."""
    invalid = yield from _validated(job, plan)
    if invalid is not None:
        return invalid
    while True:
        state = yield from _propose(job, plan, new_state(StateType.RUNNING))
        if not state.is_running():
            hooks = job.flow.on_cancellation_hooks if state.is_cancelled() else ()
            yield from run_hooks(hooks, job.flow, job.run, state, _logger(job))
            return state
        if job.was_begun and job.is_durable:
            _tell_of_going_on(job)
        yield from run_hooks(job.flow.on_running_hooks, job.flow, job.run, state, _logger(job))
        state = yield from _attempted(job, plan)
        job.was_begun = True
        if not (state.is_scheduled() and state.name == "AwaitingRetry"):
            error = to_be_told(state.data) if state.is_failed() else None
            _logger(job).log(20 if state.is_completed() else 40, "Finished in state %s", state, exc_info=error)
            yield from run_hooks(hooks_for(job.flow, state), job.flow, job.run, state, _logger(job))
            return state
        yield from _wait_for_next_try(job, state)


def _tell_of_going_on(job: FlowJob) -> None:
    """Tell that a run goes on where an earlier process stopped, and with which code."""
    policy, then, now = job.run.empirical_policy, job.run.flow_version, job.flow.version
    resumed = f" (resume {policy.resumes} of {policy.max_resumes})" if policy.resumes else ""
    code = f"version {_short(now)} of its code" + ("" if then == now else f"; it began with version {_short(then)}")
    _logger(job).info("Going on with flow run %r where it stopped%s, with %s.", job.run.name, resumed, code)


def _short(version: str | None) -> str:
    """A version as it is told: of a file's hash the beginning."""
    return "unknown" if version is None else version[:8] if len(version) == 32 else version


def _validated(job: FlowJob, plan: ResultPlan) -> Generator[Step, Any, State | None]:
    """Check the parameters and name the run; the state of a run whose parameters do not fit."""
    checked = job.flow.validate_parameters if job.flow.should_validate_parameters else with_blocks
    try:
        job.parameters = checked(job.parameters)
        keep_out_of_logs(job.flow.secrets_in(job.parameters))
    except ParameterTypeError as error:
        return (yield from _refused(job, plan, error))
    if job.run.run_count:
        return None
    if job.flow.flow_run_name is not None:
        with _naming_context(job):
            name = naming.flow_run_name(job.flow, job.parameters)
        yield Block(lambda: job.recorder.ledger.rename(job.run.id, name))
        job.run.name = name
    _logger(job).info("Beginning flow run %r for flow %r", job.run.name, job.flow.name)
    return None


def _naming_context(job: FlowJob) -> FlowRunContext:
    """What `prefect.runtime` shows to a function that names the run."""
    return FlowRunContext(
        flow=job.flow,
        flow_run=job.run,
        parameters=job.parameters,
        task_runner=None,
        result_store=None,
        start_time=now(),
        recorder=job.recorder,
    )


def _refused(job: FlowJob, plan: ResultPlan, error: ParameterTypeError) -> Generator[Step, Any, State]:
    message = f"Validation of flow parameters failed with error: {error}"
    failed = new_state(StateType.FAILED, message=message, data=plan.record(error))
    state = yield from _propose(job, plan, failed)
    _logger(job).error("Finished in state %s", state)
    yield from run_hooks(job.flow.on_failure_hooks, job.flow, job.run, state, _logger(job))
    return state


def _propose(job: FlowJob, plan: ResultPlan, proposed: State) -> Generator[Step, Any, State]:
    """Propose a state and take what the laws make of it; waits where they say so. Raises `Abort`."""
    while True:
        answer = yield Block(
            lambda: job.recorder.propose(
                job.run, proposed, leased=job.parent is None, epoch=job.epoch, declared=job.declared
            )
        )
        match answer.verdict:
            case Wait(seconds=seconds):
                yield Sleep(seconds)
            case Aborted(reason=reason):
                raise Abort(reason)
            case _:
                job.run = answer.run
                if answer.state.is_running():
                    job.epoch = answer.epoch
                if answer.state.is_cancelling():
                    return (yield from _propose(job, plan, _cancelled(answer.state)))
                return _with_held_data(answer.state, proposed, plan.store)


def _cancelled(cancelling: State) -> State:
    """The end of a run that somebody asked to end."""
    return new_state(StateType.CANCELLED, message=cancelling.message or "The flow run was cancelled.")


def _with_held_data(state: State, proposed: State, store: ResultStore | None) -> State:
    """The recorded state with its value: the one we proposed, or one that was stored before."""
    if state.type is proposed.type or state.name == "AwaitingRetry":
        state.data = proposed.data
    elif isinstance(state.data, dict) and "storage_key" in state.data:
        state.data = StoredResult(state.data, store)
    return state


def _attempted(job: FlowJob, plan: ResultPlan) -> Generator[Step, Any, State]:
    """One try: the state in which it left the run."""
    steps = _steps_of(job, plan)
    if steps is not None and not steps.is_new:
        steps.recorded = yield Block(lambda: frozenset(job.recorder.ledger.completed_tasks(job.run.id)))
    context = FlowRunContext(
        flow=job.flow,
        flow_run=job.run,
        parameters=job.parameters,
        task_runner=job.flow.task_runner.duplicate(),
        result_store=plan.store,
        start_time=now(),
        log_prints=_logs_prints(job),
        persist_result=plan.persists,
        recorder=job.recorder,
        epoch=job.epoch,
        was_begun=job.was_begun,
        steps=steps,
    )
    value, late = None, None
    try:
        with Used(context.task_runner) as used, context, heartbeats(job.run), patch_print(context.log_prints):
            outcome = yield from _called(job, context, used.within)
            if isinstance(outcome, Raised) and not isinstance(outcome.error, Exception):
                late = outcome.error if outcome.timed_out else None
                raise outcome.error
            if isinstance(outcome, Returned):
                value = yield Until(partial(resolve_futures_to_states, outcome.value))
            yield Until(partial(context.task_runner.finish, failed=isinstance(outcome, Raised)))
    except Deadline as over:  # the task runner has left behind what still ran
        if over is not late:
            raise
    if isinstance(outcome, Returned):
        ended = state_of_value(value, plan.record)
    else:
        ended = state_of_error(outcome.error, FLOW, job.flow.timeout_seconds, plan.record)
    yield Block(lambda: plan.persist(ended, _logger(job)))
    return (yield from _propose(job, plan, ended))


def _steps_of(job: FlowJob, plan: ResultPlan) -> KeptSteps | None:
    if not job.is_durable:
        return None
    says = job.flow if job.flow.max_resumes is not None or job.parent is None else job.parent.flow
    steps = KeptSteps(job.run.id, is_new=not job.was_begun, changed_tasks=says.changed_tasks)
    if steps.is_new and (files := _files_of(plan)) is not None:
        with suppress(OSError):  # what cannot be kept is told where it matters
            files.write_path(steps.key(RECORDED_IN), place_text(job.recorder.ledger))
    return steps


def _files_of(plan: ResultPlan) -> LocalFiles | None:
    """The folder of this machine in which results are kept, if it is one."""
    storage = plan.store.result_storage if plan.store is not None else None
    return storage if isinstance(storage, LocalFiles) else None


def _forget_old_steps(job: FlowJob, plan: ResultPlan) -> None:
    """Remove what old runs have kept in the same folder."""
    files, keep = _files_of(plan), get_current_settings().flows.steps_retention_period
    if files is None:
        return
    try:
        remove_old_steps(files.at(), job.recorder.ledger, keep=keep, now=now())
    except Exception as error:  # noqa: BLE001  # the run has ended, and somebody looks again tomorrow
        _logger(job).warning("What old runs have kept is not removed: %s: %s", type(error).__name__, error)


def _logs_prints(job: FlowJob) -> bool:
    if job.flow.log_prints is not None:
        return job.flow.log_prints
    return job.parent.log_prints if job.parent is not None else naming.logs_prints_by_default()


def _called(job: FlowJob, context: FlowRunContext, within: Context) -> Generator[Step, Any, Any]:
    args, kwargs = job.flow.signature.unbind(job.parameters)
    limit = job.flow.timeout_seconds or None
    outcome = yield Call(job.flow.fn, args, kwargs, limit, within)
    if job.flow.isgenerator and isinstance(outcome, Returned):
        outcome = yield from iterated(outcome.value, context, within, TimeLeft(limit), lambda _: True)
    return outcome


def _wait_for_next_try(job: FlowJob, again: State) -> Generator[Step, Any, None]:
    """Wait as long as the laws say, by the clock of whoever decided: a server's may be another than ours."""
    due = again.state_details.scheduled_time
    delay = max((due - again.timestamp).total_seconds(), 0) if due is not None else 0.0
    tries = (job.run.empirical_policy.retries or 0) + 1
    _logger(job).info("%s. Try %s of %s follows in %.1f s.", again.message, job.run.run_count + 1, tries, delay)
    if delay:
        yield Sleep(delay)
