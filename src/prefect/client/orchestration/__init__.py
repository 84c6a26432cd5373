"""The clients: `get_client()` for programs that ask the orchestrator themselves.

    with get_client(sync_client=True) as client:
        client.read_variables()

    async with get_client() as client:
        await client.read_variables()

With `PREFECT_API_URL` they talk to that server; without it they carry the same operations out on the local database.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypedDict, TypeVar, overload

from typing_extensions import Self, Unpack

from prefect._api.dispatching import Reply, Request
from prefect._clock import new_id, now
from prefect._domain.version import VERSION
from prefect._orchestration.duties.leases import end_abandoned_runs
from prefect._store.opened import database_of
from prefect.client.admin import AdminOperations
from prefect.client.artifacts import ArtifactOperations
from prefect.client.automations import AutomationOperations
from prefect.client.backfills import BackfillOperations
from prefect.client.blocks import BlockDocumentOperations, BlockTypeOperations
from prefect.client.concurrency_limits import ConcurrencyLimitOperations
from prefect.client.deployments import DeploymentOperations
from prefect.client.events import EventOperations
from prefect.client.flow_runs import FlowRunInputOperations, FlowRunOperations
from prefect.client.flows import FlowOperations
from prefect.client.logs import LogOperations
from prefect.client.operations import Steps, content_of, quoted
from prefect.client.task_runs import TaskRunOperations
from prefect.client.transports import HttpTransport, LocalTransport, Transport
from prefect.client.variables import VariableOperations
from prefect.client.work_pools import WorkPoolOperations, WorkQueueOperations
from prefect.settings import get_current_settings
from prefect.utilities.asyncutils import in_thread
from prefect.utilities.options import declares
from prefect.utilities.processes import lives_here

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")


class Operations(
    AdminOperations,
    ArtifactOperations,
    AutomationOperations,
    BackfillOperations,
    BlockDocumentOperations,
    BlockTypeOperations,
    ConcurrencyLimitOperations,
    DeploymentOperations,
    EventOperations,
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


PLAIN = "prefect.client.plain"
"""What makes the clients that few programs want, and loads httpx."""


class ServerType(enum.Enum):
    """Whom a client talks to: a server, or the database itself."""

    EPHEMERAL = "ephemeral"
    SERVER = "server"
    CLOUD = "cloud"
    UNCONFIGURED = "unconfigured"


class ClientOptions(TypedDict, total=False):
    """How a server is spoken to; the last three are taken for older programs."""

    auth_string: str | None
    api_key: str | None
    api_version: str | None
    httpx_settings: Mapping[str, Any] | None
    server_type: ServerType | None


def _way_to(api: Transport | str, options: ClientOptions) -> Transport:
    """The way to a server by its address, with the password or key that is given, or else that of the settings."""
    if not isinstance(api, str):
        return api
    wished = {"api.auth_string": options.get("auth_string"), "api.key": options.get("api_key")}
    overrides = {path: value for path, value in wished.items() if value is not None}
    return HttpTransport(api, get_current_settings().with_overrides(overrides, set(), {}))


class _Client(Operations):
    """What both clients can tell of themselves."""

    transport: Transport

    @property
    def api_url(self) -> str:
        """The address of the server; that of the database where there is none."""
        return str(getattr(self.transport, "url", None) or get_current_settings().server.database.connection_url)

    @property
    def server_type(self) -> ServerType:
        return ServerType.SERVER if isinstance(self.transport, HttpTransport) else ServerType.EPHEMERAL

    def _request(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None,
        path_params: Mapping[str, Any] | None,
        json: Any,
    ) -> httpx.Response:
        import orjson

        from prefect.utilities.lean_httpx import httpx

        place = path.format(**{name: quoted(str(value)) for name, value in (path_params or {}).items()})
        body = b"" if json is None else orjson.dumps(json, default=str)
        asked = Request(method, place, params or {}, body)
        reply = self.transport.send(asked)
        content_of(asked, reply)
        headers = {"content-type": "application/json", **reply.headers}
        return httpx.Response(reply.status, content=reply.content, headers=headers)

    def client_version(self) -> str:
        """The version of this package."""
        return VERSION


class SyncPrefectClient(_Client):
    """A client whose methods return when they are done; `api` is the address of a server, `http://host:4200/api`."""

    @declares(ClientOptions)
    def __init__(self, api: Transport | str, **options: Unpack[ClientOptions]) -> None:
        self.transport = _way_to(api, options)

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

    def request(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None = None,
        path_params: Mapping[str, Any] | None = None,
        *,
        json: Any = None,
    ) -> httpx.Response:
        """The answer of the API to a request of one's own; `path` is below `/api`, `{id}` in it from `path_params`.

        Raises what the other methods raise for an answer that tells of an error.
        """
        return self._request(method, path, params, path_params, json)

    @cached_property
    def _client(self) -> httpx.Client:
        """The API as plain HTTP; programs of others ask it so."""
        client: httpx.Client = import_module(PLAIN).plain_client(self.transport)
        return client

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.transport.close()


class PrefectClient(_Client):
    """A client whose methods are awaited; requests are made in a worker thread, so the event loop goes on."""

    @declares(ClientOptions)
    def __init__(self, api: Transport | str, **options: Unpack[ClientOptions]) -> None:
        self.transport = _way_to(api, options)
        self._sync = SyncPrefectClient(self.transport)

    async def carry_out(self, steps: Steps[T]) -> T:
        return await in_thread(self._sync.carry_out, steps)

    async def request(
        self,
        method: str,
        path: str,
        params: Mapping[str, Any] | None = None,
        path_params: Mapping[str, Any] | None = None,
        *,
        json: Any = None,
    ) -> httpx.Response:
        """As `SyncPrefectClient.request`, awaited."""
        return await in_thread(self._request, method, path, params, path_params, json)

    @cached_property
    def _client(self) -> httpx.AsyncClient:
        """The API as plain HTTP; programs of others ask it so."""
        client: httpx.AsyncClient = import_module(PLAIN).plain_async_client(self.transport)
        return client

    def __enter__(self) -> NoReturn:
        raise TypeError(
            "This client is awaited: async with get_client() as client: await client.read_flows(). In code that is not "
            "async write: with get_client(sync_client=True) as client: client.read_flows()."
        )

    def __exit__(self, *exc_info: object) -> None: ...

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
    db = database_of(settings.server.database)
    end_abandoned_runs(db, now=now(), new_id=new_id, is_alive=lives_here)
    return LocalTransport(db)


def way_to(api_url: str | None, api_key: str | None = None) -> Transport:
    """The way to the server at an address, or else to where the settings say; a key lets in where one is asked for."""
    return new_transport() if api_url is None else _way_to(api_url, {"api_key": api_key})


__all__ = ["PrefectClient", "ServerType", "SyncPrefectClient", "get_client"]
