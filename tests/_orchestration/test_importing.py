"""Everything of another installation is taken over, on both databases, and nothing is written there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.fernet import Fernet

from prefect._domain.schedules import CronSchedule
from prefect._domain.states import StateType
from prefect._orchestration import (
    automations,
    block_documents,
    block_types,
    deployments,
    flow_runs,
    task_runs,
    variables,
    work_pools,
)
from prefect._orchestration.duties.scheduling import plan_runs
from prefect._orchestration.importing import Import, Taken, Wishes, counts
from prefect._store.database import Database, open_database
from prefect._store.upstream import UpstreamDatabase
from prefect.exceptions import ConfigurationError
from tests._orchestration.deployed import NOON, a_deployment
from tests.databases import empty_database
from tests.other_installations import KEY, OtherInstallation, filled, id_of

OURS = (Fernet.generate_key().decode(),)


@pytest.fixture(params=["sqlite", "postgresql"])
def other(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OtherInstallation]:
    """Another installation, on a database of that kind."""
    if request.param == "sqlite":
        with closing(filled(f"sqlite:///{tmp_path / 'other.db'}")) as made:
            yield made
        return
    with empty_database(request.getfixturevalue("postgres")) as address, closing(filled(address)) as made:
        yield made


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Database]:
    """A database of ours with nothing in it."""
    db = open_database(f"sqlite:///{tmp_path / 'ours.db'}")
    yield db
    db.close()


def taken_over(db: Database, other: OtherInstallation, *, history: bool = True, **wishes: Any) -> dict[str, Taken]:
    with closing(UpstreamDatabase(other.url)) as source:
        return Import(db, source, OURS, Wishes(history=history, **wishes), NOON, uuid4).carry_out()


def of(name: str) -> UUID:
    return UUID(id_of(name))


def test_everything_is_there_as_it_was(ours: Database, other: OtherInstallation) -> None:
    taken = taken_over(ours, other)

    assert counts(taken) == (27, 0, 1)
    assert taken["automations"].left == {"they have triggers or actions that are not known here": 1}
    found = deployments.must_read(ours, of("nightly"), now=NOON)
    nightly = found.deployment
    assert (found.full_name, found.work_pool_name, nightly.work_queue_name) == ("etl/nightly", "pool", "fast")
    assert (nightly.parameters, nightly.job_variables) == ({"day": "sunday"}, {"env": {"A": "1"}})
    assert (found.limit and found.limit.limit, nightly.concurrency_options and nightly.concurrency_options[0]) == (
        2,
        "CANCEL_NEW",
    )
    (schedule,) = found.schedules
    assert (schedule.schedule, schedule.slug) == (CronSchedule("0 8 * * *", "Asia/Shanghai"), "daily")
    assert variables.read(ours, "region").value == {"a": [1, "eu"]}
    assert variables.read(ours, "plain").value == "eu"
    assert automations.read(ours, of("tell")).actions[0].deployment_id == nightly.id  # type: ignore[union-attr]
    assert work_pools.read(ours, "pool", now=NOON).pool.base_job_template["variables"]


def test_blocks_are_there_with_their_secrets_under_our_key(ours: Database, other: OtherInstallation) -> None:
    taken_over(ours, other)

    outer = block_documents.read_by_name(ours, "outer", "my-outer", keys=OURS, include_secrets=True)
    assert (outer.id, outer.data) == (of("outer"), {"name": "x", "inner": {"password": "s3cret-välue"}})
    fields = block_types.read_schema(ours, of("outer schema")).fields
    assert fields["block_schema_references"] == {
        "inner": {"block_schema_checksum": "sha256:inner", "block_type_slug": "inner"}
    }
    assert fields["definitions"]["Inner"]["title"] == "Inner"
    with ours.read() as conn:
        (sealed,) = conn.execute("SELECT data FROM block_document WHERE id = ?", (id_of("inner"),))[0]
        slugs = [slug for (slug,) in conn.execute("SELECT slug FROM block_type ORDER BY slug")]
    with pytest.raises(ConfigurationError):
        block_documents.read_by_name(ours, "inner", "my-inner", keys=(KEY,))
    assert "s3cret" not in sealed
    assert slugs == ["inner", "outer"]


def test_runs_that_have_ended_are_there_with_all_that_they_left(ours: Database, other: OtherInstallation) -> None:
    taken_over(ours, other)

    (run,) = [run for run, _ in flow_runs.list_runs(ours, limit=10)]
    assert (run.id, run.state_type, run.total_run_time.total_seconds()) == (of("ended"), StateType.COMPLETED, 5.5)
    assert (run.empirical_policy.retries, run.parameters) == (2, {"day": "monday"})
    assert run.state is not None
    assert run.state.data == {"storage_key": "/storage/1"}
    assert run.state.state_details.retriable is False
    assert [state.id for state in flow_runs.history(ours, run.id)] == [of("ended state")]
    task = task_runs.must_read(ours, of("ended task"))
    assert (task.flow_run_id, task.total_run_time.total_seconds(), task.state_name) == (run.id, 0.25, "Completed")
    with ours.read() as conn:
        lines = conn.execute("SELECT message, flow_run_id FROM log")
        told = conn.execute("SELECT key, data FROM artifact WHERE key IS NOT NULL")
    assert lines == [("日志", str(run.id))]
    assert told == [("report", '"# Report"')]


def test_runs_of_the_past_are_no_news(ours: Database, other: OtherInstallation) -> None:
    taken_over(ours, other)

    with ours.read() as conn:
        assert conn.execute("SELECT MAX(turn) FROM flow_run_state") == [(0,)]
        assert conn.execute("SELECT COUNT(*) FROM events") == [(0,)]


def test_without_history_no_run_is_taken(ours: Database, other: OtherInstallation) -> None:
    taken = taken_over(ours, other, history=False)

    assert "flow runs" not in taken
    assert flow_runs.list_runs(ours, limit=10) == []
    assert deployments.must_read(ours, of("nightly"), now=NOON).full_name == "etl/nightly"


def test_a_look_writes_nothing_and_tells_what_would_be_done(ours: Database, other: OtherInstallation) -> None:
    seen = taken_over(ours, other, writes=False)
    with ours.read() as conn:
        assert conn.execute("SELECT COUNT(*) FROM flow") == [(0,)]

    assert seen == taken_over(ours, other)


def test_what_is_there_stays_and_an_import_goes_on_where_it_broke_off(ours: Database, other: OtherInstallation) -> None:
    taken_over(ours, other, history=False)
    variables.update(ours, "plain", {"value": "changed here"}, now=NOON)

    again = taken_over(ours, other)

    assert counts(again)[1] == counts(taken_over(ours, other, history=False))[1]
    assert counts(taken_over(ours, other))[0] == 0
    assert variables.read(ours, "plain").value == "changed here"


def test_what_is_there_under_another_id_stands_for_what_comes(ours: Database, other: OtherInstallation) -> None:
    known = a_deployment(ours, "nightly", [CronSchedule("0 9 * * *")], work_pool_name="pool")
    with ours.write() as conn:
        conn.execute("UPDATE flow SET name = 'etl'")

    taken = taken_over(ours, other)

    assert (taken["flows"].known, taken["work pools"].known, taken["deployments"].known) == (1, 1, 1)
    assert taken["schedules"] == Taken(known=1)
    assert automations.read(ours, of("tell")).actions[0].deployment_id == known.id  # type: ignore[union-attr]
    run = flow_runs.read(ours, of("ended"))
    assert run is not None
    assert (run.flow_id, run.deployment_id) == (known.flow_id, known.id)


def test_deployments_come_paused_where_that_is_wished(ours: Database, other: OtherInstallation) -> None:
    taken_over(ours, other, paused=True)

    assert deployments.must_read(ours, of("nightly"), now=NOON).deployment.paused
    assert plan_runs(ours, now=NOON, new_id=uuid4, new_name=lambda: "run") == 0


def test_schedules_plan_from_now_on(ours: Database, other: OtherInstallation) -> None:
    taken_over(ours, other)

    assert plan_runs(ours, now=NOON, new_id=uuid4, new_name=lambda: "run") == 3


def test_blocks_that_nobody_can_open_are_left(ours: Database, other: OtherInstallation) -> None:
    other._conn.execute("DELETE FROM configuration")

    taken = taken_over(ours, other)

    assert (taken["blocks"].new, sum(taken["blocks"].left.values())) == (0, 2)
    assert "--encryption-key" in next(iter(taken["blocks"].left))
    assert taken["parts of blocks"].left == {"what they need is not there": 1}


def test_the_other_file_stays_as_it_is(ours: Database, tmp_path: Path) -> None:
    made = filled(f"sqlite:///{tmp_path / 'other.db'}")
    made._conn.execute("PRAGMA journal_mode=WAL")
    made.add("variable", "late", name="late", tags=[], value=1)
    log = made.path.with_name("other.db-wal")
    before = [file.read_bytes() for file in (made.path, log)]

    taken_over(ours, made)
    assert [file.read_bytes() for file in (made.path, log)] == before
    assert variables.read(ours, "late").value == 1
    made.close()
    beside = sorted(tmp_path.glob("other.db*"))
    with pytest.raises(Exception, match="readonly"), closing(UpstreamDatabase(made.url)) as source:
        list(source._reading.rows("DELETE FROM flow"))
    assert sorted(tmp_path.glob("other.db*")) == beside


def test_what_is_no_such_database_is_refused(ours: Database, tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database at all, but long enough for SQLite to look at it")

    for url, sentence in (
        (ours.url, "none of Prefect 3"),
        (f"sqlite:///{tmp_path / 'text.db'}", "cannot be read"),
        (f"sqlite:///{tmp_path / 'absent.db'}", "There is no file"),
        ("postgresql://nobody@127.0.0.1:1/none", "cannot be reached"),
    ):
        with pytest.raises(ConfigurationError, match=sentence):
            UpstreamDatabase(url)
