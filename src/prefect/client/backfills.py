"""What clients can do with backfills."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from prefect.client.operations import Later, Steps, delete, get, operation, patch, post, quoted

if TYPE_CHECKING:
    from prefect._wire.backfills import BackfillCreate, BackfillPreview, BackfillResponse
else:
    BackfillPreview = Later("prefect._wire.backfills", "BackfillPreview")
    BackfillResponse = Later("prefect._wire.backfills", "BackfillResponse")

Id = UUID | str


class BackfillOperations:
    """The operations on backfills."""

    @operation
    def create_backfill(self, backfill: BackfillCreate) -> Steps[BackfillResponse]:
        """A new backfill, whose runs are made from now on. Raises `ObjectNotFound` without its deployment."""
        return BackfillResponse.model_validate((yield post("/backfills/", backfill)))

    @operation
    def preview_backfill(self, backfill: BackfillCreate) -> Steps[BackfillPreview]:
        """How many slots a backfill would have, and between which moments. Raises `ObjectNotFound`."""
        return BackfillPreview.model_validate((yield post("/backfills/preview", backfill)))

    @operation
    def read_backfill(self, backfill_id: Id) -> Steps[BackfillResponse]:
        """The backfill with that id. Raises `ObjectNotFound`."""
        return BackfillResponse.model_validate((yield get(f"/backfills/{backfill_id}")))

    @operation
    def read_backfill_by_name(self, name: str) -> Steps[BackfillResponse]:
        """The backfill of that name. Raises `ObjectNotFound`."""
        return BackfillResponse.model_validate((yield get(f"/backfills/name/{quoted(name)}")))

    @operation
    def read_backfills(
        self,
        *,
        deployment_id: Id | None = None,
        status: Sequence[str] | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> Steps[list[BackfillResponse]]:
        """Backfills, the latest first."""
        asked = {"deployment_id": deployment_id, "status": status, "limit": limit, "offset": offset}
        return [BackfillResponse.model_validate(found) for found in (yield post("/backfills/filter", asked))]

    @operation
    def update_backfill(self, backfill_id: Id, *, max_active: int) -> Steps[BackfillResponse]:
        """Say how many of its runs may be unfinished at once. Raises `ObjectNotFound`."""
        return BackfillResponse.model_validate((yield patch(f"/backfills/{backfill_id}", {"max_active": max_active})))

    @operation
    def pause_backfill(self, backfill_id: Id) -> Steps[BackfillResponse]:
        """Have it make no more runs; those that it has made go on. Raises `ObjectNotFound`."""
        return BackfillResponse.model_validate((yield post(f"/backfills/{backfill_id}/pause")))

    @operation
    def resume_backfill(self, backfill_id: Id) -> Steps[BackfillResponse]:
        """Have it make runs again. Raises `ObjectNotFound`."""
        return BackfillResponse.model_validate((yield post(f"/backfills/{backfill_id}/resume")))

    @operation
    def cancel_backfill(self, backfill_id: Id, *, running: bool = False) -> Steps[BackfillResponse]:
        """Have it make no more runs, and cancel those that wait to be started; with `running` those under way, too."""
        return BackfillResponse.model_validate((yield post(f"/backfills/{backfill_id}/cancel", {"running": running})))

    @operation
    def retry_backfill(self, backfill_id: Id) -> Steps[int]:
        """Have its runs run again that failed or crashed; how many. Raises `ObjectNotFound`."""
        return int((yield post(f"/backfills/{backfill_id}/retry"))["runs"])

    @operation
    def delete_backfill(self, backfill_id: Id) -> Steps[None]:
        """Remove a backfill; its runs stay, but those that wait to be started. Raises `ObjectNotFound`."""
        yield delete(f"/backfills/{backfill_id}")
