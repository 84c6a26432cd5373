"""`/task_workers`: the processes that carry out background tasks"""

from __future__ import annotations

from prefect._api.routing import Here, Routes
from prefect._orchestration import task_workers
from prefect._wire import task_workers as wire

routes = Routes("/task_workers")


@routes.post("/filter")
def read_task_workers(here: Here, body: wire.ReadTaskWorkers) -> list[wire.TaskWorkerResponse]:
    """Those that are alive."""
    keys = body.task_worker_filter.task_keys if body.task_worker_filter is not None else None
    return [wire.TaskWorkerResponse.of(worker) for worker in task_workers.list_living(here.db, keys, now=here.now)]
