"""The commands, as a user meets them, on a database with a few runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from prefect import flow, get_run_logger, task
from tests.cli.terminal import Terminal, in_its_own_process
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


@pytest.mark.usefixtures("runs")
def test_runs_are_listed_latest_first_with_columns_in_line(prefect: Terminal) -> None:
    header, failed, completed = prefect("flow-run", "ls").splitlines()

    assert header.split() == ["Id", "Flow", "Name", "State", "When"]
    assert "Failed" in failed
    assert "Completed" in completed
    assert failed.index("数据抽取") == completed.index("数据抽取") == header.index("Flow")


@pytest.mark.usefixtures("runs")
def test_runs_are_filtered(prefect: Terminal) -> None:
    assert len(prefect.json("flow-run", "ls")) == 2
    assert len(prefect.json("flow-run", "ls", "--limit", "1")) == 1
    assert [run["state"]["name"] for run in prefect.json("flow-run", "ls", "--state", "Completed")] == ["Completed"]
    assert [run["state"]["type"] for run in prefect.json("flow-run", "ls", "--state-type", "FAILED")] == ["FAILED"]
    assert prefect.json("flow-run", "ls", "--flow-name", "other") == []
    assert len(prefect.json("flow-run", "ls", "--flow-name", "数据抽取")) == 2
    assert '"completed"' in prefect("flow-run", "ls", "--state-type", "nonsense", expect=2)


@pytest.mark.usefixtures("runs")
def test_a_run_is_shown_with_its_states_its_tasks_and_its_log(prefect: Terminal) -> None:
    completed = next(run for run in flow_runs() if run.state_name == "Completed")
    shown = prefect("flow-run", "inspect", str(completed.id))
    log = prefect("flow-run", "logs", str(completed.id))

    assert completed.name in shown
    assert "{'x': 1}" in shown
    assert "抽取-" in shown
    assert [name for name in ("Pending", "Running", "Completed") if name not in shown] == []
    assert "INFO    | 抽取 1" in log
    assert prefect.json("flow-run", "inspect", str(completed.id))["id"] == str(completed.id)


@pytest.mark.usefixtures("runs")
def test_a_deleted_run_is_gone(prefect: Terminal) -> None:
    run_id = str(flow_runs()[0].id)
    prefect("flow-run", "delete", run_id)

    assert "There is no flow run" in prefect("flow-run", "inspect", run_id, expect=1)
    assert len(prefect.json("flow-run", "ls")) == 1


@pytest.mark.usefixtures("runs")
def test_task_runs_are_listed_shown_and_their_log_printed(prefect: Terminal) -> None:
    (run,) = task_runs()

    assert "抽取-" in prefect("task-run", "ls")
    assert run.name in prefect("task-run", "inspect", str(run.id))
    assert "抽取 1" in prefect("task-run", "logs", str(run.id))
    assert "There is no task run" in prefect("task-run", "inspect", str(uuid4()), expect=1)


@pytest.mark.usefixtures("runs")
def test_flows_are_listed(prefect: Terminal) -> None:
    assert "数据抽取" in prefect("flow", "ls")
    assert [found["name"] for found in prefect.json("flow", "ls")] == ["数据抽取"]


def test_an_empty_database_says_what_to_do(prefect: Terminal) -> None:
    assert "python my_flow.py" in prefect("flow-run", "ls")
    assert prefect.json("flow-run", "ls") == []


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
def test_wrong_usage_is_told_with_the_way_to_help(prefect: Terminal, arguments: list[str], told: str) -> None:
    assert told in prefect(*arguments, expect=2)


def test_help_and_version(prefect: Terminal) -> None:
    assert "flow-run" in prefect("--help")
    assert "--limit" in prefect("flow-run", "ls", "--help")
    assert prefect("--version").strip().startswith("3.8.0+tidemill")
    assert "embedded" in prefect("version")


def test_settings_come_from_the_environment_before_files_before_the_profile(prefect: Terminal, home: Path) -> None:
    prefect("config", "set", "PREFECT_LOGGING_LEVEL=DEBUG")
    assert "PREFECT_LOGGING_LEVEL='DEBUG' (from the profile" in in_its_own_process("config", "view")

    Path("pyproject.toml").write_text('[tool.prefect.logging]\nlevel = "WARNING"\n')
    assert "'WARNING' (from pyproject.toml)" in in_its_own_process("config", "view")
    Path("prefect.toml").write_text('[logging]\nlevel = "ERROR"\n')
    assert "'ERROR' (from prefect.toml)" in in_its_own_process("config", "view")
    Path(".env").write_text("PREFECT_LOGGING_LEVEL=CRITICAL\n")
    assert "'CRITICAL' (from .env)" in in_its_own_process("config", "view")
    assert "'INFO' (from the environment)" in in_its_own_process("config", "view", PREFECT_LOGGING_LEVEL="INFO")

    prefect("config", "unset", "PREFECT_LOGGING_LEVEL")
    assert "DEBUG" not in (home / "profiles.toml").read_text()


def test_a_setting_that_is_not_there_or_does_not_fit_is_told(prefect: Terminal) -> None:
    assert "There is no setting 'NONSENSE'" in prefect("config", "set", "NONSENSE=1", expect=1)
    assert "LOUD" in prefect("config", "set", "PREFECT_LOGGING_LEVEL=LOUD", expect=1)
    assert "PREFECT_LOGGING_LEVEL" in prefect("config", "view", PREFECT_LOGGING_LEVEL="LOUD", expect=1)


def test_profiles(prefect: Terminal) -> None:
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


def test_a_closed_pipe_is_no_error(prefect: Terminal) -> None:
    for number in range(5):
        extract(number + 10)
    flow_runs()
    told = subprocess.run(
        f"{sys.executable} -m prefect flow-run ls | head -1", shell=True, capture_output=True, text=True, check=True
    )

    assert told.stderr == ""
    assert told.stdout.split()[0] == "Id"
