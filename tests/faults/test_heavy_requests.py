"""One request, however heavy, keeps no other one from being answered."""

from __future__ import annotations

import time
from threading import Thread

import httpx

from tests.faults.servers import serving

NASTY = {
    "300k values": ("/flows/filter", {"flows": {"name": {"any_": ["x"] * 300_000}}}),
    "1001 values": ("/flow_runs/filter", {"flow_runs": {"tags": {"all_": ["x"] * 1001}}}),
    "a pattern of per cents": ("/flow_runs/filter", {"flow_runs": {"name": {"like_": "%a" * 5000}}}),
    "a long name": ("/flows/", {"name": "x" * 9_000_000}),
    "a search": ("/logs/filter", {"logs": {"text": {"query": " ".join(["a"] * 90_000)}}}),
    "many lines": ("/logs/", [{"name": "x", "level": 1, "message": "m", "timestamp": "2026-01-01"}] * 20_000),
    "a deep schema": (
        "/ui/schemas/validate",
        {"schema": {"pattern": "(a+)+$", "type": "string"}, "values": {"x": "a" * 40}},
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

    assert set(statuses.values()) <= {200, 201, 413, 422}, statuses
    assert statuses["300k values"] == statuses["1001 values"] == statuses["a long name"] == 422
    assert slowest < 1.0
