"""The recorder of this process, one for each place where runs are written, opened by the first run.

A program that only declares flows loads nothing that writes.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from prefect._engine.slots import close_slots, place_of
from prefect.settings import Settings, get_current_settings
from prefect.utilities.opened_once import OpenedOnce

if TYPE_CHECKING:
    from prefect._engine.ledger import Ledger
    from prefect._engine.recorder import Recorder

_recorders: OpenedOnce[Recorder] = OpenedOnce()


def recorder() -> Recorder:
    """The recorder of this process for the server, or the database, that the settings name."""
    settings = get_current_settings()
    return _recorders.get(place_of(settings), partial(_opened, settings))


def _opened(settings: Settings) -> Recorder:
    from prefect._engine.recorder import Recorder

    ledger = _remote_ledger(settings) if settings.api.url else _local_ledger(settings)
    opened = Recorder(
        ledger,
        lease=timedelta(seconds=settings.flows.lease_seconds),
        grace=timedelta(seconds=settings.runner.grace_seconds),
        home=settings.home,
    )
    opened.bring_left_behind()
    return opened


def _local_ledger(settings: Settings) -> Ledger:
    from prefect._engine.local import LocalLedger
    from prefect._store.opened import database_of

    return LocalLedger(database_of(settings.server.database))


def _remote_ledger(settings: Settings) -> Ledger:
    from prefect._engine.remote import RemoteLedger

    return RemoteLedger(settings)


def close_recorders() -> None:
    """Write what is left and close the databases; the next run opens them again."""
    from prefect._store.opened import close_databases

    close_slots()
    _recorders.close()
    close_databases()
