"""Signs of life of flow runs, told in events where `PREFECT_FLOWS_HEARTBEAT_FREQUENCY` asks for them.

They are for automations that await them. Nothing else depends on them: a run whose process died is noticed by its
lease.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from prefect._clock import new_id, now
from prefect._domain.events import ID, Event, resource
from prefect._domain.flow_runs import FlowRun
from prefect._domain.version import VERSION
from prefect._engine.telling import around_here, tell
from prefect.settings import get_current_settings


@contextmanager
def heartbeats(run: FlowRun) -> Iterator[None]:
    """Tell that a run goes on, at once and again and again, while the block does."""
    frequency = get_current_settings().flows.heartbeat_frequency
    if frequency is None:
        yield
        return
    over = threading.Event()
    beat = partial(contextvars.copy_context().run, _beat, _heartbeat_of(run), frequency, over)
    threading.Thread(target=beat, name="prefect-heartbeats", daemon=True).start()
    try:
        yield
    finally:
        over.set()


def _heartbeat_of(run: FlowRun) -> Callable[[], Event]:
    """What makes the next heartbeat of a run."""
    itself = resource("flow-run", run.id, run.name, **{"prefect.version": VERSION})
    around = tuple(around_here({itself[ID]}))
    return lambda: Event(new_id(), now(), "prefect.flow-run.heartbeat", itself, around)


def _beat(heartbeat: Callable[[], Event], seconds: int, over: threading.Event) -> None:
    tell(heartbeat())
    while not over.wait(seconds):
        tell(heartbeat())
