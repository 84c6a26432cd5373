"""What there is to be compared: what the database says, and what the ledgers say.

The statements are the torture's own, so that a fault of the product's reading does not hide a fault of its writing.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timezone
from typing import Any, NamedTuple

from prefect._store.connection import Connection, Row
from prefect._store.database import Database
from prefect._store.values import moment, must_read_moment, read_json, read_moment
from tests.torture.ledgers import Entry
from tests.torture.world import World

FINAL = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
OPEN = "state_type NOT IN ('COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED') AND parent_task_run_id IS NULL"


class StateSeen(NamedTuple):
    """A state in a run's history."""

    type: str
    name: str
    at: datetime
    message: str
    due: datetime | None


class RunSeen(NamedTuple):
    """A flow run and its history, oldest state first."""

    id: str
    name: str
    flow: str
    type: str
    is_planned: bool
    states: list[StateSeen]

    @property
    def due(self) -> datetime | None:
        """When it was to start, as it was first said."""
        return next((state.due for state in self.states if state.due is not None), None)

    @property
    def lost_its_lease(self) -> bool:
        return any("stopped renewing its lease" in state.message for state in self.states)

    def __str__(self) -> str:
        return f"{self.flow} {self.id} ({' > '.join(state.name for state in self.states)})"


class TaskSeen(NamedTuple):
    """A task run."""

    id: str
    run: str | None
    name: str
    type: str
    key: str | None


class LineSeen(NamedTuple):
    """A log line."""

    run: str | None
    logger: str
    message: str
    at: datetime


class Evidence(NamedTuple):
    """All of it, when all is quiet."""

    runs: dict[str, RunSeen]
    tasks: list[TaskSeen]
    lines: list[LineSeen]
    done: list[Entry]
    logged: list[Entry]
    limited: list[Entry]
    asked: list[Entry]
    struck: list[Entry]
    happened: list[str]
    followed: list[str]
    completions: list[str]
    firings: list[str]
    planned_until: float
    """Up to when the times of schedules have been seen to, in seconds since 1970."""
    slowness: float
    """How many times as long things take as on a machine that is not slow."""

    def strikes_on(self, process: str) -> list[Entry]:
        """What the nemesis did to a process."""
        return [entry for entry in self.struck if entry.get("process") == process]

    def was_asked(self, run: str, *whats: str) -> bool:
        """Whether somebody asked for this of a run, acknowledged or not."""
        return any(
            entry.get("run") == run and (entry["what"] in whats or entry.get("wanted") in whats) for entry in self.asked
        )


def gathered(world: World, followed: list[str]) -> Evidence:
    """What the database and the ledgers say now, and which events came to somebody who followed them."""
    with world.db.read() as conn:
        runs, tasks, lines, happened = _runs(conn), _tasks(conn), _lines(conn), _happened(conn)
        completions, firings, planned_until = _completions(conn), _firings(conn), _planned_until(conn)
    return Evidence(
        runs=runs,
        tasks=tasks,
        lines=lines,
        done=world.done.entries(),
        logged=world.logged.entries(),
        limited=world.limited.entries(),
        asked=world.asked.entries(),
        struck=world.struck.entries(),
        happened=happened,
        followed=followed,
        completions=completions,
        firings=firings,
        planned_until=planned_until,
        slowness=world.slowness,
    )


def _completions(conn: Connection) -> list[str]:
    """The ids of the states of runs that completed since there was an automation that listens to them."""
    rows = conn.execute(
        "SELECT id FROM flow_run_state WHERE name = 'Completed' "
        "AND turn > (SELECT MIN(turn) FROM events WHERE event = 'prefect.automation.created')"
    )
    return [str(id) for (id,) in rows]


def _planned_until(conn: Connection) -> float:
    rows = conn.execute("SELECT planned_until FROM deployment_schedule WHERE planned_until IS NOT NULL")
    return min((must_read_moment(told).timestamp() for (told,) in rows), default=0.0)


def _firings(conn: Connection) -> list[str]:
    """The ids of the events because of which that automation told that it fired."""
    rows = conn.execute("SELECT payload FROM events WHERE event = 'prefect.automation.triggered'")
    return [read_json(payload)["triggering_event"]["id"] for (payload,) in rows]


def open_runs(db: Database) -> list[str]:
    """The runs that have not ended, but for those that are due later."""
    sql = f"SELECT id, next_scheduled_start_time FROM flow_run WHERE {OPEN} ORDER BY created"
    with db.read() as conn:
        rows = conn.execute(sql)
    return [str(id) for id, due in rows if due is None or must_read_moment(due).timestamp() <= _now()]


def crashed_runs(db: Database) -> list[str]:
    """The runs of deployments that crashed, the latest first."""
    sql = (
        "SELECT id FROM flow_run WHERE state_type = 'CRASHED' AND deployment_id IS NOT NULL "
        "AND parent_task_run_id IS NULL ORDER BY state_timestamp DESC"
    )
    with db.read() as conn:
        return [str(row[0]) for row in conn.execute(sql)]


def state_of(db: Database, run: str) -> str | None:
    """The type of a run's state."""
    with db.read() as conn:
        rows = conn.execute("SELECT state_type FROM flow_run WHERE id = ?", (run,))
    return str(rows[0][0]) if rows else None


def leases_and_slots(db: Database) -> tuple[int, int]:
    """How many leases there are, and how many slots are taken."""
    with db.read() as conn:
        ((leases,),) = conn.execute("SELECT COUNT(*) FROM flow_run_lease")
        now = moment(datetime.now(timezone.utc))
        ((slots,),) = conn.execute("SELECT COUNT(*) FROM concurrency_slot WHERE expires_at > ?", (now,))
    return leases, slots


def faults_of_the_file(db: Database) -> list[str]:
    """What SQLite itself finds wrong with its file."""
    if db.dialect != "sqlite":
        return []
    with db.read() as conn:
        found = [*conn.execute("PRAGMA integrity_check"), *conn.execute("PRAGMA foreign_key_check")]
    return [str(row) for row in found if row != ("ok",)]


def processes_at_work(world: World) -> list[str]:
    """The processes that have begun a flow's function which has not returned."""
    at_work: dict[tuple[str, str], str] = {}
    for entry in world.done.entries():
        place = (entry["process"], entry["run"])
        if entry["what"] == "begins":
            at_work[place] = entry["process"]
        elif entry["what"] == "returns":
            at_work.pop(place, None)
    return sorted(set(at_work.values()))


def _now() -> float:
    return datetime.now().timestamp()


def _happened(conn: Connection) -> list[str]:
    """The ids of all events, and of all states of runs, which are events."""
    tables = ("events", "flow_run_state", "task_run_state")
    return [str(id) for table in tables for (id,) in conn.execute(f"SELECT id FROM {table}")]


def _runs(conn: Connection) -> dict[str, RunSeen]:
    histories: dict[str, list[StateSeen]] = defaultdict(list)
    for row in conn.execute(
        "SELECT flow_run_id, type, name, timestamp, message, state_details FROM flow_run_state ORDER BY timestamp"
    ):
        histories[str(row[0])].append(_state(row[1:]))
    rows = conn.execute(
        "SELECT r.id, r.name, f.name, r.state_type, r.auto_scheduled FROM flow_run r JOIN flow f ON f.id = r.flow_id"
    )
    return {
        str(id): RunSeen(str(id), name, flow, type, bool(planned), histories[str(id)])
        for id, name, flow, type, planned in rows
    }


def _state(row: Row) -> StateSeen:
    type, name, at, message, details = row
    due: Any = (read_json(details) or {}).get("scheduled_time")
    return StateSeen(type, name, must_read_moment(at), message or "", read_moment(due))


def _tasks(conn: Connection) -> list[TaskSeen]:
    rows = conn.execute("SELECT id, flow_run_id, name, state_type, state_data FROM task_run")
    return [
        TaskSeen(str(id), str(run) if run else None, name, type, (read_json(data) or {}).get("storage_key"))
        for id, run, name, type, data in rows
    ]


def _lines(conn: Connection) -> list[LineSeen]:
    rows = conn.execute("SELECT flow_run_id, name, message, timestamp FROM log ORDER BY timestamp")
    return [LineSeen(str(run) if run else None, name, text, must_read_moment(at)) for run, name, text, at in rows]
