"""`/events`"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from prefect._api.routing import Here, Routes
from prefect._orchestration import task_runs
from prefect._wire.events import Event, task_run_told

routes = Routes("/events")
MOST_EVENTS = 5_000
"""How many events one request may bring."""


@routes.post("", status=204)
def create_events(here: Here, body: Annotated[list[Event], Field(max_length=MOST_EVENTS)]) -> None:
    """Take events; the task runs that they tell of are recorded, whichever comes first and however often."""
    told = [run for event in body if (run := task_run_told(event)) is not None]
    if told:
        task_runs.record(here.db, told)
