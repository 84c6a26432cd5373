"""The recorder of this process, one for each place where runs are written, opened by the first run.

A program that only declares flows loads nothing that writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from prefect._engine.slots import close_slots, place_of
from prefect.settings import Settings, get_current_settings
from prefect.utilities.opened_once import OpenedOnce

if TYPE_CHECKING:
    from prefect._engine.collecting import Address, Courier
    from prefect._engine.ledger import Ledger
    from prefect._engine.recorder import Recorder

_recorders: OpenedOnce[Recorder] = OpenedOnce()
_handing_over: OpenedOnce[Recorder] = OpenedOnce()
"""Those that hand what they record to the process of a flow."""
_flows_process: ContextVar[Address | None] = ContextVar("prefect_flows_process", default=None)


def recorder() -> Recorder:
    """The recorder of this process for the server, or the database, that the settings name."""
    settings, address = get_current_settings(), _flows_process.get()
    if address is not None:
        name = f"{address.machine} {address.process} {address.port} {place_of(settings)}"
        return _handing_over.get(name, partial(_opened_for, address, settings))
    return _recorders.get(place_of(settings), partial(_opened, settings))


@contextmanager
def handed_over_to(address: Address | None) -> Iterator[None]:
    """Have what is recorded inside the block handed to the process of its flow, where that is near."""
    token = _flows_process.set(address if address is not None and address.is_near else None)
    try:
        yield
    finally:
        _flows_process.reset(token)


def _opened_for(address: Address, settings: Settings) -> Recorder:
    from prefect._engine.collecting import Courier

    _handing_over.close(lambda other: other.courier is None or other.courier.is_gone())
    return _opened(settings, Courier(address))


def _opened(settings: Settings, courier: Courier | None = None) -> Recorder:
    from prefect._engine.recorder import Recorder

    ledger = _remote_ledger(settings) if settings.api.url else _local_ledger(settings)
    opened = Recorder(
        ledger,
        lease=timedelta(seconds=settings.flows.lease_seconds),
        grace=timedelta(seconds=settings.runner.grace_seconds),
        home=settings.home,
        courier=courier,
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
    _handing_over.close()
    _recorders.close()
    close_databases()
