"""`/deployments`"""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

from prefect._api.flow_runs import require_small_parameters, tell_differences
from prefect._api.routing import Here, Routes
from prefect._domain.names import slug
from prefect._domain.planning import DEFAULT_HORIZON
from prefect._domain.sorting import read_sort
from prefect._orchestration import deployments, flow_runs, schedules, work_pools, work_queues
from prefect._store.work_pools import Window
from prefect._wire import deployments as wire
from prefect._wire.claims import ClaimedRun, ClaimOfDeployments
from prefect._wire.filters import filter_of
from prefect._wire.flow_runs import FlowRunResponse
from prefect._wire.flows import Deleted
from prefect._wire.schedules import DeploymentSchedule, DeploymentScheduleCreate, DeploymentScheduleUpdate
from prefect._wire.work_pools import WorkQueue
from prefect.exceptions import ObjectNotFound, PrefectException

routes = Routes("/deployments")


@routes.post("/")
def create_deployment(here: Here, body: wire.DeploymentCreate) -> wire.DeploymentResponse:
    """A new deployment (201), or the flow's deployment of that name with the values that are given."""
    require_small_parameters(here, body.parameters)
    found, is_new = deployments.create(
        here.db,
        body.flow_id,
        body.name,
        body.changes(),
        body.wanted_schedules(),
        now=here.now,
        new_id=here.new_id,
    )
    here.status = 201 if is_new else 200
    return wire.DeploymentResponse.told(found)


@routes.patch("/{id}")
def update_deployment(here: Here, id: UUID, body: wire.DeploymentUpdate) -> None:
    """Change what is given; runs planned for later are planned anew."""
    require_small_parameters(here, body.parameters)
    changes = body.changes()
    if changes.get("paused", False) is None:
        changes.pop("paused")
    deployments.update(here.db, id, changes, body.wanted_schedules(), now=here.now, new_id=here.new_id)


@routes.get("/{id}")
def read_deployment(here: Here, id: UUID) -> wire.DeploymentResponse:
    return wire.DeploymentResponse.told(deployments.must_read(here.db, id, now=here.now))


@routes.get("/name/{flow_name}/{deployment_name}")
def read_deployment_by_name(here: Here, flow_name: str, deployment_name: str) -> wire.DeploymentResponse:
    found = deployments.read_by_name(here.db, flow_name, deployment_name, now=here.now)
    if found is None:
        raise ObjectNotFound(help_message=f"There is no deployment {flow_name}/{deployment_name}.")
    return wire.DeploymentResponse.told(found)


@routes.delete("/{id}")
def delete_deployment(here: Here, id: UUID) -> None:
    """Remove a deployment; its runs that wait to be started are removed or cancelled."""
    if not deployments.delete(here.db, id, now=here.now, new_id=here.new_id):
        raise deployments.no_deployment(id)


@routes.post("/filter")
def read_deployments(here: Here, body: wire.ReadDeployments) -> list[wire.DeploymentResponse]:
    return _listed(here, body, limit=here.limit(body.limit), offset=body.offset)


@routes.post("/paginate")
def paginate_deployments(here: Here, body: wire.PaginateDeployments) -> wire.DeploymentPage:
    limit = here.limit(body.limit)
    results = _listed(here, body, limit=limit, offset=(body.page - 1) * limit)
    count = deployments.count(here.db, body.wanted())
    return wire.DeploymentPage.number(body.page, results, count=count, limit=limit)


def _listed(
    here: Here, body: wire.ReadDeployments | wire.PaginateDeployments, *, limit: int, offset: int
) -> list[wire.DeploymentResponse]:
    found = deployments.list_deployments(
        here.db,
        limit=limit,
        offset=offset,
        wanted=body.wanted(),
        order=read_sort("deployment", body.sort),
        now=here.now,
    )
    return [wire.DeploymentResponse.told(each) for each in found]


@routes.post("/count")
def count_deployments(here: Here, body: wire.CountDeployments) -> int:
    return deployments.count(here.db, body.wanted())


@routes.post("/bulk_delete")
def bulk_delete_deployments(here: Here, body: wire.DeleteDeployments) -> Deleted:
    """Remove deployments as one by one."""
    wanted = {"deployment": filter_of("deployment", body.deployments)}
    found = deployments.list_deployments(here.db, limit=body.limit, wanted=wanted)
    ids = [each.deployment.id for each in found]
    return Deleted(deleted=[id for id in ids if deployments.delete(here.db, id, now=here.now, new_id=here.new_id)])


@routes.post("/get_scheduled_flow_runs")
def get_scheduled_flow_runs_for_deployments(here: Here, body: wire.ReadScheduledRuns) -> list[FlowRunResponse]:
    """The runs that are due, for whoever proposes Pending to each of them; see `/deployments/claim`."""
    window = Window(body.scheduled_before or here.now)
    limit = here.limit(body.limit)
    due = work_pools.due_of_deployments(here.db, body.deployment_ids, window, limit=limit, now=here.now)
    return [FlowRunResponse.at(here.now, flow_runs.read_placed(here.db, run.id)) for run in due]


@routes.post("/claim", waits=True)
def claim_runs_of_deployments(here: Here, body: ClaimOfDeployments) -> list[ClaimedRun]:
    """Take runs that are due; the asker holds a lease of each. With `?wait=` (seconds), wait until there is one."""
    claims = work_pools.claim_of_deployments(
        here.db, body.deployment_ids, body.lease, limit=body.limit, known=body.known, now=here.now, new_id=here.new_id
    )
    here.ask_again_at = work_pools.soonest(here.db, after=here.now) if not claims else None
    return [ClaimedRun.of(claim) for claim in deployments.to_start(here.db, claims)]


@routes.post("/{id}/schedule")
def schedule_deployment(here: Here, id: UUID, body: wire.ScheduleDeployment) -> Any:
    """Plan the runs of a span of time now."""
    start = body.start_time or here.now
    span = schedules.Span(
        start=start,
        end=body.end_time or start + DEFAULT_HORIZON.max_time,
        min_time=DEFAULT_HORIZON.min_time if body.min_time is None else timedelta(seconds=body.min_time),
        min_runs=DEFAULT_HORIZON.min_runs if body.min_runs is None else body.min_runs,
        max_runs=DEFAULT_HORIZON.max_runs if body.max_runs is None else body.max_runs,
    )
    schedules.plan(here.db, id, span, now=here.now, new_id=here.new_id, new_name=lambda: _new_name(here))


def _new_name(here: Here) -> str:
    return slug(Random(here.new_id().int))


@routes.post("/{id}/resume_deployment")
def resume_deployment(here: Here, id: UUID) -> Any:
    """Have the schedules plan runs from now on."""
    deployments.set_paused(here.db, id, False, now=here.now)


@routes.post("/{id}/pause_deployment")
def pause_deployment(here: Here, id: UUID) -> Any:
    """Have the schedules plan no more runs, and remove those that they planned."""
    deployments.set_paused(here.db, id, True, now=here.now)


@routes.post("/{id}/create_flow_run")
def create_flow_run_from_deployment(here: Here, id: UUID, body: wire.DeploymentFlowRunCreate) -> FlowRunResponse:
    """A new run (201), or the run of that flow that has the idempotency key already."""
    new, run_id = _created(here, id, body)
    here.status = 201 if new else 200
    return FlowRunResponse.at(here.now, flow_runs.read_placed(here.db, run_id))


@routes.post("/{id}/create_flow_run/bulk")
def bulk_create_flow_runs_from_deployment(here: Here, id: UUID, body: wire.ManyRuns) -> wire.FlowRunBulkCreateResponse:
    """New runs, each made or refused for itself."""
    deployments.must_read(here.db, id, now=here.now)
    return wire.FlowRunBulkCreateResponse(results=[_tried(here, id, each) for each in body])


def _tried(here: Here, id: UUID, body: wire.DeploymentFlowRunCreate) -> wire.FlowRunCreateResult:
    try:
        return wire.FlowRunCreateResult(flow_run_id=_created(here, id, body)[1], status="CREATED")
    except (PrefectException, ValueError) as error:
        return wire.FlowRunCreateResult(status="FAILED", error=str(error))


def _created(here: Here, id: UUID, body: wire.DeploymentFlowRunCreate) -> tuple[bool, UUID]:
    require_small_parameters(here, body.parameters)
    new, state_id, now = here.new_id(), here.new_id(), here.now
    wanted = body.run(new, slug(Random(new.int)), state_id=state_id, now=now, created_by=None)
    made = deployments.create_or_find_run(here.db, id, wanted, now=now, state_id=state_id)
    tell_differences(here, made.run, made.differences)
    return made.run.id == new, made.run.id


@routes.get("/{id}/work_queue_check")
def work_queue_check(here: Here, id: UUID) -> list[WorkQueue]:
    """The queues in which a deployment's runs wait."""
    found = deployments.must_read(here.db, id, now=here.now)
    if found.deployment.work_queue_id is None:
        return []
    return [WorkQueue.of(work_queues.read_by_id(here.db, found.deployment.work_queue_id, now=here.now).queue)]


@routes.get("/{id}/schedules")
def read_deployment_schedules(here: Here, id: UUID) -> list[DeploymentSchedule]:
    return [DeploymentSchedule.of(schedule) for schedule in schedules.read(here.db, id)]


@routes.post("/{id}/schedules", status=201)
def create_deployment_schedules(here: Here, id: UUID, body: list[DeploymentScheduleCreate]) -> list[DeploymentSchedule]:
    wanted = [each.wanted() for each in body]
    made = schedules.create(here.db, id, wanted, now=here.now, new_id=here.new_id)
    return [DeploymentSchedule.of(schedule) for schedule in made]


@routes.patch("/{id}/schedules/{schedule_id}")
def update_deployment_schedule(here: Here, id: UUID, schedule_id: UUID, body: DeploymentScheduleUpdate) -> None:
    schedules.update(here.db, id, schedule_id, body.wanted(), now=here.now)


@routes.delete("/{id}/schedules/{schedule_id}")
def delete_deployment_schedule(here: Here, id: UUID, schedule_id: UUID) -> None:
    schedules.delete(here.db, id, schedule_id, now=here.now)
