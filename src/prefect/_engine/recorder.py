"""The engine's way to its ledger: flow runs at once, task runs and logs through the journal.

One recorder serves a process and a ledger. It also keeps the process's leases: a thread renews them, so that a run
whose process died is noticed when its lease runs out.
"""

from __future__ import annotations

import logging
import os
import platform
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from prefect._clock import new_id
from prefect._domain.events import Event
from prefect._domain.flow_runs import Declared, Flow, FlowRun
from prefect._domain.leases import FIRST_EPOCH, NO_TENURES, Lease, Tenure, Tenures
from prefect._domain.logs import Log
from prefect._domain.states import State
from prefect._domain.task_runs import TaskRun
from prefect._domain.transitions.entering import enter
from prefect._engine.ledger import Ledger
from prefect._engine.signals import end_this_process, kill_this_process
from prefect._interrupting import uninterrupted_methods
from prefect._store.database import Database
from prefect._store.journal import Entry, Journal
from prefect._store.task_runs import Moment
from prefect._store.trails import bring_left_behind, trails_folder

if TYPE_CHECKING:
    from prefect._engine.collecting import Address, Collector, Courier
    from prefect._engine.slots import Slots
    from prefect._orchestration.flow_runs import Answer


LOOK_EVERY = 1.0
"""Seconds between two looks at whether somebody has paused or suspended a run of this process."""
MOST_AT_ONCE = 500
"""How many runs one question is about."""


def _leaves_its_process(state: State) -> bool:
    """Whether a run in this state is somebody else's to carry on."""
    return state.state_details.pause_reschedule or state.name in ("Waiting", "Resuming")


@uninterrupted_methods
class Recorder:
    """Records the runs of this process in one place."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        lease: timedelta,
        grace: timedelta,
        home: Path | None = None,
        courier: Courier | None = None,
    ) -> None:
        """`grace` is what this process has to end when nobody wants its runs any more, before it is killed.

        In a `home`, log lines are kept on their way, and those are found there that dead processes had kept. With a
        `courier`, task runs, lines and events go to the process of their flow as long as that takes them.
        """
        self.ledger = ledger
        self.courier = courier
        self._collector: Collector | None = None
        self._trails = trails_folder(home, ledger.place) if home is not None else None
        self.journal = Journal(self._write, self._trails)
        self.lease = Lease(f"{platform.node()}:{os.getpid()}:{new_id()}", lease)
        self.grace = grace
        self._carried: dict[UUID, int] = {}
        self._watched: set[UUID] = set()
        self._looking: threading.Thread | None = None
        self._own_pauses: set[UUID] = set()
        self.halted: dict[UUID, State] = {}
        """The runs of this process that others have paused or suspended, each with the state in which it is."""
        self._callers: dict[UUID, UUID] = {}
        self._lease_change = threading.Lock()
        self._heart: threading.Thread | None = None
        self._closing = threading.Event()
        self.slots: Slots | None = None
        """The slots of this process, once a task run has asked for one."""

    @property
    def db(self) -> Database:
        """The database that runs are written to. Raises `ConfigurationError` where a server writes them."""
        return self.ledger.db

    def begin_flow_run(
        self, flow: Flow, run: FlowRun, state: State, tracked_by: TaskRun | None, *, leased: bool = False
    ) -> FlowRun:
        """Record a new flow run, `leased` to this process; of a run that exists already, what is recorded.

        Of a durable flow that may be a run that crashed, and goes on here.
        """
        if self.slots is not None:
            self.slots.tags.forget()
        begun = self.ledger.begin(flow, run, state, tracked_by, self.lease if leased else None)
        if leased and begun.id == run.id:
            self._keep_alive(begun, FIRST_EPOCH)
        if tracked_by is not None and tracked_by.flow_run_id is not None:
            self.is_called_by(begun.id, tracked_by.flow_run_id)
        return begun

    def is_called_by(self, subflow: UUID, caller: UUID) -> None:
        """Note in which flow run a subflow runs, by whose lease it is believed to be alive."""
        self._callers[subflow] = self._callers.get(caller, caller)

    def bring_left_behind(self) -> None:
        """Record the log lines of processes that died on their way here."""
        if self._trails is None:
            return
        try:
            bring_left_behind(self._trails, self._bring)
        except Exception as error:  # noqa: BLE001  # they are kept, and whoever looks next may succeed
            logging.getLogger("prefect.leases").warning(
                "Log lines in %s are still to be recorded: %s", self._trails, error
            )

    def _bring(self, lines: Sequence[Log]) -> None:
        self.ledger.write(list(lines), NO_TENURES)

    def propose(
        self,
        run: FlowRun,
        state: State,
        *,
        leased: bool = False,
        epoch: int | None = None,
        declared: Declared | None = None,
    ) -> Answer:
        """Ask for a flow run's transition; before an end, everything journaled is on disk."""
        if state.is_final():
            self.journal.flush()
        answer = self.ledger.propose(run, state, self.lease if leased else None, epoch, declared)
        if answer.state.is_running():
            self._watch(run.id)
            if leased:
                self._keep_alive(answer.run, answer.epoch)
        elif answer.state.is_final() or state.is_final() or _leaves_its_process(answer.state):
            self._carried.pop(run.id, None)
            self._callers.pop(run.id, None)
            self._watched.discard(run.id)
        elif answer.state.is_paused():
            self._own_pauses.add(answer.state.id)
        return answer

    def enter(self, run: TaskRun, state: State) -> None:
        """Move a task run into a state and journal it."""
        state.state_details.task_run_id = run.id
        state.state_details.flow_run_id = run.flow_run_id
        enter(run, state)
        self.journal.append_task_run(run)

    @property
    def is_behind(self) -> bool:
        """Whether who has something to record waits until more has been written."""
        return self.journal.is_full

    def log(self, line: Log) -> None:
        self.journal.append_log(line)

    def tell(self, event: Event) -> None:
        """Record that something happened; it is written behind the back of whoever tells it."""
        self.journal.append_event(event)

    def hurry(self) -> None:
        """Have what is journaled so far be written now, not soon."""
        self.journal.hurry()

    def flush(self) -> None:
        """Return when everything journaled so far is on disk."""
        self.journal.flush()

    def collected_at(self) -> Address:
        """Where other processes of this machine may hand over what they record of the runs of this one."""
        if self.courier is not None:
            return self.courier.address
        with self._lease_change:
            if self._collector is None or self._collector.address.process != os.getpid():
                from prefect._engine.collecting import Collector

                self._collector = Collector(self._take)
            return self._collector.address

    def _take(self, batch: list[Entry]) -> None:
        for entry in batch:
            self.journal.append(entry)

    def close(self) -> None:
        """Write what is left and let the leases be."""
        if self._collector is not None:
            self._collector.close()
        self._closing.set()
        if self._heart is not None:
            self._heart.join()
        self.journal.close()
        if self.courier is not None:
            self.courier.close()
        self.ledger.close()

    def _write(self, batch: list[Entry]) -> None:
        if self.courier is None or not self.courier.brings(batch):
            self.ledger.write(batch, self._tenures(batch))

    def _tenures(self, batch: list[Entry]) -> Tenures:
        """By what right this process writes of the flow runs of a batch: as it has them now."""
        held: dict[UUID, Tenure] = {}
        runs = {entry.flow_run_id for entry in batch if isinstance(entry, Moment)}
        for run in filter(None, runs):
            leased = self._callers.get(run, run)
            epoch = self._carried.get(leased)
            if epoch is not None:
                held[run] = Tenure(leased, epoch)
        return Tenures(self.lease.holder, held)

    def _keep_alive(self, run: FlowRun, epoch: int) -> None:
        self._carried[run.id] = epoch
        with self._lease_change:
            if self._heart is None or not self._heart.is_alive():
                self._heart = threading.Thread(target=self._beat, name="prefect-leases", daemon=True)
                self._heart.start()

    def _beat(self) -> None:
        """Renew the leases again and again, and end this process when nobody wants its runs any more."""
        unwanted_since = None
        while not self._closing.wait(self.lease.ttl.total_seconds() / 3):
            if self._is_wanted():
                unwanted_since = None
                continue
            unwanted_since = unwanted_since or time.monotonic()
            end_this_process()
            if time.monotonic() - unwanted_since > self.grace.total_seconds():
                kill_this_process()

    def _watch(self, run_id: UUID) -> None:
        """Look from now on whether somebody halts a run, in a thread of its own, for whose end nobody waits."""
        self.halted.pop(run_id, None)
        self._watched.add(run_id)
        with self._lease_change:
            if self._looking is None or not self._looking.is_alive():
                self._looking = threading.Thread(target=self._look, name="prefect-halts", daemon=True)
                self._looking.start()

    def _look(self) -> None:
        """Note again and again which of the runs of this process others have halted."""
        while not self._closing.wait(LOOK_EVERY):
            try:
                self.halted = self._halted_now()
            except Exception as error:  # noqa: BLE001  # the next look may get through
                logging.getLogger("prefect.leases").debug("Halted runs could not be looked for: %s", error)

    def _halted_now(self) -> dict[UUID, State]:
        watched, found = tuple(self._watched), []
        for first in range(0, len(watched), MOST_AT_ONCE):
            found += self.ledger.halted(watched[first : first + MOST_AT_ONCE])
        return {
            run.id: run.state
            for run in found
            if run.state is not None and run.state.id not in self._own_pauses and run.id in self._watched
        }

    def _is_wanted(self) -> bool:
        """Whether this process is to go on, as far as is known."""
        carried = dict(self._carried)
        try:
            return not carried or self.ledger.renew(self.lease, carried)
        except Exception as error:  # noqa: BLE001  # the next beat may get through
            logging.getLogger("prefect.leases").warning("The leases of this process could not be renewed: %s", error)
            return True
