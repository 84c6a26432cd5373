"""`/ui`: what pages of the web UI ask in one request."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from prefect._api.routing import Here, Routes
from prefect._domain.planning import next_times
from prefect._domain.sorting import read_sort
from prefect._domain.version import VERSION
from prefect._orchestration import (
    automations,
    figures,
    flow_runs,
    graphs,
    kept_results,
    latest_runs,
    logs,
    task_runs,
    usual_durations,
)
from prefect._orchestration.faults import faults_in
from prefect._orchestration.trying import tried
from prefect._wire import firings as automation_wire
from prefect._wire import logs as log_wire
from prefect._wire import ui as wire
from prefect._wire.filters import filter_of
from prefect._wire.task_runs import UITaskRun

routes = Routes("/ui")
MOST_FIRINGS = 200
"""How many firings are told at once."""
INTERVALS = 20
"""In how many parts the dashboard's time is shown."""


@routes.post("/flows/count-deployments")
def count_deployments_by_flow(here: Here, body: wire.FlowIds) -> dict[UUID, int]:
    return figures.count_deployments_of(here.db, body.flow_ids)


@routes.post("/flows/next-runs")
def next_runs_by_flow(here: Here, body: wire.FlowIds) -> dict[UUID, wire.SimpleNextFlowRun | None]:
    """The next scheduled run of each flow."""
    found = figures.next_runs_of(here.db, body.flow_ids, after=here.now)
    return {id: wire.SimpleNextFlowRun.of(run) if run else None for id, run in found.items()}


@routes.post("/flows/usual-durations")
def usual_durations_by_flow(here: Here, body: wire.FlowIds) -> dict[UUID, wire.UsualDuration | None]:
    """How long the runs of each flow usually take."""
    found = usual_durations.of_flows(here.db, body.flow_ids, now=here.now)
    return {id: wire.UsualDuration.of(usual) if usual else None for id, usual in found.items()}


@routes.post("/flows/standing")
def standing_of_flows(here: Here, body: wire.FlowIds) -> dict[UUID, wire.Standing]:
    """How the last runs of each flow went."""
    found = latest_runs.of_flows(here.db, body.flow_ids, now=here.now)
    return {id: wire.Standing.of(standing) for id, standing in found.items()}


@routes.post("/deployments/standing")
def standing_of_deployments(here: Here, body: wire.DeploymentIds) -> dict[UUID, wire.Standing]:
    """How the last runs of each deployment went."""
    found = latest_runs.of_deployments(here.db, body.deployment_ids, now=here.now)
    return {id: wire.Standing.of(standing) for id, standing in found.items()}


@routes.get("/task_runs/{id}/usual-duration")
def usual_duration_of_task(here: Here, id: UUID) -> wire.UsualDuration | None:
    """How long the runs of a run's task usually take."""
    usual = usual_durations.of_task(here.db, id, now=here.now)
    return wire.UsualDuration.of(usual) if usual else None


@routes.post("/flow_runs/history")
def read_flow_run_history(here: Here, body: wire.ReadRunHistory) -> list[wire.SimpleFlowRun]:
    """Flow runs as points of a picture."""
    order, now = read_sort("flow_run", body.sort), here.now
    found = flow_runs.find(here.db, body.wanted(), order=order, limit=body.limit, offset=body.offset)
    return [wire.SimpleFlowRun.at(now, placed.run) for placed in found if placed.run.state is not None]


@routes.post("/flow_runs/count-task-runs")
def count_task_runs_by_flow_run(here: Here, body: wire.FlowRunIds) -> dict[UUID, int]:
    return figures.count_task_runs_of(here.db, body.flow_run_ids)


@routes.post("/task_runs/dashboard/counts")
def read_dashboard_task_run_counts(here: Here, body: wire.CountOverTime) -> list[dict[str, int]]:
    """How many task runs completed and failed, from the time that is asked for until now in equal parts."""
    ends = figures.ends_of_task_runs(here.db, body.wanted(), body.start, here.now, intervals=INTERVALS)
    return [part._asdict() for part in ends]


@routes.post("/task_runs/count")
def read_task_run_counts_by_state(here: Here, body: wire.CountByStates) -> wire.CountByState:
    return wire.CountByState.counted(figures.count_by_state(here.db, "task_run", body.wanted()))


@routes.get("/task_runs/{id}")
def read_task_run_with_flow_run_name(here: Here, id: UUID) -> UITaskRun:
    run = task_runs.must_read(here.db, id)
    told = UITaskRun.at(here.now, run)
    flow_run = flow_runs.read(here.db, run.flow_run_id) if run.flow_run_id is not None else None
    told.flow_run_name = flow_run.name if flow_run is not None else None
    return told


@routes.get("/flow_runs/{id}/tries")
def read_tries(here: Here, id: UUID) -> list[wire.Try]:
    """The tries of the task runs of a flow run that were run more than once."""
    return [wire.Try.of(one) for one in graphs.tries(here.db, id)]


@routes.get("/flow_runs/{id}/result")
def preview_result_of_flow_run(here: Here, id: UUID) -> wire.ResultPreview:
    """What a flow run left behind, where it is JSON in the server's own folder of results."""
    return wire.ResultPreview.of(kept_results.of_flow_run(here.db, id, here.settings.results.local_storage_path))


@routes.get("/task_runs/{id}/result")
def preview_result_of_task_run(here: Here, id: UUID) -> wire.ResultPreview:
    """What a task run left behind, where it is JSON in the server's own folder of results."""
    return wire.ResultPreview.of(kept_results.of_task_run(here.db, id, here.settings.results.local_storage_path))


@routes.post("/logs/beside")
def read_lines_beside(here: Here, body: log_wire.LinesBeside) -> list[log_wire.Log]:
    """The nearest lines on one side of another, in the order of time."""
    wanted = filter_of("log", body.logs)
    found = logs.beside(here.db, wanted, body.of, body.side, limit=here.limit(body.limit))
    return [log_wire.Log.telling(line) for line in found]


@routes.post("/logs/count")
def count_lines(here: Here, body: log_wire.CountLines) -> log_wire.LineCount:
    count, until = logs.count(here.db, filter_of("log", body.logs), until=body.until)
    return log_wire.LineCount(count=count, until=until)


@routes.post("/schedules/next-times")
def next_times_of_schedule(here: Here, body: wire.NextTimes) -> list[datetime]:
    """The next times of a schedule, whether it is anywhere or not; nothing is planned."""
    return next_times(body.schedule.schedule(), after=here.now, count=body.count)


@routes.get("/server")
def read_server(here: Here) -> wire.ServerState:
    """How the server that answers is doing."""
    local = here.now.astimezone()
    return wire.ServerState(
        version=VERSION,
        dialect=here.db.dialect,
        database_size=figures.size_of_database(here.db),
        now=here.now,
        time_zone=f"{local.tzname()} (UTC{local:%z})",
        duties=[wire.DutyAccount.of(account) for account in here.duties.values()],
    )


@routes.post("/schemas/validate")
def validate_obj(here: Here, body: wire.ValidateValues) -> wire.SchemaValuesValidationResponse:
    """Whether values fit a JSON schema."""
    return wire.SchemaValuesValidationResponse.on(faults_in(body.values, body.schema_))


@routes.get("/automations/{id}/firings")
def read_firings(here: Here, id: UUID, limit: int = MOST_FIRINGS) -> list[automation_wire.RecordedFiring]:
    """The last firings of an automation, the event that caused each, and what was done; the latest first."""
    found = automations.list_firings(here.db, id, limit=min(max(limit, 0), MOST_FIRINGS))
    return [automation_wire.RecordedFiring.telling(one) for one in found]


@routes.post("/automations/try")
def try_automation(here: Here, body: automation_wire.TryAutomation) -> automation_wire.TriedAutomation:
    """How a trigger would have fired on the events of the last hours. Nothing is recorded, and nobody acts."""
    now = here.now
    found = tried(here.db, body.trigger.trigger(), since=now - body.span, now=now, trigger_id=here.new_id())
    return automation_wire.TriedAutomation.telling(found)
