"""`/task_workers`: the processes that wait for delayed tasks"""

from __future__ import annotations

from prefect._api.routing import Here, Routes
from prefect._wire import work_pools as wire

routes = Routes("/task_workers")


@routes.post("/filter")
def read_task_workers(here: Here, body: wire.ReadTaskWorkers) -> list[wire.TaskWorkerResponse]:
    """None yet: nothing waits for delayed tasks."""
    return []
