"""`prefect deployment build`, `apply` and `set-schedule`, as older programs and their notes have them."""

from __future__ import annotations

from pathlib import Path

import pytest

from prefect.filesystems import LocalFileSystem
from prefect.infrastructure import Process
from tests.cli.terminal import Terminal

FLOW = """
from prefect import flow

@flow
def etl(x: int = 1):
    print(x)
"""


@pytest.fixture(autouse=True)
def a_flow() -> None:
    Path("flows.py").write_text(FLOW)


def test_a_deployment_is_built_into_a_file_and_applied(anywhere: Terminal) -> None:
    told = anywhere("deployment", "build", "flows.py:etl", "-n", "nightly", "--cron", "0 2 * * *", "--param", "x=3")
    assert "prefect deployment apply etl-deployment.yaml" in told
    assert anywhere.json("deployment", "ls") == []

    anywhere("deployment", "apply", "etl-deployment.yaml")

    (held,) = anywhere.json("deployment", "ls")
    assert held["full_name"] == "etl/nightly"
    assert held["parameters"] == {"x": 3}
    assert held["work_pool_name"] == "default-agent-pool"
    assert held["schedules"][0]["schedule"]["cron"] == "0 2 * * *"


def test_a_deployment_is_built_and_applied_at_once(anywhere: Terminal) -> None:
    anywhere("work-pool", "create", "mine")
    told = anywhere(
        *("deployment", "build", "flows.py:etl", "-n", "nightly", "-o", "mine.yaml", "--apply"),
        *("-t", "a", "-q", "urgent", "-p", "mine", "--interval", "1 hour", "--override", "env.A=1"),
    )

    assert "prefect deployment run etl/nightly" in told
    held = anywhere.json("deployment", "inspect", "etl/nightly")
    assert (held["work_pool_name"], held["work_queue_name"], held["tags"]) == ("mine", "urgent", ["a"])
    assert Path("mine.yaml").exists()


def test_code_goes_into_a_storage_block(prefect: Terminal, tmp_path: Path) -> None:
    LocalFileSystem(basepath=str(tmp_path / "kept")).save("mine")

    prefect("deployment", "build", "flows.py:etl", "-n", "nightly", "-sb", "local-file-system/mine/sub", "--apply")

    assert (tmp_path / "kept" / "sub" / "flows.py").read_text() == FLOW


def test_a_block_says_what_the_runs_are(prefect: Terminal) -> None:
    Process(env={"STAGE": "test"}).save("mine")

    prefect("deployment", "build", "flows.py:etl", "-n", "nightly", "-ib", "process/mine", "--apply")

    assert prefect.json("deployment", "inspect", "nightly")["job_variables"] == {"env": {"STAGE": "test"}}


def test_the_schedule_of_a_deployment_is_set_paused_and_resumed(anywhere: Terminal) -> None:
    anywhere("deployment", "build", "flows.py:etl", "-n", "nightly", "--cron", "0 2 * * *", "--apply")

    anywhere("deployment", "set-schedule", "etl/nightly", "--interval", "PT1H")
    assert [one["in_words"] for one in anywhere.json("deployment", "schedule", "ls", "nightly")] == ["every hour"]
    anywhere("deployment", "pause-schedule", "etl/nightly")
    assert anywhere.json("deployment", "inspect", "nightly")["paused"]
    anywhere("deployment", "resume-schedule", "etl/nightly")
    assert not anywhere.json("deployment", "inspect", "nightly")["paused"]
    anywhere("deployment", "set-schedule", "etl/nightly", "--no-schedule")
    assert anywhere.json("deployment", "schedule", "ls", "nightly") == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["build", "flows.py", "-n", "x"], "names no function"),
        (["build", "nowhere.py:etl", "-n", "x"], "nowhere.py"),
        (["build", "flows.py:nothing", "-n", "x"], "nothing"),
        (["build", "flows.py:etl", "-n", "a/b"], "a/b"),
        (["build", "flows.py:etl", "-n", "x", "--infra", "docker-container"], "--pool NAME"),
        (["build", "flows.py:etl", "-n", "x", "-ib", "kubernetes-job/mine"], "--pool NAME"),
        (["build", "flows.py:etl", "-n", "x", "-sb", "local-file-system"], "TYPE/NAME"),
        (["build", "flows.py:etl", "-n", "x", "-sb", "local-file-system/gone"], "prefect block ls"),
        (["build", "flows.py:etl", "-n", "x", "--interval", "soon"], "2 hours"),
        (["apply"], "Name a file"),
        (["apply", "nowhere.yaml"], "nowhere.yaml"),
        (["apply", "flows.py"], "flows.py"),
        (["set-schedule", "etl/nightly"], "--cron"),
        (["pause-schedule", "etl/nightly"], "prefect deployment ls"),
    ],
)
def test_what_cannot_be_done_is_told(prefect: Terminal, arguments: list[str], told: str) -> None:
    assert told in prefect("deployment", *arguments, expect=1)
