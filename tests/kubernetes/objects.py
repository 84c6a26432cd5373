"""The objects of a cluster, their versions, and who watches them."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from typing import Any, NamedTuple
from uuid import uuid4

Object = dict[str, Any]
Selects = Callable[[Object], bool]


class Change(NamedTuple):
    """What happened to an object, at a version of the whole."""

    version: int
    kind: str
    """ADDED, MODIFIED or DELETED."""
    resource: str
    object: Object


class Gone(Exception):
    """What is asked for happened before the oldest version that is remembered."""


def time_now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Objects:
    """All objects by resource, namespace and name; each change has a version."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._kept: dict[tuple[str, str, str], Object] = {}
        self._changes: list[Change] = []
        self._version = 1
        self._oldest = 0

    def add(self, resource: str, namespace: str, wanted: Object) -> Object:
        """Keep a new object. Raises `KeyError` where its name is taken."""
        new = copy.deepcopy(wanted)
        meta = new.setdefault("metadata", {})
        if not meta.get("name"):
            meta["name"] = f"{meta.get('generateName', '')}{uuid4().hex[:5]}"
        meta.update(namespace=namespace, uid=str(uuid4()), creationTimestamp=time_now())
        with self._changed:
            if (resource, namespace, meta["name"]) in self._kept:
                raise KeyError(meta["name"])
            return self._tell("ADDED", resource, new)

    def change(self, resource: str, namespace: str, name: str, change: Callable[[Object], object]) -> Object:
        """Change an object in place. Raises `KeyError` where there is none."""
        with self._changed:
            changed = copy.deepcopy(self._one(resource, namespace, name))
            change(changed)
            return self._tell("MODIFIED", resource, changed)

    def remove(self, resource: str, namespace: str, name: str) -> Object:
        """Forget an object; the last of it. Raises `KeyError` where there is none."""
        with self._changed:
            return self._tell("DELETED", resource, copy.deepcopy(self._one(resource, namespace, name)))

    def read(self, resource: str, namespace: str, name: str) -> Object:
        with self._changed:
            return copy.deepcopy(self._one(resource, namespace, name))

    def all_of(self, resource: str, selects: Selects = lambda _: True) -> tuple[list[Object], int]:
        """Those of a resource, and the version of the whole."""
        with self._changed:
            found = [one for (kept, _, _), one in self._kept.items() if kept == resource and selects(one)]
            return copy.deepcopy(found), self._version

    def since(self, version: int, resource: str, selects: Selects, *, until: Callable[[], bool]) -> Iterator[Change]:
        """The changes after a version, as they come. Raises `Gone` for versions that are forgotten."""
        while not until():
            with self._changed:
                if version < self._oldest:
                    raise Gone(f"too old resource version: {version} ({self._oldest})")
                news = [change for change in self._changes if change.version > version]
                if not news:
                    self._changed.wait(0.5)
                    continue
            version = news[-1].version
            yield from (change for change in news if change.resource == resource and selects(change.object))

    def forget_the_past(self) -> None:
        """Be as a server whose history was compacted: who watches has to list anew."""
        with self._changed:
            self._version += 1
            self._oldest = self._version
            self._changes.clear()
            self._changed.notify_all()

    def _one(self, resource: str, namespace: str, name: str) -> Object:
        if (resource, namespace, name) not in self._kept:
            raise KeyError(name)
        return self._kept[resource, namespace, name]

    def _tell(self, kind: str, resource: str, object: Object) -> Object:
        self._version += 1
        meta = object["metadata"]
        meta["resourceVersion"] = str(self._version)
        key = resource, meta["namespace"], meta["name"]
        if kind == "DELETED":
            del self._kept[key]
        else:
            self._kept[key] = object
        self._changes.append(Change(self._version, kind, resource, copy.deepcopy(object)))
        self._changed.notify_all()
        return copy.deepcopy(object)
