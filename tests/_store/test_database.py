"""Opening a database, its transactions, and many writers at once."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import PIPE

import pytest

from prefect._store import migrations
from prefect._store.database import Database, open_database, reset_database
from prefect._store.faults import FileGone
from prefect.exceptions import ConfigurationError
from tests._store.records import WRITE, a_flow

ROOT = Path(__file__).parents[2]


def names(db: Database) -> list[str]:
    with db.read() as conn:
        return [row[0] for row in conn.execute("SELECT name FROM flow ORDER BY name")]


def test_a_new_database_has_the_latest_schema(db: Database) -> None:
    with db.read() as conn:
        assert migrations.version(conn) == migrations.LATEST


def test_opening_twice_changes_nothing(url: str) -> None:
    first = open_database(url)
    with first.write() as conn:
        conn.execute(WRITE, a_flow("kept"))
    second = open_database(url)

    assert names(second) == ["kept"]
    first.close()
    second.close()


def test_a_database_of_a_later_version_is_left_alone(url: str) -> None:
    db = open_database(url)
    with db.write() as conn:
        conn.execute("INSERT INTO schema_version (version) VALUES (?)", (migrations.LATEST + 1,))
    db.close()

    with pytest.raises(ConfigurationError, match="Install the version that wrote it"):
        open_database(url)


def test_a_reset_leaves_an_empty_database(url: str) -> None:
    db = open_database(url)
    with db.write() as conn:
        conn.execute(WRITE, a_flow("gone"))
    db.close()

    reset_database(url)

    db = open_database(url)
    assert names(db) == []
    db.close()


def test_a_block_that_raises_is_undone(db: Database) -> None:
    def half() -> None:
        with db.write() as conn:
            conn.execute(WRITE, a_flow("half"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half()

    assert names(db) == []


def test_a_statement_that_fails_leaves_the_connection_usable(db: Database) -> None:
    with pytest.raises(Exception, match="no_such_table"), db.write() as conn:
        conn.execute("SELECT 1 FROM no_such_table")
    with db.write() as conn:
        conn.execute(WRITE, a_flow("after"))

    assert names(db) == ["after"]


def test_many_rows_are_inserted_at_once(db: Database) -> None:
    rows = [a_flow(f"{number:05}") for number in range(9_000)]
    with db.write() as conn:
        conn.insert(WRITE, rows)

    assert names(db) == [row[1] for row in rows]


@pytest.mark.parametrize("url", ["sqlite:///{}", "sqlite+aiosqlite:///{}"])
def test_an_address_may_name_a_driver(url: str, tmp_path: Path) -> None:
    file = tmp_path / "own.db"
    open_database(url.format(file)).close()

    assert file.exists()


@pytest.mark.parametrize("url", ["mysql://host/name", "prefect.db", "sqlite://relative.db"])
def test_an_address_that_cannot_be_used_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="Expected sqlite:///"):
        open_database(url)


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("new/folder/own.db", "There is no folder"),
        ("", "is a folder"),
        ("notes/own.db", "notes is a file, and no folder"),
    ],
)
def test_a_file_that_cannot_be_there_is_told_before_anything_is_made(place: str, told: str, tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("Buy milk.")

    with pytest.raises(ConfigurationError, match=told):
        open_database(f"sqlite:///{tmp_path / place}")

    assert sorted(file.name for file in tmp_path.iterdir()) == ["here", "notes"]


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "new" / "home" / "prefect.db"
    open_database(f"sqlite:///{file}").close()

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_thread_that_computes_does_not_keep_a_writer_from_its_end(tmp_path: Path) -> None:
    """A step for each row would give the interpreter away a thousand times, and wait 5 ms each to have it back."""
    db = open_database(f"sqlite:///{tmp_path / 'busy.db'}")
    stop = threading.Event()
    busy = threading.Thread(target=lambda: [sum(range(100)) for _ in iter(stop.is_set, True)])
    busy.start()
    started = time.perf_counter()
    try:
        with db.write() as conn:
            conn.insert(WRITE, [a_flow(str(number)) for number in range(1_000)])
    finally:
        stop.set()
        busy.join()
        db.close()

    assert time.perf_counter() - started < 1_000 * 0.005 / 2


def test_a_forked_child_has_connections_of_its_own(tmp_path: Path) -> None:
    db = open_database(f"sqlite:///{tmp_path / 'forked.db'}")
    with db.write() as conn:
        conn.execute(WRITE, a_flow("parent"))
    child = os.fork()
    if child == 0:
        with db.write() as conn:
            conn.execute(WRITE, a_flow("child"))
        os._exit(0)
    os.waitpid(child, 0)

    assert names(db) == ["child", "parent"]
    db.close()


WRITER = """
import sys, time
from prefect._store.database import open_database
from tests._store.records import WRITE, a_flow

db = open_database(sys.argv[1])
written, ends = 0, time.monotonic() + float(sys.argv[3])
while time.monotonic() < ends:
    with db.write() as conn:
        conn.execute(WRITE, a_flow(f"{sys.argv[2]}-{written}"))
    written += 1
print(written)
"""


def test_eight_processes_that_write_at_once_lose_nothing(url: str) -> None:
    """They also race to make the database."""
    command = [sys.executable, "-c", WRITER, url]
    writers = [
        subprocess.Popen([*command, str(number), "1.5"], stdout=PIPE, stderr=PIPE, text=True, cwd=ROOT)
        for number in range(8)
    ]
    told = [writer.communicate(timeout=60) for writer in writers]

    assert [error for _, error in told if error] == []
    db = open_database(url)
    assert len(names(db)) == sum(int(out) for out, _ in told)
    assert all(int(out) > 0 for out, _ in told)
    db.close()


@pytest.mark.parametrize("change", ["removed", "replaced"])
def test_nothing_is_written_into_a_file_that_is_not_there_any_more(tmp_path: Path, change: str) -> None:
    file = tmp_path / "used.db"
    db = open_database(f"sqlite:///{file}")
    kept = file.rename(tmp_path / "kept.db")
    if change == "replaced":
        file.write_bytes(b"")

    with pytest.raises(FileGone, match="removed or replaced"), db.write():
        pass
    with pytest.raises(FileGone), ThreadPoolExecutor(1) as other:
        other.submit(lambda: db.read().__enter__()).result()
    kept.rename(file)

    with db.read() as conn:
        assert conn.execute("SELECT 1") == [(1,)]
    db.close()


def test_a_file_that_goes_during_a_transaction_takes_nothing_in(tmp_path: Path) -> None:
    file = tmp_path / "used.db"
    db = open_database(f"sqlite:///{file}")

    with pytest.raises(FileGone), db.write():
        file.unlink()

    db.close()


READS_WHILE_CLOSED = """
import sys, threading
from prefect._store.database import open_database

COUNT = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000) SELECT i FROM n"
db = open_database(sys.argv[1])
for _ in range(5):
    begun = threading.Barrier(2)

    def read():
        with db.read() as conn:
            begun.wait()
            print(len(conn.execute(COUNT)))

    reader = threading.Thread(target=read)
    reader.start()
    begun.wait()
    db.close()
    reader.join()
"""


def test_a_database_closed_while_another_thread_reads_lets_it_end(url: str) -> None:
    ended = subprocess.run([sys.executable, "-c", READS_WHILE_CLOSED, url], stdout=PIPE, text=True, check=False)

    assert (ended.returncode, ended.stdout.split()) == (0, ["300000"] * 5)
