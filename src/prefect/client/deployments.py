"""What clients can do with deployments, their schedules and their runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from pydantic import TypeAdapter

from prefect._domain.flow_runs import FlowRun
from prefect._domain.schedules import Schedule
from prefect._domain.states import State
from prefect.client.operations import Later, Steps, delete, get, operation, patch, post, quoted

if TYPE_CHECKING:
    from prefect._wire.deployments import (
        ConcurrencyOptions,
        DeploymentCreate,
        DeploymentFlowRunCreate,
        DeploymentUpdate,
    )
    from prefect._wire.filters import (
        DeploymentFilter,
        FlowFilter,
        FlowRunFilter,
        TaskRunFilter,
        WorkPoolFilter,
        WorkQueueFilter,
    )
    from prefect._wire.flow_runs import FlowRunResponse
    from prefect._wire.objects import Deployment as DeploymentResponse
    from prefect._wire.schedules import DeploymentSchedule, DeploymentScheduleCreate, DeploymentScheduleUpdate
else:
    DeploymentCreate = Later("prefect._wire.deployments", "DeploymentCreate")
    DeploymentFlowRunCreate = Later("prefect._wire.deployments", "DeploymentFlowRunCreate")
    DeploymentResponse = Later("prefect._wire.objects", "Deployment")
    DeploymentSchedule = Later("prefect._wire.schedules", "DeploymentSchedule")
    DeploymentScheduleCreate = Later("prefect._wire.schedules", "DeploymentScheduleCreate")
    DeploymentScheduleUpdate = Later("prefect._wire.schedules", "DeploymentScheduleUpdate")
    FlowRunResponse = Later("prefect._wire.flow_runs", "FlowRunResponse")

Id = UUID | str


class DeploymentOperations:
    """The operations on deployments."""

    @operation
    def create_deployment(
        self,
        flow_id: UUID,
        name: str,
        version: str | None = None,
        schedules: Sequence[DeploymentScheduleCreate] | None = None,
        concurrency_limit: int | None = None,
        concurrency_options: ConcurrencyOptions | None = None,
        parameters: Mapping[str, Any] | None = None,
        description: str | None = None,
        work_queue_name: str | None = None,
        work_pool_name: str | None = None,
        tags: Sequence[str] | None = None,
        storage_document_id: UUID | None = None,
        path: str | None = None,
        entrypoint: str | None = None,
        infrastructure_document_id: UUID | None = None,
        parameter_openapi_schema: Mapping[str, Any] | None = None,
        paused: bool | None = None,
        pull_steps: Sequence[Mapping[str, Any]] | None = None,
        enforce_parameter_schema: bool | None = None,
        job_variables: Mapping[str, Any] | None = None,
        expect_within: float | None = None,
    ) -> Steps[UUID]:
        """The id of a new deployment, or of the flow's deployment of that name, which takes what is given."""
        given = {name: value for name, value in locals().items() if name != "self" and value is not None}
        made = yield post("/deployments/", DeploymentCreate(**given))
        return UUID(made["id"])

    @operation
    def read_deployment(self, deployment_id: Id) -> Steps[DeploymentResponse]:
        """The deployment with that id. Raises `ObjectNotFound`."""
        return DeploymentResponse.model_validate((yield get(f"/deployments/{deployment_id}")))

    @operation
    def read_deployment_by_name(self, name: str) -> Steps[DeploymentResponse]:
        """The deployment `flow/name`. Raises `ObjectNotFound`, and `ValueError` for a name without a slash."""
        flow_name, slash, deployment_name = name.partition("/")
        if not slash:
            raise ValueError(f"A deployment is named as 'flow/deployment'; {name!r} is not.")
        path = f"/deployments/name/{quoted(flow_name)}/{quoted(deployment_name)}"
        return DeploymentResponse.model_validate((yield get(path)))

    @operation
    def read_deployments(
        self,
        *,
        flow_filter: FlowFilter | None = None,
        flow_run_filter: FlowRunFilter | None = None,
        task_run_filter: TaskRunFilter | None = None,
        deployment_filter: DeploymentFilter | None = None,
        work_pool_filter: WorkPoolFilter | None = None,
        work_queue_filter: WorkQueueFilter | None = None,
        limit: int | None = None,
        sort: str | None = None,
        offset: int = 0,
    ) -> Steps[list[DeploymentResponse]]:
        """Deployments that are as wanted, by name unless another order is asked for."""
        body = {
            "flows": flow_filter,
            "flow_runs": flow_run_filter,
            "task_runs": task_run_filter,
            "deployments": deployment_filter,
            "work_pools": work_pool_filter,
            "work_pool_queues": work_queue_filter,
            "limit": limit,
            "sort": sort or "NAME_ASC",
            "offset": offset,
        }
        return [DeploymentResponse.model_validate(found) for found in (yield post("/deployments/filter", body))]

    @operation
    def update_deployment(self, deployment_id: Id, deployment: DeploymentUpdate) -> Steps[None]:
        """Change what is given of a deployment. Raises `ObjectNotFound`."""
        yield patch(f"/deployments/{deployment_id}", deployment)

    @operation
    def delete_deployment(self, deployment_id: Id) -> Steps[None]:
        """Remove a deployment. Raises `ObjectNotFound`."""
        yield delete(f"/deployments/{deployment_id}")

    @operation
    def set_deployment_paused_state(self, deployment_id: Id, paused: bool) -> Steps[None]:
        """Stop or start a deployment's schedules. Raises `ObjectNotFound`."""
        yield patch(f"/deployments/{deployment_id}", {"paused": paused})

    @operation
    def pause_deployment(self, deployment_id: Id) -> Steps[None]:
        """Stop a deployment's schedules. Raises `ObjectNotFound`."""
        yield post(f"/deployments/{deployment_id}/pause_deployment")

    @operation
    def resume_deployment(self, deployment_id: Id) -> Steps[None]:
        """Start a deployment's schedules. Raises `ObjectNotFound`."""
        yield post(f"/deployments/{deployment_id}/resume_deployment")

    @operation
    def create_deployment_schedules(
        self, deployment_id: Id, schedules: Sequence[tuple[Schedule, bool]]
    ) -> Steps[list[DeploymentSchedule]]:
        """Give a deployment further schedules, each with whether it is active. Raises `ObjectNotFound`."""
        body = [_told(DeploymentScheduleCreate(schedule=times, active=active)) for times, active in schedules]
        made = yield post(f"/deployments/{deployment_id}/schedules", body)
        return [DeploymentSchedule.model_validate(schedule) for schedule in made]

    @operation
    def read_deployment_schedules(self, deployment_id: Id) -> Steps[list[DeploymentSchedule]]:
        """The schedules of a deployment. Raises `ObjectNotFound`."""
        found = yield get(f"/deployments/{deployment_id}/schedules")
        return [DeploymentSchedule.model_validate(schedule) for schedule in found]

    @operation
    def update_deployment_schedule(
        self, deployment_id: Id, schedule_id: UUID, active: bool | None = None, schedule: Schedule | None = None
    ) -> Steps[None]:
        """Change a schedule. Raises `ObjectNotFound`."""
        given = {"active": active, "schedule": schedule}
        told = {name: value for name, value in given.items() if value is not None}
        body = DeploymentScheduleUpdate.model_validate(told)
        yield patch(f"/deployments/{deployment_id}/schedules/{schedule_id}", body)

    @operation
    def delete_deployment_schedule(self, deployment_id: Id, schedule_id: UUID) -> Steps[None]:
        """Remove a schedule. Raises `ObjectNotFound`."""
        yield delete(f"/deployments/{deployment_id}/schedules/{schedule_id}")

    @operation
    def create_flow_run_from_deployment(
        self,
        deployment_id: Id,
        *,
        parameters: Mapping[str, Any] | None = None,
        context: Mapping[str, Any] | None = None,
        state: State | None = None,
        name: str | None = None,
        tags: Sequence[str] | None = None,
        idempotency_key: str | None = None,
        parent_task_run_id: UUID | None = None,
        work_queue_name: str | None = None,
        job_variables: Mapping[str, Any] | None = None,
        labels: Mapping[str, Any] | None = None,
    ) -> Steps[FlowRun]:
        """A new run of a deployment, scheduled for now unless a state says otherwise. Raises `ObjectNotFound`."""
        told = {name: value for name, value in locals().items() if name not in ("self", "deployment_id", "state")}
        given = {name: value for name, value in told.items() if value is not None}
        if state is not None:
            given["state"] = _proposed(state)
        body = DeploymentFlowRunCreate(**given)
        return _a_flow_run().validate_python((yield post(f"/deployments/{deployment_id}/create_flow_run", body)))

    @operation
    def get_scheduled_flow_runs_for_deployments(
        self,
        deployment_ids: Sequence[UUID],
        scheduled_before: datetime | None = None,
        limit: int | None = None,
    ) -> Steps[list[FlowRunResponse]]:
        """The runs of some deployments that are due until a moment, now unless told otherwise."""
        body = {"deployment_ids": list(deployment_ids), "scheduled_before": scheduled_before, "limit": limit}
        found = yield post("/deployments/get_scheduled_flow_runs", body)
        return [FlowRunResponse.model_validate(run) for run in found]


def _told(body: DeploymentScheduleCreate) -> dict[str, Any]:
    return body.model_dump(mode="json", exclude_unset=True)


def _proposed(state: State) -> dict[str, Any]:
    details = state.state_details.given()
    return {"type": state.type, "name": state.name, "message": state.message, "state_details": details}


@lru_cache
def _a_flow_run() -> TypeAdapter[FlowRun]:
    return TypeAdapter(FlowRun)
