"""`prefect flow …`, `prefect flow-run …` and `prefect task-run …`"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from prefect import flow, get_run_logger, task
from prefect._domain.flow_runs import FlowRun
from tests.cli.terminal import Terminal
from tests.recorded import flow_runs, task_runs, the_flow_run
from tests.runner.scenes import deployed, now_as, running, triggered

WORKING = """
@task
def 抽取(x):
    get_run_logger().info("抽取 %s", x)

@flow(log_prints=True)
def around(x=1):
    抽取(x)
    if x == 2:
        raise ValueError("坏数据")
"""


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


def completed_run() -> FlowRun:
    return next(run for run in flow_runs() if run.state_name == "Completed")


@pytest.mark.usefixtures("runs")
def test_runs_are_listed_latest_first_with_columns_in_line(anywhere: Terminal) -> None:
    header, failed, completed = anywhere("flow-run", "ls").splitlines()

    assert header.split() == ["Id", "Flow", "Name", "State", "When"]
    assert "Failed" in failed
    assert "Completed" in completed
    assert failed.index("数据抽取") == completed.index("数据抽取") == header.index("Flow")
    places = {_width(line[: line.index(state)]) for line, state in ((failed, "Failed"), (completed, "Completed"))}
    assert places == {header.index("State")}


def _width(text: str) -> int:
    """How many columns a text takes in a terminal; Chinese characters take two."""
    return sum(2 if character > "\u2e7f" else 1 for character in text)


@pytest.mark.usefixtures("runs")
def test_runs_are_filtered(anywhere: Terminal) -> None:
    assert len(anywhere.json("flow-run", "ls")) == 2
    assert len(anywhere.json("flow-run", "ls", "--limit", "1")) == 1
    assert [run["state"]["name"] for run in anywhere.json("flow-run", "ls", "--state", "Completed")] == ["Completed"]
    assert [run["state"]["type"] for run in anywhere.json("flow-runs", "ls", "--state-type", "FAILED")] == ["FAILED"]
    assert anywhere.json("flow-run", "ls", "--flow-name", "other") == []
    assert {run["flow_name"] for run in anywhere.json("flow-run", "ls", "--flow-name", "数据抽取")} == {"数据抽取"}
    assert '"completed"' in anywhere("flow-run", "ls", "--state-type", "nonsense", expect=2)


@pytest.mark.usefixtures("runs")
def test_a_run_is_shown_with_its_states_its_tasks_and_its_log(anywhere: Terminal) -> None:
    completed = completed_run()
    shown = anywhere("flow-run", "inspect", str(completed.id))
    log = anywhere("flow-run", "logs", completed.name)

    assert completed.name in shown
    assert "{'x': 1}" in shown
    assert "抽取-" in shown
    assert [name for name in ("Pending", "Running", "Completed") if name not in shown] == []
    assert "INFO    | 抽取 1" in log
    told = anywhere.json("flow-run", "inspect", completed.name)
    assert told["id"] == str(completed.id)
    assert [state["name"] for state in told["states"]] == ["Pending", "Running", "Completed"]
    assert len(told["task_runs"]) == 1


def test_of_a_kept_result_json_says_where_it_is(anywhere: Terminal) -> None:
    kept = extract.with_options(persist_result=True)
    kept(1)

    (run,) = anywhere.json("flow-run", "ls")
    assert run["state"]["data"]["storage_key"]
    assert anywhere.json("flow-run", "inspect", run["id"])["states"][-1]["data"]["storage_key"]


@pytest.mark.usefixtures("runs")
def test_the_parts_of_a_log_that_are_asked_for_are_shown(anywhere: Terminal) -> None:
    name = completed_run().name
    whole = anywhere("flow-run", "logs", name).splitlines()

    assert len(whole) > 2
    assert anywhere("flow-run", "logs", name, "--reverse").splitlines() == whole[::-1]
    assert anywhere("flow-run", "logs", name, "--head", "-n", "1").splitlines() == whole[:1]
    assert anywhere("flow-run", "logs", name, "--tail", "-n", "2").splitlines() == whole[-2:]
    assert anywhere("flow-run", "logs", name, "--follow").splitlines() == whole
    assert anywhere.json("flow-run", "logs", name)[0]["message"] in whole[0]
    assert "choose one" in anywhere("flow-run", "logs", name, "--head", "--tail", expect=1)
    assert "no other option" in anywhere("flow-run", "logs", name, "--follow", "--tail", expect=1)


@pytest.mark.usefixtures("runs")
def test_a_deleted_run_is_gone(anywhere: Terminal) -> None:
    run_id = str(flow_runs()[0].id)
    anywhere("flow-run", "delete", run_id)

    assert "There is no flow run" in anywhere("flow-run", "inspect", run_id, expect=1)
    assert "There is no flow run" in anywhere("flow-run", "delete", run_id, expect=1)
    assert len(anywhere.json("flow-run", "ls")) == 1


@pytest.mark.usefixtures("runs")
def test_task_runs_are_listed_shown_and_their_log_printed(anywhere: Terminal) -> None:
    (run,) = task_runs()

    assert "抽取-" in anywhere("task-run", "ls")
    assert anywhere.json("task-runs", "ls", "--flow-run-id", str(uuid4())) == []
    assert anywhere.json("task-run", "ls", "--state", "Completed")[0]["id"] == str(run.id)
    assert run.name in anywhere("task-run", "inspect", str(run.id))
    assert anywhere.json("task-run", "inspect", str(run.id))["states"]
    assert "抽取 1" in anywhere("task-run", "logs", str(run.id))
    assert "There is no task run" in anywhere("task-run", "inspect", str(uuid4()), expect=1)


@pytest.mark.usefixtures("runs")
def test_flows_are_listed(anywhere: Terminal) -> None:
    assert "数据抽取" in anywhere("flow", "ls")
    assert [found["name"] for found in anywhere.json("flows", "ls")] == ["数据抽取"]


@pytest.mark.usefixtures("runs")
def test_a_flow_is_shown_by_its_name_or_its_id(anywhere: Terminal) -> None:
    shown = anywhere.json("flow", "inspect", "数据抽取")

    assert anywhere.json("flow", "inspect", shown["id"]) == shown
    assert shown["name"] == "数据抽取"
    assert shown["id"] in anywhere("flow", "inspect", "数据抽取")
    told = anywhere("flow", "inspect", "数据抽", expect=1)
    assert "There is no flow '数据抽'. Did you mean '数据抽取'?" in told


def test_an_empty_database_says_what_to_do(anywhere: Terminal) -> None:
    assert "python my_flow.py" in anywhere("flow-run", "ls")
    assert "python my_flow.py" in anywhere("flow", "ls")
    assert anywhere.json("flow-run", "ls") == []


@pytest.mark.usefixtures("runs")
def test_a_name_that_is_almost_right_is_told(anywhere: Terminal) -> None:
    name = completed_run().name

    for command in ("inspect", "logs", "cancel", "delete", "watch", "retry"):
        assert f"Did you mean {name!r}?" in anywhere("flow-run", command, name[:-1], expect=1)


def test_of_a_run_that_is_not_starting_the_reason_is_told(anywhere: Terminal) -> None:
    run = triggered(deployed(WORKING))

    told = anywhere.json("flow-run", "inspect", str(run.id))["waiting_reason"]
    assert told["reason"] == "NOBODY_ASKS"
    assert told["message"] in anywhere("flow-run", "inspect", str(run.id))


def test_a_run_that_waits_is_cancelled_at_once(anywhere: Terminal) -> None:
    run = triggered(deployed(WORKING))

    assert "is cancelled" in anywhere("flow-run", "cancel", str(run.id))
    assert now_as(run).state_name == "Cancelled"
    assert "has ended" in anywhere("flow-run", "cancel", str(run.id), expect=1)


def test_a_run_is_watched_until_it_ends(anywhere: Terminal) -> None:
    deployment_id = deployed(WORKING)
    good, bad = triggered(deployment_id, x=1), triggered(deployment_id, x=2)
    assert "has not ended" in anywhere("flow-run", "watch", str(good.id), "--timeout", "0", expect=1)

    with running(deployment_id):
        told = anywhere("flow-run", "watch", str(good.id), "--timeout", "30")
        assert "prefect flow-run logs" in anywhere("flow-run", "watch", str(bad.id), expect=1)
        assert "抽取 1" in anywhere("flow-run", "logs", str(good.id), "--follow")

    assert "Completed" in told


def test_a_run_of_a_deployment_waits_to_be_run_again(anywhere: Terminal) -> None:
    deployment_id = deployed(WORKING)
    run = triggered(deployment_id, x=2)
    assert "has not ended" in anywhere("flow-run", "retry", str(run.id), expect=1)
    with running(deployment_id):
        anywhere("flow-run", "watch", str(run.id), expect=1)

    anywhere("flow-run", "retry", str(run.id))

    assert now_as(run).state_name == "AwaitingRetry"


def test_a_run_without_a_deployment_is_run_again_here(prefect: Terminal) -> None:
    Path("flows.py").write_text(
        "from pathlib import Path\nfrom prefect import flow\n\n\n"
        "@flow\ndef once_more(x):\n    assert Path('ready').exists(), x\n"
    )
    subprocess.run([sys.executable, "-c", "from flows import *; once_more(3)"], capture_output=True, check=False)
    run = the_flow_run()
    assert run.state_name == "Failed"
    assert "--entrypoint" in prefect("flow-run", "retry", run.name, expect=1)
    assert "names no function" in prefect("flow-run", "retry", run.name, "--entrypoint", "flows", expect=1)

    Path("ready").touch()
    told = subprocess.run(
        [sys.executable, "-m", "prefect", "flow-run", "retry", run.name, "--entrypoint", "flows.py:once_more"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert told.returncode == 0, told.stderr
    assert now_as(run).state_name == "Completed"
    assert now_as(run).parameters == {"x": 3}


def test_a_recorded_run_is_carried_out_here(prefect: Terminal) -> None:
    run = triggered(deployed(WORKING))
    told = subprocess.run(
        [sys.executable, "-m", "prefect", "flow-run", "execute", str(run.id)], capture_output=True, check=False
    )

    assert told.returncode == 0, told.stderr
    assert now_as(run).state_name == "Completed"
    assert "PREFECT__FLOW_RUN_ID" in prefect("flow-run", "execute", expect=1)


def test_names_and_messages_cannot_command_the_terminal(anywhere: Terminal) -> None:
    @flow(flow_run_name="a\x1b[2Jb\nc")
    def hostile() -> None:
        get_run_logger().info("\x1b]0;title\a told")

    hostile()
    run = the_flow_run()

    listed = anywhere("flow-run", "ls")
    inspected = anywhere("flow-run", "inspect", str(run.id))
    log = anywhere("flow-run", "logs", str(run.id))

    assert "\x1b" not in listed + inspected + log
    assert r"a\x1b[2Jb\nc" in listed
    assert r"a\x1b[2Jb\nc" in inspected
    assert r"\x1b]0;title\x07 told" in log
