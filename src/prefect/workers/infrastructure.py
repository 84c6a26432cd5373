"""The jobs of a worker that says with `run` how the infrastructure of one run is started.

Some workers' `run` returns when the infrastructure has ended, others' as soon as it was asked for: such a job is handed
over, and looked after until its run needs nobody.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple, Protocol
from uuid import UUID

from prefect._wire.flow_runs import FlowRunResponse
from prefect._wire.work_pools import WorkPoolResponse
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter
from prefect.runner.jobs import looked_up
from prefect.runner.processes import EPOCH, Exit
from prefect.runner.run_events import RunEvents
from prefect.runner.source import RunToStart
from prefect.workers.configuration import BaseJobConfiguration
from prefect.workers.jobs import PATIENCE
from prefect.workers.living import Living

SAYS_WHY = ("InfrastructurePending",)
"""States of a run by which those who watch its infrastructure say that this is on its way."""
NEVER_BEGUN = f"Its infrastructure was started, and the run did not begin within {PATIENCE / 60:.0f} minutes."


class StartsJobs(Protocol):
    """A worker, as far as jobs care."""

    name: str
    job_configuration: ClassVar[type[BaseJobConfiguration]]

    async def run(self, flow_run: Any, configuration: Any, task_status: Any = None) -> Any:
        """Start the infrastructure of a run; what it is called, and its exit code."""

    async def kill_infrastructure(self, infrastructure_pid: str, configuration: Any, grace_seconds: int = 30) -> None:
        """End it."""


class Started(NamedTuple):
    """What was started for a run, since when."""

    identifier: str
    configuration: BaseJobConfiguration
    since: float


class InfrastructureJobs:
    """Starts and ends the infrastructure of runs by what a worker says."""

    def __init__(self, worker: StartsJobs, pool: WorkPoolResponse, events: RunEvents, living: Living) -> None:
        self._worker, self._pool, self._events, self._living = worker, pool, events, living
        self._started: dict[tuple[UUID, int], Started] = {}

    def carry_out(self, run: RunToStart) -> int | None:
        configuration = self._configuration(run)
        key = run.flow_run_id, run.epoch

        def remember(identifier: str) -> None:
            self._started[key] = Started(identifier, configuration, time.monotonic())

        self._events.submitted(run)
        with get_client(sync_client=True) as client:
            flow_run = client.read_flow_run(run.flow_run_id)
        is_handed_over = False
        try:
            result = self._living.do(self._worker.run(flow_run, configuration, Told(remember)))
            self._events.executed(run, result.identifier, result.status_code)
            goes_on = result.status_code == 0 and not needs_nobody(runs_by_id([run]).get(run.flow_run_id))
            is_handed_over = goes_on and key in self._started
            return None if is_handed_over else int(result.status_code)
        finally:
            if not is_handed_over:
                self._started.pop(key, None)

    def _configuration(self, run: RunToStart) -> BaseJobConfiguration:
        with get_client(sync_client=True) as client:
            flow_run = client.read_flow_run(run.flow_run_id)
        job = looked_up(run.job)
        job["env"] = {**run.env, **(job.get("env") or {})}
        configuration = self._worker.job_configuration.of_job(job)
        configuration.prepare_for_flow_run(flow_run, work_pool=self._pool, worker_name=self._worker.name)
        configuration.env[EPOCH] = str(run.epoch)
        return configuration

    def over(self, runs: Sequence[RunToStart]) -> dict[UUID, Exit]:
        """Those jobs handed over that need nobody any more, and how they ended."""
        known = runs_by_id(runs)
        ends = {run.flow_run_id: self._end_of(run, known.get(run.flow_run_id)) for run in runs}
        found = {id: end for id, end in ends.items() if end is not None}
        for run in runs:
            if run.flow_run_id in found:
                self._started.pop((run.flow_run_id, run.epoch), None)
        return found

    def _end_of(self, run: RunToStart, known: FlowRunResponse | None) -> Exit | None:
        """How a job ended as its run tells it; None where it goes on."""
        if needs_nobody(known):
            return Exit(None, 0)
        started = self._started.get((run.flow_run_id, run.epoch))
        is_late = started is not None and time.monotonic() - started.since > PATIENCE
        return Exit(None, None, NEVER_BEGUN) if is_late and is_yet_to_begin(known) else None

    def end(self, run: RunToStart) -> None:
        started = self._started.get((run.flow_run_id, run.epoch))
        if started is not None:
            self._living.do(self._worker.kill_infrastructure(started.identifier, started.configuration))


def runs_by_id(runs: Sequence[RunToStart]) -> dict[UUID, FlowRunResponse]:
    """The runs as they are now."""
    wanted = FlowRunFilter.model_validate({"id": {"any_": [run.flow_run_id for run in runs]}})
    with get_client(sync_client=True) as client:
        return {run.id: run for run in client.read_flow_runs(flow_run_filter=wanted, limit=len(runs))}


def needs_nobody(run: FlowRunResponse | None) -> bool:
    """Whether a run has ended, or is to go on in another process later."""
    if run is None or run.state is None or run.state.is_final():
        return True
    if run.state.is_scheduled():  # unless it waits in its own process for its next try
        return run.empirical_policy.retry_type != "in_process"
    return run.state.is_paused() and run.state.state_details.pause_reschedule


def is_yet_to_begin(run: FlowRunResponse | None) -> bool:
    """Whether a run waits for its infrastructure, and nobody says for what."""
    state = run.state if run is not None else None
    return state is not None and state.is_pending() and state.name not in SAYS_WHY


class Told:
    """Hears from `run` which infrastructure it has started."""

    def __init__(self, remember: Callable[[str], None]) -> None:
        self._remember = remember

    def started(self, value: str | None = None) -> None:
        if value is not None:
            self._remember(value)


__all__ = ["InfrastructureJobs", "StartsJobs", "Told"]
