"""The journal: task-run states, log lines and events on their way to disk, in batches.

What is appended is written by one thread, in order, one transaction a batch. `flush()` returns when everything appended
before is on disk. The queue is bounded: a program that appends faster than the disk takes waits for its turn. With a
trail (`trails.py`), a line survives the death of the process as soon as it is appended.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from prefect._domain.events import Event
from prefect._domain.leases import NO_TENURES, Tenures
from prefect._domain.logs import Log
from prefect._domain.task_runs import TaskRun
from prefect._interrupting import uninterrupted_methods
from prefect._store import events, leases, logs, task_runs
from prefect._store.connection import Connection
from prefect._store.database import Database
from prefect._store.trails import Trail
from prefect._store.watching import announce
from prefect.exceptions import PrefectException

INTERVAL = 0.03
"""Seconds that a line waits at most for others to share its transaction."""
LARGEST_BATCH = 1_000
BOUND = 4_000

Entry = task_runs.Moment | Log | Event


class JournalError(PrefectException):
    """What was journaled could not be written."""


@uninterrupted_methods
class Journal:
    """Writes task runs, states, logs and events behind the back of those who make them; `write` takes each batch."""

    def __init__(self, write: Callable[[list[Entry]], None], trails: Path | None = None) -> None:
        """`trails` is the folder of the trail, where there is to be one."""
        self._write = write
        self._trails = trails
        self._start_anew()

    def _start_anew(self) -> None:
        self._pid = os.getpid()
        self._waiting: deque[Entry] = deque()
        self._lock = threading.RLock()
        self._for_writer = threading.Condition(self._lock)
        self._room = threading.Condition(self._lock)
        self._progress = threading.Condition(self._lock)
        self._appended = 0
        self._written = 0
        self._hurry = False
        self._closed = False
        self._error: BaseException | None = None
        self._writer: threading.Thread | None = None
        self._trail = Trail(self._trails) if self._trails is not None else None

    def append_task_run(self, run: TaskRun) -> None:
        """Record a run as it is now, and the state that it entered."""
        self.append(task_runs.Moment.of(run))

    def append_log(self, line: Log) -> None:
        """Record a log line."""
        self.append(line)

    def append_event(self, event: Event) -> None:
        """Record that something happened."""
        self.append(event)

    def append(self, entry: Entry) -> None:
        """Record an entry."""
        if self._pid != os.getpid():
            self._start_anew()
        with self._lock:
            while self.is_full:
                self._hurry_up()
                self._room.wait()
            self._appended += 1
            if self._trail is not None and isinstance(entry, Log):
                self._trail.keep(entry, self._appended)
            self._waiting.append(entry)
            if self._writer is None:
                self._closed = False
                self._writer = threading.Thread(target=self._write_on, name="prefect-journal", daemon=True)
                self._writer.start()
                atexit.register(self.close)
            elif len(self._waiting) in (1, LARGEST_BATCH):
                self._for_writer.notify()

    @property
    def is_full(self) -> bool:
        """Whether who appends now waits until more has been written."""
        return len(self._waiting) >= BOUND and self._error is None

    def _hurry_up(self) -> None:
        """Have the writer write all that waits now. It alone is woken: others who wait would wake one another."""
        self._hurry = True
        self._for_writer.notify()

    def hurry(self) -> None:
        """Have all that waits be written now; nobody waits for it."""
        with self._lock:
            if self._waiting:
                self._hurry_up()

    def flush(self) -> None:
        """Return when everything appended so far is on disk. Raises `JournalError` where it cannot be written."""
        if self._pid != os.getpid():
            return
        with self._lock:
            goal = self._appended
            while self._written < goal and self._error is None:
                self._hurry_up()
                self._progress.wait()
            if self._error is not None:
                raise JournalError(f"Task runs and logs could not be written: {self._error}") from self._error

    def close(self) -> None:
        """Write what is left and end the writer; a later append starts another one."""
        atexit.unregister(self.close)
        if self._pid != os.getpid():
            return
        writer = self._writer
        self.flush()
        if writer is None:
            return
        with self._lock:
            self._closed = True
            self._for_writer.notify()
        writer.join()
        if self._trail is not None:
            self._trail.close()

    def _write_on(self) -> None:
        while True:
            batch = self._next_batch()
            if not batch:
                return
            try:
                self._write(batch)
            except Exception as error:  # noqa: BLE001  # kept for whoever flushes
                self._fail(error)
                return
            with self._lock:
                self._written += len(batch)
                if self._trail is not None:
                    self._trail.forget(self._written)
                self._progress.notify_all()

    def _next_batch(self) -> list[Entry]:
        with self._lock:
            deadline = time.monotonic() + INTERVAL
            while not self._is_due(deadline):
                was_idle = not self._waiting
                self._for_writer.wait(None if was_idle else max(deadline - time.monotonic(), 0))
                if was_idle:
                    deadline = time.monotonic() + INTERVAL
            count = min(len(self._waiting), LARGEST_BATCH)
            if count == len(self._waiting):
                self._hurry = False
            if count == 0:
                self._writer = None
            batch = [self._waiting.popleft() for _ in range(count)]
            if len(self._waiting) <= BOUND // 2:
                self._room.notify_all()
            return batch

    def _is_due(self, deadline: float) -> bool:
        if self._closed:
            return True
        if not self._waiting:
            return False
        return self._hurry or len(self._waiting) >= LARGEST_BATCH or time.monotonic() >= deadline

    def _fail(self, error: BaseException) -> None:
        with self._lock:
            self._error, self._writer = error, None
            self._room.notify_all()
            self._progress.notify_all()


def writing_to(db: Database) -> Callable[[list[Entry]], None]:
    """What a journal calls to write each batch into a database, in a transaction of its own."""

    def write(batch: list[Entry]) -> None:
        with db.write() as conn:
            write_batch(conn, batch)

    return write


def write_batch(conn: Connection, batch: list[Entry], tenures: Tenures = NO_TENURES) -> frozenset[UUID]:
    """Write a batch; of several rows of one task run the last one counts. The flow runs that others ended meanwhile.

    Where somebody else has begun a flow run anew, the lines of a process that does not know it are kept, but its task
    runs are left as they are.
    """
    overtaken, ended = leases.lost(conn, tenures)
    moments = [entry for entry in batch if isinstance(entry, task_runs.Moment)]
    if overtaken:
        moments = [moment for moment in moments if moment.flow_run_id not in overtaken]
    if moments:
        runs, states = task_runs.rows(moments, conn.turn)
        conn.insert(task_runs.UPSERT, runs)
        conn.insert(task_runs.INSERT_STATE, states)
    if batch:
        announce(conn)  # somebody may follow events and logs, or wait for background tasks and for their ends
    logs.insert_logs(conn, [entry for entry in batch if isinstance(entry, Log)])
    events.insert_events(conn, [entry for entry in batch if isinstance(entry, Event)])
    return ended
