"""`/concurrency_limits`: the limits of tags, which are the named limits `tag:<tag>`, held by task runs."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from prefect._api.concurrency_limits import taken
from prefect._api.dispatching import Refusal
from prefect._api.routing import Here, Routes
from prefect._domain.concurrency import TAG, ConcurrencyLimit, Holder, SlotKind, Taker, name_for_tag
from prefect._orchestration import concurrency_limits, taking_slots
from prefect._orchestration.taking_slots import Wish
from prefect._store.concurrency import LimitsWanted
from prefect._wire import concurrency as wire
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound

routes = Routes("/concurrency_limits")


@routes.post("/")
def create_concurrency_limit(here: Here, body: wire.ConcurrencyLimitCreate) -> wire.ConcurrencyLimit:
    """A limit for a tag; one that there is takes the new number of slots."""
    name = name_for_tag(body.tag)
    wished = wire.ConcurrencyLimitV2Create.model_construct(name=name, limit=body.concurrency_limit)
    try:
        limit = wire.limit_of(wished, here.new_id(), here.now)
        made = concurrency_limits.create(here.db, limit, now=here.now, new_id=here.new_id)
        here.status = 201
    except ObjectAlreadyExists:
        changes = {"limit": body.concurrency_limit}
        concurrency_limits.update(here.db, name, changes, now=here.now, new_id=here.new_id)
        made = concurrency_limits.read(here.db, name, now=here.now)
    return _answers(here, [made])[0]


@routes.get("/{id}")
def read_concurrency_limit(here: Here, id: UUID) -> wire.ConcurrencyLimit:
    return _answers(here, [_of_tag(here, id)])[0]


@routes.get("/tag/{tag}")
def read_concurrency_limit_by_tag(here: Here, tag: str) -> wire.ConcurrencyLimit:
    return _answers(here, [concurrency_limits.read(here.db, name_for_tag(tag), now=here.now)])[0]


@routes.post("/filter")
def read_concurrency_limits(here: Here, body: wire.ReadLimits) -> list[wire.ConcurrencyLimit]:
    found = concurrency_limits.list_limits(
        here.db, LimitsWanted(prefix=TAG), limit=here.limit(body.limit), offset=body.offset, now=here.now
    )
    return _answers(here, found)


@routes.post("/tag/{tag}/reset")
def reset_concurrency_limit_by_tag(here: Here, tag: str, body: wire.ResetLimit) -> None:
    """End all slots of a tag; the task runs that are named hold one each."""
    holders = body.slot_override or ()
    concurrency_limits.reset(here.db, name_for_tag(tag), holders, now=here.now, new_id=here.new_id)


@routes.delete("/{id}", status=200)
def delete_concurrency_limit(here: Here, id: UUID) -> None:
    concurrency_limits.delete(here.db, _of_tag(here, id).id, now=here.now, new_id=here.new_id)


@routes.delete("/tag/{tag}", status=200)
def delete_concurrency_limit_by_tag(here: Here, tag: str) -> None:
    concurrency_limits.delete(here.db, name_for_tag(tag), now=here.now, new_id=here.new_id)


@routes.post("/increment")
def increment_concurrency_limits_v1(here: Here, body: wire.TagSlots) -> list[wire.MinimalConcurrencyLimitResponse]:
    """Take a slot of each tag for a task run, until it gives them back or ends."""
    names = [name_for_tag(tag) for tag in body.names]
    _none_is_closed(here, names)
    taker = Taker(holder=Holder("task_run", body.task_run_id))
    return _told(taken(here, Wish(here.new_id(), names, kind=SlotKind.RUN, taker=taker)).limits)


@routes.post("/decrement")
def decrement_concurrency_limits_v1(here: Here, body: wire.TagSlots) -> list[wire.MinimalConcurrencyLimitResponse]:
    """Give back the slots that a task run holds of some tags."""
    names = [name_for_tag(tag) for tag in body.names]
    holder = Holder("task_run", body.task_run_id)
    limits = taking_slots.give_back_of(here.db, names, holder, now=here.now, new_id=here.new_id)
    return _told(limits)


def _told(limits: Sequence[ConcurrencyLimit]) -> list[wire.MinimalConcurrencyLimitResponse]:
    return [wire.MinimalConcurrencyLimitResponse(id=one.id, name=_tag(one), limit=one.limit) for one in limits]


def _none_is_closed(here: Here, names: list[str]) -> None:
    """Raise a refusal where one of these limits has no slots at all."""
    for name in names:
        try:
            limit = concurrency_limits.read(here.db, name, now=here.now)
        except ObjectNotFound:
            continue
        if limit.active and limit.limit == 0:
            raise Refusal(423, f"The concurrency limit of the tag {_tag(limit)!r} is 0, so no task run with it starts.")


def _of_tag(here: Here, id: UUID) -> ConcurrencyLimit:
    found = concurrency_limits.read(here.db, id, now=here.now)
    if not found.name.startswith(TAG):
        raise ObjectNotFound(help_message=f"There is no concurrency limit of a tag with the id {id}.")
    return found


def _tag(limit: ConcurrencyLimit) -> str:
    return limit.name.removeprefix(TAG)


def _answers(here: Here, limits: list[ConcurrencyLimit]) -> list[wire.ConcurrencyLimit]:
    holders: dict[UUID, list[UUID]] = {}
    for held in concurrency_limits.holders(here.db, [limit.name for limit in limits], now=here.now):
        if held.holder_id is not None:
            holders.setdefault(held.limit_id, []).append(held.holder_id)
    return [
        wire.ConcurrencyLimit(
            id=limit.id,
            created=limit.created,
            updated=limit.updated,
            tag=_tag(limit),
            concurrency_limit=limit.limit,
            active_slots=holders.get(limit.id, []),
        )
        for limit in limits
    ]
