"""Whatever is sent, the answer is a 4xx that says what is wrong, or what was asked for; never a fault of the server."""

from __future__ import annotations

from itertools import product

import pytest

from tests.serving import Caller

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
    target = path.replace("RUN", run)

    for body, value in product(PLACES[place], VALUES.values()):
        sent = body.replace(b"%b", value).replace(b'"ID"', f'"{flow}"'.encode())
        reply = api.reply(method, target, sent)
        assert reply.status < 500, (sent[:200], reply)

    assert api.post("/flow_runs/filter").status == 200
    assert api.post("/task_runs/filter").status == 200


@pytest.mark.parametrize("path", ["/flows/filter", "/flow_runs/filter", "/task_runs/paginate", "/logs/filter"])
def test_a_list_has_its_bounds(api: Caller, path: str) -> None:
    refused = api.post(path, {"limit": 201})

    assert refused.status == 422
    assert "at most 200" in refused.json["exception_message"]
    assert api.post(path, {"limit": 200}).status == 200
