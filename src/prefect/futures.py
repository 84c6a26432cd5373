"""Futures: runs that were submitted, or handed to others, and will end in a state.

A future can be waited for, asked for its result, or passed as an argument to another task, which then waits for it.
"""

from __future__ import annotations

import concurrent.futures
import importlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from prefect._clock import new_id, now
from prefect._domain.as_html import badge, card
from prefect._domain.states import State, StateType, result_of
from prefect._engine.recorders import recorder
from prefect.context import TaskRunContext
from prefect.utilities.asyncutils import in_thread
from prefect.utilities.collections import visit_collection

R = TypeVar("R")
F = TypeVar("F")
LOOK_EVERY = 10.0
"""Seconds that one question for the end of a task run may take."""
LOOK_FIRST, LOOK_AGAIN = 0.05, 1.0
"""Seconds until a flow run is looked at again for the first time, and at the most; looks are ever further apart."""


class PrefectFuture(Generic[R]):
    """A run that will end in a state. Futures cannot be awaited; `result()` and `wait()` block the thread."""

    def __class_getitem__(cls, kinds: Any) -> Any:
        """The future of a kind of result; whether it is for sync or async code, which older programs say, is let go."""
        kind = kinds[0] if cls is PrefectFuture and isinstance(kinds, tuple) else kinds
        return super().__class_getitem__(kind)  # type: ignore[misc]  # that of `Generic`, which types do not show

    @property
    def state(self) -> State[R]:
        """Where the run stands now."""
        raise NotImplementedError

    def wait(self, timeout: float | None = None) -> None:
        """Block until the run has ended, or for so many seconds; never raises for the run's own failure."""
        raise NotImplementedError

    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> R:
        """What the run returned.

        Raises `TimeoutError` when it has not ended in so many seconds, and what the run raised unless
        `raise_on_failure` is False.
        """
        self.wait(timeout)
        state = self.state
        if timeout is not None and not self.is_done():
            raise TimeoutError(f"The task run {self.task_run_id} has not ended in {timeout} seconds.")
        return result_of(state, raise_on_failure)  # type: ignore[no-any-return]  # the user's value

    def is_done(self) -> bool:
        raise NotImplementedError

    def add_done_callback(self, fn: Callable[[PrefectFuture[R]], None]) -> None:
        """Call `fn(future)` when the run has ended, or at once if it has."""
        raise NotImplementedError

    @property
    def task_run_id(self) -> UUID:
        raise NotImplementedError

    def _repr_html_(self) -> str:
        """The future as a notebook shows it: how far its run is; nothing is waited for."""
        state = self.state
        return card("A future", badge(state.type.value, state.name), {"task run": self.task_run_id, "": state.message})


class PrefectTaskRunFuture(PrefectFuture[R]):
    """The future of a task run, known by its id. Those of other libraries note the state that they see it end in."""

    def __init__(self, task_run_id: UUID) -> None:
        self._task_run_id = task_run_id
        self._final_state: State | None = None

    @property
    def state(self) -> State[R]:
        """Where the run stands: as it was seen to end, or as it is recorded."""
        if self._final_state is not None:
            return self._final_state
        return _elsewhere().recorded_state(self._task_run_id)  # type: ignore[no-any-return]  # loaded when it is asked

    def is_done(self) -> bool:
        return self.state.is_final()

    @property
    def task_run_id(self) -> UUID:
        return self._task_run_id

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PrefectTaskRunFuture) and other.task_run_id == self.task_run_id

    def __hash__(self) -> int:
        return hash(self._task_run_id)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._task_run_id})"


class PrefectWrappedFuture(PrefectTaskRunFuture[R], Generic[R, F]):
    """The future of a task run that stands on another library's future, which it shows as `wrapped_future`."""

    def __init__(self, task_run_id: UUID, wrapped_future: F) -> None:
        super().__init__(task_run_id)
        self._wrapped_future = wrapped_future

    @property
    def wrapped_future(self) -> F:
        return self._wrapped_future

    @property
    def state(self) -> State[R]:
        """Where the run stands; waits for nothing. A run whose process has gone without telling its end is Crashed."""
        if self._final_state is None and self._is_wrapped_done():
            self.wait()
            if self._final_state is None:
                self._final_state = _elsewhere().state_of_the_lost(self._task_run_id)
        return super().state

    def is_done(self) -> bool:
        return self._final_state is not None or self._is_wrapped_done()

    def _is_wrapped_done(self) -> bool:
        done = getattr(self._wrapped_future, "done", None)
        return bool(done()) if callable(done) else False

    def add_done_callback(self, fn: Callable[[PrefectFuture[R]], None]) -> None:
        wrapped: Any = self._wrapped_future
        if self._final_state is not None:
            fn(self)
            return
        wrapped.add_done_callback(lambda _: fn(self))


class PrefectConcurrentFuture(PrefectWrappedFuture[R, "concurrent.futures.Future[State]"]):
    """The future of a task run in a pool of threads or processes."""

    def __init__(
        self,
        task_run_id: UUID,
        wrapped_future: concurrent.futures.Future[State],
        help_along: Callable[[concurrent.futures.Future[State]], None] | None = None,
    ) -> None:
        super().__init__(task_run_id, wrapped_future)
        self._help_along = help_along

    @property
    def state(self) -> State[R]:
        if self._wrapped_future.cancelled():
            return _not_ended("The flow ended before the task was begun.")
        if self._wrapped_future.done():
            return self._wrapped_future.result()
        return _not_ended(None)

    def is_done(self) -> bool:
        return self._wrapped_future.done()

    def wait(self, timeout: float | None = None) -> None:
        if not self._wrapped_future.done():
            _refuse_to_wait_for_oneself(self.task_run_id)
            if self._help_along is not None:
                self._help_along(self._wrapped_future)
        concurrent.futures.wait([self._wrapped_future], timeout=timeout)

    def add_done_callback(self, fn: Callable[[PrefectFuture[R]], None]) -> None:
        self._wrapped_future.add_done_callback(lambda _: fn(self))


def _not_ended(message: str | None) -> State:
    return State(type=StateType.PENDING, name="Pending", id=new_id(), timestamp=now(), message=message)


def _elsewhere() -> Any:
    """What knows of runs that other processes carry out; it loads a client."""
    return importlib.import_module("prefect._engine.elsewhere")


def _refuse_to_wait_for_oneself(task_run_id: UUID) -> None:
    """Raise `ValueError` in the task whose own run that is: it would wait for ever."""
    here = TaskRunContext.get()
    if here is not None and here.task_run.id == task_run_id:
        raise ValueError(
            f"The task run {here.task_run.name!r} waits for itself, and so would never end: its own future is among "
            "those that it waits for."
        )


class PrefectFutureList(list["PrefectFuture[R]"]):
    """What `map` gives: futures in the order of the mapped items."""

    def wait(self, timeout: float | None = None) -> None:
        """Block until all have ended, or for so many seconds."""
        wait(list(self), timeout=timeout)

    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> list[R]:
        """The results in order.

        Raises `TimeoutError` when not all have ended in so many seconds, and the first failure in order unless
        `raise_on_failure` is False.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        results = []
        for future in self:
            left = None if deadline is None else max(deadline - time.monotonic(), 0)
            results.append(future.result(timeout=left, raise_on_failure=raise_on_failure))
        return results


class DoneAndNotDoneFutures(NamedTuple):
    done: set[PrefectFuture[Any]]
    not_done: set[PrefectFuture[Any]]


def wait(futures: list[PrefectFuture[Any]], timeout: float | None = None) -> DoneAndNotDoneFutures:
    """Wait until all have ended, or for so many seconds; tells which have."""
    deadline = None if timeout is None else time.monotonic() + timeout
    for future in futures:
        left = None if deadline is None else max(deadline - time.monotonic(), 0)
        future.wait(left)
    done = {future for future in futures if future.is_done()}
    return DoneAndNotDoneFutures(done, set(futures) - done)


def as_completed(futures: list[PrefectFuture[Any]], timeout: float | None = None) -> Iterator[PrefectFuture[Any]]:
    """The futures one by one, as they end.

    Raises `TimeoutError` when not all have ended in so many seconds.
    """
    unseen = set(futures)
    total, ended, arrived = len(unseen), list[PrefectFuture[Any]](), threading.Condition()

    def arrive(future: PrefectFuture[Any]) -> None:
        with arrived:
            ended.append(future)
            arrived.notify()

    for future in unseen:
        future.add_done_callback(arrive)
    deadline = None if timeout is None else time.monotonic() + timeout
    for seen in range(total):
        with arrived:
            left = None if deadline is None else deadline - time.monotonic()
            if not arrived.wait_for(lambda: ended, timeout=left):
                raise TimeoutError(f"{total - seen} (of {total}) futures unfinished")
            future = ended.pop(0)
        yield future


def resolve_futures_to_states(expr: Any) -> Any:
    """The same structure, each future replaced by the state in which it ended; waits for them."""

    def ended_state(value: Any) -> Any:
        if not isinstance(value, PrefectFuture):
            return value
        value.wait()
        return value.state

    return visit_collection(expr, visit_fn=ended_state, return_data=True)


def resolve_futures_to_results(expr: Any) -> Any:
    """The same structure, each future replaced by its result; waits for them, and raises what they raised."""

    def result(value: Any) -> Any:
        return value.result() if isinstance(value, PrefectFuture) else value

    return visit_collection(expr, visit_fn=result, return_data=True)


class FutureElsewhere(PrefectFuture[R]):
    """The future of a run of another process: its state is asked for, and its end is waited for in a thread."""

    def is_done(self) -> bool:
        return self.state.is_final()

    async def wait_async(self, timeout: float | None = None) -> None:
        """Return when the run has ended, or after so many seconds."""
        await in_thread(self.wait, timeout)

    def add_done_callback(self, fn: Callable[[PrefectFuture[R]], None]) -> None:
        def called_when_done() -> None:
            self.wait()
            fn(self)

        threading.Thread(target=called_when_done, name="prefect-future", daemon=True).start()


class PrefectDistributedFuture(FutureElsewhere[R], PrefectTaskRunFuture[R]):
    """The future of a task run that another process carries out; it can be pickled, and asked in any process."""

    @property
    def state(self) -> State:
        return _elsewhere().recorded_state(self.task_run_id)  # type: ignore[no-any-return]  # loaded when it is asked

    def wait(self, timeout: float | None = None) -> None:
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            left = LOOK_EVERY if deadline is None else min(deadline - time.monotonic(), LOOK_EVERY)
            if left <= 0 or recorder().ledger.has_ended(self.task_run_id, left):
                return

    async def result_async(self, timeout: float | None = None, raise_on_failure: bool = True) -> R:
        """What the run returned; see `result`."""
        return await in_thread(self.result, timeout, raise_on_failure)


class PrefectFlowRunFuture(FutureElsewhere[R], Generic[R]):
    """The future of a flow run; it can be pickled, and asked in any process."""

    def __init__(self, flow_run_id: UUID) -> None:
        self._flow_run_id = flow_run_id

    @property
    def flow_run_id(self) -> UUID:
        return self._flow_run_id

    @property
    def state(self) -> State:
        """Where the run stands now. Raises `ObjectNotFound`."""
        return _elsewhere().state_of_flow_run(self._flow_run_id)  # type: ignore[no-any-return]  # loaded when it is asked

    def wait(self, timeout: float | None = None) -> None:
        deadline = None if timeout is None else time.monotonic() + timeout
        pause = LOOK_FIRST
        while not self.is_done():
            left = pause if deadline is None else min(deadline - time.monotonic(), pause)
            if left <= 0:
                return
            time.sleep(left)
            pause = min(pause * 2, LOOK_AGAIN)

    def result(self, timeout: float | None = None, raise_on_failure: bool = True) -> R:
        """What the flow returned, where its result is kept; raises as other futures do.

        Raises `MissingResult` where it is not kept.
        """
        self.wait(timeout)
        state = self.state
        if not state.is_final():
            raise TimeoutError(f"The flow run {self._flow_run_id} has not ended in {timeout} seconds.")
        return state.result(raise_on_failure=raise_on_failure)  # type: ignore[no-any-return]  # the user's value

    async def aresult(self, timeout: float | None = None, raise_on_failure: bool = True) -> R:
        """As `result`, awaited."""
        return await in_thread(self.result, timeout, raise_on_failure)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PrefectFlowRunFuture) and other.flow_run_id == self._flow_run_id

    def __hash__(self) -> int:
        return hash(self._flow_run_id)

    def __repr__(self) -> str:
        return f"PrefectFlowRunFuture({self._flow_run_id})"


__all__ = [
    "PrefectDistributedFuture",
    "DoneAndNotDoneFutures",
    "PrefectConcurrentFuture",
    "PrefectFlowRunFuture",
    "PrefectFuture",
    "PrefectFutureList",
    "PrefectTaskRunFuture",
    "as_completed",
    "resolve_futures_to_results",
    "resolve_futures_to_states",
    "wait",
]
