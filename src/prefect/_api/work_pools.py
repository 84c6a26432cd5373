"""`/work_pools`, with their queues and workers"""

from __future__ import annotations

from prefect._api.routing import Here, Routes
from prefect._domain.work_pools import WorkQueue
from prefect._orchestration import deployments, work_pools, work_queues, workers
from prefect._store.work_pools import Window
from prefect._wire import work_pools as wire
from prefect._wire.claims import ClaimedRun, ClaimFromPool
from prefect._wire.filters import filter_of
from prefect._wire.flow_runs import ToldFlowRun

routes = Routes("/work_pools")


@routes.post("/", status=201)
def create_work_pool(here: Here, body: wire.WorkPoolCreate) -> wire.WorkPoolResponse:
    """A new pool with a queue."""
    made = work_pools.create(here.db, body.name, now=here.now, new_id=here.new_id, **body.fields())
    return wire.WorkPoolResponse.told(made)


@routes.get("/{name}")
def read_work_pool(here: Here, name: str) -> wire.WorkPoolResponse:
    return wire.WorkPoolResponse.told(work_pools.read(here.db, name, now=here.now))


@routes.patch("/{name}")
def update_work_pool(here: Here, name: str, body: wire.WorkPoolUpdate) -> None:
    work_pools.update(here.db, name, body.changes(), now=here.now)


@routes.delete("/{name}")
def delete_work_pool(here: Here, name: str) -> None:
    """Remove a pool with its queues; deployments that used it wait in none from then on."""
    work_pools.delete(here.db, name, now=here.now)


@routes.post("/filter")
def read_work_pools(here: Here, body: wire.ReadWorkPools) -> list[wire.WorkPoolResponse]:
    found = work_pools.list_pools(
        here.db,
        limit=here.limit(body.limit),
        offset=body.offset,
        filter=filter_of("work_pool", body.work_pools),
        now=here.now,
    )
    return [wire.WorkPoolResponse.told(pool) for pool in found]


@routes.post("/count")
def count_work_pools(here: Here, body: wire.CountWorkPools) -> int:
    return work_pools.count(here.db, filter_of("work_pool", body.work_pools))


@routes.post("/{name}/concurrency_status")
def read_work_pool_concurrency_status(
    here: Here, name: str, body: wire.ReadPoolConcurrency
) -> wire.WorkPoolConcurrencyStatus:
    """Who takes the slots of a pool, queue by queue."""
    limit = here.limit(body.limit)
    found = work_pools.read(here.db, name, now=here.now)
    queues = work_queues.list_queues(here.db, pool_name=name, limit=limit, offset=(body.page - 1) * limit, now=here.now)
    count = work_queues.count(here.db, name)
    return wire.WorkPoolConcurrencyStatus(
        active_slots=found.active_slots,
        concurrency_limit=found.pool.concurrency_limit,
        queues=[_slots_of(here, queue.queue, queue.active_slots, body.flow_run_limit) for queue in queues],
        count=count,
        limit=limit,
        pages=-(-count // limit) if limit else 0,
        page=body.page,
    )


def _slots_of(here: Here, queue: WorkQueue, active: int, most: int) -> wire.WorkQueueConcurrencyStatusDetail:
    holders = work_queues.holders(here.db, queue.id, limit=most)
    return wire.WorkQueueConcurrencyStatusDetail(
        queue_id=queue.id,
        queue_name=queue.name,
        active_slots=active,
        concurrency_limit=queue.concurrency_limit,
        flow_runs=[wire.FlowRunSlotSummary.at(here.now, run) for run in holders],
        flow_run_count=active,
    )


@routes.post("/{name}/get_scheduled_flow_runs")
def get_scheduled_flow_runs(here: Here, name: str, body: wire.ReadDueRuns) -> list[wire.WorkerFlowRunResponse]:
    """The runs that are due, for whoever proposes Pending to each of them; see `/work_pools/{name}/claim`."""
    due = work_pools.due_in_pool(
        here.db,
        name,
        Window(body.scheduled_before or here.now, body.scheduled_after),
        queue_names=body.work_queue_names or (),
        limit=here.limit(body.limit),
        now=here.now,
    )
    return [
        wire.WorkerFlowRunResponse(work_pool_id=pool.id, work_queue_id=run.work_queue_id, flow_run=ToldFlowRun.of(run))
        for pool, run in due
        if run.work_queue_id is not None
    ]


@routes.post("/{name}/claim", waits=True)
def claim_runs(here: Here, name: str, body: ClaimFromPool) -> list[ClaimedRun]:
    """Take runs that are due; the asker holds a lease of each. With `?wait=` (seconds), wait until there is one."""
    claims = work_pools.claim_from_pool(
        here.db,
        name,
        body.lease,
        queue_names=body.queue_names,
        limit=body.limit,
        known=body.known,
        now=here.now,
        new_id=here.new_id,
    )
    here.ask_again_at = work_pools.soonest(here.db, after=here.now) if not claims else None
    return [ClaimedRun.of(claim) for claim in deployments.to_start(here.db, claims)]


@routes.post("/{work_pool_name}/queues", status=201)
def create_work_queue(here: Here, work_pool_name: str, body: wire.WorkQueueCreate) -> wire.WorkQueueResponse:
    """A new queue; others move back where its priority is taken."""
    made = work_queues.create(here.db, work_pool_name, body.name, now=here.now, new_id=here.new_id, **body.fields())
    return wire.WorkQueueResponse.told(made)


@routes.get("/{work_pool_name}/queues/{name}")
def read_work_queue(here: Here, work_pool_name: str, name: str) -> wire.WorkQueueResponse:
    return wire.WorkQueueResponse.told(work_queues.read(here.db, work_pool_name, name, now=here.now))


@routes.patch("/{work_pool_name}/queues/{name}")
def update_work_queue(here: Here, work_pool_name: str, name: str, body: wire.WorkQueueUpdate) -> None:
    work_queues.update(here.db, (work_pool_name, name), body.changes(), now=here.now)


@routes.delete("/{work_pool_name}/queues/{name}")
def delete_work_queue(here: Here, work_pool_name: str, name: str) -> None:
    """Remove a queue; deployments that used it wait in none from then on."""
    work_queues.delete(here.db, (work_pool_name, name), now=here.now)


@routes.post("/{work_pool_name}/queues/filter")
def read_work_queues(here: Here, work_pool_name: str, body: wire.ReadWorkQueues) -> list[wire.WorkQueueResponse]:
    found = work_queues.list_queues(
        here.db,
        pool_name=work_pool_name,
        filter=filter_of("work_queue", body.work_queues),
        limit=here.limit(body.limit),
        offset=body.offset,
        now=here.now,
    )
    return [wire.WorkQueueResponse.told(queue) for queue in found]


@routes.post("/{work_pool_name}/workers/heartbeat", status=204)
def worker_heartbeat(here: Here, work_pool_name: str, body: wire.Heartbeat) -> None:
    """Say that a worker is there."""
    workers.heartbeat(
        here.db, work_pool_name, body.name, body.heartbeat_interval_seconds, now=here.now, new_id=here.new_id
    )


@routes.post("/{work_pool_name}/workers/filter")
def read_workers(here: Here, work_pool_name: str, body: wire.ReadWorkers) -> list[wire.WorkerResponse]:
    found = workers.list_workers(
        here.db,
        work_pool_name,
        filter=filter_of("worker", body.workers),
        limit=here.limit(body.limit),
        offset=body.offset,
        now=here.now,
    )
    return [wire.WorkerResponse.told(worker) for worker in found]


@routes.delete("/{work_pool_name}/workers/{name}")
def delete_worker(here: Here, work_pool_name: str, name: str) -> None:
    """Forget a worker."""
    workers.delete(here.db, work_pool_name, name)
