"""The commands, run as a user runs them: in a process of their own, on a database with a few runs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from prefect import flow, get_run_logger, task
from prefect.blocks.system import Secret
from tests.recorded import flow_runs, task_runs


@task
def 抽取(x: int) -> int:
    get_run_logger().info("抽取 %s", x)
    return x


@flow(name="数据抽取")
def extract(x: int = 1) -> int:
    if x == 2:
        raise ValueError("坏数据")
    return 抽取(x)


@pytest.fixture
def runs() -> None:
    """A run that completed, then one that failed."""
    extract(1)
    extract(2, return_state=True)
    flow_runs()


def prefect(*arguments: str, expect: int = 0, **environment: str) -> str:
    """What a command prints; of one that fails the one line it says on standard error."""
    told = subprocess.run(
        [sys.executable, "-m", "prefect", *arguments],
        env={**os.environ, "COLUMNS": "160", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert told.returncode == expect, told.stderr
    if expect == 0:
        assert told.stderr == ""
        return told.stdout
    assert told.stderr.startswith("Error: ")
    assert len(told.stderr.splitlines()) == 1
    return told.stderr


def as_json(*arguments: str) -> Any:
    return json.loads(prefect(*arguments, "-o", "json"))


@pytest.mark.usefixtures("runs")
def test_runs_are_listed_latest_first_with_columns_in_line() -> None:
    header, failed, completed = prefect("flow-run", "ls").splitlines()

    assert header.split() == ["Id", "Flow", "Name", "State", "When"]
    assert "Failed" in failed
    assert "Completed" in completed
    assert failed.index("数据抽取") == completed.index("数据抽取") == header.index("Flow")


@pytest.mark.usefixtures("runs")
def test_runs_are_filtered() -> None:
    assert len(as_json("flow-run", "ls")) == 2
    assert len(as_json("flow-run", "ls", "--limit", "1")) == 1
    assert [run["state"]["name"] for run in as_json("flow-run", "ls", "--state", "Completed")] == ["Completed"]
    assert [run["state"]["type"] for run in as_json("flow-run", "ls", "--state-type", "FAILED")] == ["FAILED"]
    assert as_json("flow-run", "ls", "--flow-name", "other") == []
    assert len(as_json("flow-run", "ls", "--flow-name", "数据抽取")) == 2
    assert '"completed"' in prefect("flow-run", "ls", "--state-type", "nonsense", expect=2)


@pytest.mark.usefixtures("runs")
def test_a_run_is_shown_with_its_states_its_tasks_and_its_log() -> None:
    completed = next(run for run in flow_runs() if run.state_name == "Completed")
    shown = prefect("flow-run", "inspect", str(completed.id))
    log = prefect("flow-run", "logs", str(completed.id))

    assert completed.name in shown
    assert "{'x': 1}" in shown
    assert "抽取-" in shown
    assert [name for name in ("Pending", "Running", "Completed") if name not in shown] == []
    assert "INFO    | 抽取 1" in log
    assert as_json("flow-run", "inspect", str(completed.id))["id"] == str(completed.id)


@pytest.mark.usefixtures("runs")
def test_a_deleted_run_is_gone() -> None:
    run_id = str(flow_runs()[0].id)
    prefect("flow-run", "delete", run_id)

    assert "There is no flow run" in prefect("flow-run", "inspect", run_id, expect=1)
    assert len(as_json("flow-run", "ls")) == 1


@pytest.mark.usefixtures("runs")
def test_task_runs_are_listed_shown_and_their_log_printed() -> None:
    (run,) = task_runs()

    assert "抽取-" in prefect("task-run", "ls")
    assert run.name in prefect("task-run", "inspect", str(run.id))
    assert "抽取 1" in prefect("task-run", "logs", str(run.id))
    assert "There is no task run" in prefect("task-run", "inspect", str(uuid4()), expect=1)


@pytest.mark.usefixtures("runs")
def test_flows_are_listed() -> None:
    assert "数据抽取" in prefect("flow", "ls")
    assert [found["name"] for found in as_json("flow", "ls")] == ["数据抽取"]


def test_an_empty_database_says_what_to_do() -> None:
    assert "python my_flow.py" in prefect("flow-run", "ls")
    assert as_json("flow-run", "ls") == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["flow-rn", "ls"], 'Did you mean "flow-run"?'),
        (["flow-run", "inspect", "nonsense"], "See: prefect flow-run inspect --help"),
        (["flow-run", "ls", "--limit", "x"], "See: prefect flow-run ls --help"),
        (["flow-run", "ls", "--nonsense"], "--nonsense"),
        (["variable", "set"], "See: prefect variable set --help"),
    ],
)
def test_wrong_usage_is_told_with_the_way_to_help(arguments: list[str], told: str) -> None:
    assert told in prefect(*arguments, expect=2)


def test_help_and_version() -> None:
    assert "flow-run" in prefect("--help")
    assert "--limit" in prefect("flow-run", "ls", "--help")
    assert prefect("--version").strip().startswith("3.8.0+tidemill")
    assert "embedded" in prefect("version")


def test_blocks(tmp_path: Path) -> None:
    assert "no blocks yet" in prefect("block", "ls")
    Secret(value="SEKRIT").save("mine")

    assert "secret/mine" in prefect("block", "ls")
    assert as_json("block", "ls")[0]["data"] == {"value": "********"}
    assert "********" in prefect("block", "inspect", "secret/mine")
    assert "secret" in prefect("block", "type", "ls")
    assert as_json("block", "type", "inspect", "secret")["name"] == "Secret"
    assert "/blocks/catalog/secret/create" in prefect("block", "create", "secret")
    prefect("block", "delete", "secret/mine")
    assert "There is no block secret/mine" in prefect("block", "inspect", "secret/mine", expect=1)
    assert "type-slug/name" in prefect("block", "delete", "mine", expect=1)
    prefect("block", "type", "delete", "secret")
    assert "no block type 'secret'" in prefect("block", "type", "delete", "secret", expect=1)


def test_blocks_of_a_file_are_registered(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from prefect.blocks.core import Block\n\n\nclass MyOwn(Block):\n    number: int\n", encoding="utf-8"
    )

    assert "myown" in prefect("block", "register", "-f", str(tmp_path / "mine.py"))
    assert "secret" in prefect("block", "register", "-m", "prefect.blocks.system")
    assert {one["slug"] for one in as_json("block", "type", "ls")} >= {"myown", "secret"}
    assert "no blocks" in prefect("block", "register", "-m", "json", expect=1)
    assert "-m package.module" in prefect("block", "register", expect=1)


def test_variables() -> None:
    prefect("variable", "set", "limit", '{"rows": [1, 2]}')

    assert "rows" in prefect("variable", "get", "limit")
    assert "exists" in prefect("variable", "set", "limit", "2", expect=1)
    prefect("variable", "set", "limit", "2", "--overwrite", "--tag", "a")
    assert as_json("variable", "ls")[0]["value"] == 2
    assert "limit" in prefect("variable", "inspect", "limit")
    prefect("variable", "unset", "limit")
    assert "There is no variable 'limit'" in prefect("variable", "get", "limit", expect=1)


def test_settings_come_from_the_environment_before_files_before_the_profile(home: Path) -> None:
    prefect("config", "set", "PREFECT_LOGGING_LEVEL=DEBUG")
    assert "PREFECT_LOGGING_LEVEL='DEBUG' (from the profile" in prefect("config", "view")

    Path("pyproject.toml").write_text('[tool.prefect.logging]\nlevel = "WARNING"\n')
    assert "'WARNING' (from pyproject.toml)" in prefect("config", "view")
    Path("prefect.toml").write_text('[logging]\nlevel = "ERROR"\n')
    assert "'ERROR' (from prefect.toml)" in prefect("config", "view")
    Path(".env").write_text("PREFECT_LOGGING_LEVEL=CRITICAL\n")
    assert "'CRITICAL' (from .env)" in prefect("config", "view")
    assert "'INFO' (from the environment)" in prefect("config", "view", PREFECT_LOGGING_LEVEL="INFO")

    prefect("config", "unset", "PREFECT_LOGGING_LEVEL")
    assert "DEBUG" not in (home / "profiles.toml").read_text()


def test_a_setting_that_is_not_there_or_does_not_fit_is_told() -> None:
    assert "There is no setting 'NONSENSE'" in prefect("config", "set", "NONSENSE=1", expect=1)
    assert "LOUD" in prefect("config", "set", "PREFECT_LOGGING_LEVEL=LOUD", expect=1)
    assert "PREFECT_LOGGING_LEVEL" in prefect("config", "view", PREFECT_LOGGING_LEVEL="LOUD", expect=1)


def test_profiles() -> None:
    prefect("profile", "create", "work")
    prefect("profile", "use", "work")
    prefect("config", "set", "PREFECT_LOGGING_LEVEL=DEBUG")

    assert "* work" in prefect("profile", "ls")
    assert "DEBUG" in prefect("profile", "inspect", "work")
    assert "DEBUG" not in prefect("config", "view", PREFECT_PROFILE="ephemeral")
    prefect("profile", "rename", "work", "office")
    assert "* office" in prefect("profile", "ls")
    assert "nothing" in prefect("profile", "use", "nothing", expect=1)
    prefect("profile", "use", "ephemeral")
    prefect("profile", "delete", "office")
    assert "office" not in prefect("profile", "ls")


@pytest.mark.usefixtures("runs")
def test_the_database_is_upgraded_and_reset() -> None:
    prefect("server", "database", "upgrade", "--yes")
    assert len(as_json("flow-run", "ls")) == 2
    prefect("server", "database", "reset", "--yes")
    assert as_json("flow-run", "ls") == []


def test_a_closed_pipe_is_no_error() -> None:
    for number in range(5):
        extract(number + 10)
    flow_runs()
    told = subprocess.run(
        f"{sys.executable} -m prefect flow-run ls | head -1", shell=True, capture_output=True, text=True, check=True
    )

    assert told.stderr == ""
    assert told.stdout.split()[0] == "Id"
