"""Task runners: where submitted task runs are carried out.

Each flow run has one of its own, for as long as it runs. `ThreadPoolTaskRunner` is the default; `ProcessPoolTaskRunner`
is for work that keeps a processor busy.
"""

from __future__ import annotations

import contextvars
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from types import GenericAlias
from typing import TYPE_CHECKING, Any, NoReturn

from prefect._domain.states import State
from prefect._engine.jobs import TaskJob
from prefect._engine.mapping import mapped_calls
from prefect._engine.pool import ThreadPool
from prefect._engine.progress import ProgressLine, is_wanted
from prefect._engine.submission import abandon, perform, submitted
from prefect.futures import PrefectConcurrentFuture, PrefectDistributedFuture, PrefectFuture, PrefectFutureList
from prefect.logging.loggers import get_logger
from prefect.settings import get_current_settings
from prefect.utilities.older_names import none_such

if TYPE_CHECKING:
    from typing_extensions import Self

    from prefect._engine.processes import ProcessPool
    from prefect._engine.recorder import Recorder
    from prefect.tasks import Task


class TaskRunner(ABC):
    """Carries out submitted task runs; entered before a flow's function is called, left when it has ended.

    Subclasses may name their futures in brackets: `TaskRunner[MyFuture]`.
    """

    __class_getitem__: Any = classmethod(GenericAlias)

    name: str

    def __init__(self) -> None:
        self.name = type(self).__name__.lower().removesuffix("taskrunner")
        self._started = False
        self._open: dict[int, TaskJob] = {}
        self._unfinished: dict[int, PrefectFuture[Any]] = {}

    @property
    def logger(self) -> Any:
        """What task runners of packages log by."""
        return get_logger(f"task_runner.{self.name}")

    @abstractmethod
    def duplicate(self) -> Self:
        """A fresh one with the same options."""

    @abstractmethod
    def submit(
        self,
        task: Task[Any, Any],
        parameters: dict[str, Any],
        wait_for: Iterable[Any] | None = None,
        dependencies: Mapping[str, Any] | None = None,
    ) -> PrefectFuture[Any]:
        """Have a run of the task carried out and give its future at once."""

    def map(
        self, task: Task[Any, Any], parameters: dict[str, Any], wait_for: Iterable[Any] | None = None
    ) -> PrefectFutureList[Any]:
        """Submit a run for each item of the iterable parameters."""
        self._require_started()
        calls = mapped_calls(task.signature, (), parameters)
        return PrefectFutureList(self.submit(task, call, wait_for) for call in calls)

    def finish(self, *, failed: bool) -> None:
        """The flow's function has ended: wait for what was submitted; if it failed, only for what was begun.

        What a cluster has begun nobody here knows: of a flow that failed nothing is waited for there.
        """
        if not failed:
            for future in list(self._unfinished.values()):
                future.wait()

    def show_progress(self, name: str, futures: Sequence[PrefectFuture[Any]]) -> None:  # noqa: B027  # most show none
        """A map was submitted: show in a terminal how far it is, where that can be known here."""

    def hold(self, future: PrefectFuture[Any]) -> None:
        """Keep a future until its run has ended: a cluster lets go of work whose future nobody has."""
        key = id(future)
        self._unfinished[key] = future

        def let_go(_: Any) -> None:
            self._unfinished.pop(key, None)

        future.add_done_callback(let_go)

    @property
    def has_unfinished(self) -> bool:
        """Whether there are runs that are held."""
        return bool(self._unfinished)

    def _open_until(self, job: TaskJob, future: Future[Any]) -> None:
        """The run is open until its future is done."""
        key = id(job)
        future.add_done_callback(lambda _: self._open.pop(key, None))  # the job, and what it was given, is let go

    def _abandon_open(self, error: BaseException, cancel_waiting: Callable[[], None]) -> None:
        """Record every open run as crashed: those that have begun are left behind, the others never begin."""
        jobs = list(self._open.values())
        cancel_waiting()
        for job in jobs:
            abandon(job, error)

    def _require_started(self) -> None:
        if not self._started:
            raise RuntimeError("Task runner is not started: submit tasks inside a flow, or inside `with task_runner:`.")

    def __enter__(self) -> Self:
        if self._started:
            raise RuntimeError("This task runner is already started; duplicate() gives a fresh one.")
        self._started = True
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        self._started = False


class _PoolTaskRunner(TaskRunner):
    """What the pools of this process share: the pool has what was submitted, and sees to it."""

    def __init__(self) -> None:
        super().__init__()
        self._pool: ThreadPool | ProcessPool | None = None
        self._line: ProgressLine | None = None

    @abstractmethod
    def _taken(self, pool: Any, job: TaskJob) -> Future[Any]:
        """Have the pool carry a run out."""

    def submit(
        self,
        task: Task[Any, Any],
        parameters: dict[str, Any],
        wait_for: Iterable[Any] | None = None,
        dependencies: Mapping[str, Any] | None = None,
    ) -> PrefectConcurrentFuture[Any]:
        self._require_started()
        assert self._pool is not None
        job = submitted(task, parameters, wait_for, self._open)
        if job.kept is not None:
            return PrefectConcurrentFuture(job.run.id, _done(job.kept))
        wrapped = self._taken(self._pool, job)
        self._open_until(job, wrapped)
        return PrefectConcurrentFuture(job.run.id, wrapped, self._pool.help_along)

    def show_progress(self, name: str, futures: Sequence[PrefectFuture[Any]]) -> None:
        if is_wanted():
            self._line = self._line or ProgressLine()
            self._line.add(name, futures)

    def hold(self, future: PrefectFuture[Any]) -> None:
        """The pool has what was submitted."""

    def finish(self, *, failed: bool) -> None:
        assert self._pool is not None
        if failed:
            self._pool.cancel_waiting()
        self._pool.join()

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        """Close the pool; when the flow was interrupted, what still runs is left behind and recorded as crashed."""
        assert self._pool is not None
        if self._line is not None:
            self._line.close()
        if error is not None:
            self._abandon_open(error, self._pool.cancel_waiting)
        self._pool.close(error)
        super().__exit__(kind, error, trace)


def _done(state: State) -> Future[Any]:
    done = Future[Any]()
    done.set_result(state)
    return done


class ThreadPoolTaskRunner(_PoolTaskRunner):
    """Threads of this process; `max_workers` None sets no bound.

    A task that waits for another one never blocks the pool: a thread that waits does work that has not begun itself.
    """

    def __init__(self, max_workers: int | None = None) -> None:
        super().__init__()
        if max_workers is not None and max_workers < 1:
            raise ValueError(f"max_workers must be 1 or more, or None for no bound; it is {max_workers}.")
        self.max_workers = max_workers
        self._recorder: Recorder | None = None

    def duplicate(self) -> Self:
        return type(self)(max_workers=self.max_workers)

    def _is_held_up(self) -> bool:
        """Whether runs that go on wait until more of them has been recorded."""
        return self._recorder is not None and self._recorder.is_behind

    def _taken(self, pool: ThreadPool, job: TaskJob) -> Future[Any]:
        self._recorder = job.recorder
        return pool.submit(partial(contextvars.copy_context().run, perform, job))

    def __enter__(self) -> Self:
        super().__enter__()
        most = self.max_workers or get_current_settings().tasks.runner.thread_pool_max_workers
        self._pool = ThreadPool(most, "prefect-task", is_held=self._is_held_up)
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ThreadPoolTaskRunner) and self.max_workers == other.max_workers

    def __hash__(self) -> int:
        return hash(self.max_workers)


ConcurrentTaskRunner = ThreadPoolTaskRunner


class SequentialTaskRunner(ThreadPoolTaskRunner):
    """One submitted task run after the other; the older spelling of `ThreadPoolTaskRunner(max_workers=1)`."""

    def __init__(self, max_workers: int | None = 1) -> None:
        super().__init__(max_workers=max_workers)


class ProcessPoolTaskRunner(_PoolTaskRunner):
    """Processes of their own, spawned; `max_workers` None takes one for each processor.

    What a task is given and what it returns travels as a pickle; a value that does not pickle is named in the error.
    `initializer(*initargs)` is called once in each process. Where the flow is interrupted, the processes are ended.
    """

    def __init__(
        self,
        max_workers: int | None = None,
        subprocess_message_processor_factories: Any = None,
        initializer: Any = None,
        initargs: tuple[Any, ...] = (),
    ) -> None:
        super().__init__()
        self.max_workers = max_workers
        self.subprocess_message_processor_factories = subprocess_message_processor_factories
        self.initializer = initializer
        self.initargs = initargs

    def duplicate(self) -> Self:
        return type(self)(
            self.max_workers, self.subprocess_message_processor_factories, self.initializer, self.initargs
        )

    def _taken(self, pool: ProcessPool, job: TaskJob) -> Future[Any]:
        return pool.submit(job)

    def __enter__(self) -> Self:
        super().__enter__()
        from prefect._engine.processes import ProcessPool

        most = self.max_workers or get_current_settings().tasks.runner.process_pool_max_workers
        self._pool = ProcessPool(most, self.initializer, self.initargs, inside=ThreadPoolTaskRunner())
        return self


class PrefectTaskRunner(TaskRunner):
    """Task workers carry out what is submitted, in whatever process and on whatever machine they are."""

    def __init__(self) -> None:
        super().__init__()
        self._submitted: list[PrefectDistributedFuture[Any]] = []

    def duplicate(self) -> Self:
        return type(self)()

    def submit(
        self,
        task: Task[Any, Any],
        parameters: dict[str, Any],
        wait_for: Iterable[Any] | None = None,
        dependencies: Mapping[str, Any] | None = None,
    ) -> PrefectDistributedFuture[Any]:
        self._require_started()
        from prefect._engine.background import hand_over

        self._submitted.append(hand_over(task, parameters, wait_for))
        return self._submitted[-1]

    def hold(self, future: PrefectFuture[Any]) -> None:
        """It is held from its submission to the end of the flow: nobody here sees when its run ends."""

    def finish(self, *, failed: bool) -> None:
        if not failed:
            PrefectFutureList(self._submitted).wait()


def __getattr__(name: str) -> NoReturn:
    raise none_such(__name__, name)


__all__ = [
    "ConcurrentTaskRunner",
    "PrefectTaskRunner",
    "ProcessPoolTaskRunner",
    "SequentialTaskRunner",
    "TaskRunner",
    "ThreadPoolTaskRunner",
]
