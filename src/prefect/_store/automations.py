"""Automations as recorded, and the resources that they name or that own them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from prefect._domain.actions import read_action
from prefect._domain.automations import Automation
from prefect._domain.filters import EVERYTHING, Filter
from prefect._domain.sorting import Order
from prefect._domain.triggers import read_trigger, trigger_fields
from prefect._store.conditions import order_by, where
from prefect._store.connection import Connection, Row
from prefect._store.values import json_text, moment, must_read_identity, read_json, read_moment

COLUMNS = (
    "id, name, description, enabled, tags, trigger, actions, actions_on_trigger, actions_on_resolve, created, updated"
)
OF_RESOURCE = "id IN (SELECT automation_id FROM automation_related_resource WHERE resource_id = ?"


def insert_automation(conn: Connection, automation: Automation) -> None:
    """Record a new automation."""
    marks = ", ".join("?" * len(COLUMNS.split(", ")))
    conn.execute(f"INSERT INTO automation ({COLUMNS}) VALUES ({marks})", _row(automation))


def replace_automation(conn: Connection, automation: Automation) -> None:
    """Give the automation of that id these values; it stays as old as it is."""
    named = [column for column in COLUMNS.split(", ") if column not in ("id", "created")]
    news = dict(zip(COLUMNS.split(", "), _row(automation), strict=True))
    conn.execute(
        f"UPDATE automation SET {', '.join(f'{column} = ?' for column in named)} WHERE id = ?",
        (*(news[column] for column in named), str(automation.id)),
    )


def set_enabled(conn: Connection, automation_id: UUID, enabled: bool, *, now: datetime) -> bool:
    """Turn an automation on or off; whether there is one."""
    sql = "UPDATE automation SET enabled = ?, updated = ? WHERE id = ?"
    return conn.change(sql, (enabled, moment(now), str(automation_id))) > 0


def read_automation(conn: Connection, automation_id: UUID) -> Automation | None:
    """The automation with that id, or None."""
    rows = conn.execute(f"SELECT {COLUMNS} FROM automation WHERE id = ?", (str(automation_id),))
    return _automation(rows[0]) if rows else None


def list_automations(
    conn: Connection, *, limit: int, offset: int = 0, filter: Filter = EVERYTHING, order: Order
) -> list[Automation]:
    """The automations that are meant, in this order."""
    meant, values = where(filter, conn.dialect)
    sql = f"SELECT {COLUMNS} FROM automation WHERE {meant} ORDER BY {order_by(order)} LIMIT ? OFFSET ?"
    return [_automation(row) for row in conn.execute(sql, (*values, limit, offset))]


def count_automations(conn: Connection, filter: Filter = EVERYTHING) -> int:
    """How many automations are meant."""
    meant, values = where(filter, conn.dialect)
    return int(conn.execute(f"SELECT COUNT(*) FROM automation WHERE {meant}", values)[0][0])


def related_automations(conn: Connection, resource_id: str) -> list[Automation]:
    """The automations that name a resource or are owned by it, by name."""
    sql = f"SELECT {COLUMNS} FROM automation WHERE {OF_RESOURCE}) ORDER BY name, id"
    return [_automation(row) for row in conn.execute(sql, (resource_id,))]


def delete_automation(conn: Connection, automation_id: UUID) -> bool:
    """Remove an automation; whether there was one."""
    return conn.change("DELETE FROM automation WHERE id = ?", (str(automation_id),)) > 0


def owned_automations(conn: Connection, resource_id: str) -> list[Automation]:
    """What a resource owns, by name."""
    sql = (
        f"SELECT {COLUMNS} FROM automation WHERE {OF_RESOURCE} AND automation_owned_by_resource = ?) ORDER BY name, id"
    )
    return [_automation(row) for row in conn.execute(sql, (resource_id, True))]


def owner_of(conn: Connection, automation_id: UUID) -> str | None:
    """The resource that owns an automation, or None."""
    rows = conn.execute(
        "SELECT resource_id FROM automation_related_resource "
        "WHERE automation_id = ? AND automation_owned_by_resource = ?",
        (str(automation_id), True),
    )
    return rows[0][0] if rows else None


def relate(
    conn: Connection,
    automation_id: UUID,
    resources: Iterable[str],
    owner: str | None,
    *,
    now: datetime,
    new_id: Callable[[], UUID],
) -> None:
    """Say which resources an automation names, and which one owns it, in place of what was said before."""
    conn.execute("DELETE FROM automation_related_resource WHERE automation_id = ?", (str(automation_id),))
    named = {*resources, *([owner] if owner is not None else [])}
    written = moment(now)
    rows = [(str(new_id()), written, written, str(automation_id), name, name == owner) for name in sorted(named)]
    if rows:
        conn.insert(
            "INSERT INTO automation_related_resource "
            "(id, created, updated, automation_id, resource_id, automation_owned_by_resource) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            rows,
        )


def _row(automation: Automation) -> Row:
    return (
        str(automation.id),
        automation.name,
        automation.description,
        automation.enabled,
        json_text(list(automation.tags)),
        json_text(trigger_fields(automation.trigger)),
        json_text(list(automation.actions)),
        json_text(list(automation.actions_on_trigger)),
        json_text(list(automation.actions_on_resolve)),
        moment(automation.created),
        moment(automation.updated),
    )


def _automation(row: tuple[Any, ...]) -> Automation:
    actions, on_trigger, on_resolve = ([read_action(kept) for kept in read_json(held)] for held in row[6:9])
    return Automation(
        id=must_read_identity(row[0]),
        name=row[1],
        description=row[2],
        enabled=bool(row[3]),
        tags=read_json(row[4]),
        trigger=read_trigger(read_json(row[5])),
        actions=actions,
        actions_on_trigger=on_trigger,
        actions_on_resolve=on_resolve,
        created=read_moment(row[9]),
        updated=read_moment(row[10]),
    )
