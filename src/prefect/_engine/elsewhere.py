"""What futures share whose runs another process carries out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar
from uuid import UUID

from prefect._domain.states import State, StateType
from prefect._engine.outcomes import new_state, pending
from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound
from prefect.futures import PrefectFuture
from prefect.utilities.asyncutils import in_thread

R = TypeVar("R")


class FutureElsewhere(PrefectFuture[R]):
    """The future of a run of another process: its state is asked for, and its end is waited for in a thread."""

    def is_done(self) -> bool:
        return self.state.is_final()

    async def wait_async(self, timeout: float | None = None) -> None:
        """Return when the run has ended, or after so many seconds."""
        await in_thread(self.wait, timeout)

    def add_done_callback(self, fn: Callable[[PrefectFuture[R]], None]) -> None:
        def called_when_done() -> None:
            self.wait()
            fn(self)

        threading.Thread(target=called_when_done, name="prefect-future", daemon=True).start()


def recorded_state(task_run_id: UUID) -> State:
    """Where a run stands by what is recorded; Pending where nothing is."""
    with get_client(sync_client=True) as client, suppress(ObjectNotFound):
        state = client.read_task_run(task_run_id).state
        if state is not None:
            return state
    return pending()


def state_of_the_lost(task_run_id: UUID) -> State:
    """The end of a run whose process has gone: the one that it recorded, or else a crash, which is recorded now."""
    known = recorded_state(task_run_id)
    if known.is_final():
        return known
    crash = new_state(StateType.CRASHED, message="The process that carried it out has gone without telling its end.")
    with get_client(sync_client=True) as client, suppress(ObjectNotFound):
        client.set_task_run_state(task_run_id, crash, force=True)
    return crash
