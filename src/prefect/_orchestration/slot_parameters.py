"""The parameters of the run of a slot: those of its deployment and schedule, and what templates make of the slot."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

import orjson

from prefect._domain.backfills import Backfill
from prefect._domain.deployments import Deployment
from prefect._domain.planning import next_times
from prefect._orchestration import checking
from prefect._orchestration.templates import names_in, render
from prefect._store import schedules
from prefect._store.connection import Connection

OTHER_THAN_TEXT = frozenset({"integer", "number", "boolean"})
"""Types of parameters for which a text that a template makes is read as JSON."""

NAMES = dict.fromkeys(("slot", "next_slot")).keys()
"""What templates see, in this order."""


class Slot(datetime):
    """A slot as templates see it: alone it is told as ISO 8601 has it."""

    def __str__(self) -> str:
        return self.isoformat()


def parameters_at(conn: Connection, deployment: Deployment, backfill: Backfill, slot: datetime) -> dict[str, Any]:
    """The parameters of the run of a slot, with everything in them made. Raises `ValueError` for what cannot be."""
    return checking.made(conn, {**_given(conn, deployment, backfill), **_filled(deployment, backfill, slot)})


def parameters_or_templates(
    conn: Connection, deployment: Deployment, backfill: Backfill, slot: datetime
) -> dict[str, Any]:
    """The same; what cannot be made is left, so that the run itself tells of it."""
    with suppress(ValueError):
        return parameters_at(conn, deployment, backfill, slot)
    return {**_given(conn, deployment, backfill), **backfill.parameters}


def _given(conn: Connection, deployment: Deployment, backfill: Backfill) -> dict[str, Any]:
    """What the deployment and its schedule say."""
    held = schedules.list_schedules(conn, deployment.id) if backfill.schedule_id is not None else []
    of_schedule = next((one.parameters for one in held if one.id == backfill.schedule_id), {})
    return {**deployment.parameters, **of_schedule}


def _filled(deployment: Deployment, backfill: Backfill, slot: datetime) -> dict[str, Any]:
    """The parameters of a backfill with its templates filled in."""
    if not any(_has_template(value) for value in backfill.parameters.values()):
        return dict(backfill.parameters)
    following = next_times(backfill.schedule, after=slot, count=1)
    seen = {"slot": slot, **({"next_slot": following[0]} if following else {})}
    shown = {name: Slot.fromisoformat(backfill.in_its_zone(time).isoformat()) for name, time in seen.items()}
    known = deployment.parameter_openapi_schema.get("properties", {})
    return {name: _value(value, shown, known.get(name, {})) for name, value in backfill.parameters.items()}


def _has_template(value: Any) -> bool:
    if isinstance(value, str):
        return "{{" in value or "{%" in value
    held = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return any(_has_template(one) for one in held)


def _value(value: Any, shown: Mapping[str, Any], schema: Mapping[str, Any]) -> Any:
    if isinstance(value, Mapping):
        return {name: _value(one, shown, {}) for name, one in value.items()}
    if isinstance(value, list):
        return [_value(one, shown, {}) for one in value]
    if not _has_template(value):
        return value
    unknown = sorted(names_in(value) - NAMES)
    if unknown:
        raise ValueError(f"There is no {unknown[0]!r} in {value!r}: templates of a backfill see {' and '.join(NAMES)}.")
    text = render(value, **shown)
    if schema.get("type") in OTHER_THAN_TEXT:
        with suppress(orjson.JSONDecodeError):
            return orjson.loads(text)
    return text
