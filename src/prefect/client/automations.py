"""What clients can do with automations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from prefect.client.operations import Later, Steps, delete, get, operation, patch, post, put, quoted
from prefect.exceptions import ObjectNotFound

if TYPE_CHECKING:
    from prefect._wire.automations import AutomationCreate, AutomationUpdate
    from prefect._wire.filters import AutomationFilter
    from prefect._wire.written_automations import Automation, AutomationCore
else:
    Automation = Later("prefect._wire.written_automations", "Automation")


class AutomationOperations:
    """The operations on automations."""

    @operation
    def create_automation(self, automation: AutomationCore | AutomationCreate) -> Steps[UUID]:
        """Record an automation; its id."""
        return UUID((yield post("/automations/", _told(automation)))["id"])

    @operation
    def update_automation(self, automation_id: UUID, automation: AutomationCore | AutomationUpdate) -> Steps[None]:
        """Give an automation these values. Raises `ObjectNotFound`."""
        told = _told(automation)
        told.pop("owner_resource", None)
        yield put(f"/automations/{automation_id}", told)

    @operation
    def read_automation(self, automation_id: UUID | str) -> Steps[Automation | None]:
        """The automation with that id, or None."""
        try:
            return Automation.model_validate((yield get(f"/automations/{automation_id}")))
        except ObjectNotFound:
            return None

    @operation
    def read_automations(
        self,
        *,
        automations: AutomationFilter | None = None,
        limit: int | None = None,
        offset: int = 0,
        sort: Any = None,
    ) -> Steps[list[Automation]]:
        """Automations that are as wanted, by name unless another order is asked for."""
        asked = {"automations": automations, "limit": limit, "offset": offset, "sort": sort}
        return [Automation.model_validate(found) for found in (yield post("/automations/filter", asked))]

    @operation
    def read_automations_by_name(self, name: str) -> Steps[list[Automation]]:
        """The automations of that name."""
        asked = {"automations": {"name": {"any_": [name]}}}
        return [Automation.model_validate(found) for found in (yield post("/automations/filter", asked))]

    @operation
    def find_automation(self, id_or_name: UUID | str) -> Steps[Automation | None]:
        """The automation with that id, or else of that name; None where there is none."""
        given = str(id_or_name)
        try:
            found = yield get(f"/automations/{UUID(given)}")
        except (ValueError, ObjectNotFound):
            asked = {"automations": {"name": {"any_": [given]}}, "limit": 1}
            named = yield post("/automations/filter", asked)
            found = named[0] if named else None
        return None if found is None else Automation.model_validate(found)

    @operation
    def count_automations(self, automations: AutomationFilter | None = None) -> Steps[int]:
        """How many automations are as wanted, or there are."""
        return int((yield post("/automations/count", {"automations": automations})))

    @operation
    def pause_automation(self, automation_id: UUID) -> Steps[None]:
        """Turn an automation off. Raises `ObjectNotFound`."""
        yield patch(f"/automations/{automation_id}", {"enabled": False})

    @operation
    def resume_automation(self, automation_id: UUID) -> Steps[None]:
        """Turn an automation on. Raises `ObjectNotFound`."""
        yield patch(f"/automations/{automation_id}", {"enabled": True})

    @operation
    def delete_automation(self, automation_id: UUID) -> Steps[None]:
        """Remove an automation; that it is gone already is as well."""
        try:
            yield delete(f"/automations/{automation_id}")
        except ObjectNotFound:
            return

    @operation
    def read_resource_related_automations(self, resource_id: str) -> Steps[list[Automation]]:
        """The automations that name a resource, such as `prefect.deployment.<id>`, or are owned by it."""
        found = yield get(f"/automations/related-to/{quoted(resource_id)}")
        return [Automation.model_validate(automation) for automation in found]

    @operation
    def delete_resource_owned_automations(self, resource_id: str) -> Steps[None]:
        """Remove the automations that a resource owns."""
        yield delete(f"/automations/owned-by/{quoted(resource_id)}")


def _told(automation: AutomationCore | AutomationCreate | AutomationUpdate) -> dict[str, Any]:
    return automation.model_dump(mode="json", exclude={"id"})
