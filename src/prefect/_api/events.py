"""`/events`"""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from pydantic import Field

from prefect._api.routing import Called, Here, Routes
from prefect._orchestration import events, task_runs
from prefect._orchestration.events import Key
from prefect._wire.event_filters import EventFilter, EventOrder
from prefect._wire.event_queries import Countable, CountEvents, EventCount, EventPage, PageToken, ReadEvents
from prefect._wire.events import EventTold, ReceivedEvent, task_run_told

routes = Routes("/events")
MOST_EVENTS = 5_000
"""How many events one request may bring."""
MOST_RESOURCES = 100
"""How many resources are told of when events are counted by resource."""


@routes.post("", status=204)
def create_events(here: Here, body: Annotated[list[EventTold], Field(max_length=MOST_EVENTS)]) -> None:
    """Take events. The task runs that some tell of are recorded, whichever comes first and however often."""
    told, others = [], []
    for event in body:
        run = task_run_told(event)
        if run is not None:
            told.append(run)
        else:
            others.append(event.told(received=here.now))
    if told:
        task_runs.record(here.db, told)
    events.record(here.db, others)


@routes.post("/filter")
def read_events(here: Here, body: ReadEvents) -> EventPage:
    """The first of the events that are asked for, in the order of time."""
    filter = body.filter or EventFilter()
    return _page(here, filter, body.limit, None)


@routes.get("/filter/next")
def read_events_page(here: Here, page_token: Annotated[str, Called("page-token")]) -> EventPage:
    """The events behind those of a page, whose `next_page` is the address of this."""
    token = PageToken.read(page_token)
    return _page(here, token.filter, token.limit, token)


def _page(here: Here, filter: EventFilter, limit: int, token: PageToken | None) -> EventPage:
    found = events.find(
        here.db,
        filter.meant(),
        limit=limit,
        descending=filter.order is EventOrder.DESC,
        after=Key(token.occurred, token.id) if token is not None else None,
        total=token.total if token is not None else None,
    )
    more = None
    if limit and not found.is_last:
        last = found.events[-1]
        following = PageToken(filter=filter, limit=limit, total=found.total, occurred=last.occurred, id=last.id)
        more = f"{_address(here)}/events/filter/next?page-token={quote(str(following))}"
    return EventPage(events=[ReceivedEvent.telling(event) for event in found.events], total=found.total, next_page=more)


def _address(here: Here) -> str:
    """The address of the API as whoever asks knows it."""
    host = here.headers.get("host")
    scheme = here.headers.get("x-forwarded-proto", "http")
    return f"{scheme}://{host}/api" if host else str(here.settings.api.url or "/api")


@routes.post("/count-by/{countable}")
def count_events(here: Here, countable: Countable, body: CountEvents) -> list[EventCount]:
    """How many of the events that are asked for there are, by time, by name, or by resource."""
    filter = body.filter.meant()
    if countable in (Countable.DAY, Countable.TIME):
        spans = body.spans(countable)
        counts = events.count_by_time(here.db, filter, spans)
        return [
            EventCount(value=str(number), label=since.isoformat(), count=count, start_time=since, end_time=until)
            for number, ((since, until), count) in enumerate(zip(spans, counts, strict=True))
        ]
    by_name = countable is Countable.EVENT
    found = (
        events.count_by_name(here.db, filter)
        if by_name
        else events.count_by_resource(here.db, filter, limit=MOST_RESOURCES)
    )
    return [
        EventCount(value=one.value, label=one.label, count=one.many, start_time=one.first, end_time=one.last)
        for one in found
    ]
