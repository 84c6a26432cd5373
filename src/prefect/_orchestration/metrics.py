"""What operators watch of the runs, queues and workers in the database, for `GET /metrics`."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import cast

from prefect._domain.metrics import Metric, Sample, by_label, gauge
from prefect._domain.states import StateType
from prefect._store import metrics as store
from prefect._store.connection import Connection
from prefect._store.database import Database
from prefect._store.database_size import database_size
from prefect._store.histories import RunNoun
from prefect._store.turns import settled
from prefect._store.workers import online_workers

NOUNS: tuple[RunNoun, ...] = ("flow_run", "task_run")


class StatesEntered:
    """Counts the states that runs enter, whoever records them, from the first look on; a look reads what is new."""

    def __init__(self) -> None:
        self._seen: int | None = None
        self._entered: dict[RunNoun, Counter[str]] = {noun: Counter() for noun in NOUNS}

    def look(self, conn: Connection) -> None:
        """Count what was recorded since the last look."""
        until = settled(conn)
        if self._seen is not None:
            for noun in NOUNS:
                self._entered[noun].update(store.states_entered(conn, noun, after=self._seen, until=until))
        self._seen = until

    def metrics(self) -> Iterator[Metric]:
        for noun in NOUNS:
            counted = {type.value: self._entered[noun][type.value] for type in StateType}
            what = f"{noun.replace('_', ' ').capitalize()}s that entered a state of this type since the first look."
            yield Metric(f"prefect_{noun}_states_total", "counter", what, by_label("state_type", counted))


def of_database(db: Database, entered: StatesEntered, *, now: datetime) -> list[Metric]:
    """The metrics that the database tells, as it is at one moment."""
    began = time.perf_counter()
    with db.read() as conn:
        conn.execute("SELECT 1")
        waited = time.perf_counter() - began
        entered.look(conn)
        told = [*_of_runs(conn), *_of_queues(store.queues(conn, now=now), now), *_of_pools(conn, now)]
        size = database_size(conn)
    return [
        *told,
        *entered.metrics(),
        gauge("prefect_database_read_seconds", "How long it took to read one row of the database.", waited),
        gauge("prefect_database_size_bytes", "The bytes that the database takes on disk.", size),
    ]


def _of_runs(conn: Connection) -> Iterator[Metric]:
    what = "Flow runs that have not ended, by the type of their state."
    yield Metric("prefect_flow_runs_open", "gauge", what, by_label("state_type", store.open_flow_runs(conn)))
    yield gauge("prefect_flow_runs_late", "Flow runs that are called late.", store.late_flow_runs(conn))


def _of_queues(queues: Sequence[store.Queue], now: datetime) -> Iterator[Metric]:
    ages = {queue: 0.0 if queue.since is None else max((now - queue.since).total_seconds(), 0.0) for queue in queues}
    for name, what, values in (
        ("due_runs", "Flow runs that are due and wait in a work queue.", {queue: queue.due for queue in queues}),
        ("oldest_due_seconds", "For how long the first of them has been due; 0 where none is.", ages),
        ("active_runs", "Flow runs of a work queue that are pending or running.", {q: q.at_work for q in queues}),
    ):
        samples = [
            Sample(value, {"work_pool": queue.pool, "work_queue": queue.name}) for queue, value in values.items()
        ]
        yield Metric(f"prefect_work_queue_{name}", "gauge", what, samples)


def _of_pools(conn: Connection, now: datetime) -> Iterator[Metric]:
    online = Counter(str(worker.work_pool_id) for worker in online_workers(conn) if worker.status(now) == "ONLINE")
    workers = {name: online[id] for id, name in store.pool_names(conn)}
    what = "Workers of a work pool that have been heard of in time."
    yield Metric("prefect_workers_online", "gauge", what, by_label("work_pool", cast(dict[str, float], workers)))
    what = "How many runs of a work pool may be under way; absent where there is no limit."
    yield Metric("prefect_work_pool_slots", "gauge", what, by_label("work_pool", store.pool_limits(conn)))
