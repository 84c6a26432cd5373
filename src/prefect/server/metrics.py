"""`GET /metrics`: figures about runs, queues, workers, duties, requests and the process, as Prometheus reads them.

They are gathered at most once in a few seconds, however many ask. Who may read them is said by the guard (`guards.py`).
"""

from __future__ import annotations

import os
import sys
import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate
from pathlib import Path

from prefect._clock import now
from prefect._domain.metrics import Metric, Sample, by_label, exposition, gauge
from prefect._domain.version import VERSION
from prefect._orchestration.duties.accounts import Account
from prefect._orchestration.metrics import StatesEntered, of_database
from prefect._store.database import Database
from prefect.server.lanes import Lanes

FRESH = 2.0
"""Seconds for which what was gathered is told again."""
METHODS = frozenset({"DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"})
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds at which answers are told apart by how long they took."""


class RequestsSeen:
    """The requests that a server has answered, and how long those took that wait for nothing to come."""

    def __init__(self) -> None:
        self._answered: Counter[tuple[str, int]] = Counter()
        self._took = [0] * (len(BOUNDS) + 1)
        self._seconds = 0.0

    def note(self, method: str, status: int, seconds: float, *, waits: bool) -> None:
        """Count a request; for the event loop alone."""
        self._answered[method if method in METHODS else "other", status] += 1
        if not waits:
            self._took[bisect_left(BOUNDS, seconds)] += 1
            self._seconds += seconds

    def metrics(self) -> Iterator[Metric]:
        answered = [
            Sample(count, {"method": method, "status": str(status)})
            for (method, status), count in sorted(self._answered.copy().items())
        ]
        yield Metric("prefect_http_requests_total", "counter", "Requests to the API that were answered.", answered)
        counts = list(accumulate(self._took))
        bounds = [*(str(bound) for bound in BOUNDS), "+Inf"]
        took = [Sample(count, {"le": bound}, "_bucket") for bound, count in zip(bounds, counts, strict=True)]
        whole = [Sample(self._seconds, suffix="_sum"), Sample(counts[-1], suffix="_count")]
        what = "How long requests took, but for those that wait for something to come."
        yield Metric("prefect_http_request_seconds", "histogram", what, [*took, *whole])


class Metrics:
    """The figures of a server."""

    def __init__(
        self, db: Database, lanes: Lanes, duties: Mapping[str, Account], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.requests = RequestsSeen()
        self._db, self._lanes, self._duties, self._clock = db, lanes, duties, clock
        self._entered = StatesEntered()
        self._gathering = threading.Lock()
        self._told: tuple[float, str] | None = None

    def text(self) -> str:
        """All figures. One asks the database; while it is away, this raises what it raises."""
        with self._gathering:
            if self._told is None or self._clock() - self._told[0] > FRESH:
                self._told = self._clock(), exposition(self._gathered())
            return self._told[1]

    def _gathered(self) -> Iterator[Metric]:
        yield Metric("prefect_build_info", "gauge", "Which version this is.", [Sample(1, {"version": VERSION})])
        yield from of_database(self._db, self._entered, now=now())
        yield from _of_duties(self._duties)
        yield from self.requests.metrics()
        lanes = {"reading": self._lanes.reading, "writing": self._lanes.writing}
        what = "Requests that are at work or wait for a thread."
        waiting = {name: lane.has for name, lane in lanes.items()}
        yield Metric("prefect_http_requests_open", "gauge", what, by_label("lane", waiting))
        yield from _of_process()


def _of_duties(duties: Mapping[str, Account]) -> Iterator[Metric]:
    """When each duty was carried out last, and how that went."""
    done = {name: account for name, account in duties.items() if account.began is not None}
    for name, what, values in (
        ("every_seconds", "How often a duty is to be carried out.", {n: a.every for n, a in duties.items()}),
        (
            "last_time_seconds",
            "When a duty was begun last, as a Unix time.",
            {n: a.began.timestamp() for n, a in done.items() if a.began},
        ),
        ("last_seconds", "How long a duty took the last time.", {n: a.seconds or 0.0 for n, a in done.items()}),
        ("failed", "Whether a duty failed the last time.", {n: int(a.fault is not None) for n, a in done.items()}),
    ):
        yield Metric(f"prefect_duty_{name}", "gauge", what, by_label("duty", values))


def _of_process() -> Iterator[Metric]:
    """What a process tells of itself, under the names that Prometheus' own libraries give it."""
    yield Metric("process_cpu_seconds_total", "counter", "Processor time.", [Sample(time.process_time())])
    yield gauge("process_threads", "Threads of Python.", threading.active_count())
    if sys.platform == "linux":
        resident = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
        yield gauge("process_resident_memory_bytes", "Memory that the process holds.", resident)
        yield gauge("process_open_fds", "Open files.", len(os.listdir("/proc/self/fd")))
        yield gauge("process_start_time_seconds", "When the process began, as a Unix time.", _begun())


def _begun() -> float:
    """When this process began, by the time at which the machine did."""
    ticks = float(Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19])
    machine = Path("/proc/stat").read_text(encoding="ascii").partition("btime ")[2].split()[0]
    return int(machine) + ticks / os.sysconf("SC_CLK_TCK")


__all__ = ["Metrics", "RequestsSeen"]
