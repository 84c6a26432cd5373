"""Task workers: processes that carry out background tasks.

    @task
    def send(address: str) -> None: ...

    send.delay("a@example.org")   # in a web application, say
    send.serve()                  # in the worker's process; serve(send, other) for several tasks

Both use the same database or server, and the same storage of parameters and results.
"""

from __future__ import annotations

import logging
import os
import platform
import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import nullcontext
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from prefect._clock import new_id
from prefect._domain.states import State
from prefect._domain.task_runs import TaskRun
from prefect._engine.background import carry_out, taken_over
from prefect._engine.jobs import TaskJob
from prefect._engine.ledger import Ledger, Taking
from prefect._engine.pool import ThreadPool
from prefect._engine.recorders import recorder
from prefect._engine.submission import abandon
from prefect._wire.claims import MOST
from prefect.client.transports import ServerUnreachable
from prefect.logging.configuration import ensure_logging_setup
from prefect.runner.starter import stopped_by_signals
from prefect.settings import get_current_settings
from prefect.tasks import Task
from prefect.utilities.asyncutils import dispatched, in_thread
from prefect.workers.health import answering_for

LIMIT = 10
"""How many runs a worker carries out at the same time, unless told otherwise."""
MOST_AT_WORK = 10_000
"""How many where no bound is set."""
LONGEST_WAIT = 2.0
"""Seconds that one question for runs may take; a worker that is to stop does so within them."""
AFTER_A_FAULT = 2.0
"""Seconds after which the server, or the database, is asked again that could not answer."""
logger = logging.getLogger("prefect.task_worker")


class AtWork(NamedTuple):
    """A run that a worker has begun."""

    job: TaskJob
    future: Future[State]


class TaskWorker:
    """Carries out runs of some tasks, several at a time; `limit` None sets no bound."""

    def __init__(self, *tasks: Task[Any, Any], limit: int | None = LIMIT) -> None:
        """Raises `TypeError` for what is no task, `ValueError` for no tasks and for a limit below 1."""
        for task in tasks:
            if not isinstance(task, Task):
                raise TypeError(f"A task worker carries out tasks; {task!r} is none. Decorate the function with @task.")
        if not tasks:
            raise ValueError("A task worker needs at least one task: serve(my_task).")
        if limit is not None and limit < 1:
            raise ValueError(f"The limit of a task worker is 1 or more, or None for no bound; it is {limit}.")
        self.tasks = {task.task_key: task for task in tasks}
        self.limit = limit or MOST_AT_WORK
        self._name = f"{platform.node()}-{os.getpid()}"
        self._id = f"{self._name}-{new_id()}"
        self._ttl = timedelta(seconds=get_current_settings().flows.lease_seconds)
        self._at_work: dict[UUID, AtWork] = {}
        self._threads = ThreadPool(self.limit, "prefect-task-worker")
        self._heard_at = time.monotonic()
        self._stopping = threading.Event()

    @property
    def client_id(self) -> str:
        """The host and the process of the worker."""
        return self._name

    @property
    def is_stopping(self) -> bool:
        """Whether it takes no more runs."""
        return self._stopping.is_set()

    @property
    def is_healthy(self) -> bool:
        """Whether it asked for runs not long ago."""
        return time.monotonic() - self._heard_at < self._ttl.total_seconds()

    def start(self, timeout: float | None = None) -> None:
        """Carry runs out until `stop()`, or for so many seconds; those that have begun are brought to their ends."""
        ensure_logging_setup()
        deadline = None if timeout is None else time.monotonic() + timeout
        logger.info("Waiting for runs of %s.", ", ".join(str(task.name) for task in self.tasks.values()))
        try:
            while not self.is_stopping and (deadline is None or time.monotonic() < deadline):
                left = LONGEST_WAIT if deadline is None else min(deadline - time.monotonic(), LONGEST_WAIT)
                self._begin_what_waits(max(left, 0))
            self._bring_to_an_end()
        except BaseException as error:
            self._abandon(error)
            raise
        finally:
            self._threads.close()
            self._ledger.leave(self._id)

    async def astart(self, timeout: float | None = None) -> None:
        """See `start`."""
        await in_thread(self.start, timeout)

    def stop(self, *, now: bool = False) -> None:
        """Take no more runs; a signal handler may call this. With `now`, what has begun is left behind as Crashed."""
        self._stopping.set()
        if now:
            raise KeyboardInterrupt

    @dispatched
    def execute_task_run(self, task_run: TaskRun) -> State:
        """Carry one run out and give the state in which it ended."""
        return carry_out(taken_over(self.tasks[task_run.task_key], task_run))

    def _begin_what_waits(self, seconds: float) -> None:
        """Begin the next runs, as soon as there are some and there is room for them."""
        self._make_room(seconds)
        for run in self._taken(seconds):
            job = taken_over(self.tasks[run.task_key], run)
            self._at_work[run.id] = AtWork(job, self._threads.submit(partial(carry_out, job)))

    def _make_room(self, seconds: float) -> None:
        if len(self._at_work) >= self.limit:
            wait((one.future for one in self._at_work.values()), timeout=seconds, return_when=FIRST_COMPLETED)
        self._at_work = {id: one for id, one in self._at_work.items() if not one.future.done()}

    def _taken(self, seconds: float) -> list[TaskRun]:
        try:
            taken = self._ask(min(self.limit - len(self._at_work), MOST), seconds)
        except ServerUnreachable as error:
            logger.warning("%s", error)
            self._stopping.wait(min(AFTER_A_FAULT, seconds))
            return []
        self._heard_at = time.monotonic()
        return taken

    def _ask(self, room: int, seconds: float) -> list[TaskRun]:
        """Say that this worker lives, and ask for runs where there is room."""
        taking = Taking(self._id, list(self.tasks), list(self._at_work), room, self._ttl)
        return self._ledger.take(taking, seconds if room else 0)

    def _bring_to_an_end(self) -> None:
        if self._at_work:
            logger.info("Bringing %s runs to an end.", len(self._at_work))
        while self._at_work:
            wait((one.future for one in self._at_work.values()), timeout=self._ttl.total_seconds() / 3)
            self._make_room(0)
            self._ask(0, 0)

    def _abandon(self, why: BaseException) -> None:
        self._threads.cancel_waiting()
        for one in self._at_work.values():
            abandon(one.job, why)

    @property
    def _ledger(self) -> Ledger:
        return recorder().ledger


def serve(
    *tasks: Task[Any, Any],
    limit: int | None = LIMIT,
    status_server_port: int | None = None,
    timeout: float | None = None,
) -> None:
    """Carry out the runs of these tasks that are handed over (`delay`, `apply_async`), until Ctrl-C or SIGTERM.

    At most `limit` at the same time. With a `status_server_port`, `GET /health` there says whether it is alive. With a
    `timeout`, it ends after so many seconds. Raises `TypeError` and `ValueError` as `TaskWorker` does.
    """
    worker = TaskWorker(*tasks, limit=limit)
    listening = (
        nullcontext()
        if status_server_port is None
        else answering_for(lambda: worker.is_healthy, "localhost", status_server_port)
    )
    with listening, stopped_by_signals(worker):
        worker.start(timeout)


async def aserve(*tasks: Task[Any, Any], limit: int | None = LIMIT, timeout: float | None = None) -> None:
    """See `serve`; it goes on until it is cancelled, or for so many seconds."""
    worker = TaskWorker(*tasks, limit=limit)
    try:
        await worker.astart(timeout)
    finally:
        worker.stop()


__all__ = ["TaskWorker", "aserve", "serve"]
