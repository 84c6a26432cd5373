"""What futures share whose runs another process carries out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

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
