"""A runner, the duties and automations, inside another program, such as the server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from prefect._orchestration.duties.accounts import Account
from prefect._store.database import Database
from prefect.runner.automating import Automating
from prefect.runner.duties import DUTIES, Duties, Duty
from prefect.runner.run_events import RunEvents
from prefect.runner.source import RunSource
from prefect.runner.starter import RunStarter, always
from prefect.settings import get_current_settings


@contextmanager
def runs_carried_out(
    source: RunSource,
    *,
    limit: int | None = None,
    is_needed: Callable[[], bool] = always,
    events: RunEvents | None = None,
) -> Iterator[RunStarter]:
    """Start and look after runs inside the block; processes that are at work at its end go on by themselves."""
    runner = RunStarter(source, limit=limit, is_needed=is_needed, events=events)
    thread = threading.Thread(target=runner.run, name="prefect-runner", daemon=True)
    thread.start()
    try:
        yield runner
    finally:
        runner.leave()
        thread.join()


@contextmanager
def duties_carried_out(
    db: Database, duties: tuple[Duty, ...] = DUTIES, *, ui: str | None = None
) -> Iterator[Mapping[str, Account]]:
    """Carry duties and automations out inside the block; the accounts of the duties.

    `ui` is the address of the web UI, where the settings do not say it.
    """
    carried_out, automating = Duties(db, duties), Automating(db, ui=ui)
    threads = [threading.Thread(target=carried_out.run, name="prefect-duties", daemon=True)]
    if get_current_settings().server.services.triggers.enabled:
        threads.append(threading.Thread(target=automating.run, name="prefect-automations", daemon=True))
    for thread in threads:
        thread.start()
    try:
        yield carried_out.accounts
    finally:
        carried_out.stop()
        automating.stop()
        for thread in threads:
            thread.join()
