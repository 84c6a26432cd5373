"""Calls of flows and tasks on their way: the run that stands for one, and what is needed to carry it out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

from prefect._clock import new_id, now
from prefect._domain.flow_runs import CreatedBy, Declared, FlowRun, FlowRunPolicy, completed
from prefect._domain.states import State
from prefect._domain.task_runs import TaskRun
from prefect._engine import naming
from prefect._engine.halts import leave_if_suspended
from prefect._engine.inputs import Inputs, given
from prefect._engine.recorders import recorder
from prefect.context import AssetContext, FlowRunContext, calling_task, current_tags
from prefect.logging.configuration import ensure_logging_setup
from prefect.logging.loggers import task_run_logger

if TYPE_CHECKING:
    from uuid import UUID

    from prefect._engine.code import FlowCode, TaskCode
    from prefect._engine.recorder import Recorder
    from prefect._engine.steps import Outcome


@dataclass(slots=True)
class FlowJob:
    """One call of a flow."""

    flow: FlowCode
    parameters: dict[str, Any]
    wait_for: Any
    parent: FlowRunContext | None
    recorder: Recorder
    run: FlowRun
    tracking: TaskRun | None = None
    epoch: int | None = None
    is_recorded: bool = False
    """Whether the run was recorded before, by whoever wants it to be carried out."""
    declared: Declared | None = None
    """What the flow says of a run that was recorded, and read, before the flow was loaded."""
    was_begun: bool = False
    """Whether an earlier try, or an earlier process, has begun the run."""

    @property
    def is_durable(self) -> bool:
        """Whether the run goes on where it stopped, by its flow's word or that of the flow that called it."""
        return self.flow.max_resumes is not None or (self.parent is not None and self.parent.steps is not None)


@dataclass(slots=True)
class TaskJob:
    """One call of a task."""

    task: TaskCode
    run: TaskRun
    parameters: dict[str, Any]
    wait_for: Iterable[Any] | None
    flow: FlowRunContext | None
    recorder: Recorder
    gathers: bool = False
    elsewhere: Callable[[tuple[Any, ...], Mapping[str, Any], float | None], Outcome] | None = None
    abandoned: bool = False
    caller: TaskRun | None = None
    """The task run in which the task was called."""
    inputs: Inputs | None = None
    assets: AssetContext | None = None
    """What the run makes and uses, where there are assets around it."""
    was_left: bool = False
    """Whether whoever iterated over what the task yields went away before its end."""
    step: str | None = None
    """The key of the step that it is, in a durable flow."""
    kept: State | None = None
    """The state of a step that an earlier process did, which was found when it was submitted."""
    returned: Any = None
    """The state, or the collection of states, that the last try returned: its caller gets it as it is."""
    _moving: Any = field(default_factory=Lock, init=False)
    """Held while the run moves, so that one that is left behind cannot move on in the same moment."""

    @property
    def hands_on(self) -> bool:
        """Whether the caller takes one by one what the task yields, of which nothing is kept."""
        return self.task.isgenerator and not self.gathers

    def look_at_inputs(self) -> Inputs:
        """What the run is given, as it is when this is first asked; recorded with the run."""
        if self.inputs is None:
            self.inputs = given(self.parameters, self.wait_for, self.flow)
            self.run.task_inputs = self.inputs.sources
            if self.caller is not None:
                self.run.task_inputs["__parents__"] = [{"input_type": "task_run", "id": str(self.caller.id)}]
        return self.inputs

    @property
    def logger(self) -> Any:
        """The logger of the run."""
        flow_run, flow = (self.flow.flow_run, self.flow.flow) if self.flow is not None else (None, None)
        return task_run_logger(self.run, self.task, flow_run, flow)

    def enter(self, state: State) -> None:
        """Move the run into a state and record it; nothing is recorded of a run that was left behind."""
        with self._moving:
            if not self.abandoned:
                self.recorder.enter(self.run, state)

    def abandon(self, state: State) -> None:
        """Move a run that has not ended into its last state, whatever it comes to later."""
        with self._moving:
            if not self.abandoned and (self.run.state is None or not self.run.state.is_final()):
                self.recorder.enter(self.run, state)
            self.abandoned = True


@dataclass(slots=True)
class Ended:
    """How a run ended, and what must be raised again whatever the caller wants (a crash or a signal)."""

    state: State
    crash: BaseException | None = None


def flow_job(
    flow: FlowCode,
    parameters: dict[str, Any],
    wait_for: Any,
    flow_run_id: UUID | None = None,
    epoch: int | None = None,
    recorded: FlowRun | None = None,
) -> FlowJob:
    """Prepare a call; a flow called inside another one gets a task run there that stands for it."""
    parent = FlowRunContext.get()
    leave_if_suspended(parent)
    kept = parent.recorder if parent is not None else recorder()
    if recorded is not None:
        declared = Declared(flow.version, flow.retries, flow.retry_delay_seconds, flow.max_resumes)
        run = completed(recorded, declared)
        return FlowJob(flow, parameters, wait_for, parent, kept, run, None, epoch, True, declared, _was_begun(run))
    tracking = _tracking_run(flow, parent) if parent is not None else None
    run = FlowRun(
        id=flow_run_id or new_id(),
        flow_id=new_id(),
        name=naming.new_name(),
        flow_version=flow.version,
        tags=sorted(flow.tags | current_tags()),
        empirical_policy=FlowRunPolicy(flow.retries, flow.retry_delay_seconds, max_resumes=_max_resumes(flow, parent)),
        parent_task_run_id=tracking.id if tracking else None,
        created_by=CreatedBy(type="FLOW", display_value=parent.flow.name) if parent else None,
    )
    return FlowJob(flow, parameters, wait_for, parent, kept, run, tracking, epoch, flow_run_id is not None)


def _was_begun(run: FlowRun) -> bool:
    return run.start_time is not None or run.run_count > 0


def _max_resumes(flow: FlowCode, parent: FlowRunContext | None) -> int | None:
    """How often a run goes on after a crash; a subflow does so with the flow that called it."""
    if parent is None or parent.steps is None:
        return flow.max_resumes
    return parent.flow_run.empirical_policy.max_resumes


def _tracking_run(flow: FlowCode, parent: FlowRunContext) -> TaskRun:
    place = _place(flow, parent)
    return TaskRun(
        id=new_id(),
        name=f"{flow.name}-{place}",
        task_key=f"{flow.name}-subflow",
        dynamic_key=place,
        flow_run_id=parent.flow_run.id,
        created=now(),
    )


def _place(flow: FlowCode, parent: FlowRunContext) -> str:
    """Where a subflow is called: which call of the flow it is, or in which task's run."""
    task = calling_task(parent)
    caller = flow.name if task is None else f"{flow.name} in {task.id}"
    count = parent.subflow_counts.get(caller, 0)
    parent.subflow_counts[caller] = count + 1
    if task is None:
        return str(count)
    return str(task.id) if count == 0 else f"{task.id}-{count}"


def task_job(task: TaskCode, parameters: dict[str, Any], wait_for: Iterable[Any] | None) -> TaskJob:
    """Prepare a call: a new run of the task, inside the flow run that is running, if any."""
    ensure_logging_setup()
    flow = FlowRunContext.get()
    leave_if_suspended(flow)
    kept = flow.recorder if flow is not None else recorder()
    return TaskJob(task, _new_run(task, flow), parameters, wait_for, flow, kept, caller=calling_task(flow))


def _new_run(task: TaskCode, flow: FlowRunContext | None) -> TaskRun:
    run_id = new_id()
    return TaskRun(
        id=run_id,
        name=task.name if flow is None else f"{task.name}-{run_id.hex[-3:]}",
        task_key=task.task_key,
        dynamic_key=run_id.hex if flow is not None else str(run_id),
        flow_run_id=None if flow is None else flow.flow_run.id,
        flow_run_run_count=0 if flow is None else flow.flow_run.run_count,
        tags=sorted(task.tags | current_tags()) if task.tags or current_tags() else [],
        empirical_policy=task.run_policy,
        task_version=task.version,
        created=now(),
    )
