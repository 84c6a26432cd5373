"""Finding events by filters, page by page, and counting them, wherever they stand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import pytest

from tests._api.test_events import NOON, an_event, told
from tests.serving import Caller

SINCE = {"since": (NOON - timedelta(days=1)).isoformat(), "until": (NOON + timedelta(days=1)).isoformat()}


def asked(api: Caller, limit: int = 50, **filter: Any) -> list[str]:
    """The names of the events that a filter means, the oldest first."""
    body = {"filter": {"occurred": SINCE, "order": "ASC", **filter}, "limit": limit}
    answer = api.post("/events/filter", body)
    assert answer.status == 200, answer.json
    assert answer.json["total"] >= len(answer.json["events"])
    return [event["event"] for event in answer.json["events"]]


@pytest.fixture
def run(api: Caller) -> dict[str, str]:
    """A flow run with a task run, and three events of a program that has to do with them."""
    flow = api.post("/flows/", {"name": "load"}).json
    made = api.post("/flow_runs/", {"flow_id": flow["id"], "name": "monday", "tags": ["nightly"]}).json
    ids = {"flow": flow["id"], "run": made["id"], "task": str(uuid4())}
    related = [
        {"prefect.resource.id": f"prefect.flow-run.{ids['run']}", "prefect.resource.role": "flow-run"},
        {"prefect.resource.id": "customer.7", "prefect.resource.role": "customer", "land": "FI"},
    ]
    api.post(
        "/events",
        [
            told(ids["task"], "RUNNING", after=1, flow_run_id=ids["run"]),
            told(ids["task"], "COMPLETED", after=2, flow_run_id=ids["run"]),
            _at(3, "order.shipped", resource={"prefect.resource.id": "order.1", "kind": "socks"}, related=related),
            _at(4, "order.paid", resource={"prefect.resource.id": "order.1", "kind": "socks"}, payload={"by": "Card"}),
            _at(5, "stock.low", resource={"prefect.resource.id": "stock.9"}),
        ],
    )
    return ids


def _at(second: int, name: str, **fields: Any) -> dict[str, Any]:
    return an_event(name, occurred=(NOON + timedelta(seconds=second)).isoformat(), **fields)


OF_TASK = ["prefect.task-run.Running", "prefect.task-run.Completed"]
OF_PROGRAM = ["order.shipped", "order.paid", "stock.low"]


@pytest.mark.parametrize(
    ("filter", "meant"),
    [
        ({}, [*OF_TASK, *OF_PROGRAM]),
        ({"event": {"name": ["order.paid", "prefect.task-run.Running"]}}, ["prefect.task-run.Running", "order.paid"]),
        ({"event": {"prefix": ["order.", "prefect.task-run.C"]}}, [OF_TASK[1], "order.shipped", "order.paid"]),
        ({"event": {"prefix": ["prefect."]}}, OF_TASK),
        ({"event": {"exclude_prefix": ["prefect."], "exclude_name": ["stock.low"]}}, OF_PROGRAM[:2]),
        ({"event": {"exclude_prefix": ["prefect.task-run.R"], "prefix": ["prefect."]}}, OF_TASK[1:]),
        ({"resource": {"id": ["order.1"]}}, OF_PROGRAM[:2]),
        ({"resource": {"id_prefix": ["order.", "stock"]}}, OF_PROGRAM),
        ({"resource": {"id_prefix": ["prefect.task-run."]}}, OF_TASK),
        ({"resource": {"labels": {"kind": "so*"}}}, OF_PROGRAM[:2]),
        ({"resource": {"labels": {"kind": ["shoes", "hats"]}}}, []),
        ({"resource": {"labels": {"prefect.resource.id": ["order.*", "!order.1"]}}}, []),
        ({"resource": {"labels": {"prefect.state-type": "COMPLETED"}}}, OF_TASK[1:]),
        ({"resource": {"labels": {"prefect.resource.name": "t-*", "prefect.run-count": "1"}}}, OF_TASK),
        ({"related": {"id": ["customer.7"]}}, ["order.shipped"]),
        ({"related": {"role": ["customer"]}}, ["order.shipped"]),
        ({"related": {"role": ["flow"]}}, OF_TASK),
        ({"related": {"role": ["flow-run"]}}, [*OF_TASK, "order.shipped"]),
        ({"related": {"resources_in_roles": [["customer.7", "customer"]]}}, ["order.shipped"]),
        ({"related": {"resources_in_roles": [["customer.7", "flow"]]}}, []),
        ({"related": {"labels": {"land": "FI"}}}, ["order.shipped"]),
        ({"related": {"labels": {"prefect.resource.name": "load"}}}, OF_TASK),
        ({"related": {"id": ["prefect.tag.x"]}}, OF_TASK),
        ({"related": [{"role": ["customer"]}, {"role": ["flow-run"]}]}, ["order.shipped"]),
        ({"any_resource": {"id": ["order.1"]}}, OF_PROGRAM[:2]),
        ({"any_resource": {"id_prefix": ["customer", "stock"]}}, ["order.shipped", "stock.low"]),
        ({"any_resource": {"labels": {"land": "FI"}}}, ["order.shipped"]),
        ({"occurred": {"since": (NOON + timedelta(seconds=4)).isoformat()}}, OF_PROGRAM[1:]),
        ({"occurred": {**SINCE, "until": (NOON + timedelta(seconds=1)).isoformat()}}, OF_TASK[:1]),
        ({"text": {"query": "card"}}, ["order.paid"]),
        ({"text": {"query": "+order -paid"}}, ["order.shipped"]),
        ({"text": {"query": '"task-run.running"'}}, OF_TASK[:1]),
    ],
    ids=str,
)
def test_a_filter_finds_what_it_says(
    api: Caller, run: dict[str, str], filter: dict[str, Any], meant: list[str]
) -> None:
    recent = {"event": {"exclude_prefix": ["prefect.flow"]}, **filter}

    assert asked(api, **recent) == meant
    counted = api.post("/events/count-by/event", {"filter": {"occurred": SINCE, **recent}}).json
    assert sum(one["count"] for one in counted) == len(meant)


def test_whatever_has_a_part_in_a_run_is_found_by_the_run(api: Caller, run: dict[str, str]) -> None:
    id = f"prefect.flow-run.{run['run']}"
    body = {"filter": {"any_resource": {"id": [id]}, "order": "ASC", "occurred": {"since": SINCE["since"]}}}

    answer = api.post("/events/filter", body).json

    assert [event["event"] for event in answer["events"]] == [*OF_TASK, "order.shipped", "prefect.flow-run.Pending"]
    assert answer["total"] == 4


def test_a_flow_runs_state_tells_what_it_belongs_to(api: Caller, run: dict[str, str]) -> None:
    [event] = api.post("/events/filter", {"filter": {"event": {"prefix": ["prefect.flow-run."]}}}).json["events"]

    assert event["resource"]["prefect.resource.name"] == "monday"
    assert [(one["prefect.resource.role"], one.get("prefect.resource.name")) for one in event["related"]] == [
        ("flow", "load"),
        ("tag", None),
    ]
    assert event["payload"]["validated_state"]["type"] == "PENDING"


def test_an_event_is_found_by_its_id(api: Caller, run: dict[str, str]) -> None:
    events = api.post("/events/filter", {"filter": {"occurred": SINCE}}).json["events"]

    for event in events:
        found = api.post("/events/filter", {"filter": {"occurred": SINCE, "id": {"id": [event["id"]]}}}).json
        assert found["events"] == [event]
        assert found["total"] == 1


@pytest.mark.parametrize("order", ["ASC", "DESC"])
def test_pages_give_every_event_once(api: Caller, run: dict[str, str], order: str) -> None:
    page = api.post("/events/filter", {"filter": {"occurred": SINCE, "order": order}, "limit": 2}).json
    names = [event["event"] for event in page["events"]]

    while page["next_page"] is not None:
        query = dict(parse_qsl(urlsplit(page["next_page"]).query))
        page = api.get("/events/filter/next", **query).json
        names += [event["event"] for event in page["events"]]

    everything = [*OF_TASK, *OF_PROGRAM]
    assert names == (everything if order == "ASC" else everything[::-1])
    assert page["total"] == 5


def test_of_each_resource_the_latest_event_can_be_asked_for(api: Caller, run: dict[str, str]) -> None:
    body = {"filter": {"occurred": SINCE, "resource": {"distinct": True}}, "limit": 2}

    page = api.post("/events/filter", body).json
    rest = api.get("/events/filter/next", **dict(parse_qsl(urlsplit(page["next_page"]).query))).json

    assert [event["event"] for event in page["events"]] == ["stock.low", "order.paid"]
    assert [event["event"] for event in rest["events"]] == ["prefect.task-run.Completed"]
    assert (page["total"], rest["next_page"]) == (3, None)


def test_events_are_counted_by_time(api: Caller, run: dict[str, str]) -> None:
    span = {"since": NOON.isoformat(), "until": (NOON + timedelta(seconds=6)).isoformat()}
    body = {"filter": {"occurred": span}, "time_unit": "second", "time_interval": 2}

    counted = api.post("/events/count-by/time", body).json

    assert [one["count"] for one in counted] == [1, 2, 2]
    assert [one["start_time"] for one in counted][1] == "2026-03-01T12:00:02Z"
    assert counted[1]["end_time"] == "2026-03-01T12:00:03.999999Z"


def test_events_are_counted_by_day(api: Caller, run: dict[str, str]) -> None:
    counted = api.post("/events/count-by/day", {"filter": {"occurred": SINCE}}).json

    assert [one["count"] for one in counted] == [0, 5, 0]


def test_events_are_counted_by_name_and_by_resource(api: Caller, run: dict[str, str]) -> None:
    by_name = api.post("/events/count-by/event", {"filter": {"occurred": SINCE}}).json
    by_resource = api.post("/events/count-by/resource", {"filter": {"occurred": SINCE}}).json

    assert {one["value"]: one["count"] for one in by_name} == dict.fromkeys([*OF_TASK, *OF_PROGRAM], 1)
    assert [(one["value"], one["label"], one["count"]) for one in by_resource] == [
        ("order.1", "order.1", 2),
        (f"prefect.task-run.{run['task']}", "t-0", 2),
        ("stock.9", "stock.9", 1),
    ]


@pytest.mark.parametrize(
    ("path", "body", "why"),
    [
        ("/events/filter", {"limit": 51}, "50"),
        ("/events/filter", {"filter": {"colour": 1}}, "colour"),
        ("/events/filter", {"filter": {"text": {"query": "x" * 201}}}, "200"),
        ("/events/count-by/colour", {"filter": {}}, "countable"),
        ("/events/count-by/time", {"filter": {}, "time_unit": "second"}, "at most 1000"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_reason(api: Caller, path: str, body: Any, why: str) -> None:
    answer = api.post(path, body)

    assert answer.status == 422
    assert why in str(answer.json)


def test_a_token_that_is_none_of_ours_is_refused(api: Caller) -> None:
    answer = api.get("/events/filter/next", **{"page-token": "eA=="})

    assert answer.status == 422
    assert "next_page" in str(answer.json)
