"""`/observed-states`: which states there are to be searched for."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from prefect._api.routing import Here, Routes
from prefect._orchestration import figures
from prefect._wire.observed_states import ObservedState, ObservedStateSort

routes = Routes()


@routes.get("/observed-states")
def read_observed_states(
    here: Here,
    query: Annotated[str, Field(max_length=100)] | None = None,
    order_by: ObservedStateSort = ObservedStateSort.LAST_SEEN_DESC,
    limit: Annotated[int, Field(ge=1, le=200)] = 200,
) -> list[ObservedState]:
    """The states that runs have entered, whose name or type begins with the query."""
    found = sorted(figures.observed_states(here.db, query or ""), key=lambda one: (one.state_name, one.state_type))
    if order_by is ObservedStateSort.LAST_SEEN_DESC:
        found.sort(key=lambda one: one.last_seen, reverse=True)
    return [ObservedState.of(one) for one in found[:limit]]
