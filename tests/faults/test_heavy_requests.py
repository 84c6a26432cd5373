"""One request, however heavy, keeps no other one from being answered."""

from __future__ import annotations

import socket
import time
from threading import Thread
from uuid import uuid4

import httpx
import pytest

from tests.faults.servers import serving
from tests.serving import served

pytestmark = pytest.mark.long

SELDOM = [{"schedule": {"rrule": "FREQ=MINUTELY;INTERVAL=7;BYMONTH=2;BYMONTHDAY=29;BYHOUR=1;BYMINUTE=3"}}] * 8
LONG_RULE = {"rrule": "FREQ=DAILY;BYMINUTE=" + ",".join(map(str, range(60))) + ";BYSECOND=" + "1," * 2000 + "1"}
BOTTOMLESS = {"$ref": "#", "allOf": [{"$ref": "#"}] * 100}
LINE = {"name": "x", "level": 1, "message": "m", "timestamp": "2026-01-01"}
NASTY = {
    "300k values": ("/flows/filter", {"flows": {"name": {"any_": ["x"] * 300_000}}}),
    "1001 values": ("/flow_runs/filter", {"flow_runs": {"tags": {"all_": ["x"] * 1001}}}),
    "a pattern of per cents": ("/flow_runs/filter", {"flow_runs": {"name": {"like_": "%a" * 5000}}}),
    "a long name": ("/flows/", {"name": "x" * 9_000_000}),
    "a search": ("/logs/filter", {"logs": {"text": {"query": " ".join(["a"] * 90_000)}}}),
    "many lines": ("/logs/", [LINE] * 20_000),
    "a slow pattern": ("/ui/schemas/validate", {"schema": {"pattern": "(a+)+$"}, "values": {"x": "a" * 40 + "b"}}),
    "a bottomless schema": ("/ui/schemas/validate", {"schema": BOTTOMLESS, "values": {"x": 1}}),
    "300k bad sources": ("/task_runs/", {"task_key": "t", "dynamic_key": "0", "task_inputs": {"x": [5] * 300_000}}),
    "300k bad labels": ("/flows/", {"name": "x", "labels": {str(number): [] for number in range(300_000)}}),
    "300k bad lines": ("/logs/", [5] * 300_000),
    "300k bad events": ("/events", [5] * 300_000),
    "rare schedules": ("/deployments/", {"name": "d", "flow_id": str(uuid4()), "schedules": SELDOM}),
    "a long rule": ("/deployments/", {"name": "d", "flow_id": str(uuid4()), "schedules": [{"schedule": LONG_RULE}]}),
    "a wide history": (
        "/flow_runs/history",
        {"history_start": "1970-01-01", "history_end": "2100-01-01", "history_interval_seconds": 1},
    ),
}


def test_no_request_keeps_others_from_being_answered() -> None:
    slowest = 0.0
    over = False

    def probe(url: str) -> None:
        nonlocal slowest
        with httpx.Client() as http:
            while not over:
                began = time.monotonic()
                assert http.get(f"{url}/health", timeout=30).status_code == 200
                slowest = max(slowest, time.monotonic() - began)
                time.sleep(0.02)

    with serving("--no-worker", "--no-services") as server, httpx.Client(base_url=server.url, timeout=30) as http:
        probing = Thread(target=probe, args=(server.url,))
        probing.start()
        statuses = {name: http.post(path, json=body).status_code for name, (path, body) in NASTY.items()}
        over = True
        probing.join()

    assert set(statuses.values()) <= {200, 201, 404, 409, 413, 422}, statuses
    assert statuses["300k values"] == statuses["1001 values"] == statuses["a long name"] == 422
    assert slowest < 2.0


def test_bodies_that_come_slowly_keep_nobody_from_being_answered() -> None:
    head = "POST /api/flows/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n"

    with served() as address:
        place = ("127.0.0.1", httpx.URL(address).port or 0)
        slow = [socket.create_connection(place) for _ in range(300)]
        for connection in slow:
            connection.sendall(head.encode() + b"{")
        began = time.monotonic()
        answered = httpx.post(f"{address}/flows/", json={"name": "quick"}).status_code
        took = time.monotonic() - began
        for connection in slow:
            connection.close()

    assert answered == 201
    assert took < 1.0
