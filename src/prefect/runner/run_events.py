"""What whoever starts runs tells in events: which it has started, what became of them, and which it has ended.

A worker tells all of that, another runner only that it has ended the process of a run that was cancelled. Nobody waits
for it: events go through the journal, and whoever records them knows what the runs belong to.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Protocol
from uuid import UUID

from prefect._clock import new_id, now
from prefect._domain.events import Event, Resource, related, resource, tied
from prefect._domain.version import VERSION
from prefect._engine.telling import tell
from prefect.runner.source import RunToStart

RUNNER = resource("runner", "standalone", "standalone", **{"prefect.version": VERSION})


class _Pool(Protocol):
    id: UUID
    name: str
    type: str


def worker_resource(type: str, name: str) -> dict[str, str]:
    """A worker as the resource of its events."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return resource("worker", f"{type}.{slug}", name, **{"prefect.worker-type": type, "prefect.version": VERSION})


def pool_around(pool: _Pool) -> dict[str, str]:
    """A work pool as what its workers' events are related to."""
    return {"prefect.work-pool.type": pool.type, **related("work-pool", pool.id, pool.name)}


def nothing() -> Sequence[Resource]:
    return ()


class RunEvents:
    """Tells what a runner does with runs, and the `worker` for which it does so, with what is `around` that."""

    def __init__(
        self,
        worker: Resource | None = None,
        around: Callable[[], Sequence[Resource]] = nothing,
        *,
        tell: Callable[[Event], object] = tell,
    ) -> None:
        self._worker, self._around, self._tell = worker, around, tell
        self._submitted: dict[UUID, Event] = {}

    def started(self) -> None:
        """Tell that the worker is at work."""
        if self._worker is not None:
            self._tell(Event(new_id(), now(), "prefect.worker.started", self._worker, tuple(self._around())))

    def stopped(self) -> None:
        """Tell that the worker is at work no longer."""
        if self._worker is not None:
            self._tell(Event(new_id(), now(), "prefect.worker.stopped", self._worker, tuple(self._around())))

    def submitted(self, run: RunToStart) -> None:
        """Tell that the infrastructure of a run was started."""
        if self._worker is not None:
            event = self._of_worker(self._worker, "submitted", _of_run(run))
            self._submitted[run.flow_run_id] = event
            self._tell(event)

    def executed(self, run: RunToStart, identifier: str, status: int) -> None:
        """Tell that the infrastructure of a run, which has an identifier, has ended with a status."""
        before = self._submitted.pop(run.flow_run_id, None)
        if self._worker is not None:
            ending = {
                "prefect.infrastructure.identifier": identifier,
                "prefect.infrastructure.status-code": str(status),
            }
            self._tell(self._of_worker(self._worker, "executed", {**_of_run(run), **ending}, before))

    def cancelled(self, run: RunToStart) -> None:
        """Tell that the process of a run was ended, which somebody had cancelled."""
        self._tell(Event(new_id(), now(), "prefect.runner.cancelled-flow-run", RUNNER, (_of_run(run),)))

    def _of_worker(self, worker: Resource, what: str, run: Resource, before: Event | None = None) -> Event:
        occurred = now()
        follows = tied(before.id, occurred - before.occurred) if before is not None else None
        around = (run, *self._around())
        return Event(new_id(), occurred, f"prefect.worker.{what}-flow-run", worker, around, follows=follows)


def _of_run(run: RunToStart) -> dict[str, str]:
    return related("flow-run", run.flow_run_id, run.name)


__all__ = ["RunEvents", "pool_around", "worker_resource"]
