"""What becomes of a run's result: whether it is kept, under which key, and whether it is known already."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from prefect._clock import now
from prefect._domain.states import State, StateDetails, StateType
from prefect._engine.outcomes import new_state
from prefect._engine.steps import Awaited, Step
from prefect.cache_policies import DEFAULT, NO_CACHE
from prefect.results import Maker, ResultRecord, ResultStore, get_default_persist_setting, why_unkept
from prefect.runtime import deployment, flow_run, task_run
from prefect.settings import get_current_settings
from prefect.transactions import CommitMode, Transaction, beside_the_loop, get_transaction

if TYPE_CHECKING:
    from prefect._domain.task_runs import TaskRun
    from prefect._engine.code import Code
    from prefect._engine.jobs import FlowJob, TaskJob
    from prefect._engine.recorder import Recorder


@dataclass(slots=True)
class ResultPlan:
    """How a run's result is treated; without a store it is held in memory only."""

    persists: bool
    store: ResultStore | None = None
    persists_by_default: bool = False

    def record(self, value: Any) -> ResultRecord:
        """A value as a state holds it."""
        return ResultRecord(value)

    def persist(self, state: State, logger: Any) -> None:
        """Keep what a run came to, its result or the error that it failed with, for whoever reads its state.

        What cannot be written is a warning, not a failure of the run.
        """
        record = state.data
        if self.store is None or not isinstance(record, ResultRecord) or record.is_stored:
            return
        if not (state.is_completed() or (state.is_failed() and isinstance(record.result, Exception))):
            return
        kept = self.store.create_result_record(record.result, uuid4().hex)
        try:
            self.store.persist_result_record(kept)
            state.data = kept
            return
        except Exception as error:  # noqa: BLE001  # a storage may be the user's, or anybody's
            why = why_unkept(error)
        logger.warning("The result is not kept: %s", why)  # where it holds no memory any more

    def transaction(self, job: TaskJob) -> Attempt:
        """What surrounds one try of a task."""
        return Attempt(self, job)


MEMORY_ONLY = ResultPlan(persists=False)
AS_STEP = (DEFAULT, NO_CACHE, None)
"""The cache policies of tasks that have none of their own: in a durable flow they are kept by their place."""


def plan_for_flow(job: FlowJob) -> ResultPlan:
    """The flow's own word, else its parent's, else the setting."""
    flow, persists = job.flow, _persists(job)
    storage, serializer = flow.result_storage, flow.result_serializer
    if job.parent is not None and job.parent.result_store is not None:
        outer = job.parent.result_store
        storage, serializer = storage or outer.result_storage, serializer or outer.serializer
    return ResultPlan(persists, ResultStore(storage, serializer=serializer) if persists or storage else None)


def keeps_its_result(job: FlowJob) -> bool:
    """Whether what a flow run comes to can be read again, by a later try of the flow that calls it."""
    return _persists(job) or bool(job.flow.result_storage)


def _persists(job: FlowJob) -> bool:
    inherited = job.parent.persist_result if job.parent is not None else get_default_persist_setting()
    return inherited if job.flow.persist_result is None else job.flow.persist_result


def plan_for_task(job: TaskJob) -> ResultPlan:
    """The task's own word, else its flow's, else the setting."""
    task = job.task
    inherited = job.flow.persist_result if job.flow is not None else get_default_persist_setting()
    persists = inherited if task.persist_result is None else task.persist_result
    if not persists:
        return MEMORY_ONLY
    outer = job.flow.result_store if job.flow is not None else None
    if outer is not None and not (task.result_storage or task.result_serializer or _key_storage(task)):
        return ResultPlan(True, outer)
    storage = _key_storage(task) or task.result_storage or (outer.result_storage if outer else None)
    serializer = task.result_serializer or (outer.serializer if outer else None)
    return ResultPlan(True, ResultStore(storage, serializer=serializer))


def names_a_block(code: Code) -> bool:
    """Whether the plan for a run of a flow or task takes time, because its results are kept in a block to be loaded."""
    return isinstance(_key_storage(code) or code.result_storage, str)


def _key_storage(code: Code) -> Any:
    return getattr(getattr(code, "cache_policy", None), "key_storage", None)


def step_kept_before(job: TaskJob) -> State | None:
    """The state of a step that an earlier process of its run did, with the same code; its run of old stands for it.

    What has more to do than to give what it gave, or waits for others, is carried out as usual, and found there.
    """
    if job.flow is None or job.flow.steps is None or job.flow.steps.is_new or get_transaction() is not None:
        return None
    task, inputs = job.task, job.look_at_inputs()
    is_plain = not (task.on_commit_hooks or task.on_rollback_hooks or task.assets or task.asset_deps)
    if not is_plain or job.flow.lineage or names_a_block(task) or not inputs.are_there():
        return None
    job.parameters = inputs.resolved()
    plan = plan_for_task(job)
    attempt = Attempt(plan, job)
    key = attempt.key_of_step()
    maker = plan.store.made_by(key) if plan.store is not None and key is not None else None
    if plan.store is None or key is None or maker is None or maker.task_key != task.task_key:
        return None
    job.run.id = maker.task_run_id
    details = StateDetails(flow_run_id=job.run.flow_run_id, task_run_id=job.run.id)
    return new_state(StateType.COMPLETED, "Cached", data=plan.store.read(key), state_details=details)


class Attempt:
    """One try of a task inside its transaction; without key, hooks or outer transaction there is none."""

    __slots__ = ("_job", "_plan", "_transaction", "step")

    def __init__(self, plan: ResultPlan, job: TaskJob) -> None:
        self._plan = plan
        self._job = job
        self.step: str | None = None
        self._transaction: Transaction | None = None

    def __enter__(self) -> Attempt:
        key = self._key() if self._plan.persists else None
        task = self._job.task
        if key or task.on_commit_hooks or task.on_rollback_hooks or get_transaction() is not None:
            self._transaction = self._opened(key)
            self._transaction.join()
        return self

    def _opened(self, key: str | None) -> Transaction:
        policy, task = self._job.task.cache_policy, self._job.task
        refresh = task.refresh_cache
        if refresh is None:
            refresh = get_current_settings().tasks.refresh_cache
        outer, logger = get_transaction(), self._job.logger
        mode = None if outer is not None else CommitMode.EAGER
        isolation = getattr(policy, "isolation_level", None)
        store, keeps = self._plan.store, self._plan.persists
        overwrites = self._is_made_anew(key) if self.step is not None else bool(refresh) or self._job.hands_on
        opened = Transaction(key, store, mode, isolation, overwrites, write_on_commit=keeps, logger=logger)
        opened.lock_manager = getattr(policy, "lock_manager", None)
        return opened

    def _is_made_anew(self, key: str | None) -> bool:
        """Whether a step is carried out without a look at what is kept, or though something is."""
        job, store = self._job, self._plan.store
        assert job.flow is not None
        steps = job.flow.steps
        if steps is None or store is None or key is None or steps.is_new:
            return True
        made_by = store.made_by(key)
        if made_by is None or made_by.task_key == job.task.task_key:
            return False
        told = "is used" if steps.changed_tasks == "keep" else "is not used: it runs anew"
        job.logger.warning("The code of this task has changed since its result was kept in this run, which %s.", told)
        return steps.changed_tasks == "rerun"

    def key_of_step(self) -> str | None:
        """The key of a step of a durable flow whose task says nothing else of how it is kept."""
        job, task = self._job, self._job.task
        steps = job.flow.steps if job.flow is not None else None
        says_else = task.result_storage_key is not None or task.cache_policy not in AS_STEP
        if steps is None or job.hands_on or says_else or not self._plan.persists:
            return None
        name = steps.name(task.name, job.parameters, run_id=job.run.id, caller=job.caller)
        if name is None:
            job.logger.warning("No hash can be made of this task's inputs, so it runs anew if the flow goes on.")
            return None
        self.step = f"{job.run.flow_run_id}-{name}"
        return steps.key(name)

    def _key(self) -> str | None:
        job, task = self._job, self._job.task
        if task.result_storage_key is not None:
            return storage_key(job)
        of_step = self.key_of_step()
        if of_step is not None:
            return of_step
        if task.cache_policy is None or job.hands_on or get_current_settings().tasks.disable_caching:
            return uuid4().hex
        try:
            context = _KeyContext(task, job.run, job.parameters)
            flow_parameters = job.flow.parameters if job.flow is not None else {}
            return task.cache_policy.compute_key(context, job.parameters, flow_parameters) or uuid4().hex
        except Exception as error:  # noqa: BLE001  # a user's key function or values; the run goes on without cache
            job.logger.error("Error encountered when computing cache key - result will not be persisted. %s", error)
            return None

    def begin(self) -> Generator[Step, Any, None]:
        """Open the transaction: wait for its lock, and look whether the result is known."""
        opened = self._transaction
        if opened is None:
            return
        if opened.is_serial:
            yield Awaited(opened.begin, opened.abegin)
        else:
            opened.begin()
        opened.activate()

    def cached(self) -> State | None:
        """The state of a run whose result is known already."""
        opened = self._transaction
        if opened is None or not opened.is_committed():
            return None
        record = opened.read()
        assert record is not None
        return new_state(StateType.COMPLETED, "Cached", data=record)

    def end(self, state: State) -> Generator[Step, Any, State]:
        """Hand the state's result over to the transaction, and its hooks."""
        opened = self._transaction
        if opened is None or not state.is_completed():
            return state
        self._keyed(state, opened)
        task = self._job.task
        told = partial(_tell_rollback, self._job.recorder, self._job.run)
        opened.stage(state.data, [*task.on_rollback_hooks, told], list(task.on_commit_hooks))
        if opened.parent is None:
            yield Awaited(opened.commit, partial(beside_the_loop, opened.commit))
        return state

    def undo(self, state: State) -> Generator[Step, Any, State]:
        """Call the rollback hooks of a run that is not to count, though it completed."""
        opened, hooks = self._transaction, self._job.task.on_rollback_hooks
        if opened is None or not state.is_completed():
            return state
        opened.stage(None, list(hooks))
        yield Awaited(opened.rollback, partial(beside_the_loop, opened.rollback))
        return state

    def _keyed(self, state: State, opened: Transaction) -> None:
        record = state.data
        if opened.key is None or self._plan.store is None or not isinstance(record, ResultRecord):
            return
        lifetime = self._job.task.cache_expiration
        expiration = now() + lifetime if lifetime is not None else None
        kept = self._plan.store.create_result_record(record.result, opened.key, expiration)
        if self.step is not None and kept.metadata is not None:
            kept.metadata.made_by = str(Maker(self._job.task.task_key, self._job.run.id))
        state.data = kept
        state.state_details.cache_key = opened.key

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        opened = self._transaction
        if opened is None:
            return
        if opened.is_active():
            opened.rollback()
        opened.__exit__(kind, error, trace)


def rolled_back() -> State:
    """The state of a run that completed and does not count."""
    return new_state(StateType.COMPLETED, "RolledBack", message="Task rolled back as part of transaction")


def _tell_rollback(recorder: Recorder, run: TaskRun, _: Transaction) -> None:
    recorder.enter(run, rolled_back())


@dataclass(slots=True)
class _KeyContext:
    """What a cache policy may ask of the task run."""

    task: Any
    task_run: Any
    parameters: dict[str, Any]


def storage_key(job: TaskJob) -> str:
    """The user's storage key with its fields filled in: `{parameters[x]}`, `{task_run.name}`, `{flow_run.id}` …"""
    fields = {"flow_run": flow_run, "task_run": task_run, "deployment": deployment, "parameters": job.parameters}
    return str(job.task.result_storage_key).format(**fields)
