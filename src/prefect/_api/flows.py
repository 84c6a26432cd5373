"""`/flows`"""

from __future__ import annotations

from uuid import UUID

from prefect._api.routing import Here, Routes
from prefect._domain.sorting import read_sort
from prefect._orchestration import flows
from prefect._wire import flows as wire
from prefect._wire.filters import filter_of

routes = Routes("/flows")


@routes.post("/")
def create_flow(here: Here, body: wire.FlowCreate) -> wire.Flow:
    """A new flow (201), or the flow that has the name already."""
    new = here.new_id()
    flow = flows.create(here.db, body.name, body.tags, body.labels or {}, id=new, now=here.now)
    here.status = 201 if flow.id == new else 200
    return wire.Flow.of(flow)


@routes.get("/{id}")
def read_flow(here: Here, id: UUID) -> wire.Flow:
    return wire.Flow.of(flows.must_read(here.db, id))


@routes.get("/name/{name}")
def read_flow_by_name(here: Here, name: str) -> wire.Flow:
    return wire.Flow.of(flows.must_read(here.db, name))


@routes.patch("/{id}")
def update_flow(here: Here, id: UUID, body: wire.FlowUpdate) -> None:
    flows.set_tags(here.db, id, body.tags, now=here.now)


@routes.delete("/{id}")
def delete_flow(here: Here, id: UUID) -> None:
    """Remove a flow with its runs and deployments."""
    flows.delete(here.db, id, now=here.now)


@routes.post("/filter")
def read_flows(here: Here, body: wire.ReadFlows) -> list[wire.Flow]:
    found = flows.list_flows(
        here.db,
        wanted=body.wanted(),
        order=read_sort("flow", body.sort),
        limit=here.limit(body.limit),
        offset=body.offset,
    )
    return [wire.Flow.of(flow) for flow in found]


@routes.post("/paginate")
def paginate_flows(here: Here, body: wire.PaginateFlows) -> wire.FlowPage:
    limit, wanted = here.limit(body.limit), body.wanted()
    found = flows.list_flows(
        here.db, wanted=wanted, order=read_sort("flow", body.sort), limit=limit, offset=(body.page - 1) * limit
    )
    results = [wire.Flow.of(flow) for flow in found]
    return wire.FlowPage.number(body.page, results, count=flows.count(here.db, wanted), limit=limit)


@routes.post("/count")
def count_flows(here: Here, body: wire.CountFlows) -> int:
    return flows.count(here.db, body.wanted())


@routes.post("/bulk_delete")
def bulk_delete_flows(here: Here, body: wire.DeleteFlows) -> wire.Deleted:
    """Remove flows with their runs and deployments."""
    return wire.Deleted(
        deleted=flows.delete_many(here.db, filter_of("flow", body.flows), limit=body.limit, now=here.now)
    )
