"""What clients can do with concurrency limits and their slots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from prefect._api.dispatching import Request
from prefect.client.operations import Later, Steps, delete, get, operation, patch, post, quoted
from prefect.exceptions import ObjectNotFound
from prefect.utilities.tallies import LIMITS as LIMITS_CHANGED

if TYPE_CHECKING:
    from prefect._wire.concurrency import (
        ConcurrencyLeaseHolder,
        ConcurrencyLimit,
        ConcurrencyLimitV2Create,
        ConcurrencyLimitV2Update,
        ConcurrencyLimitWithLeaseResponse,
        GlobalConcurrencyLimitCreate,
        GlobalConcurrencyLimitResponse,
        GlobalConcurrencyLimitUpdate,
        MinimalConcurrencyLimitResponse,
        Occupation,
    )
else:
    ConcurrencyLimit = Later("prefect._wire.concurrency", "ConcurrencyLimit")
    ConcurrencyLimitWithLeaseResponse = Later("prefect._wire.concurrency", "ConcurrencyLimitWithLeaseResponse")
    GlobalConcurrencyLimitCreate = Later("prefect._wire.concurrency", "GlobalConcurrencyLimitCreate")
    GlobalConcurrencyLimitResponse = Later("prefect._wire.concurrency", "GlobalConcurrencyLimitResponse")
    MinimalConcurrencyLimitResponse = Later("prefect._wire.concurrency", "MinimalConcurrencyLimitResponse")
    Occupation = Later("prefect._wire.concurrency", "Occupation")

LIMITS = "/v2/concurrency_limits"
Mode = Literal["concurrency", "rate_limit"]


def _changed(request: Request) -> Steps[Any]:
    """The answer to a request that changes a limit; this process believes nothing that it read before."""
    answer = yield request
    LIMITS_CHANGED.add()
    return answer


class ConcurrencyLimitOperations:
    """The operations on concurrency limits; those of tags are the named limits `tag:<tag>`."""

    @operation
    def create_global_concurrency_limit(
        self, concurrency_limit: GlobalConcurrencyLimitCreate | ConcurrencyLimitV2Create
    ) -> Steps[UUID]:
        """A new limit; its id. Raises `ObjectAlreadyExists` where the name is taken."""
        body = concurrency_limit.model_dump(mode="json", exclude_none=True)
        return UUID((yield from _changed(post(f"{LIMITS}/", body)))["id"])

    @operation
    def read_global_concurrency_limit_by_name(self, name: str) -> Steps[GlobalConcurrencyLimitResponse]:
        """The limit of that name. Raises `ObjectNotFound`."""
        return GlobalConcurrencyLimitResponse.model_validate((yield get(f"{LIMITS}/{quoted(name)}")))

    @operation
    def read_global_concurrency_limits(
        self, limit: int = 10, offset: int = 0
    ) -> Steps[list[GlobalConcurrencyLimitResponse]]:
        """Limits by name."""
        found = yield post(f"{LIMITS}/filter", {"limit": limit, "offset": offset})
        return [GlobalConcurrencyLimitResponse.model_validate(each) for each in found]

    @operation
    def update_global_concurrency_limit(
        self, name: str, concurrency_limit: GlobalConcurrencyLimitUpdate | ConcurrencyLimitV2Update
    ) -> Steps[None]:
        """Change what is given of a limit. Raises `ObjectNotFound`."""
        yield from _changed(patch(f"{LIMITS}/{quoted(name)}", concurrency_limit))

    @operation
    def upsert_global_concurrency_limit_by_name(
        self, name: str, limit: int, slot_decay_per_second: float | None = None
    ) -> Steps[None]:
        """See to it that there is a limit of that name, with so many slots."""
        given = {"limit": limit, "slot_decay_per_second": slot_decay_per_second}
        body = {field: value for field, value in given.items() if value is not None}
        try:
            yield from _changed(patch(f"{LIMITS}/{quoted(name)}", body))
        except ObjectNotFound:
            yield from _changed(post(f"{LIMITS}/", {"name": name, **body}))

    @operation
    def delete_global_concurrency_limit_by_name(self, name: str) -> Steps[None]:
        """Remove a limit; who waits for it goes on. Raises `ObjectNotFound`."""
        yield from _changed(delete(f"{LIMITS}/{quoted(name)}"))

    @operation
    def increment_concurrency_slots(
        self, names: Sequence[str], slots: int, mode: Mode
    ) -> Steps[list[MinimalConcurrencyLimitResponse]]:
        """Take slots until they are given back.

        Raises `PrefectHTTPStatusError`: 423 where too few are free, 422 where there never will be.
        """
        taken = yield post(f"{LIMITS}/increment", {"names": list(names), "slots": slots, "mode": mode})
        return [MinimalConcurrencyLimitResponse.model_validate(each) for each in taken]

    @operation
    def increment_concurrency_slots_with_lease(
        self,
        names: Sequence[str],
        slots: int,
        mode: Mode,
        lease_duration: float,
        holder: ConcurrencyLeaseHolder | None = None,
    ) -> Steps[ConcurrencyLimitWithLeaseResponse]:
        """Take slots for as long as a lease lasts. Raises as `increment_concurrency_slots`."""
        body = {
            "names": list(names),
            "slots": slots,
            "mode": mode,
            "lease_duration": lease_duration,
            "holder": holder,
        }
        return ConcurrencyLimitWithLeaseResponse.model_validate((yield post(f"{LIMITS}/increment-with-lease", body)))

    @operation
    def release_concurrency_slots(
        self, names: Sequence[str], slots: int, occupancy_seconds: float
    ) -> Steps[list[MinimalConcurrencyLimitResponse]]:
        """Give slots back that were taken without a lease."""
        body = {"names": list(names), "slots": slots, "occupancy_seconds": occupancy_seconds or None}
        given = yield post(f"{LIMITS}/decrement", body)
        return [MinimalConcurrencyLimitResponse.model_validate(each) for each in given]

    @operation
    def release_concurrency_slots_with_lease(self, lease_id: UUID) -> Steps[None]:
        """Give back what was taken under a lease."""
        yield post(f"{LIMITS}/decrement-with-lease", {"lease_id": lease_id})

    @operation
    def renew_concurrency_lease(self, lease_id: UUID, lease_duration: float) -> Steps[None]:
        """Lengthen a lease. Raises `PrefectHTTPStatusError` (410) for one that is over."""
        yield post(f"{LIMITS}/leases/{lease_id}/renew", {"lease_duration": lease_duration})

    @operation
    def create_concurrency_limit(self, tag: str, concurrency_limit: int) -> Steps[UUID]:
        """A limit for the task runs with a tag, or another number of slots for the one that there is; its id."""
        body = {"tag": tag, "concurrency_limit": concurrency_limit}
        return UUID((yield from _changed(post("/concurrency_limits/", body)))["id"])

    @operation
    def read_concurrency_limit_by_tag(self, tag: str) -> Steps[ConcurrencyLimit]:
        """The limit of a tag, with the task runs that hold its slots. Raises `ObjectNotFound`."""
        return ConcurrencyLimit.model_validate((yield get(f"/concurrency_limits/tag/{quoted(tag)}")))

    @operation
    def read_concurrency_limits(self, limit: int, offset: int) -> Steps[list[ConcurrencyLimit]]:
        """The limits of tags, by tag."""
        found = yield post("/concurrency_limits/filter", {"limit": limit, "offset": offset})
        return [ConcurrencyLimit.model_validate(each) for each in found]

    @operation
    def reset_concurrency_limit_by_tag(
        self, tag: str, slot_override: Sequence[UUID | str] | None = None
    ) -> Steps[None]:
        """End all slots of a tag; the task runs that are named hold one each. Raises `ObjectNotFound`."""
        holders = list(slot_override) if slot_override is not None else None
        yield post(f"/concurrency_limits/tag/{quoted(tag)}/reset", {"slot_override": holders})

    @operation
    def delete_concurrency_limit_by_tag(self, tag: str) -> Steps[None]:
        """Remove the limit of a tag. Raises `ObjectNotFound`."""
        yield from _changed(delete(f"/concurrency_limits/tag/{quoted(tag)}"))

    @operation
    def increment_v1_concurrency_slots(
        self, names: Sequence[str], task_run_id: UUID
    ) -> Steps[list[MinimalConcurrencyLimitResponse]]:
        """Take a slot of each tag for a task run. Raises `PrefectHTTPStatusError` (423) where one is not free."""
        taken = yield post("/concurrency_limits/increment", {"names": list(names), "task_run_id": task_run_id})
        return [MinimalConcurrencyLimitResponse.model_validate(each) for each in taken]

    @operation
    def decrement_v1_concurrency_slots(
        self, names: Sequence[str], task_run_id: UUID, occupancy_seconds: float
    ) -> Steps[list[MinimalConcurrencyLimitResponse]]:
        """Give back the slots that a task run holds of some tags; the database knows how long it had them."""
        given = yield post("/concurrency_limits/decrement", {"names": list(names), "task_run_id": task_run_id})
        return [MinimalConcurrencyLimitResponse.model_validate(each) for each in given]

    @operation
    def read_slots(self, names: Sequence[str]) -> Steps[Occupation]:
        """Who holds slots of the limits of these names, and who waits for them."""
        return Occupation.model_validate((yield post("/slots/filter", {"names": list(names)})))

    @operation
    def end_slots(self, lease_id: UUID) -> Steps[None]:
        """Take slots away from who holds them, or somebody out of the line. Raises `ObjectNotFound`."""
        yield delete(f"/slots/{lease_id}")
