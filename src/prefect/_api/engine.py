"""`/engine`: what our own engine asks of a server, one request for each operation of its ledger.

Every request may be repeated: ids are made by whoever asks, and what has been written already is answered with.
"""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from prefect._api.routing import Here, Routes
from prefect._domain.deployments import Assignment
from prefect._domain.flow_runs import FlowRun
from prefect._domain.leases import Lease, Tenures
from prefect._domain.states import StateType
from prefect._domain.task_runs import TaskRun
from prefect._orchestration import (
    artifacts,
    deployments,
    events,
    flow_runs,
    flows,
    journal,
    logs,
    missed_hooks,
    task_runs,
    task_workers,
    work_pools,
)
from prefect._orchestration.duties.leases import end_of_process, end_runs_of_the_dead, holders
from prefect._store.journal import Entry
from prefect._store.task_runs import Moment
from prefect._wire import claims
from prefect._wire import engine as wire
from prefect._wire.event_queries import Follow, Followed
from prefect._wire.events import ReceivedEvent
from prefect._wire.filters import filter_of
from prefect._wire.logs import FollowLogs, Log
from prefect._wire.task_workers import TakeTaskRuns
from prefect.exceptions import ObjectNotFound

routes = Routes("/engine")
MOST_FOLLOWED = 200
"""How many log lines are given in one go to who follows them."""


@routes.post("/flow_runs", status=201)
def begin_flow_run(here: Here, body: wire.Beginning) -> FlowRun:
    return flow_runs.begin(
        here.db, body.flow, body.run, body.state, tracked_by=body.tracked_by, lease=body.lease, now=here.now
    )


@routes.post("/flow_runs/{id}/propose")
def propose_state(here: Here, id: UUID, body: wire.Proposal) -> wire.Decision:
    decided = flow_runs.set_state(
        here.db,
        id,
        body.state,
        now=here.now,
        spare_id=body.spare_id,
        lease=body.lease,
        epoch=body.epoch,
        declared=body.declared,
    )
    return wire.Decision.on(decided)


@routes.get("/flow_runs/{id}")
def read_engine_flow_run(here: Here, id: UUID) -> FlowRun | None:
    return flow_runs.read(here.db, id)


@routes.get("/flow_runs/{id}/assignment")
def read_assignment(here: Here, id: UUID) -> Assignment | None:
    """A run and its deployment, for the process that carries the run out."""
    return deployments.assignment(here.db, id)


@routes.get("/flow_runs/{id}/parent")
def read_parent(here: Here, id: UUID) -> UUID | None:
    return flow_runs.parent_of(here.db, _known(here, id))


@routes.get("/flow_runs/{id}/root")
def read_root(here: Here, id: UUID) -> UUID:
    return flow_runs.root_of(here.db, _known(here, id))


@routes.post("/flow_runs/{id}/earlier_subflow")
def read_earlier_subflow(here: Here, id: UUID, body: wire.Place) -> FlowRun | None:
    return flow_runs.earlier_subflow(here.db, id, body.tracking)


@routes.get("/flow_runs/{id}/completed_tasks")
def read_completed_tasks(here: Here, id: UUID) -> list[UUID]:
    return task_runs.completed_ids(here.db, id)


@routes.patch("/flow_runs/{id}/name")
def rename_flow_run(here: Here, id: UUID, body: wire.NewName) -> None:
    flow_runs.rename(here.db, id, body.name, now=here.now)


@routes.get("/flows/{id}/name")
def read_flow_name(here: Here, id: UUID) -> str | None:
    flow = flows.read(here.db, id)
    return flow.name if flow is not None else None


@routes.post("/entries", status=204)
def write_entries(here: Here, body: wire.Entries) -> None:
    batch: list[Entry] = [*(Moment.of(run) for run in body.task_runs), *body.logs, *body.events]
    journal.write(here.db, batch, Tenures(body.holder, body.tenures), now=here.now, new_id=here.new_id)


@routes.post("/artifacts", status=204)
def make_artifact(here: Here, body: wire.NewArtifact) -> None:
    artifacts.create(here.db, body.artifact, new_id=here.new_id)


@routes.post("/leases")
def renew_leases(here: Here, body: wire.Renewal) -> bool:
    """Whether any of the runs that the process carries out is still wanted of it."""
    lease = Lease(body.holder, timedelta(seconds=body.lease_seconds))
    return flow_runs.renew_leases(here.db, lease, body.carried, now=here.now)


@routes.post("/holders")
def read_holders(here: Here, body: wire.FlowNamed) -> dict[UUID, str]:
    """Who holds the runs of a flow that belong to no deployment."""
    return holders(here.db, body.flow_name)


@routes.post("/dead", status=204)
def end_runs_of_dead_processes(here: Here, body: wire.Dead) -> None:
    end_runs_of_the_dead(here.db, body.holders, now=here.now, new_id=here.new_id)


@routes.post("/task_runs/take", waits=True)
def take_task_runs(here: Here, body: TakeTaskRuns) -> list[TaskRun]:
    """Background task runs that are the worker's from now on."""
    return task_workers.take(
        here.db, body.worker, body.task_keys, known=set(body.known), limit=body.limit, now=here.now, ttl=body.ttl
    )


@routes.get("/task_runs/{id}/end", waits=True)
def read_end(here: Here, id: UUID) -> StateType | None:
    """How a task run ended; null for one that has not."""
    state = task_runs.must_read(here.db, id).state
    return state.type if state is not None and state.is_final() else None


@routes.delete("/task_workers/{name}")
def leave(here: Here, name: str) -> None:
    """A task worker goes; what it has not begun waits for others."""
    task_workers.leave(here.db, name)


@routes.post("/news", waits=True)
def read_news(here: Here, body: claims.News) -> claims.ThereIs | None:
    """What there is for a runner to do; null where that is what it knows."""
    due = work_pools.claimable(
        here.db,
        pool_name=body.pool,
        queue_names=body.queue_names,
        deployment_ids=body.deployment_ids,
        now=here.now,
    )
    cancelling = flow_runs.being_cancelled(here.db, body.flow_run_ids)
    here.ask_again_at = work_pools.soonest(here.db, after=here.now)
    seen = sha256(repr((due, sorted(cancelling))).encode()).hexdigest()
    return claims.ThereIs(seen=seen, has_due=bool(due), cancelling=cancelling) if seen != body.seen else None


@routes.post("/hooks/take")
def take_hooks(here: Here, body: claims.TakeHooks) -> list[claims.RunWithHooks]:
    """Hooks that the asker calls from now on, of runs that ended with their processes."""
    if body.pool is not None:
        taken = missed_hooks.take_of_pool(here.db, body.pool, body.queue_names, limit=body.limit, now=here.now)
    else:
        taken = missed_hooks.take_of_deployments(here.db, body.deployment_ids, limit=body.limit, now=here.now)
    return [claims.RunWithHooks(run=claims.ClaimedRun.of(each.run), became=each.became) for each in taken]


@routes.post("/halted")
def read_halted(here: Here, body: claims.AtWork) -> list[FlowRun]:
    """Those of some runs that are paused or suspended."""
    return flow_runs.halted(here.db, body.flow_run_ids)


@routes.post("/claims/renew", status=204)
def renew_claims(here: Here, body: claims.RenewClaims) -> None:
    """Keep the claims of a runner that is alive."""
    if body.flow_run_ids:
        flow_runs.renew_claims(here.db, body.flow_run_ids, body.lease, now=here.now)


@routes.post("/flow_runs/{id}/process_ended")
def end_process(here: Here, id: UUID, body: claims.ProcessEnded) -> StateType | None:
    """What a run became whose process has ended; null where it had ended by itself, or another one has it."""
    return end_of_process(here.db, id, body.process, body.message, now=here.now, new_id=here.new_id)


@routes.post("/events/filter")
def read_followed_events(here: Here, body: Follow) -> Followed:
    """The next events for somebody who follows them."""
    settings = here.settings.server.events
    wanted = body.filter.meant()
    if body.cursor is not None:
        cursor = events.Cursor.read(body.cursor)
    else:
        since = max(wanted.since, here.now - settings.maximum_websocket_backfill)
        cursor = events.begin_to_follow(here.db, since=since if body.backfill else None)
    followed = events.follow(here.db, wanted, cursor, limit=settings.websocket_backfill_page_size)
    return Followed(
        events=[ReceivedEvent.telling(event) for event in followed.events],
        cursor=str(followed.cursor),
        is_behind=followed.is_behind,
    )


@routes.post("/events/follow", waits=True)
def follow_events(here: Here, body: Follow) -> Followed | None:
    """As above; null where somebody who has begun to follow would get nothing."""
    followed = read_followed_events(here, body)
    return followed if followed.events or followed.is_behind or body.cursor is None else None


@routes.post("/logs/follow", waits=True)
def follow_logs(here: Here, body: FollowLogs) -> list[Log] | None:
    """The next log lines for somebody who follows them; null where there are none."""
    wanted = filter_of("log", body.logs)
    lines = logs.follow(here.db, wanted, since=body.since, known=set(body.known), limit=MOST_FOLLOWED)
    return [Log.telling(line) for line in lines] or None


def _known(here: Here, id: UUID) -> FlowRun:
    run = flow_runs.read(here.db, id)
    if run is None:
        raise ObjectNotFound(help_message=f"There is no flow run {id}.")
    return run
