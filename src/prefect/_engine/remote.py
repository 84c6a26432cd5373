"""The ledger of a program with `PREFECT_API_URL`: every operation is a request to that server.

A request is repeated while the server is away; what it cannot take in that time is kept on disk (`client/spool.py`) and
delivered later: an outcome that the user's code reached is never lost for a fault of the transport.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from prefect._api.dispatching import Request
from prefect._clock import new_id
from prefect._domain.deployments import Deployment
from prefect._domain.flow_runs import Flow, FlowRun
from prefect._domain.logs import Log
from prefect._domain.states import State
from prefect._domain.task_runs import TaskRun
from prefect._domain.transitions.verdicts import Accept
from prefect._orchestration.flow_runs import Answer, Lease
from prefect._store.journal import Entry
from prefect._store.task_runs import Moment
from prefect._store.values import data_text, read_json
from prefect._wire.engine import Beginning, Decision, Entries, NewName, Place, Proposal, Renewal
from prefect._wire.models import Body
from prefect.client.operations import content_of
from prefect.client.spool import deliver, keep, spool_folder
from prefect.client.transports import HttpTransport, ServerUnreachable
from prefect.settings import Settings

MAYBE_DEPLOYMENT: TypeAdapter[Deployment | None] = TypeAdapter(Deployment | None)
MAYBE_RUN: TypeAdapter[FlowRun | None] = TypeAdapter(FlowRun | None)
MAYBE_ID: TypeAdapter[UUID | None] = TypeAdapter(UUID | None)
MAYBE_TEXT: TypeAdapter[str | None] = TypeAdapter(str | None)
logger = logging.getLogger("prefect.client")


class RemoteLedger:
    """Writes by asking a server."""

    def __init__(self, settings: Settings) -> None:
        self._transport = HttpTransport(str(settings.api.url), settings, patience=settings.client.outage_seconds)
        self._spool = spool_folder()
        if self._spool.is_dir():
            deliver(self._transport, self._spool)

    def begin(self, flow: Flow, run: FlowRun, state: State, tracked_by: TaskRun | None) -> FlowRun:
        body = Beginning(flow=flow, run=run, state=told(state), tracked_by=tracked_by)
        begun = MAYBE_RUN.validate_python(self._asked("POST", "/flow_runs", body))
        assert begun is not None
        return begun

    def read(self, flow_run_id: UUID) -> FlowRun | None:
        return MAYBE_RUN.validate_python(self._asked("GET", f"/flow_runs/{flow_run_id}"))

    def parent_of(self, run: FlowRun) -> UUID | None:
        return MAYBE_ID.validate_python(self._asked("GET", f"/flow_runs/{run.id}/parent"))

    def root_of(self, run: FlowRun) -> UUID:
        return MAYBE_ID.validate_python(self._asked("GET", f"/flow_runs/{run.id}/root")) or run.id

    def flow_name(self, flow_id: UUID) -> str | None:
        return MAYBE_TEXT.validate_python(self._asked("GET", f"/flows/{flow_id}/name"))

    def earlier_subflow(self, parent: UUID, tracking: TaskRun) -> FlowRun | None:
        path = f"/flow_runs/{parent}/earlier_subflow"
        return MAYBE_RUN.validate_python(self._asked("POST", path, Place(tracking=tracking)))

    def propose(self, run: FlowRun, state: State, lease: Lease | None, epoch: int | None) -> Answer:
        body = Proposal(
            state=told(state),
            spare_id=new_id(),
            holder=lease.holder if lease else None,
            lease_seconds=lease.ttl.total_seconds() if lease else None,
            epoch=epoch,
        )
        request = _request("POST", f"/flow_runs/{run.id}/propose", body)
        try:
            told_back = content_of(request, self._transport.send(request))
        except ServerUnreachable as error:
            if not state.is_final():
                raise
            return self._delivered_later(request, run, state, epoch or 0, error)
        return Decision.model_validate(told_back).decided()

    def _delivered_later(self, request: Request, run: FlowRun, state: State, epoch: int, why: Exception) -> Answer:
        """The end of a run that the server will hear of later: what the user's code reached is what counts."""
        self._keep(request, why)
        return Answer(Accept(state), replace(run, state=state), epoch)

    def _keep(self, request: Request, why: Exception) -> None:
        file = keep(request, self._spool)
        logger.warning("%s What happened is kept in %s and will be delivered.", why, file)

    def rename(self, flow_run_id: UUID, name: str) -> None:
        self._asked("PATCH", f"/flow_runs/{flow_run_id}/name", NewName(name=name))

    def read_deployment(self, deployment_id: UUID) -> Deployment | None:
        return MAYBE_DEPLOYMENT.validate_python(self._asked("GET", f"/deployments/{deployment_id}"))

    def renew(self, lease: Lease, carried: Mapping[UUID, int]) -> bool:
        body = Renewal(holder=lease.holder, lease_seconds=lease.ttl.total_seconds(), carried=dict(carried))
        return bool(self._asked("POST", "/leases", body))

    def write(self, batch: list[Entry]) -> None:
        runs = [entry.task_run() for entry in batch if isinstance(entry, Moment)]
        logs = [entry for entry in batch if isinstance(entry, Log)]
        request = _request("POST", "/entries", Entries(task_runs=runs, logs=logs))
        try:
            content_of(request, self._transport.send(request))
        except ServerUnreachable as error:
            self._keep(request, error)

    def close(self) -> None:
        self._transport.close()

    def _asked(self, method: str, path: str, body: Body | None = None) -> Any:
        request = _request(method, path, body)
        return content_of(request, self._transport.send(request))


def _request(method: str, path: str, body: Body | None) -> Request:
    return Request(method, f"/engine{path}", {}, b"" if body is None else body.model_dump_json().encode())


def told(state: State) -> State:
    """A state as it leaves this process: of its data only where the result is kept."""
    return replace(state, data=read_json(data_text(state.data)))
