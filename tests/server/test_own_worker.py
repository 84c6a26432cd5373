"""The server's own worker starts the runs of the default pool, and tells of it as other workers do."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from prefect._domain.work_pools import DEFAULT_POOL
from prefect._engine.recorders import recorder
from prefect._store.database import open_database
from prefect.server.own_worker import own_worker
from tests import recorded
from tests.runner.scenes import cancel, deployed, ended, found, triggered, written

QUICK = """
@flow
def around():
    pass
"""
SLOW = """
@flow
def around():
    note("began", "yes")
    time.sleep(600)
"""


def names(beginning: str = "prefect.worker.") -> list[str]:
    return [event.event.removeprefix("prefect.worker.") for event in recorded.events(beginning)]


def test_it_tells_what_it_starts_and_what_became_of_that() -> None:
    run = triggered(deployed(QUICK, work_pool_name=DEFAULT_POOL))

    with own_worker(recorder().db):
        assert ended(run).name == "Completed"
        found(lambda: recorded.events("prefect.worker.executed"), "event of the end")

    assert names() == ["started", "submitted-flow-run", "executed-flow-run", "stopped"]
    told = recorded.events("prefect.worker.")
    assert {event.resource["prefect.worker-type"] for event in told} == {"process"}
    assert {event.resource_id for event in told} == {told[0].resource_id}
    assert told[2].follows == told[1].id
    around = {one["prefect.resource.role"]: one["prefect.resource.name"] for one in told[2].related}
    assert around == {"flow": "around", "deployment": "test", "flow-run": "run", "work-pool": DEFAULT_POOL}


def test_it_tells_which_cancelled_run_it_has_ended() -> None:
    run = triggered(deployed(SLOW, work_pool_name=DEFAULT_POOL))

    with own_worker(recorder().db):
        assert written("began") == "yes"
        cancel(run)
        assert ended(run).name == "Cancelled"
        found(lambda: recorded.events("prefect.runner."), "event of the end")

    assert names("prefect.runner.") == ["prefect.runner.cancelled-flow-run"]


def test_before_there_is_a_pool_it_says_that_it_is_at_work() -> None:
    with own_worker(recorder().db):
        pass

    assert names() == ["started", "stopped"]


def test_it_writes_into_the_servers_database_whatever_the_settings_name(monkeypatch: pytest.MonkeyPatch) -> None:
    db = recorder().db

    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    with own_worker(db):
        pass

    monkeypatch.delenv("PREFECT_API_URL")
    assert names() == ["started", "stopped"]


def test_a_database_that_is_away_ends_neither_the_worker_nor_what_it_tells(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    place = tmp_path / "volume"
    place.mkdir()
    db = open_database(f"sqlite:///{place}/prefect.db")

    with own_worker(db):
        shutil.rmtree(place)

    assert "The event prefect.worker.stopped could not be recorded" in caplog.text
    db.close()
