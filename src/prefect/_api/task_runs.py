"""`/task_runs`"""

from __future__ import annotations

from random import Random
from uuid import UUID

from prefect._api.routing import Here, Routes
from prefect._domain.names import slug
from prefect._domain.sorting import read_sort
from prefect._domain.states import State, StateType
from prefect._domain.transitions.verdicts import Accept, Reject
from prefect._orchestration import figures, task_runs
from prefect._wire import task_runs as wire
from prefect._wire.flow_runs import HistoryResponse, MoreLabels
from prefect._wire.histories import told
from prefect._wire.states import OrchestrationResult, SetState

routes = Routes("/task_runs")


@routes.post("/")
def create_task_run(here: Here, body: wire.TaskRunCreate) -> wire.TaskRun:
    """A new task run (201), or the one that is at that place of its flow run already."""
    id, now = here.new_id(), here.now
    state = body.state.state(here.new_id(), now=now) if body.state else None
    pending = State(StateType.PENDING, "Pending", here.new_id(), now)
    run, is_new = task_runs.create(here.db, body.run(id, slug(Random(id.int))), state or pending, now=now)
    here.status = 201 if is_new else 200
    return wire.TaskRun.at(now, run)


@routes.get("/{id}")
def read_task_run(here: Here, id: UUID) -> wire.TaskRun:
    return wire.TaskRun.at(here.now, task_runs.must_read(here.db, id))


@routes.patch("/{id}")
def update_task_run(here: Here, id: UUID, body: wire.TaskRunUpdate) -> None:
    """Give a run another name."""
    name = body.name or task_runs.must_read(here.db, id).name
    task_runs.rename(here.db, id, name, now=here.now)


@routes.patch("/{id}/labels")
def update_task_run_labels(here: Here, id: UUID, body: MoreLabels) -> None:
    """Give a run further labels."""
    task_runs.add_labels(here.db, id, body, now=here.now)


@routes.delete("/{id}")
def delete_task_run(here: Here, id: UUID) -> None:
    """Remove a run with its states and logs."""
    task_runs.delete(here.db, id)


@routes.post("/filter")
def read_task_runs(here: Here, body: wire.ReadTaskRuns) -> list[wire.TaskRun]:
    found = task_runs.find(
        here.db,
        body.wanted(),
        order=read_sort("task_run", body.sort),
        limit=here.limit(body.limit),
        offset=body.offset,
    )
    now = here.now
    return [wire.TaskRun.at(now, run) for run in found]


@routes.post("/paginate")
def paginate_task_runs(here: Here, body: wire.PaginateTaskRuns) -> wire.TaskRunPage:
    limit, wanted, now = here.limit(body.limit), body.wanted(), here.now
    order, offset = read_sort("task_run", body.sort), (body.page - 1) * limit
    found = task_runs.find(here.db, wanted, order=order, limit=limit, offset=offset)
    results = [wire.TaskRunResponse.at(now, run) for run in found]
    return wire.TaskRunPage.number(body.page, results, count=task_runs.count(here.db, wanted), limit=limit)


@routes.post("/count")
def count_task_runs(here: Here, body: wire.CountTaskRuns) -> int:
    return task_runs.count(here.db, body.wanted())


@routes.post("/history")
def task_run_history(here: Here, body: wire.ReadTaskRunHistory) -> list[HistoryResponse]:
    """How many task runs were expected in each interval, by state."""
    intervals = figures.history(
        here.db, "task_run", body.wanted(), body.history_start, body.history_end, body.step, now=here.now
    )
    return told(intervals)


@routes.post("/{id}/set_state")
def set_task_run_state(here: Here, id: UUID, body: SetState) -> OrchestrationResult:
    """Propose a state to a task run; 201 where it has entered a new one."""
    spare = here.new_id()
    verdict, run = task_runs.set_state(
        here.db,
        id,
        body.state.state(here.new_id(), now=here.now),
        now=here.now,
        new_id=here.new_id,
        jitter=Random(spare.int).random(),
        max_cache_key_length=here.settings.server.tasks.max_cache_key_length,
        forced=body.force,
    )
    here.status = 201 if isinstance(verdict, (Accept, Reject)) and verdict.state is not None else 200
    return OrchestrationResult.on(verdict, run.state)
