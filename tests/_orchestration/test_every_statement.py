"""An operation that fails at any of its statements leaves nothing half done, and does the same when it is asked again.

Each operation is carried out once for each of its statements and both sides of it: the error comes before the statement
takes effect, or after it; and for the commit, which then happens while whoever asked sees an error.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import pytest

from prefect._domain.concurrency import ConcurrencyLimit, Taker
from prefect._domain.flow_runs import Flow, FlowRun
from prefect._domain.leases import Lease, Tenure, Tenures
from prefect._domain.logs import Log
from prefect._domain.schedules import CronSchedule
from prefect._domain.states import State, StateType
from prefect._domain.task_runs import TaskRun
from prefect._orchestration import concurrency_limits, deployments, flow_runs, journal, taking_slots, work_pools
from prefect._orchestration.deployments import WantedRun
from prefect._orchestration.duties.leases import Ended, end_abandoned_runs, end_of_process
from prefect._orchestration.duties.scheduling import plan_runs
from prefect._orchestration.taking_slots import Wish
from prefect._store import task_runs as task_store
from prefect._store.connection import Row, SqliteConnection
from prefect._store.database import Database, open_database
from prefect._store.task_runs import Moment
from tests._orchestration.deployed import HOUR, ME, NOON, SECOND, a_deployment, a_run, claimed, moved

LATER = NOON + SECOND
EVERY_HOUR = CronSchedule("0 * * * *")


class Planted(Exception):
    """The error that is planted."""


class Trap:
    """Raises at the n-th step, before or after it takes effect; counts all of them."""

    def __init__(self, at: int | None = None, *, after: bool = False) -> None:
        self.at, self.after, self.steps = at, after, 0

    def passed(self, step: Callable[[], Any]) -> Any:
        """What the step gives, unless this is the one."""
        self.steps += 1
        if self.steps != self.at:
            return step()
        if self.after:
            step()
        raise Planted


class TrappedConnection(SqliteConnection):
    """A connection whose statements and commits pass a trap."""

    trap = Trap()

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        given: list[Row] = self.trap.passed(lambda: super(TrappedConnection, self).execute(sql, parameters))
        return given

    def change(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        given: int = self.trap.passed(lambda: super(TrappedConnection, self).change(sql, parameters))
        return given

    def insert(self, sql: str, rows: Sequence[Row]) -> None:
        self.trap.passed(lambda: super(TrappedConnection, self).insert(sql, rows))

    def commit(self) -> None:
        self.trap.passed(super().commit)


class TrappedDatabase(Database):
    """A database whose connections pass a trap."""

    def __init__(self, path: Path, trap: Trap) -> None:
        super().__init__(f"sqlite:///{path}", "normal")
        self._trap = trap

    def connect(self) -> SqliteConnection:
        conn = TrappedConnection(self.url.removeprefix("sqlite:///"), self.durability)
        conn.trap = self._trap
        return conn


class Prepared(NamedTuple):
    """A database as a file to be copied: a deployment, a run of it that waits, and one that runs a task in epoch 2."""

    file: Path
    deployment: UUID
    waiting: UUID
    running: UUID

    def copied_to(self, folder: Path) -> Path:
        return Path(shutil.copy(self.file, folder / "trapped.db"))

    def tried(self, file: Path, operate: Operation, trap: Trap) -> Content:
        """What a copy holds after an operation that a trap let pass, or did not."""
        with closing(TrappedDatabase(file, trap)) as db:
            if trap.at is None:
                operate(db, self)
            else:
                with pytest.raises(Planted):
                    operate(db, self)
        return content(file)


Operation = Callable[[Database, Prepared], object]
Content = dict[str, list[Row]]


def content(file: Path) -> Content:
    """All rows of all tables."""
    with closing(sqlite3.connect(file)) as conn:
        tables = [
            name for (name,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name != 'turn'")
        ]
        return {table: sorted(conn.execute(f"SELECT * FROM {table}"), key=repr) for table in tables}


def ids() -> Callable[[], UUID]:
    """The same ids each time that somebody asks."""
    numbers = count(1000)
    return lambda: UUID(int=next(numbers))


def a_state(type: str, number: int = 500) -> State:
    return State(StateType(type), type.capitalize(), id=UUID(int=number), timestamp=LATER)


def to(type: str, **options: Any) -> Operation:
    """The proposal of a state to the run that runs."""
    spare = UUID(int=501)
    return lambda db, here: flow_runs.set_state(db, here.running, a_state(type), now=LATER, spare_id=spare, **options)


def run(db: Database, here: Prepared) -> object:
    lease = Lease("runner", HOUR)
    return flow_runs.set_state(db, here.waiting, a_state("RUNNING"), now=LATER, spare_id=UUID(int=501), lease=lease)


def begin(db: Database, here: Prepared) -> object:
    new = FlowRun(UUID(int=100), UUID(int=101), "run")
    return flow_runs.begin(db, Flow(UUID(int=101), "g"), new, a_state("PENDING"), lease=ME, now=LATER)


def write(db: Database, here: Prepared) -> None:
    line = Log(UUID(int=104), "n", 20, "m", LATER, here.running)
    held = Tenures(ME.holder, {here.running: Tenure(here.running, 2)})
    journal.write(db, [Moment.of(a_task_run(here.running, "1")), line], held, now=LATER, new_id=ids())


def create_run(db: Database, here: Prepared) -> object:
    wanted = WantedRun(UUID(int=105), "wanted", idempotency_key="k")
    return deployments.create_run(db, here.deployment, wanted, now=LATER, state_id=UUID(int=106))


def deploy(db: Database, here: Prepared) -> object:
    given: dict[str, Any] = {"work_pool_name": "p", "concurrency_limit": 3, "tags": ["x"]}
    return deployments.apply(db, "f", "d", [EVERY_HOUR], now=LATER, new_id=ids(), **given)


def claim(db: Database, here: Prepared) -> object:
    return work_pools.claim_from_pool(db, "p", Lease("claimer", HOUR), limit=10, now=LATER, new_id=ids())


def end_process(db: Database, here: Prepared) -> object:
    return end_of_process(db, here.running, Ended("me", 2, None), "It was killed.", now=LATER, new_id=ids())


def take_slot(name: str, number: int, *, at: datetime = LATER) -> Operation:
    """Take a slot, or stand in line for it."""
    wish = Wish(UUID(int=number), [name], taker=Taker("host:1:me"))
    return lambda db, here: taking_slots.take(db, wish, waits=True, now=at, new_id=ids())


OPERATIONS: dict[str, Operation] = {
    "begin a run": begin,
    "run one that waits": run,
    "complete one": to("COMPLETED", epoch=2),
    "fail one": to("FAILED", epoch=2),
    "have one cancelled": to("CANCELLING"),
    "crash one by force": to("CRASHED", forced=True),
    "have one run again": to("SCHEDULED", forced=True),
    "write a journal": write,
    "create a run": create_run,
    "claim runs": claim,
    "deploy again": deploy,
    "remove a deployment": lambda db, here: deployments.delete(db, here.deployment, now=LATER, new_id=ids()),
    "remove a run": lambda db, here: flow_runs.delete(db, here.running),
    "end abandoned runs": lambda db, here: end_abandoned_runs(db, now=NOON + HOUR, new_id=ids()),
    "end the run of a process that is gone": end_process,
    "take a slot": take_slot("free", 902),
    "stand in line for a slot": take_slot("full", 902),
    "give a slot back": lambda db, here: taking_slots.give(db, UUID(int=900), now=LATER, new_id=ids()),
    "leave the line": lambda db, here: taking_slots.give(db, UUID(int=901), now=LATER, new_id=ids()),
    "raise a limit": lambda db, here: concurrency_limits.update(db, "full", {"limit": 2}, now=LATER, new_id=ids()),
    "plan runs": lambda db, here: plan_runs(db, now=LATER, new_id=ids(), new_name=lambda: "planned"),
}


def a_task_run(flow_run_id: UUID, key: str) -> TaskRun:
    """A task run that runs."""
    state = a_state("RUNNING", 600 + int(key))
    return TaskRun(
        id=UUID(int=700 + int(key)),
        name="t",
        flow_run_id=flow_run_id,
        task_key="t",
        dynamic_key=key,
        created=NOON,
        state=state,
    )


@pytest.fixture
def prepared(tmp_path: Path) -> Prepared:
    file = tmp_path / "prepared.db"
    with closing(open_database(f"sqlite:///{file}")) as db:
        made = a_deployment(db, "d", [EVERY_HOUR], concurrency_limit=2)
        running = a_run(db, made.id)
        claimed(db)
        moved(db, running, "RUNNING", lease=ME)
        with db.write() as conn:
            task_store.write_task_run(conn, a_task_run(running.id, "0"))
        waiting = a_run(db, made.id)
        for number, name in enumerate(("free", "full"), start=910):
            limit = ConcurrencyLimit(UUID(int=number), name, 1, created=NOON, updated=NOON)
            concurrency_limits.create(db, limit, now=NOON, new_id=uuid4)
        for number in (900, 901):
            wish = Wish(UUID(int=number), ["full"], taker=Taker("host:1:me"))
            taking_slots.take(db, wish, waits=True, now=NOON, new_id=uuid4)
    return Prepared(file, made.id, waiting.id, running.id)


def require_all_or_nothing(prepared: Prepared, folder: Path, operate: Operation) -> None:
    """Raise `AssertionError` for an operation that can be half done, or comes to something else in a second try."""
    counting = Trap()
    before, done = content(prepared.file), prepared.tried(prepared.copied_to(folder), operate, counting)
    assert done != before
    for number in range(1, counting.steps + 1):
        for after in (False, True):
            file = prepared.copied_to(folder)
            failed = prepared.tried(file, operate, Trap(number, after=after))
            again = prepared.tried(file, operate, Trap())

            assert failed in (before, done), (number, after)
            assert again == done, (number, after)


@pytest.mark.parametrize("what", OPERATIONS)
def test_an_operation_that_fails_anywhere_does_all_or_nothing_and_the_same_when_it_is_asked_again(
    prepared: Prepared, tmp_path: Path, what: str
) -> None:
    require_all_or_nothing(prepared, tmp_path, OPERATIONS[what])


def test_what_can_be_half_done_is_seen(prepared: Prepared, tmp_path: Path) -> None:
    with pytest.raises(AssertionError):
        require_all_or_nothing(prepared, tmp_path, lambda db, here: (begin(db, here), create_run(db, here)))
