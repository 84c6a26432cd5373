"""Door: what clients send to make and change things, which lives in `prefect._wire`."""

from prefect._wire.blocks import (
    BlockDocumentCreate,
    BlockDocumentUpdate,
    BlockSchemaCreate,
    BlockTypeCreate,
    BlockTypeUpdate,
)
from prefect._wire.flow_runs import FlowRunCreate, FlowRunUpdate
from prefect._wire.flows import FlowCreate, FlowUpdate
from prefect._wire.logs import LogCreate
from prefect._wire.saved_searches import SavedSearchCreate
from prefect._wire.states import StateCreate
from prefect._wire.task_runs import TaskRunCreate, TaskRunUpdate
from prefect._wire.variables import VariableCreate, VariableUpdate

__all__ = [
    "BlockDocumentCreate",
    "BlockDocumentUpdate",
    "BlockSchemaCreate",
    "BlockTypeCreate",
    "BlockTypeUpdate",
    "FlowCreate",
    "FlowRunCreate",
    "FlowRunUpdate",
    "FlowUpdate",
    "LogCreate",
    "SavedSearchCreate",
    "StateCreate",
    "TaskRunCreate",
    "TaskRunUpdate",
    "VariableCreate",
    "VariableUpdate",
]
