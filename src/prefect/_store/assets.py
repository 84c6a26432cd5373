"""Assets, read from the events that tell of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from prefect._domain.assets import FAILED, MADE, ROLE_OF_SOURCE, AssetAtAGlance, Materialization
from prefect._domain.events import NAME
from prefect._store.connection import Connection, Row
from prefect._store.events import SELECT, read
from prefect._store.values import must_read_moment, read_json, read_moment

OF_ASSETS = "event >= 'prefect.asset.' AND event < 'prefect.asset/'"
"""The condition of the index of the events of assets, word by word."""
GLANCE = (
    "SELECT resource_id, MAX(occurred) AS told, "
    f"MAX(CASE WHEN event = '{MADE}' THEN occurred END) AS made, "
    f"MAX(CASE WHEN event = '{FAILED}' THEN occurred END) AS failed, "
    f"SUM(CASE WHEN event = '{MADE}' THEN 1 ELSE 0 END) AS times FROM events WHERE {OF_ASSETS}"
)
RESOURCE = (
    f"(SELECT s.resource FROM events s WHERE s.resource_id = g.resource_id AND {OF_ASSETS} "
    "ORDER BY s.occurred DESC LIMIT 1)"
)


def list_assets(conn: Connection, search: str, *, limit: int, offset: int) -> list[AssetAtAGlance]:
    """The assets whose keys hold a text, those first of which something happened last."""
    sql, values = _holding(search)
    rows = conn.execute(
        f"SELECT g.*, {RESOURCE} FROM ({GLANCE} AND {sql} GROUP BY resource_id "
        "ORDER BY told DESC, resource_id LIMIT ? OFFSET ?) g ORDER BY g.told DESC, g.resource_id",
        (*values, limit, offset),
    )
    return [_at_a_glance(row) for row in rows]


def count_assets(conn: Connection, search: str) -> int:
    """How many assets have keys that hold a text."""
    sql, values = _holding(search)
    found = conn.execute(f"SELECT COUNT(DISTINCT resource_id) FROM events WHERE {OF_ASSETS} AND {sql}", values)
    return int(found[0][0])


def read_assets(conn: Connection, keys: Collection[str]) -> list[AssetAtAGlance]:
    """Those of these assets of which there are events."""
    if not keys:
        return []
    marks = ", ".join("?" * len(keys))
    rows = conn.execute(
        f"SELECT g.*, {RESOURCE} FROM ({GLANCE} AND resource_id IN ({marks}) GROUP BY resource_id) g", tuple(keys)
    )
    return [_at_a_glance(row) for row in rows]


def resource_of(conn: Connection, key: str) -> dict[str, str] | None:
    """The labels of an asset as they were told last, or None for one of which there is no event."""
    rows = conn.execute(
        f"SELECT resource FROM events WHERE {OF_ASSETS} AND resource_id = ? ORDER BY occurred DESC LIMIT 1", (key,)
    )
    labels: dict[str, str] | None = read_json(rows[0][0]) if rows else None
    return labels


def materializations(conn: Connection, key: str, *, limit: int, offset: int = 0) -> list[Materialization]:
    """The times that an asset was made, or was to be made, the latest first."""
    rows = conn.execute(
        f"{SELECT} WHERE {OF_ASSETS} AND s.resource_id = ? AND s.event IN (?, ?) "
        "ORDER BY s.occurred DESC, s.id DESC LIMIT ? OFFSET ?",
        (key, MADE, FAILED, limit, offset),
    )
    return [Materialization(read(row)[1]) for row in rows]


def last_made(conn: Connection, key: str) -> Materialization | None:
    """The last time that an asset was made."""
    rows = conn.execute(
        f"{SELECT} WHERE {OF_ASSETS} AND s.resource_id = ? AND s.event = ? ORDER BY s.occurred DESC, s.id DESC LIMIT 1",
        (key, MADE),
    )
    return Materialization(read(rows[0])[1]) if rows else None


def made_of(conn: Connection, key: str, *, limit: int) -> list[str]:
    """The assets that were made of one, those first that were made last."""
    rows: Sequence[Row] = conn.execute(
        "SELECT e.resource_id, MAX(e.occurred) AS made FROM event_resources r JOIN events e ON e.id = r.event_id "
        "WHERE r.resource_id = ? AND r.resource_role = ? AND e.event = ? GROUP BY e.resource_id "
        "ORDER BY made DESC, e.resource_id LIMIT ?",
        (key, ROLE_OF_SOURCE, MADE, limit),
    )
    return [row[0] for row in rows]


def _holding(search: str) -> tuple[str, list[Any]]:
    if not search:
        return "1 = 1", []
    escaped = search.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return "LOWER(resource_id) LIKE LOWER(?) ESCAPE '!'", [f"%{escaped}%"]


def _at_a_glance(row: Row) -> AssetAtAGlance:
    key, told, made, failed, count, resource = row
    name = (read_json(resource) or {}).get(NAME)
    return AssetAtAGlance(key, name, must_read_moment(told), read_moment(made), read_moment(failed), int(count))
