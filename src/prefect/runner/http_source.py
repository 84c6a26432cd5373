"""Runs of a server: what a runner asks for over HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from prefect._api.dispatching import Request
from prefect._domain.logs import Log
from prefect._domain.states import StateType
from prefect._orchestration.deployments import ToStart
from prefect._wire.claims import (
    ClaimedRun,
    ClaimFromPool,
    Claiming,
    ClaimOfDeployments,
    News,
    ProcessEnded,
    RenewClaims,
    RunWithHooks,
    TakeHooks,
    ThereIs,
)
from prefect._wire.engine import Entries
from prefect._wire.models import Body
from prefect.client.operations import content_of, quoted
from prefect.client.transports import HttpTransport
from prefect.runner.output import OutputLine
from prefect.runner.processes import Exit
from prefect.runner.source import HOOKS, HookKind, RunToStart, holder_in, log_of, new_holder, run_to_start
from prefect.settings import Settings

CLAIMED: TypeAdapter[list[ClaimedRun]] = TypeAdapter(list[ClaimedRun])
WITH_HOOKS: TypeAdapter[list[RunWithHooks]] = TypeAdapter(list[RunWithHooks])
NEWS: TypeAdapter[ThereIs | None] = TypeAdapter(ThereIs | None)
MOST_LINES = 1_000
"""How many lines one request brings."""
PATIENCE = 5.0
"""Seconds for which a request is repeated while the server is away, and for which its answer is waited for; the runner
asks again later by itself."""


class HttpSource:
    """Runs of a server: those of a pool, or of some deployments."""

    def __init__(
        self,
        settings: Settings,
        *,
        pool: str | None = None,
        queues: Sequence[str] = (),
        deployment_ids: Sequence[UUID] = (),
        lease: timedelta = timedelta(seconds=60),
    ) -> None:
        """With a `pool`, its runs, of some of its queues or of all; else those of the deployments."""
        self.lease_seconds = lease.total_seconds()
        self.place = self._url = str(settings.api.url)
        self.env: Mapping[str, str] = {"PREFECT_API_URL": self._url}
        self._transport = HttpTransport(self._url, settings, patience=PATIENCE, timeout=PATIENCE)
        self._watching = HttpTransport(self._url, settings, patience=0, timeout=PATIENCE)
        self._pool, self._queues, self._deployment_ids = pool, list(queues), list(deployment_ids)
        self._holder = new_holder()
        self._at_work: list[UUID] = []
        self._claimed: set[tuple[UUID, int]] = set()
        self._seen = ""
        self._cancelling: frozenset[UUID] = frozenset()

    def claim(self, limit: int) -> list[RunToStart]:
        claimed = CLAIMED.validate_python(self._claims(limit))
        self._claimed.update((run.flow_run_id, run.epoch) for run in claimed)
        return [self._to_start(run) for run in claimed]

    def _to_start(self, run: ClaimedRun) -> RunToStart:
        told = ToStart(run.flow_run_id, run.epoch, run.name, run.job, run.code, run.assignment)
        return run_to_start(told, self.env)

    def _claims(self, limit: int) -> Any:
        known = list(self._claimed)
        claiming = Claiming(
            holder=self._holder, lease_seconds=self.lease_seconds, limit=limit, known=known
        ).model_dump()
        if self._pool is None:
            body = ClaimOfDeployments(**claiming, deployment_ids=self._deployment_ids)
            return self._asked("/deployments/claim", body)
        of_pool = ClaimFromPool(**claiming, queue_names=self._queues)
        return self._asked(f"/work_pools/{quoted(self._pool)}/claim", of_pool)

    def wait(self, timeout_seconds: float) -> bool:
        news = News(
            pool=self._pool,
            queue_names=self._queues,
            deployment_ids=self._deployment_ids,
            flow_run_ids=self._at_work,
            seen=self._seen,
        )
        request = Request("POST", "/engine/news", {"wait": timeout_seconds}, news.model_dump_json().encode())
        told = NEWS.validate_python(content_of(request, self._watching.send(request)))
        if told is None:
            return False
        self._seen, self._cancelling = told.seen, frozenset(told.cancelling)
        return told.has_due or bool(told.cancelling)

    def cancelling(self, flow_run_ids: Sequence[UUID]) -> list[UUID]:
        """As the latest news tell it; the next ones tell of these runs."""
        self._at_work = list(flow_run_ids)
        return [run for run in flow_run_ids if run in self._cancelling]

    def renew(self, flow_run_ids: Sequence[UUID], seconds: float | None = None) -> None:
        lease_seconds = self.lease_seconds if seconds is None else seconds
        body = RenewClaims(holder=self._holder, lease_seconds=lease_seconds, flow_run_ids=list(flow_run_ids))
        self._at_work = body.flow_run_ids
        self._asked("/engine/claims/renew", body)

    def ended(self, flow_run_id: UUID, epoch: int, exit: Exit) -> HookKind | None:
        body = ProcessEnded(
            claimer=self._holder,
            epoch=epoch,
            holder=holder_in(exit),
            message=exit.explanation,
            was_killed=exit.is_kill,
            has_failed=exit.is_failure,
        )
        became = self._asked(f"/engine/flow_runs/{flow_run_id}/process_ended", body)
        self._claimed.discard((flow_run_id, epoch))
        return HOOKS.get(StateType(became)) if became is not None else None

    def missed_hooks(self, limit: int) -> list[tuple[RunToStart, HookKind]]:
        body = TakeHooks(
            limit=limit,
            pool=self._pool,
            queue_names=self._queues,
            deployment_ids=self._deployment_ids,
        )
        told = WITH_HOOKS.validate_python(self._asked("/engine/hooks/take", body))
        return [(self._to_start(each.run), HOOKS[each.became]) for each in told]

    def output(self, flow_run_id: UUID, lines: Sequence[OutputLine]) -> None:
        self.keep([log_of(flow_run_id, line) for line in lines])

    def keep(self, lines: Sequence[Log]) -> None:
        for start in range(0, len(lines), MOST_LINES):
            self._asked("/engine/entries", Entries(logs=list(lines[start : start + MOST_LINES])))

    def close(self) -> None:
        self._transport.close()
        self._watching.close()

    def _asked(self, path: str, body: Body) -> Any:
        request = Request("POST", path, {}, body.model_dump_json().encode())
        return content_of(request, self._transport.send(request))
