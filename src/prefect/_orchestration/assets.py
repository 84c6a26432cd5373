"""What is known of assets, from the events that tell of them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from prefect._domain.assets import AssetAtAGlance, Lineage, Materialization
from prefect._store import assets as store
from prefect._store.connection import Connection
from prefect._store.database import Database
from prefect.exceptions import ObjectNotFound

MOST_AROUND = 200
"""How many assets of a lineage are told at once."""


@dataclass(frozen=True)
class Known:
    """An asset in whole: its labels, the last time that it was made, and what was made of it."""

    glance: AssetAtAGlance
    labels: dict[str, str]
    last: Materialization | None
    made_of: list[str]


def list_assets(db: Database, search: str, *, limit: int, offset: int) -> list[AssetAtAGlance]:
    """The assets whose keys hold a text, those first of which something happened last."""
    with db.read() as conn:
        return store.list_assets(conn, search, limit=limit, offset=offset)


def count(db: Database, search: str) -> int:
    """How many assets have keys that hold a text."""
    with db.read() as conn:
        return store.count_assets(conn, search)


def read(db: Database, key: str) -> Known:
    """What is known of an asset. Raises `ObjectNotFound` where no event tells of it."""
    with db.read() as conn:
        labels = store.resource_of(conn, key)
        if labels is None:
            raise ObjectNotFound(help_message=f"No event tells of an asset {key!r}.")
        [glance] = store.read_assets(conn, [key])
        last, users = store.last_made(conn, key), store.made_of(conn, key, limit=MOST_AROUND)
    return Known(glance, labels, last, users)


def materializations(db: Database, key: str, *, limit: int, offset: int) -> list[Materialization]:
    """The times that an asset was made, or was to be made, the latest first."""
    with db.read() as conn:
        return store.materializations(conn, key, limit=limit, offset=offset)


def lineage(db: Database, key: str) -> Lineage:
    """The assets of which one was made, and those of which they were; and what was made of it, and of that."""
    with db.read() as conn:
        edges = {*_upwards(conn, key), *_downwards(conn, key)}
        keys = {key, *(end for edge in edges for end in edge)}
        return Lineage(store.read_assets(conn, keys), sorted(edges))


def _upwards(conn: Connection, key: str) -> set[tuple[str, str]]:
    edges, seen, open_ = set(), {key}, deque([key])
    while open_ and len(seen) < MOST_AROUND:
        asset = open_.popleft()
        last = store.last_made(conn, asset)
        for source in last.sources if last is not None else ():
            edges.add((source, asset))
            if source not in seen:
                seen.add(source)
                open_.append(source)
    return edges


def _downwards(conn: Connection, key: str) -> set[tuple[str, str]]:
    edges, seen, open_ = set(), {key}, deque([key])
    while open_ and len(seen) < MOST_AROUND:
        asset = open_.popleft()
        for user in store.made_of(conn, asset, limit=MOST_AROUND):
            edges.add((asset, user))
            if user not in seen:
                seen.add(user)
                open_.append(user)
    return edges
