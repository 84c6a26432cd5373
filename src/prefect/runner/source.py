"""Where a runner's runs come from, and whom it tells what became of them.

A `RunSource` is all that a runner knows of the rest of the system; its values are plain enough for any wire.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal, NamedTuple, Protocol
from uuid import UUID

from prefect._clock import new_id, now
from prefect._domain.deployments import Assignment
from prefect._domain.leases import Lease
from prefect._domain.logs import Log
from prefect._domain.states import StateType
from prefect._orchestration import deployments, logs, missed_hooks, work_pools
from prefect._orchestration import flow_runs as orchestration
from prefect._orchestration.deployments import ToStart
from prefect._orchestration.duties.leases import Ended, end_of_process
from prefect._orchestration.missed_hooks import MissedHooks
from prefect._orchestration.work_pools import Claim
from prefect._store.database import Database
from prefect._store.watching import Watch
from prefect.runner.output import OutputLine
from prefect.runner.processes import Exit

OUTPUT_LOGGER = "prefect.flow_runs.output"
"""The name under which the lines are kept that the processes of runs print."""
HOOKS: dict[StateType, HookKind] = {StateType.CRASHED: "crashed", StateType.CANCELLED: "cancellation"}
INFO = 20

HERE = {"PREFECT_API_URL": ""}
"""The runs of an embedded database are written into it by their own processes."""

HookKind = Literal["crashed", "cancellation"]


class RunToStart(NamedTuple):
    """A claimed run, its job, and the environment that the job may overrule; `jobs.py` tells what that comes to.

    `code` stands for the code that the job wants to be kept loaded, where that can be done. With its `assignment`, the
    run's process need not ask for that.
    """

    flow_run_id: UUID
    epoch: int
    name: str
    env: Mapping[str, str]
    job: Mapping[str, Any]
    code: str | None = None
    assignment: Assignment | None = None


def run_to_start(claimed: ToStart, env: Mapping[str, str]) -> RunToStart:
    """A claimed run as a runner takes it."""
    return RunToStart(
        claimed.flow_run_id, claimed.epoch, claimed.name, env, claimed.job, claimed.code, claimed.assignment
    )


class RunSource(Protocol):
    """Gives runs to one runner and takes what it tells; any of these calls may be made again after an error."""

    lease_seconds: float
    """How long a claim is believed without a word of the runner."""
    place: str
    """The address at which the runs' own processes record them."""
    env: Mapping[str, str]
    """The environment that tells them so."""

    def claim(self, limit: int) -> list[RunToStart]:
        """Take runs that are due; they are this runner's to start."""

    def wait(self, timeout_seconds: float) -> bool:
        """Return as soon as something may have changed or a run is due; whether that was so in time."""

    def cancelling(self, flow_run_ids: Sequence[UUID]) -> list[UUID]:
        """Those runs that somebody wants to be ended."""

    def renew(self, flow_run_ids: Sequence[UUID], seconds: float | None = None) -> None:
        """Say that these runs are being started or carried out; it is believed for some seconds, or `lease_seconds`."""

    def ended(self, flow_run_id: UUID, epoch: int, exit: Exit) -> HookKind | None:
        """Say that the process of a claim has ended; the hooks to be called where the run had to be ended for it."""

    def missed_hooks(self, limit: int) -> list[tuple[RunToStart, HookKind]]:
        """Take hooks to call, of runs that ended with their processes and whoever started them."""

    def output(self, flow_run_id: UUID, lines: Sequence[OutputLine]) -> None:
        """Keep what a run's process printed."""

    def keep(self, lines: Sequence[Log]) -> None:
        """Keep log lines; those that are known already stay as they are."""

    def close(self) -> None:
        """Let go of what is held open."""


def new_holder() -> str:
    """A name for somebody in this process who claims runs."""
    return f"{platform.node()}:{os.getpid()}:{new_id()}"


def holder_in(exit: Exit) -> str | None:
    """How the names begin under which a process that has ended held its runs."""
    return f"{platform.node()}:{exit.pid}:" if exit.pid is not None else None


class EmbeddedSource:
    """Runs of the database that this process uses itself: those of a pool, or of some deployments."""

    def __init__(
        self,
        db: Database,
        *,
        pool: str | None = None,
        queues: Sequence[str] = (),
        deployment_ids: Sequence[UUID] = (),
        lease: timedelta = timedelta(seconds=60),
    ) -> None:
        """With a `pool`, its runs, of some of its queues or of all; else those of the deployments."""
        self.lease_seconds = lease.total_seconds()
        self.place = db.url
        self.env: Mapping[str, str] = HERE
        self._db = db
        self._pool, self._queues, self._deployment_ids = pool, queues, deployment_ids
        self._lease = Lease(new_holder(), lease)
        self._watch = Watch(db)

    def claim(self, limit: int) -> list[RunToStart]:
        return [run_to_start(claimed, self.env) for claimed in deployments.to_start(self._db, self._claims(limit))]

    def _claims(self, limit: int) -> list[Claim]:
        if self._pool is None:
            return work_pools.claim_of_deployments(
                self._db, self._deployment_ids, self._lease, limit=limit, now=now(), new_id=new_id
            )
        return work_pools.claim_from_pool(
            self._db, self._pool, self._lease, queue_names=self._queues, limit=limit, now=now(), new_id=new_id
        )

    def wait(self, timeout_seconds: float) -> bool:
        asked = now()
        due = work_pools.soonest(self._db, after=asked)
        until_due = (due - asked).total_seconds() if due is not None else timeout_seconds
        return self._watch.wait(min(until_due, timeout_seconds)) or until_due <= timeout_seconds

    def cancelling(self, flow_run_ids: Sequence[UUID]) -> list[UUID]:
        return orchestration.being_cancelled(self._db, flow_run_ids)

    def renew(self, flow_run_ids: Sequence[UUID], seconds: float | None = None) -> None:
        lease = self._lease if seconds is None else Lease(self._lease.holder, timedelta(seconds=seconds))
        orchestration.renew_claims(self._db, flow_run_ids, lease, now=now())

    def ended(self, flow_run_id: UUID, epoch: int, exit: Exit) -> HookKind | None:
        process = Ended(self._lease.holder, epoch, holder_in(exit), exit.is_kill, exit.is_failure)
        became = end_of_process(self._db, flow_run_id, process, exit.explanation, now=now(), new_id=new_id)
        return HOOKS.get(became) if became is not None else None

    def missed_hooks(self, limit: int) -> list[tuple[RunToStart, HookKind]]:
        return [(run_to_start(each.run, self.env), HOOKS[each.became]) for each in self._missed(limit)]

    def _missed(self, limit: int) -> list[MissedHooks]:
        if self._pool is None:
            ids = self._deployment_ids
            return missed_hooks.take_of_deployments(self._db, ids, limit=limit, now=now())
        return missed_hooks.take_of_pool(self._db, self._pool, self._queues, limit=limit, now=now())

    def output(self, flow_run_id: UUID, lines: Sequence[OutputLine]) -> None:
        self.keep([log_of(flow_run_id, line) for line in lines])

    def keep(self, lines: Sequence[Log]) -> None:
        logs.write(self._db, lines)

    def close(self) -> None:
        self._watch.close()


def log_of(flow_run_id: UUID, line: OutputLine) -> Log:
    """A line that a run printed, as a line of its log."""
    return Log(line.id, OUTPUT_LOGGER, INFO, line.message, line.timestamp, flow_run_id)
