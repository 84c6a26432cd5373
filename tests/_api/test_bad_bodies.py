"""Whatever is sent, the answer is a 4xx that says what is wrong, or what was asked for; never a fault of the server."""

from __future__ import annotations

from itertools import product

import pytest

from prefect._api.table import all_routes
from prefect._clock import new_id
from tests.serving import Caller, embedded

LONG = b"[" + b",".join([b'"x"'] * 300_000) + b"]"
DEEP = b"[" * 20_000 + b"]" * 20_000
VALUES = {
    "NaN": b"NaN",
    "infinity": b"1e999",
    "1e26": b"1e26",
    "a huge integer": b"1" + b"0" * 40,
    "a lone surrogate": rb'"\ud800"',
    "NUL": rb'"\u0000"',
    "a negative": b"-1",
    "null": b"null",
    "nothing": b"",
    "half of a text": b'"x',
    "no UTF-8": b'"\xff"',
    "an empty list": b"[]",
    "an object": b"{}",
    "300k values": LONG,
    "deep nesting": DEEP,
    "the year 0": b'"0000-01-01T00:00:00Z"',
    "beyond the last year": b'"9999-12-31T23:59:59-23:59"',
    "10k combining marks": '"e{}"'.format("\u0301" * 10_000).encode(),
    "keys given twice": b'{"a": 1, "a": 2}',
    "a byte order mark": b'\xef\xbb\xbf"x"',
    "more behind the end": b'"x"} {',
    "UTF-16": '{"name": "x"}'.encode("utf-16"),
    "a path": b'"../../etc/passwd"',
}
PLACES = {
    "POST /flows/": [b'{"name": %b}', b'{"name": "x", "tags": [%b]}', b'{"name": "x", "labels": {"a": %b}}'],
    "POST /flow_runs/": [
        b'{"flow_id": "ID", "parameters": {"a": %b}}',
        b'{"flow_id": "ID", "name": %b}',
        b'{"flow_id": "ID", "labels": {"a": %b}}',
        b'{"flow_id": "ID", "empirical_policy": {"retries": %b}}',
        b'{"flow_id": "ID", "empirical_policy": {"retry_delay": %b}}',
        b'{"flow_id": "ID", "empirical_policy": {"pause_keys": [%b]}}',
        b'{"flow_id": "ID", "state": {"type": "SCHEDULED", "state_details": {"scheduled_time": %b}}}',
        b'{"flow_id": "ID", "state": {"type": "PENDING", "message": %b}}',
        b'{"flow_id": "ID", "state": {"type": "PENDING", "data": %b}}',
        b'{"flow_id": "ID", "idempotency_key": %b}',
    ],
    "POST /flow_runs/filter": [
        b'{"limit": %b}',
        b'{"offset": %b}',
        b'{"sort": %b}',
        b'{"flow_runs": {"name": {"any_": %b}}}',
        b'{"flow_runs": {"name": {"any_": [%b]}}}',
        b'{"flow_runs": {"name": {"like_": %b}}}',
        b'{"flow_runs": {"tags": {"all_": [%b]}}}',
        b'{"flow_runs": {"expected_start_time": {"after_": %b}}}',
        b'{"flow_runs": {"created_by": {"type_": [%b]}}}',
    ],
    "POST /flow_runs/paginate": [b'{"page": %b}', b'{"limit": %b, "page": 2}'],
    "POST /flow_runs/history": [
        b'{"history_start": %b, "history_end": "2026-01-02", "history_interval_seconds": 3600}',
        b'{"history_start": "2026-01-01", "history_end": "2026-01-02", "history_interval_seconds": %b}',
    ],
    "PATCH /flow_runs/RUN": [b'{"name": %b}', b'{"parameters": %b}', b'{"infrastructure_pid": %b}'],
    "PATCH /flow_runs/RUN/labels": [b'{"a": %b}', b"%b"],
    "POST /flow_runs/RUN/set_state": [b'{"state": %b}', b'{"state": {"type": "RUNNING", "name": %b}}'],
    "POST /flow_runs/RUN/input": [b'{"key": %b, "value": "x"}', b'{"key": "x", "value": %b}'],
    "POST /flow_runs/RUN/input/filter": [b'{"prefix": %b}', b'{"prefix": "x", "limit": %b}'],
    "POST /flow_runs/RUN/resume": [b'{"run_input": %b}', b"%b"],
    "POST /flow_runs/bulk_delete": [b'{"limit": %b, "flow_runs": {"name": {"any_": ["nobody"]}}}'],
    "POST /task_runs/": [
        b'{"task_key": %b, "dynamic_key": "0"}',
        b'{"task_key": "t", "dynamic_key": "0", "task_inputs": {"x": [%b]}}',
        b'{"task_key": "t", "dynamic_key": "0", "empirical_policy": {"retry_delay": %b}}',
        b'{"task_key": "t", "dynamic_key": "0", "cache_expiration": %b}',
    ],
    "POST /task_runs/filter": [b'{"task_runs": {"flow_run_id": {"any_": [%b]}}}', b'{"task_runs": %b}'],
    "POST /logs/": [
        b"%b",
        b'[{"name": "x", "level": %b, "message": "x", "timestamp": "2026-01-01T00:00:00Z"}]',
        b'[{"name": %b, "level": 20, "message": %b, "timestamp": "2026-01-01T00:00:00Z"}]',
        b'[{"name": "x", "level": 20, "message": "x", "timestamp": %b}]',
    ],
    "POST /logs/filter": [b'{"logs": {"text": {"query": %b}}}', b'{"logs": {"level": {"ge_": %b}}}'],
    "PUT /saved_searches/": [
        b'{"name": "x", "filters": [{"object": "x", "property": "x", "type": "x", "operation": "x", "value": %b}]}'
    ],
    "POST /events": [b"%b", b'[{"occurred": %b, "event": "x", "resource": {}, "id": "ID"}]'],
    "POST /deployments/": [
        b'{"flow_id": "ID", "name": %b}',
        b'{"flow_id": "ID", "name": "d", "tags": %b}',
        b'{"flow_id": "ID", "name": "d", "parameters": {"a": %b}}',
        b'{"flow_id": "ID", "name": "d", "parameter_openapi_schema": %b}',
        b'{"flow_id": "ID", "name": "d", "parameter_openapi_schema": {"properties": %b}, "parameters": {"a": 1}}',
        b'{"flow_id": "ID", "name": "d", "job_variables": {"env": %b}}',
        b'{"flow_id": "ID", "name": "d", "pull_steps": [%b]}',
        b'{"flow_id": "ID", "name": "d", "concurrency_limit": %b}',
        b'{"flow_id": "ID", "name": "d", "entrypoint": %b, "path": %b}',
        b'{"flow_id": "ID", "name": "d", "schedules": %b}',
        b'{"flow_id": "ID", "name": "d", "schedules": [{"schedule": {"cron": %b}}]}',
        b'{"flow_id": "ID", "name": "d", "schedules": [{"schedule": {"cron": "0 0 * * *", "timezone": %b}}]}',
        b'{"flow_id": "ID", "name": "d", "schedules": [{"schedule": {"interval": %b}}]}',
        b'{"flow_id": "ID", "name": "d", "schedules": [{"schedule": {"interval": 60, "anchor_date": %b}}]}',
        b'{"flow_id": "ID", "name": "d", "schedules": [{"schedule": {"rrule": %b}}]}',
        b'{"flow_id": "ID", "name": "d", "schedules": [{"max_scheduled_runs": %b, "schedule": {"interval": 60}}]}',
    ],
    "POST /deployments/DEPLOYMENT/create_flow_run": [
        b'{"parameters": %b}',
        b'{"job_variables": %b}',
        b'{"name": %b}',
        b'{"idempotency_key": %b}',
        b'{"parameters": {"x": {"__prefect_kind": "jinja", "template": %b}}}',
        b'{"parameters": {"x": {"__prefect_kind": "json", "value": %b}}}',
        b'{"parameters": {"x": {"__prefect_kind": %b, "value": 1}}}',
    ],
    "POST /work_pools/": [
        b'{"name": %b, "type": "process"}',
        b'{"name": "p", "type": %b}',
        b'{"name": "p", "type": "process", "concurrency_limit": %b}',
        b'{"name": "p", "type": "process", "base_job_template": %b}',
        b'{"name": "p", "type": "x", "base_job_template": {"job_configuration": %b, "variables": %b}}',
    ],
    "POST /work_queues/": [b'{"name": %b}', b'{"name": "q", "priority": %b}'],
    "POST /variables/": [b'{"name": %b, "value": 1}', b'{"name": "x", "value": %b}'],
    "POST /block_types/": [b'{"name": %b, "slug": "x"}', b'{"name": "x", "slug": %b}'],
    "POST /block_schemas/": [b'{"block_type_id": "ID", "fields": %b}', b'{"block_type_id": %b, "fields": {}}'],
    "POST /ui/schedules/next-times": [
        b'{"schedule": {"cron": %b}}',
        b'{"schedule": {"interval": %b}}',
        b'{"schedule": {"interval": 60, "anchor_date": %b}}',
        b'{"schedule": {"rrule": %b}}',
        b'{"schedule": {"interval": 60}, "count": %b}',
    ],
    "POST /ui/schemas/validate": [
        b'{"schema": {"maxLength": %b}, "values": {}}',
        b'{"schema": {}, "values": {"x": %b}}',
    ],
}


@pytest.mark.parametrize("place", PLACES)
def test_no_body_is_too_bad(api: Caller, place: str) -> None:
    method, path = place.split()
    flow = api.post("/flows/", {"name": "etl"}).json["id"]
    run = api.post("/flow_runs/", {"flow_id": flow}).json["id"]
    deployment = api.post("/deployments/", {"flow_id": flow, "name": "known"}).json["id"]
    target = path.replace("RUN", run).replace("DEPLOYMENT", deployment)

    for body, value in product(PLACES[place], VALUES.values()):
        sent = body.replace(b"%b", value).replace(b'"ID"', f'"{flow}"'.encode())
        reply = api.reply(method, target, sent)
        assert reply.status < 500, (sent[:200], reply)

    assert api.post("/flow_runs/filter").status == 200
    assert api.post("/task_runs/filter").status == 200


IN_PATHS = ["x", "..", "%00", "%2e%2e%2f", "%ff", "1e26", "x" * 9_000, "%F0%9F%98%80", "' OR 1=1 --", "health"]
IN_QUERIES = {"limit": "1e26", "offset": "-1", "name": "\x00", "slug": "..", "epoch": "NaN", "client": "\ud800"}


def test_no_route_fails_whatever_it_is_asked() -> None:
    api = embedded()
    nonsense = [value for value in VALUES.values() if len(value) < 20_000]
    failed = []

    for route in all_routes():
        paths = [route.path.replace("{id}", str(new_id()))] + [filled(route.path, part) for part in IN_PATHS]
        for number, path in enumerate([*paths, *paths[:1] * len(nonsense)]):
            reply = api.reply(route.method, path, nonsense[number % len(nonsense)], IN_QUERIES if number else {})
            failed += [(route, path[:80], nonsense[number % len(nonsense)])] if reply.status >= 500 else []

    assert failed == []


def filled(path: str, part: str) -> str:
    """A route's path with the same in the place of all its arguments."""
    return "/".join(part if segment.startswith("{") else segment for segment in path.split("/"))


@pytest.mark.parametrize("path", ["/flows/filter", "/flow_runs/filter", "/task_runs/paginate", "/logs/filter"])
def test_a_list_has_its_bounds(api: Caller, path: str) -> None:
    refused = api.post(path, {"limit": 201})

    assert refused.status == 422
    assert "at most 200" in refused.json["exception_message"]
    assert api.post(path, {"limit": 200}).status == 200
