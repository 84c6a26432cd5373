"""A runner, and the duties, inside another program, such as the server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from prefect._orchestration.duties.accounts import Account
from prefect._store.database import Database
from prefect.runner.duties import DUTIES, Duties, Duty
from prefect.runner.runner import Runner, always
from prefect.runner.source import RunSource


@contextmanager
def runs_carried_out(
    source: RunSource, *, limit: int | None = None, is_needed: Callable[[], bool] = always
) -> Iterator[Runner]:
    """Start and look after runs inside the block; processes that are at work at its end go on by themselves."""
    runner = Runner(source, limit=limit, is_needed=is_needed)
    thread = threading.Thread(target=runner.run, name="prefect-runner", daemon=True)
    thread.start()
    try:
        yield runner
    finally:
        runner.leave()
        thread.join()


@contextmanager
def duties_carried_out(db: Database, duties: tuple[Duty, ...] = DUTIES) -> Iterator[Mapping[str, Account]]:
    """Carry duties out inside the block; the accounts of them."""
    carried_out = Duties(db, duties)
    thread = threading.Thread(target=carried_out.run, name="prefect-duties", daemon=True)
    thread.start()
    try:
        yield carried_out.accounts
    finally:
        carried_out.stop()
        thread.join()
