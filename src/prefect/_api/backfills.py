"""`/backfills`: a deployment's past run (again)."""

from __future__ import annotations

from random import Random
from uuid import UUID

from prefect._api.flow_runs import require_small_parameters
from prefect._api.routing import Here, Routes
from prefect._domain.names import slug
from prefect._orchestration import backfills
from prefect._wire import backfills as wire

routes = Routes("/backfills")


@routes.post("/", status=201)
def create_backfill(here: Here, body: wire.BackfillCreate) -> wire.BackfillResponse:
    """A new backfill; its runs are made as there is room for them."""
    require_small_parameters(here, body.parameters)
    made = backfills.create(
        here.db, body.wanted(), now=here.now, new_id=here.new_id, new_name=lambda: slug(Random(here.new_id().int))
    )
    return wire.BackfillResponse.told(made)


@routes.post("/preview")
def preview_backfill(here: Here, body: wire.BackfillCreate) -> wire.BackfillPreview:
    """How many slots a backfill would have, and between which moments; nothing is made."""
    return wire.BackfillPreview.of(backfills.preview(here.db, body.wanted(), now=here.now, new_id=here.new_id))


@routes.get("/{id}")
def read_backfill(here: Here, id: UUID) -> wire.BackfillResponse:
    return wire.BackfillResponse.told(backfills.read(here.db, id))


@routes.get("/name/{name}")
def read_backfill_by_name(here: Here, name: str) -> wire.BackfillResponse:
    return wire.BackfillResponse.told(backfills.read_by_name(here.db, name))


@routes.post("/filter")
def read_backfills(here: Here, body: wire.ReadBackfills) -> list[wire.BackfillResponse]:
    """Backfills, the latest first."""
    found = backfills.list_backfills(here.db, body.meant(), limit=here.limit(body.limit), offset=body.offset)
    return [wire.BackfillResponse.told(one) for one in found]


@routes.post("/count")
def count_backfills(here: Here, body: wire.CountBackfills) -> int:
    return backfills.count(here.db, body.meant())


@routes.patch("/{id}", status=200)
def update_backfill(here: Here, id: UUID, body: wire.BackfillUpdate) -> wire.BackfillResponse:
    """Say how many of its runs may be unfinished at once."""
    return wire.BackfillResponse.told(backfills.set_max_active(here.db, id, body.max_active, now=here.now))


@routes.post("/{id}/pause")
def pause_backfill(here: Here, id: UUID) -> wire.BackfillResponse:
    """Have it make no more runs; those that it has made go on."""
    return wire.BackfillResponse.told(backfills.pause(here.db, id, now=here.now))


@routes.post("/{id}/resume")
def resume_backfill(here: Here, id: UUID) -> wire.BackfillResponse:
    """Have it make runs again."""
    return wire.BackfillResponse.told(backfills.resume(here.db, id, now=here.now))


@routes.post("/{id}/cancel")
def cancel_backfill(here: Here, id: UUID, body: wire.CancelBackfill) -> wire.BackfillResponse:
    """Have it make no more runs, and cancel those that wait to be started."""
    cancelled = backfills.cancel(here.db, id, running=body.running, now=here.now, new_id=here.new_id)
    return wire.BackfillResponse.told(cancelled)


@routes.post("/{id}/retry")
def retry_backfill(here: Here, id: UUID) -> wire.RetriedBackfill:
    """Have its runs run again that failed or crashed, no more of them at once than of others."""
    return wire.RetriedBackfill(runs=backfills.retry(here.db, id, now=here.now))


@routes.delete("/{id}")
def delete_backfill(here: Here, id: UUID) -> None:
    """Remove a backfill; its runs stay, but those that wait to be started."""
    backfills.delete(here.db, id, now=here.now, new_id=here.new_id)
