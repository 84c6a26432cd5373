"""Telling of events from inside a program: what runs here is related to them, and nobody waits for them.

An event goes through the journal, like task runs and log lines: it is in the database within a moment, and before the
flow run ends in which it was told. What goes wrong with it is logged, and is no concern of the run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from uuid import UUID

from prefect._clock import new_id, now
from prefect._domain.events import ID, Event, related, resource
from prefect._domain.flow_runs import FlowRun
from prefect._engine.recorders import recorder
from prefect.context import FlowRunContext, TaskRunContext

Tell = Callable[[Event], None]
logger = logging.getLogger("prefect.events")
_instead: Tell | None = None
"""What takes the events of this process instead of the recorder."""


def tell_instead(taker: Tell | None) -> None:
    """Have the events that this process tells of go to `taker`; with None, they are recorded again."""
    global _instead
    _instead = taker


def tell(event: Event) -> bool:
    """Hand an event on to be recorded; whether that went well."""
    try:
        (_instead or recorder().tell)(event)
    except Exception as error:  # noqa: BLE001  # an event must not end a user's run
        logger.error("The event %s (%s) could not be recorded: %s", event.event, event.id, error)
        return False
    return True


def around_here(known: Collection[str] = ()) -> list[dict[str, str]]:
    """What the code that runs now belongs to, as related resources; without those of which the ids are `known`."""
    flow, task = FlowRunContext.get(), TaskRunContext.get()
    found = []
    if flow is not None:
        found.append(related("flow-run", flow.flow_run.id, flow.flow_run.name))
    if task is not None:
        if flow is None and task.task_run.flow_run_id is not None:
            found.append(related("flow-run", task.task_run.flow_run_id))
        found.append(related("task-run", task.task_run.id, task.task_run.name))
    if flow is not None:
        found.append(related("flow", flow.flow_run.flow_id, str(flow.flow.name)))
        found.extend(_place_of(flow.flow_run))
    tags = {*(flow.flow_run.tags if flow is not None else ()), *(task.task_run.tags if task is not None else ())}
    found.extend(related("tag", tag) for tag in sorted(tags))
    return [one for one in found if one[ID] not in known]


def _place_of(run: FlowRun) -> list[dict[str, str]]:
    """What a run of a deployment belongs to, as far as it says so; whoever records the event knows the rest."""
    found = []
    if run.deployment_id is not None:
        found.append(related("deployment", run.deployment_id))
    if run.work_queue_id is not None:
        found.append(related("work-queue", run.work_queue_id, run.work_queue_name))
    return found


def tell_of_load(document_id: UUID, name: str | None, slug: str) -> None:
    """Tell that a block was loaded."""
    tell(
        Event(
            id=new_id(),
            occurred=now(),
            event=f"prefect.block.{slug}.loaded",
            resource=resource("block-document", document_id, name),
            related=(related("block-type", slug), *around_here()),
        )
    )


__all__ = ["around_here", "tell", "tell_instead", "tell_of_load"]
