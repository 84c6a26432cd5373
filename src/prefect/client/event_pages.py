"""Pages of events, which a client turns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from prefect._wire import event_queries

if TYPE_CHECKING:
    from typing_extensions import Self


class EventPage(event_queries.EventPage):
    """Some of the events that were asked for, and where the next ones are; `client` is one that `get_client` gives."""

    next_page: str | None = None

    async def get_next_page(self, client: Any) -> Self | None:
        """The next events; None behind the last."""
        return await client.read_events_page(self.next_page) if self.next_page else None

    def get_next_page_sync(self, client: Any) -> Self | None:
        """As `get_next_page`, for code that waits."""
        return client.read_events_page(self.next_page) if self.next_page else None


__all__ = ["EventPage"]
