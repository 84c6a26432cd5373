"""What clients can do with work pools, their queues and workers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from prefect.client.operations import Later, Steps, delete, get, operation, patch, post, quoted
from prefect.exceptions import ObjectAlreadyExists

if TYPE_CHECKING:
    from prefect._wire.filters import WorkerFilter, WorkPoolFilter, WorkQueueFilter
    from prefect._wire.flow_runs import FlowRunResponse
    from prefect._wire.work_pools import (
        WorkerFlowRunResponse,
        WorkerResponse,
        WorkPoolConcurrencyStatus,
        WorkPoolCreate,
        WorkPoolResponse,
        WorkPoolUpdate,
        WorkQueueConcurrencyStatus,
        WorkQueueCreate,
        WorkQueueResponse,
        WorkQueueStatusDetail,
        WorkQueueUpdate,
    )
else:
    FlowRunResponse = Later("prefect._wire.flow_runs", "FlowRunResponse")
    WorkPoolConcurrencyStatus = Later("prefect._wire.work_pools", "WorkPoolConcurrencyStatus")
    WorkPoolResponse = Later("prefect._wire.work_pools", "WorkPoolResponse")
    WorkQueueConcurrencyStatus = Later("prefect._wire.work_pools", "WorkQueueConcurrencyStatus")
    WorkQueueCreate = Later("prefect._wire.work_pools", "WorkQueueCreate")
    WorkQueueResponse = Later("prefect._wire.work_pools", "WorkQueueResponse")
    WorkQueueStatusDetail = Later("prefect._wire.work_pools", "WorkQueueStatusDetail")
    WorkQueueUpdate = Later("prefect._wire.work_pools", "WorkQueueUpdate")
    WorkerFlowRunResponse = Later("prefect._wire.work_pools", "WorkerFlowRunResponse")
    WorkerResponse = Later("prefect._wire.work_pools", "WorkerResponse")


class WorkPoolOperations:
    """The operations on work pools and workers."""

    @operation
    def create_work_pool(self, work_pool: WorkPoolCreate, overwrite: bool = False) -> Steps[WorkPoolResponse]:
        """A new pool; with `overwrite`, the pool of that name takes what is given. Raises `ObjectAlreadyExists`."""
        try:
            return WorkPoolResponse.model_validate((yield post("/work_pools/", work_pool)))
        except ObjectAlreadyExists:
            if not overwrite:
                raise
        given = work_pool.model_dump(mode="json", exclude_unset=True, exclude={"name", "type"})
        yield patch(f"/work_pools/{quoted(work_pool.name)}", given)
        return WorkPoolResponse.model_validate((yield get(f"/work_pools/{quoted(work_pool.name)}")))

    @operation
    def read_work_pool(self, work_pool_name: str) -> Steps[WorkPoolResponse]:
        """The pool of that name. Raises `ObjectNotFound`."""
        return WorkPoolResponse.model_validate((yield get(f"/work_pools/{quoted(work_pool_name)}")))

    @operation
    def read_work_pools(
        self, limit: int | None = None, offset: int = 0, work_pool_filter: WorkPoolFilter | None = None
    ) -> Steps[list[WorkPoolResponse]]:
        """Pools by name."""
        body = {"limit": limit, "offset": offset, "work_pools": work_pool_filter}
        return [WorkPoolResponse.model_validate(found) for found in (yield post("/work_pools/filter", body))]

    @operation
    def update_work_pool(self, work_pool_name: str, work_pool: WorkPoolUpdate) -> Steps[None]:
        """Change what is given of a pool. Raises `ObjectNotFound`."""
        yield patch(f"/work_pools/{quoted(work_pool_name)}", work_pool)

    @operation
    def delete_work_pool(self, work_pool_name: str) -> Steps[None]:
        """Remove a pool. Raises `ObjectNotFound`."""
        yield delete(f"/work_pools/{quoted(work_pool_name)}")

    @operation
    def send_worker_heartbeat(
        self,
        work_pool_name: str,
        worker_name: str,
        heartbeat_interval_seconds: float | None = None,
        get_worker_id: bool = False,
        worker_metadata: Any = None,
    ) -> Steps[UUID | None]:
        """Say that a worker is there; its id if that is asked for. `worker_metadata` is taken for older programs."""
        every = None if heartbeat_interval_seconds is None else max(round(heartbeat_interval_seconds), 1)
        path = f"/work_pools/{quoted(work_pool_name)}/workers"
        yield post(f"{path}/heartbeat", {"name": worker_name, "heartbeat_interval_seconds": every})
        if not get_worker_id:
            return None
        found = yield post(f"{path}/filter", {})
        return next((UUID(worker["id"]) for worker in found if worker["name"] == worker_name), None)

    @operation
    def read_workers_for_work_pool(
        self,
        work_pool_name: str,
        worker_filter: WorkerFilter | None = None,
        offset: int = 0,
        limit: int | None = None,
    ) -> Steps[list[WorkerResponse]]:
        """The workers of a pool, the last heard of first. Raises `ObjectNotFound`."""
        body = {"workers": worker_filter, "offset": offset, "limit": limit}
        found = yield post(f"/work_pools/{quoted(work_pool_name)}/workers/filter", body)
        return [WorkerResponse.model_validate(worker) for worker in found]

    @operation
    def get_scheduled_flow_runs_for_work_pool(
        self,
        work_pool_name: str,
        work_queue_names: Sequence[str] | None = None,
        scheduled_before: datetime | None = None,
    ) -> Steps[list[WorkerFlowRunResponse]]:
        """The runs of a pool that are due until a moment, now unless told otherwise. Raises `ObjectNotFound`."""
        body = {"work_queue_names": work_queue_names, "scheduled_before": scheduled_before}
        found = yield post(f"/work_pools/{quoted(work_pool_name)}/get_scheduled_flow_runs", body)
        return [WorkerFlowRunResponse.model_validate(run) for run in found]

    @operation
    def read_work_pool_concurrency_status(
        self, work_pool_name: str, page: int = 1, limit: int | None = None, flow_run_limit: int = 10
    ) -> Steps[WorkPoolConcurrencyStatus]:
        """Who takes the slots of a pool, queue by queue. Raises `ObjectNotFound`."""
        body = {"page": page, "limit": limit, "flow_run_limit": flow_run_limit}
        path = f"/work_pools/{quoted(work_pool_name)}/concurrency_status"
        return WorkPoolConcurrencyStatus.model_validate((yield post(path, body)))


class WorkQueueOperations:
    """The operations on the queues of work pools; those of no pool that is named belong to the default pool."""

    @operation
    def create_work_queue(
        self,
        name: str,
        description: str | None = None,
        is_paused: bool | None = None,
        concurrency_limit: int | None = None,
        priority: int | None = None,
        work_pool_name: str | None = None,
    ) -> Steps[WorkQueueResponse]:
        """A new queue. Raises `ObjectAlreadyExists` where the name is taken."""
        told = {name: value for name, value in locals().items() if name not in ("self", "work_pool_name")}
        body = WorkQueueCreate(**{name: value for name, value in told.items() if value is not None})
        path = "/work_queues/" if work_pool_name is None else f"/work_pools/{quoted(work_pool_name)}/queues"
        return WorkQueueResponse.model_validate((yield post(path, body)))

    @operation
    def read_work_queue(self, id: UUID) -> Steps[WorkQueueResponse]:
        """The queue with that id. Raises `ObjectNotFound`."""
        return WorkQueueResponse.model_validate((yield get(f"/work_queues/{id}")))

    @operation
    def read_work_queue_by_name(self, name: str, work_pool_name: str | None = None) -> Steps[WorkQueueResponse]:
        """The queue of that name in a pool. Raises `ObjectNotFound`."""
        inside = "/work_queues/name" if work_pool_name is None else f"/work_pools/{quoted(work_pool_name)}/queues"
        return WorkQueueResponse.model_validate((yield get(f"{inside}/{quoted(name)}")))

    @operation
    def read_work_queues(
        self,
        work_pool_name: str | None = None,
        work_queue_filter: WorkQueueFilter | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> Steps[list[WorkQueueResponse]]:
        """Queues of a pool, or of all, in the order in which they are served."""
        body = {"work_queues": work_queue_filter, "limit": limit, "offset": offset}
        return [WorkQueueResponse.model_validate(q) for q in (yield post(_filter(work_pool_name), body))]

    @operation
    def match_work_queues(
        self, prefixes: Sequence[str], work_pool_name: str | None = None
    ) -> Steps[list[WorkQueueResponse]]:
        """Queues whose names begin with one of these."""
        body = {"work_queues": {"name": {"startswith_": list(prefixes)}}}
        return [WorkQueueResponse.model_validate(q) for q in (yield post(_filter(work_pool_name), body))]

    @operation
    def update_work_queue(self, id: UUID, /, **changes: Any) -> Steps[None]:
        """Change what is given of a queue. Raises `ObjectNotFound`."""
        yield patch(f"/work_queues/{id}", WorkQueueUpdate(**changes))

    @operation
    def delete_work_queue_by_id(self, id: UUID) -> Steps[None]:
        """Remove a queue. Raises `ObjectNotFound`."""
        yield delete(f"/work_queues/{id}")

    @operation
    def get_runs_in_work_queue(
        self, id: UUID, limit: int = 10, scheduled_before: datetime | None = None
    ) -> Steps[list[FlowRunResponse]]:
        """The runs of a queue that are due until a moment, now unless told otherwise. Raises `ObjectNotFound`."""
        found = yield post(f"/work_queues/{id}/get_runs", {"limit": limit, "scheduled_before": scheduled_before})
        return [FlowRunResponse.model_validate(run) for run in found]

    @operation
    def read_work_queue_status(self, id: UUID) -> Steps[WorkQueueStatusDetail]:
        """Whether a queue is well looked after. Raises `ObjectNotFound`."""
        return WorkQueueStatusDetail.model_validate((yield get(f"/work_queues/{id}/status")))

    @operation
    def read_work_queue_concurrency_status(
        self, id: UUID, page: int = 1, limit: int | None = None
    ) -> Steps[WorkQueueConcurrencyStatus]:
        """Who takes the slots of a queue. Raises `ObjectNotFound`."""
        body = {"page": page, "limit": limit}
        return WorkQueueConcurrencyStatus.model_validate((yield post(f"/work_queues/{id}/concurrency_status", body)))


def _filter(work_pool_name: str | None) -> str:
    inside = "/work_queues" if work_pool_name is None else f"/work_pools/{quoted(work_pool_name)}/queues"
    return f"{inside}/filter"
