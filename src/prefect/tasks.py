"""Tasks: functions whose calls are recorded, retried, cached and run side by side.

`@task` makes one. Calling it runs it here; `submit` and `map` hand it to the flow's task runner.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial, update_wrapper
from typing import TYPE_CHECKING, Any, Generic, Literal, NoReturn, ParamSpec, TypedDict, TypeVar, overload
from uuid import UUID

from prefect._domain.backoff import exponential_backoff
from prefect._domain.states import State, result_of
from prefect._domain.task_runs import TaskRun, TaskRunPolicy
from prefect._engine.assets import as_assets
from prefect._engine.drivers import adrive, adrive_generator, drive, drive_generator
from prefect._engine.functions import (
    description_of,
    hooks_in,
    is_async,
    is_generator,
    require_function,
    under_its_name,
    underlying,
)
from prefect._engine.halts import leave_if_suspended
from prefect._engine.inputs import Signature
from prefect._engine.jobs import Ended, TaskJob, task_job
from prefect._engine.mapping import mapped_calls
from prefect._engine.methods import Bindable
from prefect._engine.naming import TaskRunNameCallbackWithParameters
from prefect._engine.options import (
    checked_cache_policy,
    checked_delays,
    checked_expiration,
    checked_function,
    checked_retries,
    checked_seconds,
)
from prefect._engine.outcomes import pending, returned_states
from prefect._engine.task_run import run_task
from prefect._engine.tracebacks import fold
from prefect.cache_policies import DEFAULT, NO_CACHE, CachePolicy
from prefect.context import FlowRunContext, TaskRunContext
from prefect.futures import PrefectDistributedFuture, PrefectFuture, PrefectFutureList
from prefect.logging.loggers import get_logger
from prefect.results import check_result_storage
from prefect.settings import get_current_settings
from prefect.utilities.annotations import NotSet, unmapped
from prefect.utilities.asyncutils import in_thread
from prefect.utilities.hashing import code_hash, hash_objects, stable_hash
from prefect.utilities.options import declares
from prefect.utilities.visualization import drawing, noted_call, refuse

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from prefect._wire.assets import Asset

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
MOST_DELAYS = 50


class TaskOptions(TypedDict, total=False):
    """Everything that can be said of a task beside its function; delays and timeouts are in seconds."""

    name: str | None
    description: str | None
    tags: Iterable[str] | None
    version: str | None
    cache_policy: CachePolicy | type[NotSet] | None
    cache_key_fn: Callable[[TaskRunContext, dict[str, Any]], str | None] | None
    cache_expiration: timedelta | None
    task_run_name: str | Callable[..., str] | None
    retries: int | None
    retry_delay_seconds: float | Sequence[float] | Callable[[int], list[float]] | None
    retry_jitter_factor: float | None
    persist_result: bool | None
    result_storage: Any
    result_storage_key: str | None
    result_serializer: Any
    cache_result_in_memory: bool
    timeout_seconds: float | None
    log_prints: bool | None
    refresh_cache: bool | None
    on_completion: Sequence[Callable[..., Any]] | None
    on_failure: Sequence[Callable[..., Any]] | None
    on_running: Sequence[Callable[..., Any]] | None
    on_rollback: Sequence[Callable[..., Any]] | None
    on_commit: Sequence[Callable[..., Any]] | None
    retry_condition_fn: Callable[..., Any] | None
    viz_return_value: Any
    asset_deps: Any
    skip_on_upstream_skip: bool
    at_most_once: bool | None


def _name(fn: Any, options: TaskOptions) -> str:
    name = options.get("name")
    if name is not None and not isinstance(name, str):
        raise TypeError(f"A task's name is a string; it is {name!r}. Write @task(name='...').")
    return name or str(getattr(fn, "__name__", type(fn).__name__))


class Task(Bindable, Generic[P, R]):
    """A function whose calls are task runs."""

    assets: Sequence[Asset] = ()
    materialized_by: str | None = None

    @declares(TaskOptions)
    def __init__(self, fn: Callable[P, R], **options: Unpack[TaskOptions]) -> None:
        require_function(fn, "task")
        self.fn = fn
        update_wrapper(self, fn)
        self.options: TaskOptions = options
        self.signature = Signature.of(underlying(fn))
        self.isasync, self.isgenerator = is_async(fn), is_generator(fn)
        self.name = _name(fn, options)
        self.description = options.get("description") or description_of(underlying(fn))
        self.version = options.get("version")
        self.tags = frozenset(_tags(options.get("tags")))
        self.task_key = task_key(underlying(fn))
        self.task_run_name = options.get("task_run_name")
        self.timeout_seconds = checked_seconds(options.get("timeout_seconds"), "timeout_seconds", self._told_as)
        self.log_prints = options.get("log_prints")
        self.refresh_cache = options.get("refresh_cache")
        self.viz_return_value = options.get("viz_return_value")
        self.asset_deps = as_assets(options.get("asset_deps"))
        self.skip_on_upstream_skip = options.get("skip_on_upstream_skip", True)
        self.at_most_once = bool(options.get("at_most_once"))
        self._set_retries(options)
        self._set_hooks(options)
        self._set_results(options)

    def _set_retries(self, options: TaskOptions) -> None:
        retries, delay = options.get("retries"), options.get("retry_delay_seconds")
        settings = get_current_settings().tasks
        self.retries = checked_retries(settings.default_retries if retries is None else retries, self._told_as)
        delay = settings.default_retry_delay_seconds if delay is None else delay
        self.retry_delay_seconds = checked_delays(delay(self.retries) if callable(delay) else delay, self._told_as)
        self.retry_jitter_factor = options.get("retry_jitter_factor")
        self.retry_condition_fn = checked_function(
            options.get("retry_condition_fn"), "retry_condition_fn", self._told_as
        )
        _check_retries(self)
        _check_once(self)
        self.run_policy = TaskRunPolicy(self.retries, self.retry_delay_seconds, self.retry_jitter_factor)

    def _set_hooks(self, options: TaskOptions) -> None:
        self.on_completion_hooks = hooks_in(options, "on_completion")
        self.on_failure_hooks = hooks_in(options, "on_failure")
        self.on_running_hooks = hooks_in(options, "on_running")
        self.on_rollback_hooks = hooks_in(options, "on_rollback")
        self.on_commit_hooks = hooks_in(options, "on_commit")

    def _set_results(self, options: TaskOptions) -> None:
        self.result_storage = options.get("result_storage")
        if self.result_storage is not None:
            check_result_storage(self.result_storage)
        self.result_serializer = options.get("result_serializer")
        self.result_storage_key = options.get("result_storage_key")
        self.cache_result_in_memory = options.get("cache_result_in_memory", True)
        self.cache_expiration = checked_expiration(options.get("cache_expiration"), self._told_as)
        self.cache_key_fn = checked_function(options.get("cache_key_fn"), "cache_key_fn", self._told_as)
        checked_cache_policy(options.get("cache_policy"), self._told_as)
        self.persist_result = _persistence(options)
        self.cache_policy = _cache_policy(self, options)

    @property
    def _told_as(self) -> str:
        return f"the task {self.name!r}"

    # -- calling --------------------------------------------------------------------------------------------------

    @overload
    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R: ...
    @overload
    def __call__(self: Task[Any, NoReturn], *args: Any, return_state: Literal[True], **kwargs: Any) -> State[Any]: ...
    @overload
    def __call__(
        self: Task[Any, Coroutine[Any, Any, T]], *args: Any, return_state: Literal[True], **kwargs: Any
    ) -> Coroutine[Any, Any, State[T]]: ...
    @overload
    def __call__(self, *args: Any, return_state: Literal[True], **kwargs: Any) -> State[R]: ...
    @overload
    def __call__(self, *args: Any, wait_for: Iterable[Any], **kwargs: Any) -> R: ...

    def __call__(  # type: ignore[misc]  # the first overload's parameters are the user's own
        self, *args: Any, return_state: bool = False, wait_for: Iterable[Any] | None = None, **kwargs: Any
    ) -> Any:
        """Run the task here and give its result, or its state with `return_state=True`.

        An async task gives a coroutine; a generator task an iterator.
        """
        if (tracker := drawing.get()) is not None:
            is_a = {"isasync": self.isasync, "isgenerator": self.isgenerator}
            return noted_call(tracker, self.name, (args, kwargs, wait_for), self.viz_return_value, **is_a)
        job = task_job(self, self.signature.bind(self._receiver + args, kwargs), wait_for)
        if self.isasync:
            return _iterate_async(job) if self.isgenerator else under_its_name(_call_async(job, return_state), self.fn)
        if self.isgenerator:
            return _iterate(job)
        try:
            return concluded(job, drive(run_task(job)), return_state)
        except BaseException as error:
            fold(error)
            raise error

    async def create_run(
        self,
        client: Any = None,
        id: UUID | None = None,
        parameters: dict[str, Any] | None = None,
        flow_run_context: FlowRunContext | None = None,
        parent_task_run_context: TaskRunContext | None = None,
        wait_for: Iterable[Any] | None = None,
        extra_task_inputs: Mapping[str, Any] | None = None,
        deferred: bool = False,
    ) -> TaskRun:
        """Record a run of this task as Pending, for whoever carries it out; inside of a flow it is a run of that.

        Only `id`, `parameters` and `wait_for` are looked at; the rest is taken for older programs.
        """
        job = task_job(self, dict(parameters or {}), wait_for)
        job.run.id = id or job.run.id
        job.look_at_inputs()
        job.enter(pending())
        await in_thread(job.recorder.flush)
        return job.run

    create_local_run = create_run

    @overload
    def submit(
        self: Task[Any, Coroutine[Any, Any, T]], *args: Any, return_state: Literal[True], **kwargs: Any
    ) -> State[T]: ...
    @overload
    def submit(self, *args: Any, return_state: Literal[True], **kwargs: Any) -> State[R]: ...
    @overload
    def submit(self: Task[Any, Coroutine[Any, Any, T]], *args: Any, **kwargs: Any) -> PrefectFuture[T]: ...
    @overload
    def submit(self, *args: Any, **kwargs: Any) -> PrefectFuture[R]: ...

    def submit(
        self, *args: Any, return_state: bool = False, wait_for: Iterable[Any] | None = None, **kwargs: Any
    ) -> Any:
        """Hand a run of the task to the flow's task runner and give its future at once.

        Raises `RuntimeError` outside of a flow, where there is no task runner.
        """
        if (tracker := drawing.get()) is not None:
            return tracker.noted(self.name, (args, kwargs, wait_for), self.viz_return_value)
        future = self._submitted_to(
            self._runner("submit"), self.signature.bind(self._receiver + args, kwargs), wait_for
        )
        if not return_state:
            return future
        future.wait()
        return future.state

    def _submitted_to(self, runner: Any, parameters: dict[str, Any], wait_for: Iterable[Any] | None) -> Any:
        future = runner.submit(self, parameters, wait_for)
        runner.hold(future)
        return future

    def _runner(self, verb: str) -> Any:
        flow = FlowRunContext.get()
        if flow is None:
            raise RuntimeError(
                f"The task {self.name!r} cannot be {verb}ted outside of a flow, for a flow brings the task runner. "
                f"Call it ({self.name}(...)), or use {self.name}.delay(...) to hand it to a task worker."
            )
        leave_if_suspended(flow)
        return flow.task_runner

    @overload
    def map(
        self: Task[Any, Coroutine[Any, Any, T]], *args: Any, return_state: Literal[True], **kwargs: Any
    ) -> list[State[T]]: ...
    @overload
    def map(self, *args: Any, return_state: Literal[True], **kwargs: Any) -> list[State[R]]: ...
    @overload
    def map(self: Task[Any, Coroutine[Any, Any, T]], *args: Any, **kwargs: Any) -> PrefectFutureList[T]: ...
    @overload
    def map(self, *args: Any, **kwargs: Any) -> PrefectFutureList[R]: ...

    def map(
        self,
        *args: Any,
        return_state: bool = False,
        wait_for: Iterable[Any] | None = None,
        deferred: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Submit a run for each item of the iterable arguments; `unmapped(x)` gives the same x to all.

        With `deferred`, task workers carry them out, as with `delay`. Raises `MappingLengthMismatch` and
        `MappingMissingIterable`.
        """
        refuse("map")
        calls = mapped_calls(self.signature, (*map(unmapped, self._receiver), *args), kwargs)
        runner = None if deferred else self._runner("submit")
        submit = self._hand_over if runner is None else partial(self._submitted_to, runner)
        futures: PrefectFutureList[Any] = PrefectFutureList(submit(call, wait_for) for call in calls)
        if runner is not None:
            runner.show_progress(self.name, futures)
        if not return_state:
            return futures
        futures.wait()
        return [future.state for future in futures]

    # -- in the background ----------------------------------------------------------------------------------------

    def delay(self, *args: Any, **kwargs: Any) -> PrefectDistributedFuture[R]:
        """Have a run of the task carried out by a task worker (`serve`), and give its future at once."""
        return self.apply_async(args, kwargs)

    def apply_async(
        self,
        args: tuple[Any, ...] | None = None,
        kwargs: Mapping[str, Any] | None = None,
        wait_for: Iterable[Any] | None = None,
        dependencies: Mapping[str, Any] | None = None,
    ) -> PrefectDistributedFuture[R]:
        """What `delay` does; with `wait_for`, once those futures have ended. `dependencies` is for older programs.

        Raises `UpstreamTaskError` where a future that it waits for failed, and `SerializationError` for arguments that
        cannot be pickled.
        """
        refuse("apply_async")
        return self._hand_over(self.signature.bind((*self._receiver, *(args or ())), kwargs or {}), wait_for)

    def _hand_over(self, parameters: dict[str, Any], wait_for: Iterable[Any] | None) -> PrefectDistributedFuture[R]:
        from prefect._engine.background import hand_over

        return hand_over(self, parameters, wait_for)

    def serve(self, **options: Any) -> None:
        """Carry out the runs of this task that are handed over; see `prefect.task_worker.serve`."""
        from prefect.task_worker import serve

        serve(self, **options)

    async def aserve(self, **options: Any) -> None:
        """See `serve`."""
        from prefect.task_worker import aserve

        await aserve(self, **options)

    # -- options --------------------------------------------------------------------------------------------------

    def __dask_tokenize__(self) -> str:
        """What Dask tells tasks apart by, where it would pickle them for that; each submission has an id beside."""
        return self.task_key

    @declares(TaskOptions)
    def with_options(self, **options: Unpack[TaskOptions]) -> Self:
        """The same task with other options; what is not given, and None, keeps the old value."""
        merged: TaskOptions = self._with(options, HOOKED)
        made = self._made_with(merged)
        made._receiver = self._receiver
        return made

    def _made_with(self, options: TaskOptions) -> Self:
        return type(self)(self.fn, **options)

    def on_completion(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Call `fn(task, run, state)` when a run completes."""
        self.on_completion_hooks.append(fn)
        return fn

    def on_failure(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Call `fn(task, run, state)` when a run fails."""
        self.on_failure_hooks.append(fn)
        return fn

    def on_running(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Call `fn(task, run, state)` when a run starts running."""
        self.on_running_hooks.append(fn)
        return fn

    def on_rollback(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Call `fn(transaction)` when the transaction around a run is rolled back."""
        self.on_rollback_hooks.append(fn)
        return fn

    def on_commit(self, fn: Callable[..., Any]) -> Callable[..., Any]:
        """Call `fn(transaction)` when the transaction around a run is committed."""
        self.on_commit_hooks.append(fn)
        return fn

    def __repr__(self) -> str:
        return f"<Task {self.name!r}>"


class MaterializingTask(Task[P, R]):
    """A task that makes assets; `materialize` in `prefect.assets` is the decorator for it."""

    @declares(TaskOptions)
    def __init__(
        self,
        fn: Callable[P, R],
        *,
        assets: Sequence[str | Asset],
        materialized_by: str | None = None,
        **task_kwargs: Unpack[TaskOptions],
    ) -> None:
        super().__init__(fn, **task_kwargs)
        self.assets = as_assets(assets)
        self.materialized_by = materialized_by

    @declares(TaskOptions)
    def with_options(
        self, assets: Sequence[str | Asset] | None = None, **task_kwargs: Unpack[TaskOptions]
    ) -> MaterializingTask[P, R]:
        """The same task with other options, or for other assets; what is not given, and None, keeps the old value."""
        made = super().with_options(**task_kwargs)
        if assets is not None:
            made.assets = as_assets(assets)
        return made

    def _made_with(self, options: TaskOptions) -> Self:
        return type(self)(self.fn, assets=self.assets, materialized_by=self.materialized_by, **options)


HOOKED = ("completion", "failure", "running", "rollback", "commit")


def concluded(job: TaskJob, ended: Ended, return_state: bool) -> Any:
    """What a caller gets: the state or the result; a crash goes on to the caller in any case."""
    if job.flow is None:
        job.recorder.flush()
    if ended.crash is not None:
        raise ended.crash
    if return_state:
        return ended.state
    return result_of(ended.state) if job.returned is None else returned_states(job.returned, ended.state)


async def _call_async(job: TaskJob, return_state: bool) -> Any:
    ended = await adrive(run_task(job))
    try:
        return concluded(job, ended, return_state)
    except BaseException as error:
        fold(error)
        raise error


def _iterate(job: TaskJob) -> Generator[Any, Any, Any]:
    return drive_generator(run_task(job), lambda ended: concluded(job, ended, return_state=False))


def _iterate_async(job: TaskJob) -> AsyncGenerator[Any, Any]:
    return adrive_generator(run_task(job), lambda ended: concluded(job, ended, return_state=False))


def task_key(fn: Callable[..., Any]) -> str:
    """The key of a function's task runs: its name and a hash of its code, so that another body has another key."""
    name = getattr(fn, "__qualname__", type(fn).__name__).split(".")[-1]
    code = getattr(fn, "__code__", None)
    return f"{name}-{(stable_hash(name) if code is None else code_hash(code))[:8]}"


def _check_retries(task: Task[Any, Any]) -> None:
    delays = task.retry_delay_seconds
    if isinstance(delays, Sequence) and len(delays) > MOST_DELAYS:
        raise ValueError(f"Can not configure more than {MOST_DELAYS} retry delays per task; {len(delays)} were given.")
    if task.retry_jitter_factor is not None and task.retry_jitter_factor < 0:
        raise ValueError(f"`retry_jitter_factor` must be >= 0; it is {task.retry_jitter_factor}.")


def _check_once(task: Task[Any, Any]) -> None:
    if task.at_most_once and task.retries:
        raise ValueError(f"A task that runs at most once is not tried again; retries is {task.retries}. Set retries=0.")


def _tags(tags: Iterable[str] | None) -> Iterable[str]:
    return (tags,) if isinstance(tags, str) else (tags or ())


KEEPS_RESULTS = ("cache_key_fn", "result_storage_key", "result_storage", "result_serializer")


def _persistence(options: TaskOptions) -> bool | None:
    """Whether results are kept: as told, else True where an option only makes sense with kept results."""
    if options.get("persist_result") is not None:
        return options["persist_result"]
    policy = options.get("cache_policy", NotSet)
    if policy not in (NotSet, None, NO_CACHE) or any(options.get(name) is not None for name in KEEPS_RESULTS):
        return True
    default: bool | None = get_current_settings().tasks.default_persist_result
    return default


def _cache_policy(task: Task[Any, Any], options: TaskOptions) -> CachePolicy | None:
    policy = options.get("cache_policy", NotSet)
    given = policy is not NotSet and policy is not None
    if options.get("persist_result") is False:
        if given and policy is not NO_CACHE:
            get_logger("tasks").warning("%r has a cache policy but persist_result=False, so nothing is cached.", task)
        return NO_CACHE
    if task.cache_key_fn is not None:
        if given:
            get_logger("tasks").warning("%r has both cache_policy and cache_key_fn; cache_key_fn is used.", task)
        return CachePolicy.from_cache_key_fn(task.cache_key_fn)
    if task.result_storage_key is not None:
        return None
    if given:
        return policy  # type: ignore[return-value]  # NotSet and None are ruled out
    return NO_CACHE if policy is None or get_current_settings().tasks.default_no_cache else DEFAULT


@overload
def task(fn: Callable[P, R], /) -> Task[P, R]: ...
@overload
def task(fn: None = None, /, **options: Unpack[TaskOptions]) -> Callable[[Callable[P, R]], Task[P, R]]: ...


@declares(TaskOptions)
def task(fn: Callable[..., Any] | None = None, /, **options: Unpack[TaskOptions]) -> Any:
    """Make a task of a function; with options, or without.

    Raises `TypeError` for what is not a function and for options that are not of their type, `ValueError` for options
    out of range.
    """
    forbidden = {"on_rollback", "on_commit"} & options.keys()
    if forbidden:
        name = sorted(forbidden)[0]
        raise TypeError(f"@task takes no {name!r}; decorate the hook with @my_task.{name} instead.")
    if fn is None:
        return partial(task, **options)
    return Task(fn, **options)


def task_input_hash(context: TaskRunContext, arguments: Mapping[str, Any]) -> str | None:
    """A `cache_key_fn` that makes its key of the task and its arguments."""
    return hash_objects(context.task.task_key, context.task.fn.__code__.co_code.hex(), dict(arguments))


__all__ = [
    "MaterializingTask",
    "Task",
    "TaskOptions",
    "TaskRunNameCallbackWithParameters",
    "exponential_backoff",
    "task",
    "task_input_hash",
]
