"""`/work_queues`, by their ids; those made here belong to the default pool"""

from __future__ import annotations

from uuid import UUID

from prefect._api.routing import Here, Routes
from prefect._domain.work_pools import DEFAULT_POOL
from prefect._orchestration import flow_runs, work_pools, work_queues
from prefect._store.work_pools import Window
from prefect._wire import work_pools as wire
from prefect._wire.filters import filter_of
from prefect._wire.flow_runs import FlowRunResponse

routes = Routes("/work_queues")


@routes.post("/", status=201)
def create_work_queue_by_itself(here: Here, body: wire.WorkQueueCreate) -> wire.WorkQueueResponse:
    """A new queue of the default pool."""
    made = work_queues.create(here.db, DEFAULT_POOL, body.name, now=here.now, new_id=here.new_id, **body.fields())
    return wire.WorkQueueResponse.told(made)


@routes.patch("/{id}")
def update_work_queue_by_id(here: Here, id: UUID, body: wire.WorkQueueUpdate) -> None:
    work_queues.update(here.db, id, body.changes(), now=here.now)


@routes.get("/{id}")
def read_work_queue_by_id(here: Here, id: UUID) -> wire.WorkQueueResponse:
    return wire.WorkQueueResponse.told(work_queues.read_by_id(here.db, id, now=here.now))


@routes.delete("/{id}")
def delete_work_queue_by_id(here: Here, id: UUID) -> None:
    work_queues.delete(here.db, id, now=here.now)


@routes.get("/name/{name}")
def read_work_queue_by_name(here: Here, name: str) -> wire.WorkQueueResponse:
    """A queue of the default pool."""
    return wire.WorkQueueResponse.told(work_queues.read(here.db, DEFAULT_POOL, name, now=here.now))


@routes.post("/{id}/get_runs")
def read_work_queue_runs(here: Here, id: UUID, body: wire.ReadQueueRuns) -> list[FlowRunResponse]:
    """The runs that are due, for whoever proposes Pending to each of them."""
    window, limit = Window(body.scheduled_before or here.now), here.limit(body.limit)
    due = work_pools.due_in_queue(here.db, id, window, limit=limit, now=here.now)
    return [FlowRunResponse.at(here.now, flow_runs.read_placed(here.db, run.id)) for run in due]


@routes.post("/filter")
def read_all_work_queues(here: Here, body: wire.ReadWorkQueues) -> list[wire.WorkQueueResponse]:
    """Queues of all pools."""
    found = work_queues.list_queues(
        here.db,
        filter=filter_of("work_queue", body.work_queues),
        limit=here.limit(body.limit),
        offset=body.offset,
        now=here.now,
    )
    return [wire.WorkQueueResponse.told(queue) for queue in found]


@routes.post("/{id}/concurrency_status")
def read_work_queue_concurrency_status(
    here: Here, id: UUID, body: wire.ReadQueueConcurrency
) -> wire.WorkQueueConcurrencyStatus:
    """Who takes the slots of a queue."""
    limit = here.limit(body.limit)
    found = work_queues.read_by_id(here.db, id, now=here.now)
    holders = work_queues.holders(here.db, id, limit=limit, offset=(body.page - 1) * limit)
    return wire.WorkQueueConcurrencyStatus(
        active_slots=found.active_slots,
        concurrency_limit=found.queue.concurrency_limit,
        flow_runs=[wire.FlowRunSlotSummary.at(here.now, run) for run in holders],
        count=found.active_slots,
        limit=limit,
        pages=-(-found.active_slots // limit) if limit else 0,
        page=body.page,
    )


@routes.get("/{id}/status")
def read_work_queue_status(here: Here, id: UUID) -> wire.WorkQueueStatusDetail:
    """Whether a queue is well looked after."""
    return wire.WorkQueueStatusDetail.told(work_queues.health(here.db, id, now=here.now))
