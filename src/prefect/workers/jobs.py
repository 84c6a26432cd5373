"""The loop of workers that say with `run` how one run is started: each job is carried out in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Protocol

from prefect.logging.loggers import get_logger
from prefect.runner.processes import Exit
from prefect.runner.source import RunSource, RunToStart

LONGEST_WAIT = 1.0
"""Seconds after which the loop looks whether it is to end."""
MOST_AT_ONCE = 100
"""How many runs are claimed in one go where there is no limit."""


class Jobs(Protocol):
    """What a worker can do with the job of one run."""

    def carry_out(self, run: RunToStart) -> int:
        """Start the job and wait for its end; its exit code."""

    def end(self, run: RunToStart) -> None:
        """End the job of a run that is being cancelled."""


@dataclass(eq=False)
class Job:
    """One run's job, at work."""

    run: RunToStart
    is_ending: bool = field(default=False)


class JobLoop:
    """Starts the runs of a source by what a worker says, until it is stopped."""

    def __init__(self, source: RunSource, jobs: Jobs, *, limit: int | None = None) -> None:
        self._source, self._jobs, self._limit = source, jobs, limit
        self._at_work: list[Job] = []
        self._ended: SimpleQueue[tuple[Job, Exit]] = SimpleQueue()
        self._is_stopping = self._is_hurried = False
        self._next_renewal = 0.0
        self._logger = get_logger("prefect.workers")

    @property
    def is_stopping(self) -> bool:
        return self._is_stopping

    def stop(self, *, now: bool = False) -> None:
        """Claim nothing more and let the jobs end; with `now`, end them. A signal handler may call this."""
        self._is_stopping = True
        self._is_hurried = self._is_hurried or now

    def run(self, *, once: bool = False) -> None:
        """Start runs until the loop is stopped and its last job has ended; `once`, until no run is due."""
        try:
            while self._at_work or not self._is_stopping:
                try:
                    if not self._round() and once and not self._at_work:
                        return
                except Exception as error:  # noqa: BLE001  # the source may answer the next time
                    self._logger.warning("The worker could not go on and tries again: %s", error)
                    time.sleep(LONGEST_WAIT)
        finally:
            self._source.close()

    def _round(self) -> int:
        """Do what there is to do and wait for more; how many runs were started."""
        started = self._start()
        self._conclude()
        self._renew()
        self._end_cancelled()
        if not started:
            self._source.wait(LONGEST_WAIT if not self._at_work else 0.1)
        return started

    def _start(self) -> int:
        room = MOST_AT_ONCE if self._limit is None else self._limit - len(self._at_work)
        claimed = self._source.claim(room) if room > 0 and not self._is_stopping else []
        for run in claimed:
            job = Job(run)
            self._at_work.append(job)
            threading.Thread(target=self._carry_out, args=(job,), name=f"prefect-job-{run.name}", daemon=True).start()
        return len(claimed)

    def _carry_out(self, job: Job) -> None:
        try:
            exit = Exit(None, self._jobs.carry_out(job.run))
        except Exception as error:  # a worker's own code may raise anything
            self._logger.exception("The job of flow run %r could not be carried out.", job.run.name)
            exit = Exit(None, None, f"Failed to submit flow run to infrastructure: {type(error).__name__}: {error}")
        self._ended.put((job, exit))

    def _conclude(self) -> None:
        while True:
            try:
                job, exit = self._ended.get_nowait()
            except Empty:
                return
            self._source.ended(job.run.flow_run_id, job.run.epoch, exit)
            self._at_work.remove(job)

    def _renew(self) -> None:
        if self._at_work and time.monotonic() >= self._next_renewal:
            self._source.renew([job.run.flow_run_id for job in self._at_work])
            self._next_renewal = time.monotonic() + self._source.lease_seconds / 3

    def _end_cancelled(self) -> None:
        alive = {job.run.flow_run_id: job for job in self._at_work if not job.is_ending}
        wanted = list(alive) if self._is_hurried else (self._source.cancelling(list(alive)) if alive else [])
        for id in wanted:
            alive[id].is_ending = True
            end = _reported(self._logger.warning, self._jobs.end)
            threading.Thread(target=end, args=(alive[id].run,), daemon=True).start()


def _reported(tell: Callable[..., None], end: Callable[[RunToStart], None]) -> Callable[[RunToStart], None]:
    def ended(run: RunToStart) -> None:
        try:
            end(run)
        except Exception as error:  # noqa: BLE001  # a worker's own code may raise anything
            tell("The job of flow run %r could not be ended: %s: %s", run.name, type(error).__name__, error)

    return ended
