"""`/engine`: what our own engine asks of a server, one request for each operation of its ledger.

Every request may be repeated: ids are made by whoever asks, and what has been written already is answered with.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from prefect._api.routing import Here, Routes
from prefect._domain.deployments import Deployment
from prefect._domain.flow_runs import FlowRun
from prefect._orchestration import deployments, flow_runs, flows, journal
from prefect._wire import engine as wire
from prefect.exceptions import ObjectNotFound

routes = Routes("/engine")


@routes.post("/flow_runs", status=201)
def begin_flow_run(here: Here, body: wire.Beginning) -> FlowRun:
    return flow_runs.begin(here.db, body.flow, body.run, body.state, tracked_by=body.tracked_by, now=here.now)


@routes.post("/flow_runs/{id}/propose")
def propose_state(here: Here, id: UUID, body: wire.Proposal) -> wire.Decision:
    decided = flow_runs.set_state(
        here.db, id, body.state, now=here.now, spare_id=body.spare_id, lease=body.lease, epoch=body.epoch
    )
    return wire.Decision.on(decided)


@routes.get("/flow_runs/{id}")
def read_engine_flow_run(here: Here, id: UUID) -> FlowRun | None:
    return flow_runs.read(here.db, id)


@routes.get("/flow_runs/{id}/parent")
def read_parent(here: Here, id: UUID) -> UUID | None:
    return flow_runs.parent_of(here.db, _known(here, id))


@routes.get("/flow_runs/{id}/root")
def read_root(here: Here, id: UUID) -> UUID:
    return flow_runs.root_of(here.db, _known(here, id))


@routes.post("/flow_runs/{id}/earlier_subflow")
def read_earlier_subflow(here: Here, id: UUID, body: wire.Place) -> FlowRun | None:
    return flow_runs.earlier_subflow(here.db, id, body.tracking)


@routes.patch("/flow_runs/{id}/name")
def rename_flow_run(here: Here, id: UUID, body: wire.NewName) -> None:
    flow_runs.rename(here.db, id, body.name, now=here.now)


@routes.get("/flows/{id}/name")
def read_flow_name(here: Here, id: UUID) -> str | None:
    flow = flows.read(here.db, id)
    return flow.name if flow is not None else None


@routes.post("/entries", status=204)
def write_entries(here: Here, body: wire.Entries) -> None:
    journal.write(here.db, body.task_runs, body.logs)


@routes.get("/deployments/{id}")
def read_engine_deployment(here: Here, id: UUID) -> Deployment | None:
    found = deployments.read(here.db, id)
    return found.deployment if found is not None else None


@routes.post("/leases")
def renew_leases(here: Here, body: wire.Renewal) -> bool:
    """Whether everything that the process carries out is being cancelled."""
    return flow_runs.renew_leases(here.db, body.holder, now=here.now, lease=timedelta(seconds=body.lease_seconds))


def _known(here: Here, id: UUID) -> FlowRun:
    run = flow_runs.read(here.db, id)
    if run is None:
        raise ObjectNotFound(help_message=f"There is no flow run {id}.")
    return run
