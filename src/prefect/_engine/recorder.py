"""The engine's way to the database: flow runs in transactions, task runs and logs through the journal.

One recorder serves a process and a database. It also keeps the process's leases: a thread renews them, so that a run
whose process died is noticed when its lease runs out.
"""

from __future__ import annotations

import logging
import os
import platform
import threading
from datetime import timedelta
from uuid import UUID

from prefect._clock import new_id, now
from prefect._domain.flow_runs import Flow, FlowRun
from prefect._domain.logs import Log
from prefect._domain.states import State
from prefect._domain.task_runs import TaskRun
from prefect._domain.transitions.entering import enter
from prefect._orchestration import flow_runs as orchestration
from prefect._orchestration import flows
from prefect._orchestration.duties.leases import end_abandoned_runs
from prefect._orchestration.flow_runs import Answer, Lease
from prefect._store.database import Database
from prefect._store.journal import Journal
from prefect._store.opened import close_databases, opened_database
from prefect.exceptions import ConfigurationError
from prefect.settings import get_current_settings


class Recorder:
    """Records the runs of this process in one database."""

    def __init__(self, url: str, *, lease: timedelta, durability: str) -> None:
        self.db: Database = opened_database(url, durability)
        self.journal = Journal(self.db)
        self.lease = lease
        self.holder = f"{platform.node()}:{os.getpid()}:{new_id()}"
        self._lease_change = threading.Lock()
        self._heart: threading.Thread | None = None
        self._closing = threading.Event()
        end_abandoned_runs(self.db, now=now(), new_id=new_id)

    def begin_flow_run(self, flow: Flow, run: FlowRun, state: State, tracked_by: TaskRun | None) -> FlowRun:
        """Record a new flow run; of a run that exists already, what is recorded."""
        return orchestration.begin(self.db, flow, run, state, tracked_by=tracked_by, now=now())

    def read_flow_run(self, flow_run_id: UUID) -> FlowRun | None:
        return orchestration.read(self.db, flow_run_id)

    def parent_of(self, run: FlowRun) -> UUID | None:
        return orchestration.parent_of(self.db, run)

    def root_of(self, run: FlowRun) -> UUID:
        return orchestration.root_of(self.db, run)

    def flow_name(self, flow_id: UUID) -> str | None:
        flow = flows.read(self.db, flow_id)
        return flow.name if flow is not None else None

    def earlier_subflow(self, parent: UUID, tracking: TaskRun) -> FlowRun | None:
        return orchestration.earlier_subflow(self.db, parent, tracking)

    def propose(self, run: FlowRun, state: State, *, leased: bool = False, epoch: int | None = None) -> Answer:
        """Ask for a flow run's transition; before an end, everything journaled is on disk."""
        if state.is_final():
            self.journal.flush()
        lease = Lease(self.holder, self.lease) if leased else None
        answer = orchestration.set_state(self.db, run.id, state, now=now(), spare_id=new_id(), lease=lease, epoch=epoch)
        if leased and state.is_running():
            self._keep_alive()
        return answer

    def rename_flow_run(self, flow_run_id: UUID, name: str) -> None:
        orchestration.rename(self.db, flow_run_id, name, now=now())

    def enter(self, run: TaskRun, state: State) -> None:
        """Move a task run into a state and journal it."""
        state.state_details.task_run_id = run.id
        state.state_details.flow_run_id = run.flow_run_id
        enter(run, state)
        self.journal.append_task_run(run)

    def log(self, line: Log) -> None:
        self.journal.append_log(line)

    def flush(self) -> None:
        """Return when everything journaled so far is on disk."""
        self.journal.flush()

    def close(self) -> None:
        """Write what is left and let the leases be."""
        self._closing.set()
        if self._heart is not None:
            self._heart.join()
        self.journal.close()

    def _keep_alive(self) -> None:
        with self._lease_change:
            if self._heart is None or not self._heart.is_alive():
                self._heart = threading.Thread(target=self._beat, name="prefect-leases", daemon=True)
                self._heart.start()

    def _beat(self) -> None:
        while not self._closing.wait(self.lease.total_seconds() / 3):
            try:
                orchestration.renew_leases(self.db, self.holder, now=now(), lease=self.lease)
            except Exception as error:  # noqa: BLE001  # the next beat may get through
                logging.getLogger("prefect.leases").warning(
                    "The leases of this process could not be renewed: %s", error
                )


_recorders: dict[tuple[int, str], Recorder] = {}
_opening = threading.Lock()


def recorder() -> Recorder:
    """The recorder of this process for the database that the settings name."""
    settings = get_current_settings()
    url = str(settings.server.database.connection_url)
    found = _recorders.get((os.getpid(), url))
    if found is not None:
        return found
    with _opening:
        return _recorders.get((os.getpid(), url)) or _opened(url)


def _opened(url: str) -> Recorder:
    settings = get_current_settings()
    if settings.api.url:
        raise ConfigurationError(
            f"PREFECT_API_URL is set to {settings.api.url}, but this version records runs in its own database only. "
            "Unset it (prefect config unset PREFECT_API_URL) to run flows."
        )
    lease = timedelta(seconds=settings.flows.lease_seconds)
    opened = Recorder(url, lease=lease, durability=settings.server.database.durability)
    _recorders[(os.getpid(), url)] = opened
    return opened


def close_recorders() -> None:
    """Write what is left and close the databases; the next run opens them again."""
    with _opening:
        while _recorders:
            _recorders.popitem()[1].close()
    close_databases()
