"""What a durable run waits for, as its state tells it (in the field `run_input_keyset`, which holds texts)."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from prefect._domain.event_filters import NameFilter, ResourceFilter
from prefect._domain.states import State


class AwaitedInput(NamedTuple):
    """An input more than those that are `known`, whose key begins so."""

    prefix: str
    known: int

    def told(self) -> dict[str, str]:
        return {"input": self.prefix, "known": str(self.known)}


class AwaitedEvent(NamedTuple):
    """An event since a moment; its name, and the id of its resource, may end with `*` for any rest."""

    name: str
    resource: str | None
    since: datetime

    def told(self) -> dict[str, str]:
        resource = {} if self.resource is None else {"resource": self.resource}
        return {"event": self.name, "since": self.since.isoformat(), **resource}

    @property
    def name_filter(self) -> NameFilter:
        named = (self.name.removesuffix("*"),)
        return NameFilter(prefixes=named) if self.name.endswith("*") else NameFilter(names=named)

    @property
    def resource_filter(self) -> ResourceFilter:
        if self.resource is None:
            return ResourceFilter()
        named = (self.resource.removesuffix("*"),)
        return ResourceFilter(prefixes=named) if self.resource.endswith("*") else ResourceFilter(ids=named)


Awaited = AwaitedInput | AwaitedEvent


def awaited(state: State) -> Awaited | None:
    """What a run in this state waits for, beside a time."""
    match state.state_details.run_input_keyset:
        case {"input": prefix, "known": known}:
            return AwaitedInput(prefix, int(known))
        case {"event": name, "since": since, "resource": resource}:
            return AwaitedEvent(name, resource, datetime.fromisoformat(since))
        case {"event": name, "since": since}:
            return AwaitedEvent(name, None, datetime.fromisoformat(since))
        case _:
            return None
