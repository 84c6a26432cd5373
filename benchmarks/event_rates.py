"""How many events a second a server takes, the same for either side.

    python -m benchmarks.event_rates http://127.0.0.1:4200/api

By HTTP in requests of 100 and one by one, and on a websocket; the time counts until the last of them can be found.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from typing import Any
from uuid import uuid4

import httpx
from websockets.sync.client import connect
from websockets.typing import Subprotocol

COUNT, CLIENTS, TOGETHER = 5_000, 8, 100
LONGEST_S = 120


def events(kind: str, count: int) -> list[dict[str, Any]]:
    """So many events of a name."""
    now = datetime.now(timezone.utc).isoformat()
    resource, payload = {"prefect.resource.id": "a.thing"}, {"parcels": 2, "to": "Helsinki"}
    return [
        {"id": str(uuid4()), "occurred": now, "event": kind, "resource": resource, "payload": payload}
        for _ in range(count)
    ]


def by_requests(url: str, told: list[dict[str, Any]], together: int) -> None:
    """Tell of them in requests of so many, by several clients at once."""
    parts = [told[start : start + together] for start in range(0, len(told), together)]
    with httpx.Client(base_url=url, timeout=60) as client, ThreadPoolExecutor(CLIENTS) as threads:
        for answer in threads.map(lambda part: client.post("/events", json=part), parts):
            answer.raise_for_status()


def by_socket(url: str, told: list[dict[str, Any]]) -> None:
    """Tell of them one after the other on a websocket."""
    with connect(f"{url.replace('http', 'ws', 1)}/events/in", subprotocols=[Subprotocol("prefect")]) as socket:
        socket.send(json.dumps({"type": "auth", "token": None}))
        socket.recv(10)
        for event in told:
            socket.send(json.dumps(event))
        socket.ping().wait(30)


def taken(url: str, count: int, tell: Callable[[list[dict[str, Any]]], None]) -> float:
    """Seconds until so many events were told, and all of them are found. Raises `TimeoutError`."""
    kind = f"rate.{uuid4().hex}"
    told = events(kind, count)
    since = time.perf_counter()
    tell(told)
    body = {"filter": {"event": {"name": [kind]}}, "limit": 1}
    while httpx.post(f"{url}/events/filter", json=body, timeout=60).json()["total"] < count:
        if time.perf_counter() - since > LONGEST_S:
            raise TimeoutError(f"Not all of the {count} events can be found after {LONGEST_S} s.")
        time.sleep(0.02)
    return time.perf_counter() - since


def by_http(url: str, count: int, together: int) -> float:
    """Seconds that it takes to tell of so many events in requests of some."""
    return taken(url, count, lambda told: by_requests(url, told, together))


def by_websocket(url: str, count: int) -> float:
    """Seconds that it takes to tell of so many events on a websocket."""
    return taken(url, count, lambda told: by_socket(url, told))


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    url = sys.argv[1]
    print(f"HTTP, {TOGETHER} a request   {COUNT / by_http(url, COUNT, TOGETHER):8.0f} /s")
    print(f"HTTP, one by one      {COUNT // 5 / by_http(url, COUNT // 5, 1):8.0f} /s")
    print(f"websocket             {COUNT / by_websocket(url, COUNT):8.0f} /s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
