"""Door: automations, and what their triggers make of events: `folding.advance` is where to begin reading.

Each kind of trigger is a fold: what it knows, and an event or the passing of time, give what it knows then and its
firings. Nothing here reads a clock or a database.
"""

from prefect._domain.automations.automation import (
    RESOURCE_ID,
    Automation,
    deployment_resource,
    related_resources,
)

__all__ = ["RESOURCE_ID", "Automation", "deployment_resource", "related_resources"]
