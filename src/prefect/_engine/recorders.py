"""The recorder of this process, one for each place where runs are written, opened by the first run.

A program that only declares flows loads nothing that writes.
"""

from __future__ import annotations

import os
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

from prefect._engine.slots import close_slots
from prefect.settings import Settings, get_current_settings

if TYPE_CHECKING:
    from prefect._engine.ledger import Ledger
    from prefect._engine.recorder import Recorder

_recorders: dict[tuple[int, str], Recorder] = {}
_opening = threading.Lock()


def recorder() -> Recorder:
    """The recorder of this process for the server, or the database, that the settings name."""
    settings = get_current_settings()
    place = str(settings.api.url or settings.server.database.connection_url)
    found = _recorders.get((os.getpid(), place))
    if found is not None:
        return found
    with _opening:
        return _recorders.get((os.getpid(), place)) or _opened(place, settings)


def _opened(place: str, settings: Settings) -> Recorder:
    from prefect._engine.recorder import Recorder

    ledger = _remote_ledger(settings) if settings.api.url else _local_ledger(settings)
    opened = Recorder(
        ledger,
        lease=timedelta(seconds=settings.flows.lease_seconds),
        grace=timedelta(seconds=settings.runner.grace_seconds),
        home=settings.home,
    )
    opened.bring_left_behind()
    _recorders[(os.getpid(), place)] = opened
    return opened


def _local_ledger(settings: Settings) -> Ledger:
    from prefect._engine.local import LocalLedger
    from prefect._store.opened import opened_database

    database = settings.server.database
    return LocalLedger(opened_database(str(database.connection_url), database.durability, database.timeout))


def _remote_ledger(settings: Settings) -> Ledger:
    from prefect._engine.remote import RemoteLedger

    return RemoteLedger(settings)


def close_recorders() -> None:
    """Write what is left and close the databases; the next run opens them again."""
    from prefect._store.opened import close_databases

    close_slots()
    with _opening:
        while _recorders:
            _recorders.popitem()[1].close()
    close_databases()
