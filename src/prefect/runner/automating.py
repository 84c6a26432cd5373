"""Carrying automations out: a loop that looks when something was committed, or a window is over, and acts.

Several loops may run beside one another, in servers, workers and programs that serve flows: each firing is recorded by
one of them, and what one leaves undone when it dies, another does.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from uuid import UUID

from prefect._clock import new_id, now
from prefect._domain.automations.acts import LEASE, Fired
from prefect._engine.naming import new_name
from prefect._orchestration.acting import Sender, World, carry_out
from prefect._orchestration.duties.automations import Lookout, keep_under_way, taken_over
from prefect._store.database import Database
from prefect._store.watching import Watch
from prefect.blocks import sending
from prefect.logging.loggers import get_logger
from prefect.settings import get_current_settings
from prefect.settings.encryption import encryption_keys

LONGEST_WAIT = 0.5
"""Seconds after which the loop looks whether it is to end, and on PostgreSQL for what nobody announces."""
LONGEST_PAUSE = 0.25
"""Seconds between two looks for commits on SQLite, at most."""
BREATH = 0.05
"""Seconds between two looks while a lot happens: events are read in portions."""
AT_ONCE = 4
"""How many firings are acted on at once."""
RENEW_EVERY = LEASE.total_seconds() / 3


class Automating:
    """The loop; `fired` counts the firings that it has recorded, `acted` those on which it acted to the end."""

    def __init__(
        self, db: Database, *, sender: Sender = sending, ui: str | None = None, clock: Callable[[], datetime] = now
    ) -> None:
        self._db = db
        self._clock = clock
        self._world = World(
            db=db,
            clock=clock,
            new_id=new_id,
            new_name=new_name,
            keys=lambda: encryption_keys(get_current_settings()),
            sender=sender,
            ui=_address_of_ui(ui),
        )
        self._lookout = Lookout(db)
        self._under_way: set[UUID] = set()
        self._changing = threading.Lock()
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="prefect-acting")
        self._due: datetime | None = None
        self._renew_at = 0.0
        self._is_over = threading.Event()
        self._logger = get_logger("prefect.automations")
        self.fired = self.acted = 0

    def run(self) -> None:
        """Carry automations out until `stop()`; what is under way is finished."""
        with self._pool, closing(Watch(self._db, longest_pause=LONGEST_PAUSE)) as watch:
            while not self._is_over.is_set():
                try:
                    watch.wait(self._step())
                except Exception as error:  # noqa: BLE001  # the database may answer the next time
                    self._logger.warning("Automations cannot be looked at: %s: %s", type(error).__name__, error)
                    self._is_over.wait(LONGEST_WAIT)

    def run_once(self) -> None:
        """Carry out what there is to carry out now."""
        with self._pool:
            while self._look():
                pass
            self._take_over()

    def stop(self) -> None:
        """End the loop; a signal handler may call this."""
        self._is_over.set()

    def _step(self) -> float:
        """Do what there is to do; for how many seconds nothing is due then."""
        while True:
            is_more = self._look()
            self._keep_up()
            if not is_more or self._is_over.wait(BREATH):
                return self._until_due()

    def _keep_up(self) -> None:
        """Say now and then that one is at work on what is under way, and take over what others have left."""
        if time.monotonic() < self._renew_at:
            return
        self._renew_at = time.monotonic() + RENEW_EVERY
        with self._changing:
            under_way = list(self._under_way)
        keep_under_way(self._db, under_way, now=self._clock())
        self._take_over()

    def _until_due(self) -> float:
        due = self._due
        left = (due - self._clock()).total_seconds() if due is not None else LONGEST_WAIT
        return max(min(left, LONGEST_WAIT), 0.0)

    def _look(self) -> bool:
        """Look once, and begin to act on what has fired; whether there was something."""
        looked = self._lookout.look(now=self._clock())
        self._due = looked.due
        for fired in looked.fired:
            self._begin(fired)
        self.fired += len(looked.fired)
        return looked.is_more or bool(looked.fired)

    def _take_over(self) -> None:
        """Act on what somebody has begun and left."""
        for fired in taken_over(self._db, now=self._clock()):
            self._begin(fired)

    def _begin(self, fired: Fired) -> None:
        with self._changing:
            is_new = fired.firing.id not in self._under_way
            self._under_way.add(fired.firing.id)
        if is_new:
            self._pool.submit(self._act, fired)

    def _act(self, fired: Fired) -> None:
        """Carry the acts of a firing out in order; what fails for want of a database is taken over later."""
        name = fired.automation.name
        try:
            for act in fired.acts:
                reason = carry_out(self._world, fired, act)
                if reason is not None:
                    self._logger.warning("The automation %r: %s failed: %s", name, act.action.type, reason)
            self.acted += 1
        except Exception as error:  # noqa: BLE001  # somebody takes it over
            self._logger.warning("The automation %r: %s: %s", name, type(error).__name__, error)
        finally:
            with self._changing:
                self._under_way.discard(fired.firing.id)


def _address_of_ui(served: str | None) -> str:
    """Where the web UI is, as the settings say, or else where it is served."""
    settings = get_current_settings()
    api = settings.server.api
    return str(settings.ui_url or served or f"http://{api.host}:{api.port}").rstrip("/")
