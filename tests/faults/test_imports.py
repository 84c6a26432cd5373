"""An import that is killed again and again: given once more, everything is there, once."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from prefect._store.database import open_database
from prefect._store.table_records import TABLES, read_records
from tests.other_installations import MADE, OtherInstallation, filled, id_of
from tests.serving import until

pytestmark = pytest.mark.long
LINES, KILLS = 40_000, 4


def with_many_lines(path: Path) -> OtherInstallation:
    """Another installation, with a run that logged a lot."""
    made = filled(f"sqlite:///{path}")
    made._conn.execute("BEGIN")
    for number in range(LINES):
        line = {"name": "prefect.flow_runs", "level": 20, "message": f"line {number}", "timestamp": MADE}
        made.add("log", f"line {number}", flow_run_id=id_of("ended"), **line)
    made._conn.execute("COMMIT")
    return made


def lines_in(file: Path) -> int:
    if not file.exists():
        return 0
    with closing(open_database(f"sqlite:///{file}")) as db, db.read() as conn:
        return int(conn.execute("SELECT COUNT(*) FROM log")[0][0])


def importing(home: Path, source: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "prefect", "server", "import", "--from", str(source), "--history", "--yes"]
    environment = {
        **os.environ,
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite:///{home / 'prefect.db'}",
    }
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def everything_in(home: Path) -> dict[str, set[str]]:
    with closing(open_database(f"sqlite:///{home / 'prefect.db'}")) as db, db.read() as conn:
        return {table.name: {record["id"] for record in read_records(conn, table)} for table in TABLES}


def test_an_import_that_is_killed_goes_on_when_it_is_given_again(tmp_path: Path) -> None:
    source, whole, broken = tmp_path / "other.db", tmp_path / "whole", tmp_path / "broken"
    with_many_lines(source).close()
    before = source.read_bytes()
    assert importing(whole, source).wait(300) == 0

    for kill in range(1, KILLS + 1):
        process = importing(broken, source)
        until(lambda done=kill * LINES // (KILLS + 2): lines_in(broken / "prefect.db") >= done, 120)  # type: ignore[misc]
        process.kill()
        process.wait()
        assert lines_in(broken / "prefect.db") < LINES
    assert importing(broken, source).wait(300) == 0

    assert everything_in(broken) == everything_in(whole)
    assert lines_in(broken / "prefect.db") == LINES + 1
    assert source.read_bytes() == before
