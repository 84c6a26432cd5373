"""The ledger of a program with `PREFECT_API_URL`: every operation is a request to that server.

What was journaled is kept on disk while the server is away (`client/delivery.py`), and the program goes on. Transitions
are proposed again for as long as the settings say; an end that a run reached is then kept, too: what the user's code
reached is never lost for a fault of the transport.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

import orjson
from pydantic import TypeAdapter

from prefect._api.dispatching import Reply, Request
from prefect._clock import new_id
from prefect._domain.artifacts import Artifact
from prefect._domain.deployments import Assignment
from prefect._domain.events import Event
from prefect._domain.flow_runs import Declared, Flow, FlowRun
from prefect._domain.leases import Lease, Tenures
from prefect._domain.logs import Log
from prefect._domain.states import State
from prefect._domain.task_runs import TaskRun
from prefect._domain.texts import mended
from prefect._domain.transitions.verdicts import Accept
from prefect._engine.ledger import Taking
from prefect._engine.signals import was_terminated
from prefect._interrupting import uninterrupted_methods
from prefect._orchestration.flow_runs import Answer
from prefect._store.database import Database
from prefect._store.journal import Entry
from prefect._store.task_runs import Moment
from prefect._store.values import data_text, read_json
from prefect._wire.claims import AtWork
from prefect._wire.engine import (
    Beginning,
    Dead,
    Decision,
    Entries,
    FlowNamed,
    NewArtifact,
    NewName,
    Place,
    Proposal,
    Renewal,
)
from prefect._wire.models import Body
from prefect._wire.task_workers import TakeTaskRuns
from prefect.client.delivery import Delivery
from prefect.client.operations import content_of, quoted
from prefect.client.spool import Spool, is_for_later, spool_folder
from prefect.client.transports import HttpTransport, ServerUnreachable
from prefect.exceptions import ConfigurationError
from prefect.settings import Settings
from prefect.utilities.processes import those_of_the_dead

MAYBE_ASSIGNMENT: TypeAdapter[Assignment | None] = TypeAdapter(Assignment | None)
MAYBE_RUN: TypeAdapter[FlowRun | None] = TypeAdapter(FlowRun | None)
RUNS: TypeAdapter[list[FlowRun]] = TypeAdapter(list[FlowRun])
HOLDERS: TypeAdapter[dict[UUID, str]] = TypeAdapter(dict[UUID, str])
IDS: TypeAdapter[list[UUID]] = TypeAdapter(list[UUID])
MAYBE_ID: TypeAdapter[UUID | None] = TypeAdapter(UUID | None)
MAYBE_TEXT: TypeAdapter[str | None] = TypeAdapter(str | None)
TASK_RUNS: TypeAdapter[list[TaskRun]] = TypeAdapter(list[TaskRun])
LARGEST = 4 * 1024 * 1024
"""Bytes of a request, where it has several entries."""
logger = logging.getLogger("prefect.client")


@uninterrupted_methods
class RemoteLedger:
    """Writes by asking a server."""

    def __init__(self, settings: Settings) -> None:
        self.place = url = str(settings.api.url)
        patience = settings.client.outage_seconds
        self._transport = HttpTransport(url, settings, patience=patience, gives_up=was_terminated)
        beside = partial(HttpTransport, url, settings, patience=0, beside=self._transport)
        self._hurried, self._beating = beside(), beside(timeout=settings.flows.lease_seconds / 3)
        self._delivery = Delivery(self._hurried, Spool(spool_folder()), patience)
        self._delivery.catch_up(self._hurried)

    @property
    def db(self) -> Database:
        """There is none here."""
        raise ConfigurationError("This needs the database itself; unset PREFECT_API_URL to use the local one.")

    def begin(self, flow: Flow, run: FlowRun, state: State, tracked_by: TaskRun | None, lease: Lease | None) -> FlowRun:
        if lease is not None and run.empirical_policy.is_durable:
            self._end_those_of_the_dead(flow.name)
        body = Beginning(flow=flow, run=run, state=told(state), tracked_by=tracked_by, **of_lease(lease))
        begun = MAYBE_RUN.validate_python(self._asked("POST", "/flow_runs", body))
        assert begun is not None
        return begun

    def _end_those_of_the_dead(self, flow_name: str) -> None:
        """End the runs of a flow whose processes have died on this machine, so that they are taken up at once."""
        held = HOLDERS.validate_python(self._asked("POST", "/holders", FlowNamed(flow_name=flow_name)))
        if dead := those_of_the_dead(held):
            self._asked("POST", "/dead", Dead(holders=dead))

    def read(self, flow_run_id: UUID) -> FlowRun | None:
        return MAYBE_RUN.validate_python(self._asked("GET", f"/flow_runs/{flow_run_id}"))

    def assignment(self, flow_run_id: UUID) -> Assignment | None:
        return MAYBE_ASSIGNMENT.validate_python(self._asked("GET", f"/flow_runs/{flow_run_id}/assignment"))

    def make_ready(self) -> None:
        self._hurried.send(_request("GET", f"/flow_runs/{new_id()}/assignment", None))

    def parent_of(self, run: FlowRun) -> UUID | None:
        return MAYBE_ID.validate_python(self._asked("GET", f"/flow_runs/{run.id}/parent"))

    def root_of(self, run: FlowRun) -> UUID:
        return MAYBE_ID.validate_python(self._asked("GET", f"/flow_runs/{run.id}/root")) or run.id

    def flow_name(self, flow_id: UUID) -> str | None:
        return MAYBE_TEXT.validate_python(self._asked("GET", f"/flows/{flow_id}/name"))

    def halted(self, flow_run_ids: Sequence[UUID]) -> list[FlowRun]:
        request = _request("POST", "/halted", AtWork(flow_run_ids=list(flow_run_ids)))
        return RUNS.validate_python(content_of(request, self._beating.send(request)))

    def earlier_subflow(self, parent: UUID, tracking: TaskRun) -> FlowRun | None:
        path = f"/flow_runs/{parent}/earlier_subflow"
        return MAYBE_RUN.validate_python(self._asked("POST", path, Place(tracking=tracking)))

    def completed_tasks(self, flow_run_id: UUID) -> list[UUID]:
        return IDS.validate_python(self._asked("GET", f"/flow_runs/{flow_run_id}/completed_tasks"))

    def propose(
        self, run: FlowRun, state: State, lease: Lease | None, epoch: int | None, declared: Declared | None = None
    ) -> Answer:
        body = Proposal(state=told(state), spare_id=new_id(), epoch=epoch, declared=declared, **of_lease(lease))
        request = _request("POST", f"/flow_runs/{run.id}/propose", body)
        reply = self._end_told(request) if state.is_final() else self._transport.send(request)
        if reply is None:
            return Answer(Accept(state), replace(run, state=state), epoch or 0)
        return Decision.model_validate(content_of(request, reply)).decided()

    def _end_told(self, request: Request) -> Reply | None:
        """The answer to the end of a run; None where the server will hear of it later."""
        try:
            if self._delivery.catch_up(self._transport):
                reply = self._transport.send(request)
                if not is_for_later(reply):
                    return reply
        except ServerUnreachable as error:
            logger.warning("%s", error)
        self._delivery.keep(request)
        return None

    def rename(self, flow_run_id: UUID, name: str) -> None:
        self._asked("PATCH", f"/flow_runs/{flow_run_id}/name", NewName(name=name))

    def renew(self, lease: Lease, carried: Mapping[UUID, int]) -> bool:
        body = Renewal(holder=lease.holder, lease_seconds=lease.ttl.total_seconds(), carried=dict(carried))
        request = _request("POST", "/leases", body)
        return bool(content_of(request, self._beating.send(request)))

    def write(self, batch: list[Entry], tenures: Tenures) -> None:
        request = _entries(batch, tenures)
        if len(request.body) <= LARGEST or len(batch) == 1:
            self._delivery.bring(request)
        else:
            self.write(batch[: len(batch) // 2], tenures)
            self.write(batch[len(batch) // 2 :], tenures)

    def make_artifact(self, artifact: Artifact) -> None:
        self._brought(_request("POST", "/artifacts", NewArtifact(artifact=artifact)))

    def change_artifact(self, artifact_id: UUID, changes: dict[str, Any]) -> None:
        self._brought(Request("PATCH", f"/artifacts/{artifact_id}", {}, orjson.dumps(changes)))

    def _brought(self, request: Request) -> None:
        """Have a request carried out, now or later."""
        reply = self._delivery.answer_to(request)
        if reply is not None:
            content_of(request, reply)

    def take(self, taking: Taking, seconds: float) -> list[TaskRun]:
        body = TakeTaskRuns(
            worker=taking.worker_id,
            task_keys=taking.task_keys,
            known=taking.known,
            limit=taking.limit,
            lease_seconds=taking.ttl.total_seconds(),
        )
        return TASK_RUNS.validate_python(self._awaited("POST", "/task_runs/take", seconds, body))

    def leave(self, worker_id: str) -> None:
        self._asked("DELETE", f"/task_workers/{quoted(worker_id)}")

    def has_ended(self, task_run_id: UUID, seconds: float) -> bool:
        return self._awaited("GET", f"/task_runs/{task_run_id}/end", seconds) is not None

    def _awaited(self, method: str, path: str, seconds: float, body: Body | None = None) -> Any:
        """The answer to a request that may take so many seconds."""
        request = _request(method, path, body)._replace(query={"wait": seconds})
        return content_of(request, self._transport.send(request))

    def close(self) -> None:
        self._transport.close()

    def _asked(self, method: str, path: str, body: Body | None = None) -> Any:
        request = _request(method, path, body)
        return content_of(request, self._transport.send(request))


def of_lease(lease: Lease | None) -> dict[str, Any]:
    """The fields by which a body asks for a lease."""
    return {} if lease is None else {"holder": lease.holder, "lease_seconds": lease.ttl.total_seconds()}


def _request(method: str, path: str, body: Body | None) -> Request:
    return Request(method, f"/engine{path}", {}, b"" if body is None else body.model_dump_json().encode())


def _entries(batch: list[Entry], tenures: Tenures) -> Request:
    runs = [entry.task_run() for entry in batch if isinstance(entry, Moment)]
    logs = [entry for entry in batch if isinstance(entry, Log)]
    events = [entry for entry in batch if isinstance(entry, Event)]
    body = Entries(task_runs=runs, logs=logs, events=events, holder=tenures.holder, tenures=dict(tenures.of))
    return _request("POST", "/entries", body)


def told(state: State) -> State:
    """A state as it leaves this process: of its data only where the result is kept."""
    message = state.message and mended(state.message)
    return replace(state, message=message, data=read_json(data_text(state.data)))
