"""Waiting for the ends of task runs of other processes, by their ids."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from typing_extensions import Self

from prefect.futures import PrefectDistributedFuture


class TaskRunWaiter:
    """Waits for task runs. There is one in a process; each run is waited for by itself, so nothing is to be started.

    await TaskRunWaiter.wait_for_task_run(task_run_id, timeout=10)
    """

    _instance: ClassVar[TaskRunWaiter | None] = None

    @classmethod
    def instance(cls) -> Self:
        """The one of this process."""
        if not isinstance(cls._instance, cls):
            cls._instance = cls()
        return cls._instance

    def start(self) -> None:
        """Nothing is to be done."""

    def stop(self) -> None:
        """Nothing is to be done."""

    @classmethod
    async def wait_for_task_run(cls, task_run_id: UUID, timeout: float | None = None) -> None:
        """Return when the run has ended, or after so many seconds."""
        await PrefectDistributedFuture[Any](task_run_id).wait_async(timeout)

    @classmethod
    def add_done_callback(cls, task_run_id: UUID, callback: Callable[[], None]) -> None:
        """Have something called, in a thread, when the run has ended."""
        PrefectDistributedFuture[Any](task_run_id).add_done_callback(lambda _: callback())


__all__ = ["TaskRunWaiter"]
