from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

import pytest

from tests.serving import Caller

NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
ORDERS, CLEAN, REPORT = "s3://lake/orders", "s3://lake/clean", "s3://lake/report"
RUN = str(uuid4())
MADE, FAILED = "materialization.succeeded", "materialization.failed"


def told(
    api: Caller,
    key: str,
    what: str = "materialization.succeeded",
    *,
    after: int = 0,
    of: tuple[str, ...] = (),
    **fields: Any,
) -> None:
    """An event of an asset, some minutes after noon."""
    labels = fields.pop("labels", {})
    related = [{"prefect.resource.id": source, "prefect.resource.role": "asset"} for source in of]
    run = {
        "prefect.resource.id": f"prefect.flow-run.{RUN}",
        "prefect.resource.role": "flow-run",
        "prefect.resource.name": "one",
    }
    maker = {"prefect.resource.id": "dbt", "prefect.resource.role": "asset-materialized-by"}
    body = {
        "id": str(uuid4()),
        "occurred": (NOON + timedelta(minutes=after)).isoformat(),
        "event": f"prefect.asset.{what}",
        "resource": {"prefect.resource.id": key, **labels},
        "related": [*related, maker, run],
        **fields,
    }
    assert api.post("/events", [body]).status == 204


@pytest.fixture
def lake(api: Caller) -> Caller:
    """Whoever calls an API to which something was told of three assets."""
    told(api, ORDERS, labels={"prefect.resource.name": "Orders", "prefect.asset.owners": '["ann"]'})
    told(api, CLEAN, after=1, of=(ORDERS,))
    told(api, REPORT, after=2, of=(CLEAN, "file://template"), payload={"pages": 3})
    told(api, CLEAN, FAILED, after=3, of=(ORDERS,))
    told(api, ORDERS, "referenced", after=4)
    return api


def test_assets_are_listed_by_what_happened_last(lake: Caller) -> None:
    listed = lake.post("/assets/filter").json

    assert [one["key"] for one in listed] == [ORDERS, CLEAN, REPORT]
    assert [one["count"] for one in listed] == [1, 1, 1]
    assert (listed[1]["made"], listed[1]["failed"]) == ("2026-03-01T12:01:00Z", "2026-03-01T12:03:00Z")
    assert (listed[0]["failed"], listed[2]["failed"]) == (None, None)
    assert lake.post("/assets/count").json == 3
    assert [one["key"] for one in lake.post("/assets/filter", {"search": "LAKE/C"}).json] == [CLEAN]
    assert lake.post("/assets/count", {"search": "_"}).json == 0
    assert [one["key"] for one in lake.post("/assets/filter", {"limit": 1, "offset": 1}).json] == [CLEAN]


def test_an_asset_tells_what_made_it_of_what_and_what_was_made_of_it(lake: Caller) -> None:
    report, orders = lake.get("/assets/asset", key=REPORT).json, lake.get("/assets/asset", key=ORDERS).json

    assert report["last"]["sources"] == [CLEAN, "file://template"]
    assert report["last"]["metadata"] == {"pages": 3}
    assert (report["last"]["made_by"], report["last"]["flow_run"]) == ("dbt", {"id": RUN, "name": "one"})
    assert report["last"]["task_run"] is None
    assert (orders["made_of"], report["made_of"]) == ([CLEAN], [])
    assert orders["made"] == "2026-03-01T12:00:00Z"
    assert lake.get("/assets/asset", key="s3://nothing").status == 404
    assert lake.get("/assets/asset").status == 422


def test_the_times_that_it_was_made_are_listed_with_those_that_it_was_not(lake: Caller) -> None:
    times = lake.post("/assets/materializations/filter", {"key": CLEAN}).json

    assert [one["succeeded"] for one in times] == [False, True]
    assert len(lake.post("/assets/materializations/filter", {"key": CLEAN, "limit": 1, "offset": 1}).json) == 1


def test_lineage_goes_up_and_down_and_in_circles(lake: Caller) -> None:
    told(lake, ORDERS, after=5, of=(REPORT,))

    lineage = lake.get("/assets/lineage", key=CLEAN).json

    assert {tuple(edge) for edge in lineage["edges"]} == {
        (ORDERS, CLEAN),
        (CLEAN, REPORT),
        ("file://template", REPORT),
        (REPORT, ORDERS),
    }
    assert {one["key"] for one in lineage["assets"]} == {ORDERS, CLEAN, REPORT}


def test_properties_of_other_programs_are_read_as_far_as_they_can_be(api: Caller) -> None:
    told(
        api,
        ORDERS,
        labels={"prefect.asset.owners": "ann", "prefect.asset.url": "https://lake", "prefect.asset.description": "d"},
    )

    read = api.get("/assets/asset", key=ORDERS).json

    assert (read["owners"], read["url"], read["description"], read["name"]) == (["ann"], "https://lake", "d", None)
