"""`/saved_searches`"""

from __future__ import annotations

from uuid import UUID

from prefect._api.routing import Here, Routes
from prefect._domain.saved_searches import SavedSearch
from prefect._orchestration import saved_searches
from prefect._wire import saved_searches as wire

routes = Routes("/saved_searches")


@routes.put("/")
def create_saved_search(here: Here, body: wire.SavedSearchCreate) -> wire.SavedSearch:
    """A new search (201), or the one that has the name already, with these filters."""
    new, now = here.new_id(), here.now
    filters = [filter.model_dump(mode="json") for filter in body.filters]
    saved = saved_searches.save(here.db, SavedSearch(new, body.name, filters, now, now))
    here.status = 201 if saved.id == new else 200
    return wire.SavedSearch.of(saved)


@routes.get("/{id}")
def read_saved_search(here: Here, id: UUID) -> wire.SavedSearch:
    return wire.SavedSearch.of(saved_searches.read(here.db, id))


@routes.delete("/{id}")
def delete_saved_search(here: Here, id: UUID) -> None:
    saved_searches.delete(here.db, id)


@routes.post("/filter")
def read_saved_searches(here: Here, body: wire.ReadSavedSearches) -> list[wire.SavedSearch]:
    found = saved_searches.list_searches(here.db, limit=here.limit(body.limit), offset=body.offset)
    return [wire.SavedSearch.of(search) for search in found]
