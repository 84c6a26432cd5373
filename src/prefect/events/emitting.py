"""`emit_event`: a program tells of something that happened.

emit_event("order.shipped", resource={"prefect.resource.id": "order.4711"}, payload={"parcels": 2})
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from prefect._clock import now
from prefect._domain.events import tied
from prefect._domain.texts import mended_within
from prefect._engine.telling import around_here, tell
from prefect._store.values import json_text
from prefect._wire.events import LARGEST, Event, RelatedResource, Resource

logger = logging.getLogger("prefect.events")


def emit_event(
    event: str,
    resource: Mapping[str, str] | Resource,
    occurred: datetime | None = None,
    related: Sequence[Mapping[str, str] | RelatedResource] | None = None,
    payload: Mapping[str, Any] | None = None,
    id: UUID | None = None,
    follows: Event | None = None,
    **kwargs: Any,
) -> Event | None:
    """Tell that something happened to a resource; the event, or None where it could not be recorded.

    What runs here is added to the related resources. The call never waits for a database or a server, and never fails
    the run for their sake: what went wrong is logged. `follows` counts for an event of the last five minutes. Of the
    payload is kept what JSON knows. Raises `ValidationError` (a `ValueError`) for a resource without an id.
    """
    told = _told(
        event=event,
        resource=_labels(resource),
        occurred=occurred or now(),
        related=[_labels(one) for one in related or ()],
        payload=_plain(payload or {}),
        **({"id": id} if id is not None else {}),
    )
    known = {one.id for one in told.related}
    told.related = [*told.related, *map(RelatedResource, around_here(known))]
    if follows is not None:
        told.follows = tied(follows.id, told.occurred - follows.occurred)
    if told.size_bytes > LARGEST:
        logger.error("The event %s is not recorded: it has %s bytes; %s are taken.", event, told.size_bytes, LARGEST)
        return None
    return told if tell(told.told(received=now())) else None


def _told(**fields: Any) -> Event:
    return Event(**fields)


def _labels(given: Mapping[str, str] | Resource) -> dict[str, str]:
    if not isinstance(given, (Mapping, Resource)):
        raise TypeError(
            f"A resource of an event is a dict of labels, such as {{'prefect.resource.id': 'shop.order.5'}}; "
            f"it is {given!r}."
        )
    return dict(given.items())


def _plain(payload: Mapping[str, Any]) -> Any:
    """What JSON keeps of a payload, as it is now."""
    return orjson.loads(json_text(mended_within(dict(payload))))


__all__ = ["emit_event"]
