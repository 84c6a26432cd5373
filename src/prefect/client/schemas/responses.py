"""Door: what the API answers with, which lives in `prefect._wire`."""

from prefect._wire.concurrency import (
    ConcurrencyLimitWithLeaseResponse,
    GlobalConcurrencyLimitResponse,
    MinimalConcurrencyLimitResponse,
)
from prefect._wire.flow_runs import FlowRunOrchestrationResult, FlowRunResponse, HistoryResponse, HistoryResponseState
from prefect._wire.objects import Deployment as DeploymentResponse
from prefect._wire.states import (
    OrchestrationResult,
    SetStateStatus,
    StateAbortDetails,
    StateAcceptDetails,
    StateRejectDetails,
    StateWaitDetails,
)
from prefect._wire.task_runs import TaskRunResponse
from prefect._wire.ui import SchemaValueIndexError, SchemaValuePropertyError, SchemaValuesValidationResponse
from prefect._wire.work_pools import (
    FlowRunSlotSummary,
    WorkerFlowRunResponse,
    WorkPoolConcurrencyStatus,
    WorkPoolResponse,
    WorkQueueConcurrencyStatus,
    WorkQueueConcurrencyStatusDetail,
    WorkQueueResponse,
)

__all__ = [
    "FlowRunSlotSummary",
    "WorkPoolConcurrencyStatus",
    "WorkQueueConcurrencyStatus",
    "WorkQueueConcurrencyStatusDetail",
    "ConcurrencyLimitWithLeaseResponse",
    "DeploymentResponse",
    "FlowRunOrchestrationResult",
    "FlowRunResponse",
    "GlobalConcurrencyLimitResponse",
    "HistoryResponse",
    "HistoryResponseState",
    "MinimalConcurrencyLimitResponse",
    "OrchestrationResult",
    "SchemaValueIndexError",
    "SchemaValuePropertyError",
    "SchemaValuesValidationResponse",
    "SetStateStatus",
    "StateAbortDetails",
    "StateAcceptDetails",
    "StateRejectDetails",
    "StateWaitDetails",
    "TaskRunResponse",
    "WorkPoolResponse",
    "WorkQueueResponse",
    "WorkerFlowRunResponse",
]
