"""What clients say of a run's process: it goes as far as the run's pool lets it, and troubles no other run."""

from __future__ import annotations

from typing import Any

import pytest

from prefect._clock import new_id
from prefect._domain.job_templates import PROCESS
from prefect._engine.recorders import recorder
from tests._api.deployed import a_deployment, a_pool
from tests.runner.scenes import deployed, ended, running, triggered, written
from tests.serving import embedded

CODE = """
@flow
def around():
    note("found", os.environ.get("LD_PRELOAD", "nothing"))
"""
UNFIT: list[dict[str, Any]] = [
    {"env": "x"},
    {"env": ["a"]},
    {"env": {"A": "\0"}},
    {"env": {"A=B": "1"}},
    {"env": {"": "1"}},
    {"env": {"A": {"b": 1}}},
    {"working_dir": 5},
    {"working_dir": "\0"},
    {"command": 7},
    {"command": "echo 'x"},
]


@pytest.mark.parametrize("variables", UNFIT)
def test_job_variables_that_start_no_process_are_refused(variables: dict[str, Any]) -> None:
    api = embedded()
    path = f"/deployments/{a_deployment(api)['id']}/create_flow_run"

    assert api.post(path, {"job_variables": variables}).status == 422
    assert api.post("/deployments/", {"name": "e", "flow_id": str(new_id()), "job_variables": variables}).status >= 400


def test_a_run_that_cannot_be_started_crashes_and_others_start() -> None:
    deployment = deployed(CODE)
    bad, good = triggered(deployment), triggered(deployment)
    with recorder().db.write() as conn:
        conn.execute("UPDATE flow_run SET job_variables = ? WHERE id = ?", ('{"env": "{{ x }}"}', str(bad.id)))

    with running(deployment):
        assert ended(good).is_completed()
        assert ended(bad).is_crashed()


def test_a_pool_says_which_variables_of_the_environment_may_be_set() -> None:
    api = embedded()
    env = {**PROCESS["variables"]["properties"]["env"], "propertyNames": {"not": {"pattern": "^(LD_|PATH$)"}}}
    strict = {"properties": {**PROCESS["variables"]["properties"], "env": env}, "type": "object"}
    a_pool(api, base_job_template={**PROCESS, "variables": strict})
    path = f"/deployments/{a_deployment(api, work_pool_name='p')['id']}/create_flow_run"

    assert api.post(path, {"job_variables": {"env": {"LD_PRELOAD": "x.so"}}}).status == 409
    assert api.post(path, {"job_variables": {"env": {"GREETING": "hello"}}}).status == 201


def test_what_a_pool_does_not_declare_is_not_set() -> None:
    api = embedded()
    a_pool(api, base_job_template={"job_configuration": {}, "variables": {"properties": {"name": {}}}})
    deployment = deployed(CODE, work_pool_name="p", job_variables={"env": {"LD_PRELOAD": "x.so"}, "command": "false"})

    with running(deployment):
        assert ended(triggered(deployment)).is_completed()

    assert written("found") == "nothing"


def test_what_decides_which_code_is_loaded_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    deployment = deployed(CODE, job_variables={"env": {"LD_PRELOAD": ""}})

    with running(deployment):
        assert ended(triggered(deployment)).is_completed()
        assert ended(triggered(deployment)).is_completed()

    assert capsys.readouterr().err.count("sets LD_PRELOAD, which decides what code its process loads") == 1
