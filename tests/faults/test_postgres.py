"""PostgreSQL ends as in a crash and is started again: connections are made anew, and nothing is lost or done twice."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Timer

import pytest

from prefect._domain.work_pools import DEFAULT_POOL
from prefect._engine.recorders import recorder
from prefect._store.database import Database, open_database
from prefect._store.faults import Fault, fault_of
from prefect.exceptions import ConfigurationError
from tests import recorded
from tests._store.records import WRITE, a_flow
from tests.databases import Restarted, postgres_process, postgres_url
from tests.faults.programs import program
from tests.faults.servers import serving
from tests.runner.scenes import deployed, ended, found, state_of, triggered

pytestmark = pytest.mark.long

__all__ = ["postgres_process", "postgres_url"]

CRASHES = int(os.environ.get("FAULTS_DATABASE_CRASHES", "2"))
"""How often the database ends while flows run."""


@pytest.fixture
def db(postgres_url: str) -> Iterator[Database]:
    with closing(open_database(postgres_url)) as opened:
        yield opened


@pytest.fixture
def recorded_there(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that this test and its programs do is recorded in PostgreSQL."""
    monkeypatch.setenv("PREFECT_SERVER_DATABASE_CONNECTION_URL", postgres_url)


def flow_names(db: Database) -> list[str]:
    with db.read() as conn:
        return [row[0] for row in conn.execute("SELECT name FROM flow ORDER BY name")]


def write(db: Database, name: str) -> None:
    with db.write() as conn:
        conn.execute(WRITE, a_flow(name))


def test_a_connection_that_was_lost_is_made_anew(db: Database, postgres_process: Restarted) -> None:
    write(db, "before")

    postgres_process.end_connections()
    assert flow_names(db) == ["before"]
    postgres_process.end_connections()
    write(db, "later")

    assert flow_names(db) == ["before", "later"]


def test_whoever_asks_while_the_database_is_away_waits_for_it(db: Database, postgres_process: Restarted) -> None:
    postgres_process.crash()
    starting = Timer(0.3, postgres_process.start)
    starting.start()

    write(db, "patient")
    starting.join()

    assert flow_names(db) == ["patient"]


def test_a_database_that_stays_away_is_told_when_the_patience_is_over(
    postgres_url: str, postgres_process: Restarted
) -> None:
    with closing(open_database(postgres_url, patience=0.3)) as db:
        postgres_process.crash()

        with pytest.raises(Exception) as caught:
            write(db, "impatient")
        postgres_process.start()

        assert fault_of(caught.value) is Fault.AWAY
        assert flow_names(db) == []


def test_who_opens_a_database_that_is_away_is_told_in_a_sentence(
    postgres_url: str, postgres_process: Restarted
) -> None:
    postgres_process.crash()

    with pytest.raises(ConfigurationError, match=r"cannot be reached: connection .*Is it running"):
        open_database(postgres_url)


def test_a_transaction_in_which_the_database_ends_is_undone_and_told(db: Database, postgres_process: Restarted) -> None:
    def write_both_halves() -> None:
        with db.write() as conn:
            conn.execute(WRITE, a_flow("half"))
            postgres_process.end_connections()
            conn.execute(WRITE, a_flow("other half"))

    with pytest.raises(Exception) as caught:
        write_both_halves()

    assert fault_of(caught.value) is Fault.AWAY
    assert flow_names(db) == []


STEPS = """
@task
def step(number):
    get_run_logger().info("step %s", number)
    note(f"ledger-{sys.argv[0]}", number)
    time.sleep(0.01)

@flow
def around():
    for number in range(STEPS):
        step(number)

around()
"""


@pytest.mark.usefixtures("recorded_there")
@pytest.mark.parametrize("through", ["no server", "a server"])
def test_flows_end_well_while_the_database_crashes_again_and_again(through: str, postgres_process: Restarted) -> None:
    steps = 20 * (CRASHES + 1)
    recorder()
    with serving("--no-worker") as server:
        env = {"PREFECT_API_URL": server.url} if through == "a server" else {}
        with program(STEPS.replace("STEPS", str(steps)), **env) as process:
            for crash in range(1, CRASHES + 1):
                found(lambda goal=20 * crash - 10: len(ledger()) >= goal, "steps")  # type: ignore[misc]
                postgres_process.crash_and_start()
            _, complained = process.communicate(timeout=60)
            assert process.returncode == 0, complained

    run = recorded.the_flow_run()
    assert recorded.history(run) == ["Pending", "Running", "Completed"]
    assert Counter(task.state_name for task in recorded.task_runs()) == {"Completed": steps}
    assert all(recorded.history(task) == ["Pending", "Running", "Completed"] for task in recorded.task_runs()[::10])
    lines = [line for line in recorded.messages(run) if line.startswith("step ")]
    assert lines == [f"step {number}" for number in range(steps)]
    assert ledger() == [str(number) for number in range(steps)]


def ledger() -> list[str]:
    """The steps that the program has begun."""
    file = Path("ledger-program.py")
    return file.read_text().split() if file.exists() else []


@pytest.mark.usefixtures("recorded_there")
def test_a_servers_worker_starts_runs_once_after_the_database_crashed(postgres_process: Restarted) -> None:
    deployment = deployed(
        """
@flow
def around():
    note("ledger", os.environ["PREFECT__FLOW_RUN_ID"])
    while not Path("crashed").exists():
        time.sleep(0.01)
""",
        work_pool_name=DEFAULT_POOL,
    )
    with serving():
        first = triggered(deployment)
        found(lambda: state_of(first).is_running(), "first run")
        postgres_process.crash_and_start()
        Path("crashed").touch()
        second = triggered(deployment)

        assert ended(first).is_completed()
        assert ended(second).is_completed()

    assert Counter(Path("ledger").read_text().split()) == {str(first.id): 1, str(second.id): 1}
