"""Door: what clients send to make and change things, which lives in `prefect._wire`."""

from prefect._wire.artifacts import ArtifactCreate, ArtifactUpdate
from prefect._wire.blocks import (
    BlockDocumentCreate,
    BlockDocumentUpdate,
    BlockSchemaCreate,
    BlockTypeCreate,
    BlockTypeUpdate,
)
from prefect._wire.concurrency import (
    ConcurrencyLimitCreate,
    ConcurrencyLimitV2Create,
    ConcurrencyLimitV2Update,
    GlobalConcurrencyLimitCreate,
    GlobalConcurrencyLimitUpdate,
)
from prefect._wire.deployments import DeploymentCreate, DeploymentFlowRunCreate, DeploymentUpdate
from prefect._wire.flow_runs import FlowRunCreate, FlowRunUpdate
from prefect._wire.flows import FlowCreate, FlowUpdate
from prefect._wire.logs import LogCreate
from prefect._wire.objects import BlockDocumentReferenceCreate
from prefect._wire.saved_searches import SavedSearchCreate
from prefect._wire.schedules import DeploymentScheduleCreate, DeploymentScheduleUpdate
from prefect._wire.states import StateCreate
from prefect._wire.task_runs import TaskRunCreate, TaskRunUpdate
from prefect._wire.variables import VariableCreate, VariableUpdate
from prefect._wire.work_pools import WorkPoolCreate, WorkPoolUpdate, WorkQueueCreate, WorkQueueUpdate
from prefect.client.hosted import DeploymentBranch

__all__ = [
    "BlockDocumentReferenceCreate",
    "DeploymentBranch",
    "ArtifactCreate",
    "ArtifactUpdate",
    "BlockDocumentCreate",
    "BlockDocumentUpdate",
    "BlockSchemaCreate",
    "BlockTypeCreate",
    "BlockTypeUpdate",
    "ConcurrencyLimitCreate",
    "ConcurrencyLimitV2Create",
    "ConcurrencyLimitV2Update",
    "DeploymentCreate",
    "DeploymentFlowRunCreate",
    "DeploymentScheduleCreate",
    "DeploymentScheduleUpdate",
    "DeploymentUpdate",
    "FlowCreate",
    "FlowRunCreate",
    "FlowRunUpdate",
    "FlowUpdate",
    "GlobalConcurrencyLimitCreate",
    "GlobalConcurrencyLimitUpdate",
    "LogCreate",
    "SavedSearchCreate",
    "StateCreate",
    "TaskRunCreate",
    "TaskRunUpdate",
    "VariableCreate",
    "VariableUpdate",
    "WorkPoolCreate",
    "WorkPoolUpdate",
    "WorkQueueCreate",
    "WorkQueueUpdate",
]
