"""The loop of workers that say with `run` how one run is started: each job is carried out in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Protocol
from uuid import UUID

from prefect.exceptions import InfrastructureNotFound
from prefect.logging.loggers import get_logger
from prefect.runner.processes import Exit
from prefect.runner.source import RunSource, RunToStart

LONGEST_WAIT = 1.0
"""Seconds after which the loop looks whether it is to end."""
PATIENCE = 600.0
"""Seconds in which a run begins whose job was handed over, unless it is said what its infrastructure waits for."""
LOOK_EVERY = 3.0
"""Seconds between two looks at the jobs that were handed over."""
MOST_AT_ONCE = 100
"""How many runs are claimed in one go where there is no limit."""


class Jobs(Protocol):
    """What a worker can do with the job of one run."""

    def carry_out(self, run: RunToStart) -> int | None:
        """Start the job and wait for its end; its exit code, or None where it is handed over and goes on by itself."""

    def over(self, runs: Sequence[RunToStart]) -> Mapping[UUID, Exit]:
        """Those jobs handed over that need nobody any more, by their runs, and how they ended."""

    def end(self, run: RunToStart) -> None:
        """End the job of a run that is being cancelled."""


@dataclass(eq=False)
class Job:
    """One run's job, at work."""

    run: RunToStart
    is_ending: bool = False
    is_handed_over: bool = False


class JobLoop:
    """Starts the runs of a source by what a worker says, until it is stopped."""

    def __init__(self, source: RunSource, jobs: Jobs, *, limit: int | None = None) -> None:
        self._source, self._jobs, self._limit = source, jobs, limit
        self._at_work: list[Job] = []
        self._ended: SimpleQueue[tuple[Job, Exit | None]] = SimpleQueue()
        self._is_stopping = self._is_hurried = False
        self._next_renewal = self._next_look = 0.0
        self._logger = get_logger("prefect.workers")

    @property
    def is_stopping(self) -> bool:
        return self._is_stopping

    def stop(self, *, now: bool = False) -> None:
        """Claim nothing more and let the jobs end; with `now`, end them. A signal handler may call this.

        Jobs that were handed over go on.
        """
        self._is_stopping = True
        self._is_hurried = self._is_hurried or now

    def run(self, *, once: bool = False) -> None:
        """Start runs until the loop is stopped and its last job has ended; `once`, until no run is due."""
        try:
            while self._has_own_work() or not self._is_stopping:
                try:
                    if not self._round() and once and not self._at_work:
                        return
                except Exception as error:  # noqa: BLE001  # the source may answer the next time
                    self._logger.warning("The worker could not go on and tries again: %s", error)
                    time.sleep(LONGEST_WAIT)
            if self._at_work:
                self._source.renew([job.run.flow_run_id for job in self._at_work], PATIENCE)
        finally:
            self._source.close()

    def _has_own_work(self) -> bool:
        """Whether there are jobs that would end with the loop."""
        return not all(job.is_handed_over for job in self._at_work)

    def _round(self) -> int:
        """Do what there is to do and wait for more; how many runs were started."""
        started = self._start()
        self._conclude()
        self._look_at_handed_over()
        self._renew()
        self._end_cancelled()
        if not started:
            self._source.wait(0.1 if self._has_own_work() else LONGEST_WAIT)
        return started

    def _start(self) -> int:
        room = MOST_AT_ONCE if self._limit is None else self._limit - len(self._at_work)
        claimed = self._source.claim(room) if room > 0 and not self._is_stopping else []
        for run in claimed:
            self._forget_earlier(run)
            job = Job(run)
            self._at_work.append(job)
            threading.Thread(target=self._carry_out, args=(job,), name=f"prefect-job-{run.name}", daemon=True).start()
        return len(claimed)

    def _forget_earlier(self, run: RunToStart) -> None:
        """Let go of the job of an earlier try that was handed over."""
        self._at_work = [
            job for job in self._at_work if not (job.is_handed_over and job.run.flow_run_id == run.flow_run_id)
        ]

    def _carry_out(self, job: Job) -> None:
        try:
            code = self._jobs.carry_out(job.run)
            exit = None if code is None else Exit(None, code)
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
            if exit is None:
                job.is_handed_over = True
            else:
                self._end(job, exit)

    def _end(self, job: Job, exit: Exit) -> None:
        self._source.ended(job.run.flow_run_id, job.run.epoch, exit)
        if job in self._at_work:  # where it was not let go of meanwhile
            self._at_work.remove(job)

    def _look_at_handed_over(self) -> None:
        """Let go of jobs that need nobody any more, now and then."""
        handed_over = {job.run.flow_run_id: job for job in self._at_work if job.is_handed_over}
        if handed_over and time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + LOOK_EVERY
            for id, exit in self._jobs.over([job.run for job in handed_over.values()]).items():
                self._end(handed_over[id], exit)

    def _renew(self) -> None:
        if self._at_work and time.monotonic() >= self._next_renewal:
            self._source.renew([job.run.flow_run_id for job in self._at_work])
            self._next_renewal = time.monotonic() + self._source.lease_seconds / 3

    def _end_cancelled(self) -> None:
        alive = {job.run.flow_run_id: job for job in self._at_work if not job.is_ending}
        if self._is_hurried:
            wanted = [id for id, job in alive.items() if not job.is_handed_over]
        else:
            wanted = self._source.cancelling(list(alive)) if alive else []
        for id in wanted:
            alive[id].is_ending = True
            threading.Thread(target=self._end_infrastructure, args=(alive[id],), daemon=True).start()

    def _end_infrastructure(self, job: Job) -> None:
        """End a job; of one that was handed over nobody else tells that it has ended."""
        try:
            self._jobs.end(job.run)
        except InfrastructureNotFound:  # it has ended already
            pass
        except Exception as error:  # noqa: BLE001  # a worker's own code may raise anything
            self._logger.warning(
                "The job of flow run %r could not be ended: %s: %s", job.run.name, type(error).__name__, error
            )
            return
        if job.is_handed_over:
            self._ended.put((job, Exit(None, 0)))
