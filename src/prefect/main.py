"""Door: the names of `prefect`, for programs that import them from `prefect.main`."""

from prefect._deployable import aserve, serve
from prefect._domain.states import State
from prefect.client.cloud import get_cloud_client
from prefect.context import tags
from prefect.flows import Flow, flow
from prefect.logging.loggers import get_run_logger
from prefect.tasks import Task, task
from prefect.transactions import Transaction
from prefect.utilities.annotations import allow_failure, unmapped

__all__ = [
    "Flow",
    "State",
    "Task",
    "Transaction",
    "aserve",
    "allow_failure",
    "flow",
    "get_cloud_client",
    "get_run_logger",
    "serve",
    "tags",
    "task",
    "unmapped",
]
