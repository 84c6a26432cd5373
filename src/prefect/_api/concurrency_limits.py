"""`/v2/concurrency_limits`: named limits, and taking their slots one request at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from pydantic import Field

from prefect._api.dispatching import Refusal
from prefect._api.routing import Here, Routes
from prefect._domain.concurrency import Mode, SlotKind, Taker
from prefect._orchestration import concurrency_limits, taking_slots
from prefect._orchestration.taking_slots import SlotsRefused, Taken, Wish
from prefect._wire import concurrency as wire

routes = Routes("/v2/concurrency_limits")
Key = Annotated[UUID | str, Field(union_mode="left_to_right")]
"""The id of a limit, or its name."""
GONE = "Lease not found - it may have expired or been revoked"


@routes.post("/", status=201)
def create_concurrency_limit_v2(here: Here, body: wire.ConcurrencyLimitV2Create) -> wire.ConcurrencyLimitV2:
    limit = wire.limit_of(body, here.new_id(), here.now)
    made = concurrency_limits.create(here.db, limit, taken=body.active_slots, now=here.now, new_id=here.new_id)
    return wire.ConcurrencyLimitV2.of(made)


@routes.get("/{id_or_name}")
def read_concurrency_limit_v2(here: Here, id_or_name: Key) -> wire.GlobalConcurrencyLimitResponse:
    return wire.GlobalConcurrencyLimitResponse.of(concurrency_limits.read(here.db, id_or_name, now=here.now))


@routes.patch("/{id_or_name}")
def update_concurrency_limit_v2(here: Here, id_or_name: Key, body: wire.ConcurrencyLimitV2Update) -> None:
    changes = {name: value for name, value in body.given().items() if name != "denied_slots"}
    concurrency_limits.update(here.db, id_or_name, changes, now=here.now, new_id=here.new_id)


@routes.delete("/{id_or_name}")
def delete_concurrency_limit_v2(here: Here, id_or_name: Key) -> None:
    concurrency_limits.delete(here.db, id_or_name, now=here.now, new_id=here.new_id)


@routes.post("/filter")
def read_all_concurrency_limits_v2(here: Here, body: wire.ReadLimits) -> list[wire.GlobalConcurrencyLimitResponse]:
    found = concurrency_limits.list_limits(here.db, limit=here.limit(body.limit), offset=body.offset, now=here.now)
    return [wire.GlobalConcurrencyLimitResponse.of(limit) for limit in found]


@routes.post("/increment")
def bulk_increment_active_slots(here: Here, body: wire.IncrementSlots) -> list[wire.MinimalConcurrencyLimitResponse]:
    """Take slots until they are given back; 423 where there are too few, with the time after which to ask again."""
    wish = Wish(here.new_id(), body.names, body.slots, Mode(body.mode), SlotKind.RETURN)
    return minimal(taken(here, wish))


@routes.post("/increment-with-lease")
def bulk_increment_active_slots_with_lease(
    here: Here, body: wire.IncrementSlotsWithLease
) -> wire.ConcurrencyLimitWithLeaseResponse:
    """Take slots for as long as a lease lasts, unless they are given back before."""
    wish = Wish(
        here.new_id(),
        body.names,
        body.slots,
        Mode(body.mode),
        lease=timedelta(seconds=body.lease_duration),
        taker=Taker(holder=body.holder.held if body.holder is not None else None),
    )
    return wire.ConcurrencyLimitWithLeaseResponse(lease_id=wish.lease_id, limits=minimal(taken(here, wish)))


@routes.post("/decrement")
def bulk_decrement_active_slots(here: Here, body: wire.DecrementSlots) -> list[wire.MinimalConcurrencyLimitResponse]:
    """Give slots back that were taken without a lease."""
    limits = taking_slots.give_back(
        here.db, body.names, body.slots, seconds=body.occupancy_seconds, now=here.now, new_id=here.new_id
    )
    return [wire.MinimalConcurrencyLimitResponse.of(limit) for limit in limits]


@routes.post("/decrement-with-lease", status=204)
def bulk_decrement_active_slots_with_lease(here: Here, body: wire.DecrementSlotsWithLease) -> None:
    """Give back what was taken under a lease; one that is over has nothing to give."""
    taking_slots.give(here.db, body.lease_id, now=here.now, new_id=here.new_id)


@routes.post("/leases/{lease_id}/renew", status=204)
def renew_concurrency_lease(here: Here, lease_id: UUID, body: wire.RenewLease) -> None:
    """Lengthen a lease; 410 for one that is over."""
    if taking_slots.renew(here.db, [lease_id], timedelta(seconds=body.lease_duration), now=here.now):
        raise Refusal(410, GONE)


def taken(here: Here, wish: Wish) -> Taken:
    """What was taken at once. Raises `Refusal`: 423 where there is too little now, 422 where there never will be."""
    try:
        answer = taking_slots.take(here.db, wish, waits=False, now=here.now, new_id=here.new_id)
    except SlotsRefused as error:
        raise Refusal(422, str(error)) from error
    if not answer.is_granted:
        longest = here.settings.server.concurrency.maximum_concurrency_slot_wait_seconds
        raise Refusal(423, "Locked", {"retry-after": f"{min(max(answer.wait_seconds, SHORTEST_WAIT), longest):.3f}"})
    return answer


SHORTEST_WAIT = 0.05
"""Seconds that one is asked to wait at least before one asks again."""


def minimal(answer: Taken) -> list[wire.MinimalConcurrencyLimitResponse]:
    """The limits whose slots were taken."""
    return [wire.MinimalConcurrencyLimitResponse.of(limit) for limit in answer.limits]
