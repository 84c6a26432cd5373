"""`prefect server import` and `prefect server export`"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from prefect import flow, task
from prefect._store.database import open_database
from prefect._store.table_records import TABLES, read_records
from prefect.artifacts import create_markdown_artifact
from prefect.blocks.system import Secret
from prefect.settings import get_current_settings
from prefect.variables import Variable
from tests.cli.terminal import Terminal
from tests.other_installations import KEY, OtherInstallation, filled
from tests.serving import served, until


@task
def double(x: int) -> int:
    return 2 * x


@flow(log_prints=True)
def etl(n: int = 1) -> int:
    print("etl")
    create_markdown_artifact("# Report", key="report")
    return double(n)


@pytest.fixture
def other(tmp_path: Path) -> Iterator[OtherInstallation]:
    """Another installation's file."""
    with closing(filled(f"sqlite:///{tmp_path / 'other.db'}")) as made:
        yield made


@pytest.fixture
def used(prefect: Terminal) -> Terminal:
    """A home in which there is something of ours."""
    Secret(value="s3cret-välue").save("password")
    Variable.set("region", {"a": [1]}, tags=["t"])
    etl.to_deployment("nightly", cron="0 8 * * *", tags=["prod"]).apply()
    prefect("work-pool", "create", "pool", "--type", "process")
    prefect("gcl", "create", "database", "--limit", "3")
    etl(2)
    until(lambda: len(records(get_current_settings().home)["log"]) == 3)
    return prefect


def records(home: Path) -> dict[str, list[dict[str, Any]]]:
    """Everything in the database of a home, blocks without what their key makes of them."""
    with closing(open_database(f"sqlite:///{home / 'prefect.db'}")) as db, db.read() as conn:
        found = {table.name: list(read_records(conn, table)) for table in TABLES}
    for document in found["block_document"]:
        document.pop("data")
    return found


@contextmanager
def elsewhere(tmp_path: Path) -> Iterator[None]:
    """Commands have a new home inside the block."""
    home = tmp_path / "elsewhere"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(home))
        patch.setenv("PREFECT_SERVER_DATABASE_CONNECTION_URL", f"sqlite:///{home / 'prefect.db'}")
        yield


def test_another_installation_is_looked_at_first_and_then_taken_over(
    prefect: Terminal, other: OtherInstallation
) -> None:
    looked = prefect("server", "import", "--from", other.url, "--history", "--dry-run")

    rows = [line.split() for line in looked.splitlines()]
    assert ["flows", "1", "0", "0"] in rows
    assert ["variables", "2", "0", "0"] in rows
    assert ["flow", "runs", "1", "0", "0"] in rows
    assert "27 would be new in" in looked
    assert "not known here" in looked
    assert "Runs that have not ended stay there: 1 RUNNING." in looked
    assert prefect.json("variable", "ls") == []
    assert "Say --yes if that is meant." in prefect("server", "import", "--from", other.url, expect=1)
    told = prefect("server", "import", "--from", str(other.path), "--history", "--yes")
    assert told.splitlines()[-1] == "Took 27 over; 0 were there, 1 were left."
    assert "0 would be new" in prefect("server", "import", "--from", other.url, "--history", "--yes")
    assert prefect.json("deployment", "inspect", "etl/nightly")["work_queue_name"] == "fast"
    assert "日志" in prefect("flow-run", "logs", "ended")


def test_a_key_that_the_other_installation_was_given_is_given_here(prefect: Terminal, other: OtherInstallation) -> None:
    other._conn.execute("DELETE FROM configuration")

    assert "--encryption-key" in prefect("server", "import", "--from", other.url, "--dry-run")
    prefect("server", "import", "--from", other.url, "--encryption-key", KEY, "--yes")

    assert [block["name"] for block in prefect.json("block", "ls")] == ["my-inner", "my-outer"]


def test_a_folder_holds_everything_and_is_taken_over_elsewhere(used: Terminal, tmp_path: Path) -> None:
    folder, home = tmp_path / "backup", get_current_settings().home
    assert "`prefect server import --from" in used("server", "export", str(folder), "--history")
    assert "s3cret" not in "".join(file.read_text() for file in folder.iterdir())
    (deployment,) = (json.loads(line) for line in (folder / "deployment.jsonl").read_text().splitlines())
    assert (deployment["name"], deployment["tags"]) == ("nightly", ["prod"])
    key = (home / "encryption.key").read_text()

    with elsewhere(tmp_path):
        used("server", "import", "--from", str(folder), "--history", "--encryption-key", key, "--yes")
        assert "0 would be new" in used("server", "import", "--from", str(folder), "--history", "--yes")

    assert records(tmp_path / "elsewhere") == records(home)
    used("server", "export", str(folder), "--secrets")
    assert "s3cret-välue" in (folder / "block_document.jsonl").read_text()


def test_a_server_is_taken_over_by_its_api(used: Terminal, tmp_path: Path) -> None:
    for at in ("now", "tomorrow 9:00", "tomorrow 10:00"):
        used("deployment", "run", "nightly", "--start-at", at)
    with served() as address, elsewhere(tmp_path):
        told = used("server", "import", "--from", address, "--history", "--yes")

    assert ", 0 were left." in told
    assert "Runs that have not ended stay there: 3 SCHEDULED." in told
    ours, taken = records(get_current_settings().home), records(tmp_path / "elsewhere")
    for name in ("flow", "variable", "deployment", "work_pool", "flow_run", "task_run", "log", "artifact"):
        assert ids(taken[name]) == ids(ours[name]), name
    for name in ("flow_run_state", "task_run_state", "deployment_schedule", "block_document", "concurrency_limit_v2"):
        assert ids(taken[name]) == ids(ours[name]), name
    (run,), same = taken["flow_run"], ours["flow_run"]
    assert [run[name] for name in ("name", "parameters", "state_name", "total_run_time", "start_time")] == [
        same[0][name] for name in ("name", "parameters", "state_name", "total_run_time", "start_time")
    ]


def ids(found: list[dict[str, Any]]) -> set[str]:
    return {one["id"] for one in found}


def test_what_cannot_be_taken_over_is_told(prefect: Terminal, tmp_path: Path) -> None:
    def told(place: str) -> str:
        return prefect("server", "import", "--from", place, expect=1)

    (tmp_path / "empty").mkdir()
    assert "There is nothing at" in told(str(tmp_path / "absent"))
    assert "holds no about.json" in told(str(tmp_path / "empty"))
    assert "cannot be reached" in told("http://127.0.0.1:1/api")
    (tmp_path / "empty" / "mine.txt").write_text("mine")
    assert "is not empty" in prefect("server", "export", str(tmp_path / "empty"), expect=1)
