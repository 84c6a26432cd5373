"""Disks that are full, homes that are none, migrations that are cut off, and copies of a database in use."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from random import Random
from threading import Timer
from uuid import UUID

import orjson
import pytest

from prefect._api.dispatching import Reply, Request
from prefect._clock import new_id, now
from prefect._domain.flow_runs import Flow, FlowRun
from prefect._domain.logs import Log
from prefect._domain.states import State, StateType
from prefect._engine.local import LocalLedger
from prefect._engine.recorder import Recorder
from prefect._orchestration import flow_runs, logs
from prefect._orchestration.duties.leases import end_abandoned_runs
from prefect._store import migrations
from prefect._store.connection import PATIENCE, SqliteConnection
from prefect._store.database import Database, open_database
from prefect.client.transports import LocalTransport
from tests.faults.programs import program
from tests.runner.scenes import found

NO_LIMIT = 1_073_741_823


class Disk(Database):
    """A database on a disk that may become full."""

    def __init__(self, url: str, patience: float = PATIENCE) -> None:
        super().__init__(url, "normal", patience)
        self._pages = NO_LIMIT
        self._made: list[SqliteConnection] = []

    def connect(self) -> SqliteConnection:
        conn = super().connect()
        assert isinstance(conn, SqliteConnection)
        self._made.append(conn)
        conn.execute(f"PRAGMA max_page_count = {self._pages}")
        return conn

    def fill(self) -> None:
        """From now on, nothing has room that does not fit into the pages that are there."""
        with self.read() as conn:
            self._set(int(conn.execute("PRAGMA page_count")[0][0]))

    def make_room(self) -> None:
        self._set(NO_LIMIT)

    def _set(self, pages: int) -> None:
        self._pages = pages
        for conn in self._made:
            conn.execute(f"PRAGMA max_page_count = {pages}")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    url = f"sqlite:///{tmp_path / 'small.db'}"
    open_database(url).close()
    with closing(Disk(url)) as opened:
        yield opened


def told(disk: Disk, number: int) -> Reply:
    line = {"name": "x", "level": 20, "message": f"{number} {'m' * 5000}", "timestamp": "2026-01-01T00:00:00Z"}
    return LocalTransport(disk).send(Request("POST", "/logs/", {}, orjson.dumps([line])))


def test_while_the_disk_is_full_writers_are_told_and_nothing_acknowledged_is_lost(disk: Disk) -> None:
    disk.fill()
    answers = [told(disk, number) for number in range(20)]
    acknowledged = [number for number, answer in enumerate(answers) if answer.status == 201]
    read = LocalTransport(disk).send(Request("POST", "/flow_runs/filter", {}, b"{}"))
    disk.make_room()
    after = told(disk, 20)

    assert answers[-1].status == 507
    assert {answer.status for answer in answers} <= {201, 507}
    assert b"disk" in answers[-1].content
    assert (read.status, after.status) == (200, 201)
    with disk.read() as conn:
        assert conn.execute("PRAGMA integrity_check") == [("ok",)]
        kept = [int(row[0].split()[0]) for row in conn.execute("SELECT message FROM log ORDER BY id")]
    assert sorted(kept) == [*acknowledged, 20]


def test_a_program_waits_for_room_and_loses_nothing(disk: Disk) -> None:
    recorder = Recorder(LocalLedger(disk), lease=timedelta(minutes=1), grace=timedelta(seconds=1))
    run = FlowRun(new_id(), new_id(), "run")
    recorder.begin_flow_run(Flow(new_id(), "f"), run, a_state("PENDING"), None)
    disk.fill()
    Timer(0.5, disk.make_room).start()

    for number in range(50):
        recorder.log(Log(new_id(), "x", 20, f"{number} {'m' * 5000}", now(), run.id, None))
    recorder.propose(run, a_state("RUNNING"))
    recorder.propose(run, a_state("COMPLETED"))
    recorder.close()

    assert [state.name for state in flow_runs.history(disk, run.id)] == ["Pending", "Running", "Completed"]
    lines = logs.list_logs(disk, flow_run_id=run.id, limit=100)
    assert [int(line.message.split()[0]) for line in lines] == list(range(50))


def a_state(type: str) -> State:
    return State(StateType(type), type.capitalize(), id=new_id(), timestamp=now())


HELLO = "from prefect import flow\n@flow\ndef hello():\n    return 1\nassert hello() == 1\n"


def asked(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """A command that has ended."""
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **env}, timeout=30, check=False)


@pytest.mark.long
@pytest.mark.parametrize("command", [["-m", "prefect", "flow-run", "ls"], ["-m", "prefect", "server", "start"]])
def test_a_home_that_is_none_is_told_in_one_line(command: list[str], tmp_path: Path) -> None:
    home = tmp_path / "file"
    home.write_text("no folder")

    ended = asked(*command, PREFECT_HOME=str(home))

    assert ended.returncode == 1
    assert str(home) in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_flow_says_which_home_it_cannot_use(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")

    ended = asked("-c", HELLO, PREFECT_HOME=str(tmp_path / "file"))

    assert ended.returncode == 1
    assert f"{tmp_path / 'file'}" in ended.stderr.splitlines()[-1]
    assert "PREFECT_HOME" in ended.stderr.splitlines()[-1]


@pytest.mark.long
@pytest.mark.parametrize("what", ["folder", "garbage"])
def test_a_database_that_is_none_is_told(what: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "garbage").write_bytes(b"garbage" * 1000)
    url = f"sqlite:///{tmp_path / what}"

    ended = asked("-m", "prefect", "flow-run", "ls", PREFECT_SERVER_DATABASE_CONNECTION_URL=url)

    assert ended.returncode == 1
    assert str(tmp_path / what) in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_home_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")

    assert asked("-c", HELLO, PREFECT_HOME=str(tmp_path / "link")).returncode == 0
    assert (tmp_path / "real" / "prefect.db").is_file()


def killed_while_it_upgrades(url: str, after: int) -> bool:
    """Upgrade in a process that dies after so many statements; whether it died."""
    pid = os.fork()
    if pid == 0:
        upgrade_and_die(url, after)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL


def upgrade_and_die(url: str, after: int) -> None:
    left = iter(range(after))

    def count(statement: str) -> None:
        if next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        conn = Database(url, "normal").connect()
        assert isinstance(conn, SqliteConnection)
        conn.raw.set_trace_callback(count)
        conn.begin(within=60)
        migrations.upgrade(conn)
        conn.commit()
    finally:
        os._exit(0)


def schema(url: str) -> list[tuple[str, ...]]:
    with closing(open_database(url)) as db, db.read() as conn:
        assert migrations.version(conn) == migrations.LATEST
        return conn.execute("SELECT type, name, sql FROM sqlite_master ORDER BY type, name")


@pytest.mark.long
@pytest.mark.parametrize("version", [0, 1])
def test_an_upgrade_that_was_killed_at_any_statement_is_done_by_the_next(version: int, tmp_path: Path) -> None:
    right = schema(f"sqlite:///{tmp_path / 'right.db'}")
    died = []
    for after in sorted(Random(version).sample(range(2, 60), 10)):
        url = f"sqlite:///{tmp_path / f'killed-{after}.db'}"
        with closing(Database(url, "normal")) as old, old.write() as conn:
            for number, name in enumerate(migrations.CHAIN[:version], start=1):
                conn.script(migrations.script(name, "sqlite"))
                conn.execute("INSERT INTO schema_version (version) VALUES (?)", (number,))

        died.append(killed_while_it_upgrades(url, after))
        assert schema(url) == right

    assert sum(died) >= 3


IN_FLIGHT = """
@flow
def around():
    for number in range(1_000_000):
        get_run_logger().info("line %s", number)
        time.sleep(0.002)
        Path("running").touch()

around()
"""


@pytest.mark.parametrize("way", ["VACUUM INTO", "cp"])
def test_a_copy_of_a_database_in_use_opens_and_ends_what_nobody_carries_out_there(
    way: str, home: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    with program(IN_FLIGHT):
        found(lambda: Path("running").exists(), "line")
        if way == "cp":
            for suffix in ("-wal", ""):
                shutil.copy(home / f"prefect.db{suffix}", f"{copy}{suffix}")
        else:
            with closing(sqlite3.connect(home / "prefect.db")) as original:
                original.execute("VACUUM INTO ?", (str(copy),))
        with closing(open_database(f"sqlite:///{copy}")) as db:
            ended = end_abandoned_runs(db, now=now() + timedelta(hours=1), new_id=new_id)
            assert [state_name(db, run_id) for run_id in ended] == ["Crashed"]
            with db.read() as conn:
                assert conn.execute("PRAGMA integrity_check") == [("ok",)]
        with closing(open_database(f"sqlite:///{home / 'prefect.db'}")) as original_db:
            assert state_name(original_db, ended[0]) == "Running"


def state_name(db: Database, flow_run_id: UUID) -> str | None:
    run = flow_runs.read(db, flow_run_id)
    return run.state_name if run is not None else None
