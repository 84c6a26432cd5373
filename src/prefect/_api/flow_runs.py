"""`/flow_runs`"""

from __future__ import annotations

import base64
import csv
import io
import logging
from datetime import datetime, timezone
from random import Random
from uuid import UUID

from prefect._api.dispatching import Refusal
from prefect._api.routing import Here, Plain, Routes
from prefect._domain import flow_runs as domain
from prefect._domain.names import slug
from prefect._domain.sorting import read_sort
from prefect._domain.states import State, StateType
from prefect._domain.transitions.verdicts import Accept, Reject
from prefect._domain.work_pools import DEFAULT_POOL
from prefect._orchestration import figures, flow_run_inputs, flow_runs, graphs, logs, resuming, task_runs
from prefect._orchestration.job_variables import TooLate, update_run
from prefect._orchestration.waiting_reasons import why_not_started
from prefect._store.values import json_text
from prefect._wire import flow_runs as wire
from prefect._wire.filters import filter_of
from prefect._wire.flows import Deleted
from prefect._wire.graphs import DependencyResult, Graph
from prefect._wire.histories import told
from prefect._wire.states import OrchestrationResult, SetState
from prefect._wire.waiting_reasons import WaitingReason
from prefect.exceptions import ObjectNotFound

routes = Routes("/flow_runs")
MISMATCH = "x-idempotency-mismatch"
"""The header that names what was asked for otherwise under an idempotency key that is known."""
BEGINNING = datetime(1, 1, 1, tzinfo=timezone.utc)


@routes.post("/")
def create_flow_run(here: Here, body: wire.FlowRunCreate) -> wire.FlowRunResponse:
    """A new run (201), or the run of that flow that has the idempotency key already."""
    require_small_parameters(here, body.parameters)
    id = here.new_id()
    run = body.run(id, slug(Random(id.int)))
    run.created_by = creator(here)
    state = body.state.state(here.new_id(), now=here.now) if body.state else _pending(here)
    recorded, is_new = flow_runs.create(here.db, run, state, queue=_queue(body), now=here.now)
    here.status = 201 if is_new else 200
    if not is_new:
        tell_differences(here, recorded, domain.differences(recorded, run))
    return wire.FlowRunResponse.at(here.now, flow_runs.read_placed(here.db, recorded.id))


def tell_differences(here: Here, known: domain.FlowRun, differences: list[str]) -> None:
    """Say in the answer, and in the log, that a run is not what was asked for: another one has its idempotency key."""
    if differences:
        here.told[MISMATCH] = ", ".join(differences)
        logging.getLogger("prefect.server").warning(
            "The idempotency key %r was used again with other %s; the answer is the first run, %s.",
            known.idempotency_key,
            " and ".join(differences),
            known.id,
        )


def require_small_parameters(here: Here, parameters: object) -> None:
    """Raises `ValueError` for parameters that are larger than allowed."""
    most = here.settings.server.api.max_parameter_size
    size = len(json_text(parameters).encode())
    if size > most:
        raise ValueError(
            f"The parameters have {size} bytes as JSON; at most {most} are allowed. Give large data by reference, or "
            "raise PREFECT_SERVER_API_MAX_PARAMETER_SIZE."
        )


def creator(here: Here) -> domain.CreatedBy | None:
    """The automation in whose name a request is sent, or None."""
    id = here.headers.get("prefect-automation-id")
    if id is None:
        return None
    name = base64.b64decode(here.headers.get("prefect-automation-name", "")).decode()
    return domain.CreatedBy(UUID(id), "AUTOMATION", name or None)


def _pending(here: Here) -> State:
    return State(StateType.PENDING, "Pending", here.new_id(), here.now)


def _queue(body: wire.FlowRunCreate) -> flow_runs.Queue | None:
    if body.work_pool_name is None and body.work_queue_name is None:
        return None
    return flow_runs.Queue(body.work_pool_name or DEFAULT_POOL, body.work_queue_name)


@routes.get("/{id}")
def read_flow_run(here: Here, id: UUID) -> wire.FlowRunResponse:
    return wire.FlowRunResponse.at(here.now, flow_runs.read_placed(here.db, id))


@routes.get("/{id}/waiting_reason")
def read_waiting_reason(here: Here, id: UUID) -> WaitingReason:
    """Why a run is not starting."""
    return WaitingReason.of(why_not_started(here.db, id, now=here.now))


@routes.patch("/{id}")
def update_flow_run(here: Here, id: UUID, body: wire.FlowRunUpdate) -> None:
    """Change a run; its job variables only while it waits to be started, and to what its pool knows."""
    require_small_parameters(here, body.parameters)
    try:
        update_run(here.db, id, body.changes(), now=here.now)
    except TooLate as error:
        raise Refusal(400, str(error)) from error


@routes.delete("/{id}")
def delete_flow_run(here: Here, id: UUID) -> None:
    """Remove a run with its states, task runs and logs."""
    if not flow_runs.delete(here.db, id):
        raise ObjectNotFound(help_message=f"There is no flow run {id}.")


@routes.post("/filter")
def read_flow_runs(here: Here, body: wire.ReadFlowRuns) -> list[wire.FlowRunResponse]:
    found = flow_runs.find(
        here.db,
        body.wanted(),
        order=read_sort("flow_run", body.sort),
        limit=here.limit(body.limit),
        offset=body.offset,
    )
    now = here.now
    return [wire.FlowRunResponse.at(now, placed) for placed in found]


@routes.post("/paginate")
def paginate_flow_runs(here: Here, body: wire.PaginateFlowRuns) -> wire.FlowRunPage:
    limit, wanted, now = here.limit(body.limit), body.wanted(), here.now
    order, offset = read_sort("flow_run", body.sort), (body.page - 1) * limit
    found = flow_runs.find(here.db, wanted, order=order, limit=limit, offset=offset)
    results = [wire.FlowRunResponse.at(now, placed) for placed in found]
    return wire.FlowRunPage.number(body.page, results, count=flow_runs.count(here.db, wanted), limit=limit)


@routes.post("/count")
def count_flow_runs(here: Here, body: wire.CountFlowRuns) -> int:
    return flow_runs.count(here.db, body.wanted())


@routes.post("/lateness")
def average_flow_run_lateness(here: Here, body: wire.CountFlowRuns) -> float | None:
    """By how many seconds the runs are late on average."""
    return figures.average_lateness(here.db, body.wanted(), now=here.now)


@routes.post("/history")
def flow_run_history(here: Here, body: wire.ReadFlowRunHistory) -> list[wire.HistoryResponse]:
    """How many runs were expected in each interval, by state."""
    intervals = figures.history(
        here.db, "flow_run", body.wanted(), body.history_start, body.history_end, body.step, now=here.now
    )
    return told(intervals)


@routes.post("/bulk_delete")
def bulk_delete_flow_runs(here: Here, body: wire.DeleteFlowRuns) -> Deleted:
    filter = filter_of("flow_run", body.flow_runs)
    return Deleted(deleted=flow_runs.delete_many(here.db, filter, limit=body.limit))


@routes.post("/bulk_set_state")
def bulk_set_flow_run_state(here: Here, body: wire.SetFlowRunStates) -> wire.FlowRunsSet:
    """Propose a state to many runs; what became of each."""
    answers = flow_runs.set_state_of_many(
        here.db,
        filter_of("flow_run", body.flow_runs),
        lambda: body.state.state(here.new_id(), now=here.now),
        limit=body.limit,
        forced=body.force,
        now=here.now,
        new_id=here.new_id,
    )
    return wire.FlowRunsSet(results=[_set(answer) for answer in answers])


def _set(answer: flow_runs.Answer) -> wire.FlowRunOrchestrationResult:
    result = OrchestrationResult.on(answer.verdict, answer.state)
    return wire.FlowRunOrchestrationResult(
        flow_run_id=answer.run.id, status=result.status, state=result.state, details=result.details
    )


@routes.post("/{id}/set_state")
def set_flow_run_state(here: Here, id: UUID, body: SetState) -> OrchestrationResult:
    """Propose a state to a run; 201 where it has entered a new one."""
    proposed = body.state.state(here.new_id(), now=here.now)
    answer = flow_runs.set_state(here.db, id, proposed, now=here.now, spare_id=here.new_id(), forced=body.force)
    return decided(here, answer)


def decided(here: Here, answer: flow_runs.Answer) -> OrchestrationResult:
    """What became of a proposal; 201 where the run has entered a new state."""
    verdict = answer.verdict
    here.status = 201 if isinstance(verdict, (Accept, Reject)) and verdict.state is not None else 200
    return OrchestrationResult.on(verdict, answer.run.state)


@routes.post("/{id}/resume")
def resume_flow_run(here: Here, id: UUID, body: wire.ResumeFlowRun) -> OrchestrationResult:
    """Have a paused run go on, with the input that it waits for."""
    return decided(here, resuming.resume(here.db, id, body.run_input, now=here.now, new_id=here.new_id))


@routes.patch("/{id}/labels")
def update_flow_run_labels(here: Here, id: UUID, body: wire.MoreLabels) -> None:
    """Give a run further labels."""
    flow_runs.add_labels(here.db, id, body, now=here.now)


@routes.get("/{id}/graph")
def read_flow_run_graph_v1(here: Here, id: UUID) -> list[DependencyResult]:
    """The task runs of a run, and what each waited for."""
    flow_runs.read_placed(here.db, id)
    now = here.now
    return [DependencyResult.at(now, run) for run in task_runs.list_of_flow_run(here.db, id)]


@routes.get("/{id}/graph-v2")
def read_flow_run_graph_v2(here: Here, id: UUID, since: datetime = BEGINNING) -> Graph:
    """What ran in a run, as nodes and edges; only what was not over before `since`."""
    limits = here.settings.server.flow_run_graph
    try:
        graph = graphs.read(here.db, id, since=since, most_nodes=limits.max_nodes, most_artifacts=limits.max_artifacts)
    except graphs.TooManyNodes as error:
        raise Refusal(400, str(error)) from error
    return Graph.telling(graph)


@routes.post("/{id}/input", status=201)
def create_flow_run_input(here: Here, id: UUID, body: wire.FlowRunInputCreate) -> None:
    """Send a run an input; its key must be free."""
    now = here.now
    given = domain.FlowRunInput(here.new_id(), id, body.key, body.value, body.sender, now, now)
    flow_run_inputs.create(here.db, given, now=now, new_id=here.new_id)


@routes.post("/{id}/input/filter")
def filter_flow_run_input(here: Here, id: UUID, body: wire.ReadFlowRunInputs) -> list[wire.FlowRunInput]:
    found = flow_run_inputs.find(here.db, id, body.prefix, without=body.exclude_keys, limit=body.limit)
    return [wire.FlowRunInput.of(given) for given in found]


@routes.get("/{id}/input/{key}")
def read_flow_run_input(here: Here, id: UUID, key: str) -> Plain:
    """The text of an input, as it was sent."""
    return Plain(flow_run_inputs.read(here.db, id, key).value.encode())


@routes.delete("/{id}/input/{key}")
def delete_flow_run_input(here: Here, id: UUID, key: str) -> None:
    flow_run_inputs.delete(here.db, id, key)


@routes.get("/{id}/logs/download")
def download_logs(here: Here, id: UUID) -> Plain:
    """The whole log of a run as CSV."""
    run = flow_runs.read_placed(here.db, id).run
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow(("timestamp", "level", "flow_run_id", "task_run_id", "message"))
    for line in logs.all_of_flow_run(here.db, id):
        lines.writerow((line.timestamp.isoformat(), line.level, line.flow_run_id, line.task_run_id, line.message))
    return Plain(text.getvalue().encode(), "text/csv; charset=utf-8", f"{run.name}-logs.csv")
