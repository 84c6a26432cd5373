"""`/logs`"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from prefect._api.routing import Here, Routes
from prefect._domain.sorting import read_sort
from prefect._orchestration import logs
from prefect._wire import logs as wire
from prefect._wire.filters import filter_of

routes = Routes("/logs")


@routes.post("/", status=201)
def create_logs(here: Here, body: Annotated[list[wire.LogCreate], Field(max_length=wire.MOST_LINES)]) -> None:
    """Add lines."""
    logs.record(here.db, [line.line(here.new_id()) for line in body])


@routes.post("/filter")
def read_logs(here: Here, body: wire.ReadLogs) -> list[wire.Log]:
    found = logs.find(
        here.db,
        filter_of("log", body.logs),
        read_sort("log", body.sort),
        limit=here.limit(body.limit),
        offset=body.offset,
    )
    return [wire.Log.telling(line) for line in found]
