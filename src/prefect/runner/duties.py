"""Carrying out the duties: what must be done again and again to keep the database right, whoever hosts it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from prefect._clock import new_id, now
from prefect._domain.planning import Horizon
from prefect._engine.naming import new_name
from prefect._orchestration.duties.accounts import Account
from prefect._orchestration.duties.backfilling import make_runs, what_is_backfilled
from prefect._orchestration.duties.catching_up import let_missed_runs_go
from prefect._orchestration.duties.foreman import take_stock
from prefect._orchestration.duties.forgetting import forget_old_events
from prefect._orchestration.duties.leases import end_abandoned_runs, spare_leases
from prefect._orchestration.duties.overdue import tell_of_overdue
from prefect._orchestration.duties.scheduling import plan_runs, what_is_scheduled
from prefect._orchestration.duties.waiting import call_late, end_expired_pauses
from prefect._orchestration.duties.waking import Waker
from prefect._orchestration.events import end_of_feed
from prefect._orchestration.logs import write as write_logs
from prefect._orchestration.task_workers import end_lost_tasks
from prefect._store.database import Database
from prefect._store.faults import Fault, fault_of
from prefect._store.trails import bring_left_behind, trails_folder
from prefect._store.watching import Watch
from prefect.logging.loggers import get_logger
from prefect.settings import get_current_settings

LONGEST_PAUSE = 0.25
"""Seconds between two looks for commits on SQLite, at most."""
LONGEST_WAIT = 0.5
"""Seconds after which a loop that waits looks whether it is to end."""
LONGEST_STOP = 10.0
"""Seconds that a loop waits at most that was not stopped."""
LARGEST_DRIFT = timedelta(seconds=5)
"""What may lie between a clock and the time that has passed."""
_waker = Waker()


class Duty(NamedTuple):
    """Something to be done every so many seconds, and at once when what it is `done_for` has changed.

    What `service` names in the settings (`server.services.<service>`) says whether it is done, and how often.
    """

    name: str
    do: Callable[[Database], object]
    every: float
    done_for: Callable[[Database], object] | None = None
    service: str | None = None


def lines_for(addresses: Sequence[str] = ()) -> Duty:
    """The duty to record what processes of this home had logged that died on their way to a database, or its server."""

    def bring(db: Database) -> None:
        home: Path = get_current_settings().home
        for place in (db.url, *addresses):
            bring_left_behind(trails_folder(home, place), partial(write_logs, db))

    return Duty("recording the log lines of processes that died", bring, every=5)


PLANNING = Duty(
    "planning the runs of schedules",
    lambda db: plan_runs(db, now=now(), new_id=new_id, new_name=new_name, horizon=_horizon()),
    every=20,
    done_for=what_is_scheduled,
    service="scheduler",
)
BACKFILLS = Duty(
    "making the runs of backfills",
    lambda db: make_runs(db, now=now(), new_id=new_id, new_name=new_name),
    every=20,
    done_for=what_is_backfilled,
    service="scheduler",
)
LATENESS = Duty(
    "calling runs late",
    lambda db: call_late(db, after=_services().late_runs.after_seconds, now=now(), new_id=new_id),
    every=5,
    service="late_runs",
)
LEASES = Duty(
    "ending abandoned runs",
    lambda db: end_abandoned_runs(db, now=now(), new_id=new_id),
    every=5,
    service="repossessor",
)
TASKS = Duty("ending lost background tasks", lambda db: end_lost_tasks(db, now=now(), new_id=new_id), every=5)
PAUSES = Duty(
    "ending expired pauses",
    lambda db: end_expired_pauses(db, now=now(), new_id=new_id),
    every=5,
    service="pause_expirations",
)
MISSED = Duty("letting missed runs go", lambda db: let_missed_runs_go(db, now=now(), new_id=new_id), every=5)
WAKING = Duty(
    "having runs go on that wait for inputs or events",
    lambda db: _waker.wake(db, now=now(), new_id=new_id),
    every=5,
    done_for=end_of_feed,
)
OVERDUE = Duty("telling of runs that are overdue", lambda db: tell_of_overdue(db, now=now()), every=5)
LINES = lines_for()
STOCK = Duty("taking stock of workers and pools", lambda db: take_stock(db, now=now()), every=15, service="foreman")
EVENTS = Duty(
    "forgetting old events",
    lambda db: forget_old_events(db, keep=get_current_settings().server.events.retention_period, now=now()),
    every=600,
)
DUTIES = (PLANNING, BACKFILLS, MISSED, LATENESS, LEASES, TASKS, PAUSES, WAKING, OVERDUE, LINES, STOCK, EVENTS)


def wanted_duties() -> tuple[Duty, ...]:
    """The duties that the settings want done, as often as they say."""
    return tuple(wanted for duty in DUTIES if (wanted := _as_set(duty)) is not None)


def _as_set(duty: Duty) -> Duty | None:
    if duty.service is None:
        return duty
    said = getattr(_services(), duty.service)
    return duty._replace(every=said.loop_seconds) if said.enabled else None


def _services() -> Any:
    return get_current_settings().server.services


def _horizon() -> Horizon:
    """How far ahead the settings want runs planned."""
    said = _services().scheduler
    return Horizon(said.min_runs, said.min_scheduled_time, said.max_runs, said.max_scheduled_time)


class Duties:
    """The loop that carries duties out; several may run beside one another. Its `accounts` say how it went last."""

    def __init__(self, db: Database, duties: tuple[Duty, ...] = DUTIES, *, clock: Callable[[], datetime] = now) -> None:
        self._db = db
        self._clock = clock
        self._known_origin = self._origin()
        self.accounts = {duty.name: Account(duty.name, duty.every) for duty in duties}
        self._due = dict.fromkeys(duties, 0.0)
        self._done_for: dict[Duty, object] = {}
        self._was_away = False
        self._is_over = threading.Event()
        self._logger = get_logger("prefect.duties")

    def run(self) -> None:
        """Carry the duties out until `stop()`."""
        with closing(Watch(self._db, longest_pause=LONGEST_PAUSE)) as watch:
            is_changed = True
            while not self._is_over.is_set():
                self._carry_out(is_changed)
                is_changed = self._waited(watch)

    def stop(self) -> None:
        """End the loop; a signal handler may call this."""
        self._is_over.set()

    def _waited(self, watch: Watch) -> bool:
        """Wait for a commit or until a duty is due; whether there was a commit."""
        began = time.monotonic()
        left = min(self._due.values()) - began
        try:
            return watch.wait(max(min(left, LONGEST_WAIT), 0))
        except Exception as error:  # noqa: BLE001  # the database may answer the next time
            self._logger.warning("The database cannot be watched: %s: %s", type(error).__name__, error)
            self._is_over.wait(LONGEST_WAIT)
            return False
        finally:
            if time.monotonic() - began > LONGEST_STOP:
                self._spare("This process was stopped for a while")

    def _look_at_the_clock(self) -> None:
        """Spare all leases where the clock was set, this machine was asleep, or nobody could renew a lease."""
        if self._was_away:
            self._spare("The database was away")
            self._was_away = False
        origin = self._origin()
        if abs(origin - self._known_origin) > LARGEST_DRIFT:
            self._spare(f"The clock was set by {(origin - self._known_origin).total_seconds():.0f} s")
            self._known_origin = origin

    def _origin(self) -> datetime:
        """When the clock that is never set began to count, as the other one says it."""
        return self._clock() - timedelta(seconds=time.monotonic())

    def _spare(self, why: str) -> None:
        """Believe all processes for a while: they had no time to renew their leases."""
        self._logger.warning("%s; all runs are believed for a while.", why)
        ttl = timedelta(seconds=get_current_settings().flows.lease_seconds)
        spare_leases(self._db, now=self._clock(), ttl=ttl)

    def _carry_out(self, is_changed: bool) -> None:
        for duty, due in self._due.items():
            try:
                if time.monotonic() >= due or (is_changed and self._is_outdated(duty)):
                    self._look_at_the_clock()
                    self._due[duty] = time.monotonic() + duty.every
                    self._do(duty)
            except Exception as error:  # noqa: BLE001  # what fails once may succeed the next time
                self._was_away = self._was_away or fault_of(error) is Fault.AWAY
                self._logger.warning("The duty of %s failed: %s: %s", duty.name, type(error).__name__, error)

    def _is_outdated(self, duty: Duty) -> bool:
        return duty.done_for is not None and duty.done_for(self._db) != self._done_for.get(duty)

    def _do(self, duty: Duty) -> None:
        began, since, fault = self._clock(), time.monotonic(), None
        try:
            if duty.done_for is not None:
                self._done_for[duty] = duty.done_for(self._db)
            duty.do(self._db)
        except Exception as error:
            fault = f"{type(error).__name__}: {error}"
            raise
        finally:
            self.accounts[duty.name] = Account(duty.name, duty.every, began, time.monotonic() - since, fault)
