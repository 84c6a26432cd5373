"""`/backfills`"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests._api.deployed import a_deployment
from tests.serving import Caller

SPAN = {"start": "2026-03-01T08:00:00Z", "end": "2026-03-01T12:00:00Z"}
HOURLY = {"cron": "0 * * * *", "timezone": "Asia/Shanghai"}


def wanted(api: Caller, **fields: Any) -> dict[str, Any]:
    return {"deployment_id": a_deployment(api)["id"], "schedule": HOURLY, **SPAN, **fields}


def test_a_backfill_is_looked_at_made_read_and_removed(api: Caller) -> None:
    asked = wanted(api, order="latest", max_active=2, parameters={"day": "{{ slot }}"}, name="spring")

    assert api.post("/backfills/preview", asked) == (
        200,
        {"count": 5, "first": "2026-03-01T08:00:00Z", "last": "2026-03-01T12:00:00Z"},
    )
    assert api.post("/backfills/count").json == 0
    made = api.post("/backfills/", asked)

    assert made.status == 201
    told = dict(made.json)
    assert told.pop("progress") == {
        **dict.fromkeys(("active", "completed", "failed", "cancelled", "skipped", "gone", "done"), 0),
        "waiting": 5,
    }
    assert {name: told[name] for name in ("status", "slots", "order", "max_active", "again", "tag", "position")} == {
        **{"status": "RUNNING", "slots": 5, "order": "latest", "max_active": 2, "again": "none"},
        **{"tag": "backfill:spring", "position": None},
    }
    assert told["schedule"] == {**HOURLY, "day_or": True}
    path = f"/backfills/{told['id']}"
    assert api.get(path) == api.get("/backfills/name/spring") == (200, made.json)
    assert api.post("/backfills/filter", {"deployment_id": told["deployment_id"], "status": ["RUNNING"]}).json == [
        made.json
    ]
    assert api.post("/backfills/filter", {"status": ["PAUSED"]}).json == []
    assert api.post("/backfills/count", {"deployment_id": str(uuid4())}).json == 0
    assert api.delete(path) == (204, None)
    assert [api.get(path).status, api.delete(path).status, api.get("/backfills/name/spring").status] == [404] * 3


def test_a_backfill_is_paused_gone_on_with_changed_retried_and_cancelled(api: Caller) -> None:
    path = f"/backfills/{api.post('/backfills/', wanted(api)).json['id']}"

    assert api.post(f"{path}/pause").json["status"] == "PAUSED"
    assert api.post(f"{path}/resume").json["status"] == "RUNNING"
    assert api.patch(path, {"max_active": 7}).json["max_active"] == 7
    assert api.post(f"{path}/retry").json == {"runs": 0}
    assert api.post(f"{path}/cancel", {"running": True}).json["status"] == "CANCELLED"
    refused = api.post(f"{path}/resume")
    assert (refused.status, "has ended (CANCELLED)" in str(refused.json)) == (422, True)


@pytest.mark.parametrize(
    ("fields", "status", "sentence"),
    [
        ({"deployment_id": str(uuid4())}, 404, "There is no deployment"),
        ({"schedule": None}, 422, "The deployment has no schedule"),
        ({"schedule": {"cron": "nonsense"}}, 422, "is no cron expression"),
        ({"end": "2026-02-01T00:00:00Z"}, 422, "starts before its end"),
        ({"max_active": 0}, 422, "max_active"),
        ({"order": "newest"}, 422, "order"),
        ({"made_up": 1}, 422, "made_up"),
        ({"parameters": {"x": "{{ slot. }}"}}, 422, "the template does not work"),
        ({"parameters": {"x": "{{ slto }}"}}, 422, "templates of a backfill see slot and next_slot"),
    ],
)
def test_a_backfill_that_cannot_be_is_refused(api: Caller, fields: dict[str, Any], status: int, sentence: str) -> None:
    refused = api.post("/backfills/", {**wanted(api), **fields})

    assert (refused.status, sentence in str(refused.json)) == (status, True), refused.json


def test_a_name_is_taken_once(api: Caller) -> None:
    api.post("/backfills/", wanted(api, name="spring"))

    assert api.post("/backfills/", wanted(api, name="spring")).status == 409
