"""`prefect work-pool …` and `prefect work-queue …`"""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import pytest

from tests.cli.terminal import Terminal, in_its_own_process
from tests.runner.scenes import deployed, triggered

CODE = "@flow\ndef around(): pass"


def test_no_pools_says_what_to_do(anywhere: Terminal) -> None:
    assert "prefect work-pool create" in anywhere("work-pool", "ls")


def test_a_pool_is_made_shown_changed_and_removed(anywhere: Terminal, tmp_path: Path) -> None:
    told = anywhere("work-pool", "create", "数据", "--concurrency-limit", "4", "--description", "large")
    assert "prefect worker start --pool '数据'" in told

    assert "0 of 4" in anywhere("work-pools", "ls", "--verbose")
    anywhere("work-pool", "pause", "数据")
    assert anywhere.json("work-pool", "ls")[0]["status"] == "PAUSED"
    anywhere("work-pool", "resume", "数据")
    anywhere("work-pool", "set-concurrency-limit", "数据", "7")
    assert "0 of 7" in anywhere("work-pool", "inspect", "数据")
    anywhere("work-pool", "clear-concurrency-limit", "数据")
    anywhere("work-pool", "update", "数据", "--description", "small")
    held = anywhere.json("work-pool", "inspect", "数据")
    assert (held["concurrency_limit"], held["description"]) == (None, "small")
    assert [queue["name"] for queue in held["queues"]] == ["default"]
    anywhere("work-pool", "delete", "数据")
    assert anywhere.json("work-pool", "ls") == []


def test_a_pools_job_template_comes_from_a_file(anywhere: Terminal, tmp_path: Path) -> None:
    file = tmp_path / "template.json"
    anywhere("work-pool", "get-default-base-job-template", "--file", str(file))
    template = json.loads(file.read_text())
    template["variables"]["properties"]["env"]["default"] = {"A": "b"}
    file.write_text(json.dumps(template))

    anywhere("work-pool", "create", "mine", "--base-job-template", str(file))

    held = anywhere.json("work-pool", "inspect", "mine")["base_job_template"]
    assert held == template
    assert json.loads(anywhere("work-pool", "get-default-base-job-template")) != template


def test_a_pool_of_a_type_whose_package_is_elsewhere_has_what_is_known_of_its_jobs(anywhere: Terminal) -> None:
    anywhere("work-pool", "create", "cloud", "--type", "ecs")

    held = anywhere.json("work-pool", "inspect", "cloud")["base_job_template"]
    assert held == json.loads(anywhere("work-pool", "get-default-base-job-template", "--type", "ecs"))
    assert held["variables"]["properties"]["launch_type"]["default"] == "FARGATE"
    assert held["job_configuration"]["task_definition"]["family"] == "{{ family }}"


def test_a_pool_becomes_the_default_of_the_profile(prefect: Terminal) -> None:
    prefect("work-pool", "create", "mine", "--set-as-default")

    assert "PREFECT_DEPLOYMENTS_DEFAULT_WORK_POOL_NAME='mine'" in in_its_own_process("config", "view")
    assert "mine (default)" in in_its_own_process("work-pool", "ls")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["create", "mine"], "--overwrite"),
        (["create", "prefect-mine"], "kept for the system"),
        (["create", "a/b"], "a/b"),
        (["create", "new", "--base-job-template", "nowhere.json"], "nowhere.json"),
        (["create", "new", "--provision-infra"], "--provision-infra"),
        (["create", "new", "--concurrency-limit", "-1"], "concurrency_limit"),
        (["inspect", "mind"], "Did you mean 'mine'?"),
        (["update", "mine"], "--description"),
        (["pause", "other"], "prefect work-pool ls"),
        (["preview", "other"], "prefect work-pool ls"),
        (["slots", "other"], "prefect work-pool ls"),
        (["get-default-base-job-template", "--type", "moon"], "process"),
        (["create", "new", "--type", "moon"], "The types are: azure-container-instance, "),
    ],
)
def test_what_cannot_be_done_is_told(anywhere: Terminal, arguments: list[str], told: str) -> None:
    anywhere("work-pool", "create", "mine")

    assert told in anywhere("work-pool", *arguments, expect=1)


def test_queues_are_made_shown_changed_and_removed(anywhere: Terminal) -> None:
    queue = "work-queue"
    anywhere("work-pool", "create", "mine")
    anywhere(queue, "create", "urgent", "--pool", "mine", "--limit", "2", "--priority", "1")

    assert anywhere("work-queues", "ls", "-p", "mine").splitlines()[1].split()[:3] == ["urgent", "mine", "1"]
    assert [one["name"] for one in anywhere.json(queue, "ls", "--match", "urg")] == ["urgent"]
    assert "0 of 2" in anywhere(queue, "inspect", "urgent", "-p", "mine")
    anywhere(queue, "pause", "urgent", "-p", "mine")
    anywhere(queue, "set-concurrency-limit", "urgent", "5", "-p", "mine")
    held = anywhere.json(queue, "inspect", "urgent", "-p", "mine")
    assert (held["status"], held["concurrency_limit"]) == ("PAUSED", 5)
    anywhere(queue, "resume", held["id"])
    anywhere(queue, "clear-concurrency-limit", held["id"])
    held = anywhere.json(queue, "inspect", held["id"])
    assert (held["is_paused"], held["concurrency_limit"]) == (False, None)
    assert "Nothing runs" in anywhere(queue, "slots", "urgent", "-p", "mine")
    assert "already" in anywhere(queue, "create", "urgent", "-p", "mine", expect=1)
    assert "Did you mean 'urgent'?" in anywhere(queue, "inspect", "urgnt", "-p", "mine", expect=1)
    assert "--pool" in anywhere(queue, "inspect", "urgent", expect=1)
    assert "prefect work-pool ls" in anywhere(queue, "inspect", "urgent", "-p", "other", expect=1)
    assert "no work queue" in anywhere(queue, "delete", str(uuid4()), expect=1)
    anywhere(queue, "delete", "urgent", "-p", "mine")
    assert [one["name"] for one in anywhere.json(queue, "ls", "-p", "mine")] == ["default"]


def test_runs_that_are_going_to_start_are_listed(anywhere: Terminal) -> None:
    run = triggered(deployed(CODE, work_pool_name="default-agent-pool"))

    assert run.name in anywhere("work-pool", "preview", "default-agent-pool")
    assert [one["id"] for one in anywhere.json("work-pool", "preview", "--hours", "2")] == [str(run.id)]
    assert run.name in anywhere("work-queue", "preview", "default")
    assert [one["id"] for one in anywhere.json("work-queue", "read-runs", "default")] == [str(run.id)]
    assert "0 running" in anywhere("work-pool", "slots", "default-agent-pool")
    assert anywhere.json("work-pool", "slots", "default-agent-pool")["active_slots"] == 0
    anywhere("work-pool", "create", "other")
    assert "No runs are due" in anywhere("work-pool", "preview", "other")
