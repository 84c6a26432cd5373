"""The clients: `get_client()` for programs that ask the orchestrator themselves.

    with get_client(sync_client=True) as client:
        client.read_variables()

    async with get_client() as client:
        await client.read_variables()

With `PREFECT_API_URL` they talk to that server; without it they carry the same operations out on the local database.
"""

from __future__ import annotations

from typing import Any, Literal, TypeVar, overload

from typing_extensions import Self

from prefect._api.dispatching import Reply, Request
from prefect._clock import new_id, now
from prefect._orchestration.duties.leases import end_abandoned_runs
from prefect._store.opened import opened_database
from prefect.client.admin import AdminOperations
from prefect.client.automations import AutomationOperations
from prefect.client.blocks import BlockDocumentOperations, BlockTypeOperations
from prefect.client.deployments import DeploymentOperations
from prefect.client.flow_runs import FlowRunInputOperations, FlowRunOperations
from prefect.client.flows import FlowOperations
from prefect.client.logs import LogOperations
from prefect.client.operations import Steps, content_of
from prefect.client.task_runs import TaskRunOperations
from prefect.client.transports import HttpTransport, LocalTransport, Transport
from prefect.client.variables import VariableOperations
from prefect.client.work_pools import WorkPoolOperations, WorkQueueOperations
from prefect.settings import get_current_settings
from prefect.utilities.asyncutils import in_thread
from prefect.utilities.processes import lives_here

T = TypeVar("T")


class Operations(
    AdminOperations,
    AutomationOperations,
    BlockDocumentOperations,
    BlockTypeOperations,
    DeploymentOperations,
    FlowOperations,
    FlowRunInputOperations,
    FlowRunOperations,
    LogOperations,
    TaskRunOperations,
    VariableOperations,
    WorkPoolOperations,
    WorkQueueOperations,
):
    """Everything that a client can do."""


class SyncPrefectClient(Operations):
    """A client whose methods return when they are done."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    def carry_out(self, steps: Steps[T]) -> T:
        """Answer the requests of an operation until it has its result."""
        answer: Any = None
        error: Exception | None = None
        while True:
            try:
                request = steps.throw(error) if error is not None else steps.send(answer)
            except StopIteration as end:
                result: T = end.value
                return result
            answer, error = None, None
            try:
                answer = content_of(request, self.transport.send(request))
            except Exception as failed:  # noqa: BLE001  # the operation decides
                error = failed

    def send(self, request: Request) -> Reply:
        """Carry one request out, whatever the answer."""
        return self.transport.send(request)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.transport.close()


class PrefectClient(Operations):
    """A client whose methods are awaited; requests are made in a worker thread, so the event loop goes on."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self._sync = SyncPrefectClient(transport)

    async def carry_out(self, steps: Steps[T]) -> T:
        return await in_thread(self._sync.carry_out, steps)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self.transport.close()


@overload
def get_client(httpx_settings: Any = None, *, sync_client: Literal[True]) -> SyncPrefectClient: ...
@overload
def get_client(httpx_settings: Any = None, *, sync_client: Literal[False] = False) -> PrefectClient: ...


def get_client(httpx_settings: Any = None, *, sync_client: bool = False) -> SyncPrefectClient | PrefectClient:
    """A client for the server that the settings name, or for the local database.

    `httpx_settings` is taken for older programs.
    """
    transport = new_transport()
    return SyncPrefectClient(transport) if sync_client else PrefectClient(transport)


def new_transport(patience: float | None = None) -> Transport:
    """The way to the operations that the settings name; an absent server is asked for `patience` seconds.

    Who opens the database ends the runs in it whose processes died: without a server nobody else does.
    """
    settings = get_current_settings()
    if settings.api.url:
        return HttpTransport(str(settings.api.url), settings, patience)
    database = settings.server.database
    db = opened_database(str(database.connection_url), database.durability, database.timeout)
    end_abandoned_runs(db, now=now(), new_id=new_id, is_alive=lives_here)
    return LocalTransport(db)


__all__ = ["PrefectClient", "SyncPrefectClient", "get_client"]
