"""The ledger of a program without a server: every operation is carried out on the database itself.

While the database is away, or its disk is full, the program waits: what it did is not lost for that.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from prefect._clock import new_id, now
from prefect._domain.artifacts import Artifact
from prefect._domain.flow_runs import Declared, Flow, FlowRun
from prefect._domain.leases import Lease, Tenures
from prefect._domain.states import State
from prefect._domain.task_runs import TaskRun
from prefect._engine.ledger import Taking
from prefect._interrupting import uninterrupted_methods
from prefect._orchestration import flow_runs, flows, journal, task_runs, task_workers
from prefect._orchestration.duties.leases import end_abandoned_runs, end_runs_of_the_dead, holders
from prefect._orchestration.flow_runs import Answer
from prefect._store.database import TRY_EVERY, Database
from prefect._store.faults import Fault, fault_of
from prefect._store.journal import Entry
from prefect._store.watching import Watch
from prefect.utilities.processes import lives_here, those_of_the_dead

if TYPE_CHECKING:
    from prefect._domain.deployments import Assignment

PASSING = (Fault.AWAY, Fault.FULL)
"""What may be over soon."""
LOOK_AGAIN = 5.0
"""Seconds after which a question is asked again, should no change be noticed."""
T = TypeVar("T")
logger = logging.getLogger("prefect.ledger")


@uninterrupted_methods
class LocalLedger:
    """Writes into a database."""

    def __init__(self, db: Database) -> None:
        self.db = db
        end_abandoned_runs(db, now=now(), new_id=new_id, is_alive=lives_here)

    @property
    def place(self) -> str:
        return self.db.url

    def begin(self, flow: Flow, run: FlowRun, state: State, tracked_by: TaskRun | None, lease: Lease | None) -> FlowRun:
        if lease is not None and run.empirical_policy.is_durable:
            self._surely(lambda: self._end_those_of_the_dead(flow.name))
        return self._surely(
            lambda: flow_runs.begin(self.db, flow, replace(run), state, tracked_by=tracked_by, lease=lease, now=now())
        )

    def _end_those_of_the_dead(self, flow_name: str) -> None:
        """End the runs of a flow whose processes have died on this machine, so that they are taken up at once."""
        dead = those_of_the_dead(holders(self.db, flow_name))
        end_runs_of_the_dead(self.db, dead, now=now(), new_id=new_id)

    def read(self, flow_run_id: UUID) -> FlowRun | None:
        return self._surely(lambda: flow_runs.read(self.db, flow_run_id))

    def assignment(self, flow_run_id: UUID) -> Assignment | None:
        from prefect._orchestration import deployments

        return self._surely(lambda: deployments.assignment(self.db, flow_run_id))

    def make_ready(self) -> None:
        from prefect._orchestration import deployments

        deployments.assignment(self.db, new_id())

    def parent_of(self, run: FlowRun) -> UUID | None:
        return self._surely(lambda: flow_runs.parent_of(self.db, run))

    def root_of(self, run: FlowRun) -> UUID:
        return self._surely(lambda: flow_runs.root_of(self.db, run))

    def flow_name(self, flow_id: UUID) -> str | None:
        flow = self._surely(lambda: flows.read(self.db, flow_id))
        return flow.name if flow is not None else None

    def halted(self, flow_run_ids: Sequence[UUID]) -> list[FlowRun]:
        return flow_runs.halted(self.db, flow_run_ids)

    def earlier_subflow(self, parent: UUID, tracking: TaskRun) -> FlowRun | None:
        return self._surely(lambda: flow_runs.earlier_subflow(self.db, parent, tracking))

    def completed_tasks(self, flow_run_id: UUID) -> list[UUID]:
        return self._surely(lambda: task_runs.completed_ids(self.db, flow_run_id))

    def propose(
        self, run: FlowRun, state: State, lease: Lease | None, epoch: int | None, declared: Declared | None = None
    ) -> Answer:
        proposed = partial(flow_runs.set_state, lease=lease, epoch=epoch, declared=declared, spare_id=new_id())
        return self._surely(lambda: proposed(self.db, run.id, state, now=now()))

    def rename(self, flow_run_id: UUID, name: str) -> None:
        self._surely(lambda: flow_runs.rename(self.db, flow_run_id, name, now=now()))

    def renew(self, lease: Lease, carried: Mapping[UUID, int]) -> bool:
        """Keep the leases of this process; whether any of the runs that it carries out is still wanted of it."""
        return flow_runs.renew_leases(self.db, lease, carried, now=now())

    def write(self, batch: list[Entry], tenures: Tenures) -> None:
        self._surely(lambda: journal.write(self.db, batch, tenures, now=now(), new_id=new_id))

    def make_artifact(self, artifact: Artifact) -> None:
        from prefect._orchestration import artifacts

        self._surely(lambda: artifacts.create(self.db, artifact, new_id=new_id))

    def change_artifact(self, artifact_id: UUID, changes: dict[str, Any]) -> None:
        from prefect._orchestration import artifacts

        self._surely(lambda: artifacts.update(self.db, artifact_id, changes, now=now()))

    def take(self, taking: Taking, seconds: float) -> list[TaskRun]:
        return self._as_soon_as(lambda: self._taken(taking), seconds)

    def _taken(self, taking: Taking) -> list[TaskRun]:
        return task_workers.take(
            self.db,
            taking.worker_id,
            taking.task_keys,
            known=taking.known,
            limit=taking.limit,
            now=now(),
            ttl=taking.ttl,
        )

    def leave(self, worker_id: str) -> None:
        task_workers.leave(self.db, worker_id)

    def has_ended(self, task_run_id: UUID, seconds: float) -> bool:
        return self._as_soon_as(lambda: self._is_final(task_run_id), seconds)

    def _is_final(self, task_run_id: UUID) -> bool:
        state = task_runs.must_read(self.db, task_run_id).state
        return state is not None and state.is_final()

    def _as_soon_as(self, question: Callable[[], T], seconds: float) -> T:
        """The answer to a question, asked again whenever something was recorded, until there is one or time is over."""
        deadline = time.monotonic() + seconds
        with closing(Watch(self.db)) as watch:
            while not (answer := question()) and (left := deadline - time.monotonic()) > 0:
                watch.wait(min(left, LOOK_AGAIN))
        return answer

    def _surely(self, operation: Callable[[], T]) -> T:
        """Carry an operation out, and again where it failed for something that may be over soon."""
        deadline, is_told = time.monotonic() + self.db.patience, False
        while True:
            try:
                return operation()
            except Exception as error:
                if fault_of(error) not in PASSING or time.monotonic() > deadline:
                    raise
                if not is_told:
                    logger.warning("The database takes nothing now, and is asked again: %s", error)
                    is_told = True
            time.sleep(TRY_EVERY)

    def close(self) -> None:
        """The database is closed by whoever closes all of them."""
