"""What clients can do with events that are recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from prefect.client.operations import Later, Steps, get, operation, post
from prefect.client.runs import given

if TYPE_CHECKING:
    from prefect._wire.event_filters import EventFilter
    from prefect.client.event_pages import EventPage
else:
    EventPage = Later("prefect.client.event_pages", "EventPage")

MOST = 50
"""How many events a server gives at once."""


class EventOperations:
    """The operations on events."""

    @operation
    def read_events(self, filter: EventFilter | None = None, limit: int = 100) -> Steps[EventPage]:
        """The first of the events that are meant, at most 50 at once; the page gives the next."""
        body = given(filter=filter, limit=min(limit, MOST))
        return EventPage.model_validate((yield post("/events/filter", body)))

    @operation
    def read_events_page(self, next_page_url: str) -> Steps[EventPage]:
        """The events behind those of a page, by its `next_page`. Raises `ValueError` for another address."""
        token = parse_qs(urlsplit(str(next_page_url)).query).get("page-token")
        if not token:
            raise ValueError(f"{next_page_url!r} is no address of a next page: take the one in next_page as it is.")
        return EventPage.model_validate((yield get("/events/filter/next", **{"page-token": token[0]})))


__all__ = ["EventOperations"]
