"""What templates of automations see: the automation, its firing, the events, and the resources that these are about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from prefect._domain.automations.acts import Fired
from prefect._domain.automations.firings import Firing
from prefect._domain.events import ID, NAME, ROLE, Event
from prefect._domain.flow_runs import FlowRun
from prefect._store import deployments, flow_runs, flows, work_pools
from prefect._store.connection import Connection
from prefect._store.database import Database

PAGES = {
    "flow-run": "/runs/flow-run/",
    "task-run": "/runs/task-run/",
    "flow": "/flows/flow/",
    "deployment": "/deployments/deployment/",
    "automation": "/automations/automation/",
    "work-pool": "/work-pools/work-pool/",
    "event": "/events/event/",
    "block-document": "/blocks/block/",
}
"""Where the web UI shows a resource of a kind."""
EVENTS = "/events?resource="
"""Where the web UI shows the events of a resource."""
READ: Mapping[str, Callable[[Connection, UUID], Any]] = {
    "flow": flows.read_flow,
    "flow-run": flow_runs.read_flow_run,
    "deployment": deployments.read_deployment,
    "work-pool": work_pools.read_work_pool_by_id,
    "work-queue": work_pools.read_work_queue_by_id,
}


class Shown(dict[str, Any]):
    """Something that a template sees, by its fields, and the pages of it and of its events."""

    def __init__(self, kind: str, **shown: Any) -> None:
        super().__init__(shown)
        key = self.get("name") if kind == "work-pool" else self.get("id")
        self.page = f"{PAGES[kind]}{key}" if kind in PAGES else None
        self.events_page = f"{EVENTS}prefect.{kind}.{self.get('id')}"

    def __str__(self) -> str:
        return str(self.get("name") or self.get("id") or dict(self))


class ShownResource(dict[str, Any]):
    """A resource as a template sees it: its labels, with `id`, `name` and `role` in short."""

    def __init__(self, labels: Mapping[str, str]) -> None:
        super().__init__(labels)
        self.id = labels.get(ID)
        self.name = labels.get(NAME)
        self.role = labels.get(ROLE)
        kind, _, id = str(self.id).removeprefix("prefect.").partition(".")
        self.page = f"{PAGES[kind]}{self.name if kind == 'work-pool' else id}" if kind in PAGES else None
        self.events_page = f"{EVENTS}{self.id}"


class Context(Mapping[str, Any]):
    """What there is by name; what it costs a look into the database is looked up when a template asks for it."""

    def __init__(self, db: Database, fired: Fired) -> None:
        self._db = db
        self._fired = fired
        self._found: dict[str, Any] = {}
        self._makers: dict[str, Callable[[], Any]] = {
            "automation": lambda: shown(fired.automation, "automation"),
            "firing": lambda: shown_firing(fired.firing),
            "firings": lambda: [shown_firing(one) for one in fired.firing.each()],
            "event": lambda: shown_event(fired.firing.event),
            "events": lambda: [shown_event(event) for event in fired.firing.events()],
            "labels": lambda: self._labels(),
            "metric": lambda: None,
            **{kind.replace("-", "_"): self._reader(kind) for kind in READ},
        }

    def __getitem__(self, name: str) -> Any:
        if name not in self._found:
            self._found[name] = self._makers[name]()
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)

    def _labels(self) -> dict[str, str]:
        event = self._fired.firing.event
        return {**(event.resource if event is not None else {}), **self._fired.firing.labels}

    def _reader(self, kind: str) -> Callable[[], Any]:
        def read() -> Any:
            id = inferred(self._fired.firing, kind)
            if id is None:
                return None
            with self._db.read() as conn:
                return shown(READ[kind](conn, id), kind)

        return read


def inferred(firing: Firing, kind: str) -> UUID | None:
    """The resource of a kind that the events of a firing are about, or related to; the last event counts first."""
    events = [firing.event] if firing.event is not None else []
    for event in (*events, *reversed(firing.events())):
        for one in event.involved():
            if (id := _id_of(one.get(ID, ""), kind)) is not None:
                return id
    return next((id for value in firing.labels.values() if (id := _id_of(value, kind)) is not None), None)


def _id_of(resource_id: str, kind: str) -> UUID | None:
    prefix = f"prefect.{kind}."
    if not resource_id.startswith(prefix):
        return None
    try:
        return UUID(resource_id.removeprefix(prefix))
    except ValueError:
        return None


def shown_event(event: Event | None) -> Shown | None:
    """An event as a template sees it."""
    if event is None:
        return None
    return Shown(
        "event",
        id=str(event.id),
        occurred=event.occurred,
        received=event.received,
        event=event.event,
        resource=ShownResource(event.resource),
        related=[ShownResource(one) for one in event.related],
        resource_in_role={one[ROLE]: ShownResource(one) for one in reversed(event.related) if ROLE in one},
        payload=event.payload,
        follows=str(event.follows) if event.follows is not None else None,
        name=None,
    )


def shown_firing(firing: Firing) -> Shown:
    """A firing as a template sees it."""
    return Shown(
        "firing",
        id=str(firing.id),
        triggered=firing.moment,
        trigger_states=["Triggered"],
        triggering_labels=dict(firing.labels),
        triggering_event=shown_event(firing.event),
        triggering_firings=[shown_firing(part) for part in firing.parts],
        name=None,
    )


def shown(value: Any, kind: str) -> Any:
    """A value of ours as a template sees it: its fields, ids as texts, enumerations by their values."""
    match value:
        case UUID():
            return str(value)
        case Enum():
            return value.value
        case timedelta():
            return value.total_seconds()
        case datetime():
            return value
    if is_dataclass(value) and not isinstance(value, type):
        held = {field.name: shown(getattr(value, field.name), "") for field in fields(value)}
        if isinstance(value, FlowRun):
            held.update(state_type=shown(value.state_type, ""), state_name=value.state_name)
        return Shown(kind, **held)
    if isinstance(value, Mapping):
        return {name: shown(one, "") for name, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [shown(one, "") for one in value]
    return value
