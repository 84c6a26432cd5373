"""Door: the orders of lists, which are made in `prefect._wire.filters`."""

from prefect._wire.filters import (
    ArtifactCollectionSort,
    ArtifactSort,
    AutomationSort,
    BlockDocumentSort,
    DeploymentSort,
    FlowRunSort,
    FlowSort,
    LogSort,
    TaskRunSort,
    VariableSort,
)

__all__ = [
    "AutomationSort",
    "ArtifactCollectionSort",
    "ArtifactSort",
    "BlockDocumentSort",
    "DeploymentSort",
    "FlowRunSort",
    "FlowSort",
    "LogSort",
    "TaskRunSort",
    "VariableSort",
]
