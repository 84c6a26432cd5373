"""`/automations`"""

from __future__ import annotations

from uuid import UUID

from prefect._api.routing import Here, Plain, Routes
from prefect._api.templates import validate_template
from prefect._domain.sorting import read_sort
from prefect._orchestration import automations
from prefect._wire import automations as wire
from prefect._wire.filters import filter_of

routes = Routes("/automations")


@routes.post("/", status=201)
def create_automation(here: Here, body: wire.AutomationCreate) -> wire.Automation:
    wanted = body.automation(here.new_id())
    made = automations.create(here.db, wanted, owner=body.owner_resource, now=here.now, new_id=here.new_id)
    return wire.Automation.of(made)


@routes.get("/{id}")
def read_automation(here: Here, id: UUID) -> wire.Automation:
    return wire.Automation.of(automations.read(here.db, id))


@routes.put("/{id}", status=204)
def update_automation(here: Here, id: UUID, body: wire.AutomationUpdate) -> None:
    automations.update(here.db, body.automation(id), now=here.now, new_id=here.new_id)


@routes.patch("/{id}")
def patch_automation(here: Here, id: UUID, body: wire.AutomationPartialUpdate) -> None:
    """Turn it on or off."""
    automations.set_enabled(here.db, id, body.enabled, now=here.now, new_id=here.new_id)


@routes.delete("/{id}")
def delete_automation(here: Here, id: UUID) -> None:
    automations.delete(here.db, id, now=here.now, new_id=here.new_id)


@routes.post("/filter")
def read_automations(here: Here, body: wire.ReadAutomations) -> list[wire.Automation]:
    found = automations.list_automations(
        here.db,
        filter=filter_of("automation", body.automations),
        order=read_sort("automation", body.sort),
        limit=here.limit(body.limit),
        offset=body.offset,
    )
    return [wire.Automation.of(automation) for automation in found]


@routes.post("/count")
def count_automations(here: Here, body: wire.CountAutomations) -> int:
    return automations.count(here.db, filter_of("automation", body.automations))


@routes.get("/related-to/{resource_id}")
def read_automations_related_to_resource(here: Here, resource_id: str) -> list[wire.Automation]:
    """Those that name a resource, such as `prefect.deployment.<id>`, or are owned by it."""
    return [wire.Automation.of(automation) for automation in automations.related_to(here.db, resource_id)]


@routes.delete("/owned-by/{resource_id}", status=202)
def delete_automations_owned_by_resource(here: Here, resource_id: str) -> None:
    automations.delete_owned(here.db, resource_id, now=here.now, new_id=here.new_id)


@routes.post("/templates/validate")
def validate_automation_template(here: Here, body: str) -> Plain:
    """As `/templates/validate`, where older clients look for it."""
    return validate_template(here, body)
