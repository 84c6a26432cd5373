"""A pool's own job template says how its runs are started, filled with what the pool, deployment and run say."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from prefect._domain.job_templates import configured
from prefect._engine.recorders import recorder
from prefect.blocks.system import Secret
from prefect.runner.source import EmbeddedSource
from prefect.runner.starter import RunStarter
from prefect.settings import temporary_settings
from prefect.variables import Variable
from prefect.workers.base import BaseJobConfiguration
from prefect.workers.process import ProcessWorker
from tests._api.deployed import a_pool
from tests.runner.scenes import deployed, ended, now_as, state_of, triggered, written
from tests.serving import embedded, served

CODE = """
@flow
def around():
    note("found", "|".join(os.environ.get(name, "") for name in ("FIXED", "GREETING", "TOKEN", "OWN")))
    note("folder", os.getcwd())
    note("niceness", os.nice(0))
    print("hello")
"""
TEXT = {"type": "string"}


@pytest.fixture(params=["embedded", "server"])
def api(request: pytest.FixtureRequest) -> Iterator[str]:
    """What `PREFECT_API_URL` is for a worker: nothing, or the address of a real server."""
    if request.param == "embedded":
        yield ""
        return
    with served() as address:
        yield address


def pool_of(job: dict[str, Any], **variables: Any) -> None:
    """A pool whose template is that job over some variables of its own."""
    properties = {"env": {"type": "object"}, **variables}
    a_pool(embedded(), base_job_template={"job_configuration": job, "variables": {"properties": properties}})


def worked(api: str = "") -> None:
    with temporary_settings({"PREFECT_API_URL": api}):
        ProcessWorker("p").work(run_once=True)


def test_a_template_sets_the_environment_from_variables_of_its_own(api: str) -> None:
    job = {"env": {"FIXED": "as the pool says", "GREETING": "{{ greeting }}, {{ whom }}"}}
    pool_of(job, greeting={**TEXT, "default": "hello"}, whom={**TEXT, "default": "nobody"})
    run = triggered(deployed(CODE, work_pool_name="p", job_variables={"whom": "moon", "env": {"OWN": "1"}}))

    worked(api)

    assert state_of(now_as(run)).name == "Completed"
    assert written("found") == "as the pool says|hello, moon||1"


def test_a_template_names_blocks_and_variables_that_are_kept(api: str) -> None:
    Secret(value="s3cret-in-block").save("token")
    Variable.set("whom", "moon")
    job = {"env": {"TOKEN": "{{ prefect.blocks.secret.token }}", "GREETING": "hello {{ prefect.variables.whom }}"}}
    pool_of(job)
    deployment = deployed(CODE, work_pool_name="p", job_variables={"env": {"OWN": "{{ prefect.variables.whom }}"}})
    run = triggered(deployment)

    worked(api)

    assert state_of(now_as(run)).name == "Completed"
    assert written("found") == "|hello moon|s3cret-in-block|moon"
    told = str(embedded().get(f"/flow_runs/{run.id}").json) + str(embedded().get(f"/deployments/{deployment}").json)
    assert "s3cret-in-block" not in told


def test_a_variable_may_refer_to_a_block_by_its_id() -> None:
    document = Secret(value="s3cret-by-id").save("token")
    pool_of({"env": {"TOKEN": "{{ token }}"}}, token={"default": {"$ref": {"block_document_id": str(document)}}})
    run = triggered(deployed(CODE, work_pool_name="p"))

    worked()

    assert state_of(now_as(run)).name == "Completed"
    assert written("found").split("|")[2] == "s3cret-by-id"


def test_a_run_whose_template_names_what_there_is_not_crashes_and_says_what() -> None:
    pool_of({"env": {"TOKEN": "{{ prefect.blocks.secret.nowhere }}"}})
    run = triggered(deployed(CODE, work_pool_name="p"))

    worked()

    state = state_of(now_as(run))
    assert state.name == "Crashed"
    assert "There is no block 'nowhere' of the type 'secret'" in str(state.message)


def test_a_template_says_the_folder_and_the_command(api: str) -> None:
    Path("inner").mkdir()
    command = f"nice -n 3 {sys.executable} -m {{{{ module }}}}"
    pool_of(
        {"working_dir": "{{ root }}/inner", "command": command, "name": "{{ name }}", "labels": {"team": "{{ team }}"}},
        root={**TEXT, "default": str(Path.cwd())},
        module={**TEXT, "default": "prefect.engine"},
        name=TEXT,
        team=TEXT,
    )
    run = triggered(deployed(CODE, work_pool_name="p"))

    worked(api)

    assert ended(run).name == "Completed"
    assert Path("inner/folder").read_text().strip() == str(Path("inner").resolve())
    assert Path("inner/niceness").read_text().strip() == str(os.nice(0) + 3)


def test_a_command_of_a_template_is_no_shells() -> None:
    pool_of({"command": "{{ program }} {{ word }}"}, program={**TEXT, "default": "echo"}, word=TEXT)
    triggered(deployed(CODE, work_pool_name="p", job_variables={"word": "$(touch sentinel); touch sentinel `touch x`"}))

    worked()

    assert not Path("sentinel").exists()
    assert not Path("x").exists()


@pytest.mark.parametrize("streams", [True, False])
def test_a_template_says_whether_the_terminal_shows_what_runs_print(streams: bool) -> None:
    pool_of({"stream_output": "{{ shown }}"}, shown={"type": "boolean", "default": not streams})
    run = triggered(deployed(CODE, work_pool_name="p", job_variables={"shown": streams}))
    screen = StringIO()

    RunStarter(EmbeddedSource(recorder().db, pool="p"), echo=screen).run(once=True)

    assert state_of(now_as(run)).name == "Completed"
    assert ("hello" in screen.getvalue()) is streams


def test_what_a_run_says_counts_more_than_what_its_deployment_says() -> None:
    pool_of({"env": {"GREETING": "{{ greeting }}"}}, greeting={**TEXT, "default": "of the pool"})
    deployment = deployed(CODE, work_pool_name="p", job_variables={"greeting": "of the deployment"})
    embedded().post(f"/deployments/{deployment}/create_flow_run", {"job_variables": {"greeting": "of the run"}})

    worked()

    assert written("found") == "|of the run||"


TEMPLATE = {
    "job_configuration": {
        "whole": "{{ ports }}",
        "within": "a {{ ports }} {{ nobody }}.",
        "deep": [{"at": "{{ pod.name }}"}],
        "env": {"A": "1"},
        "number": 5,
        "left": "{{ nobody }}",
        "later": "{{ prefect.variables.x }}",
    },
    "variables": {},
}


def test_a_name_alone_becomes_the_value_and_within_a_text_it_becomes_text() -> None:
    assert configured(TEMPLATE, {"ports": [1, 2], "pod": {"name": "n"}, "env": {"B": "2"}}) == {
        "whole": [1, 2],
        "within": "a [1, 2] .",
        "deep": [{"at": "n"}],
        "env": {"A": "1", "B": "2"},
        "number": 5,
        "later": "{{ prefect.variables.x }}",
    }


def test_what_is_put_into_a_job_names_no_further_variable() -> None:
    template = {"job_configuration": {"a": "{{ x }}"}, "variables": {}}

    assert configured(template, {"x": "{{ y }}", "y": "1"}) == {"a": "{{ y }}"}


def test_lists_of_environment_variables_are_joined_by_name() -> None:
    secret = {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "shop", "key": "token"}}}
    template = {"job_configuration": {"env": [{"name": "A", "value": "1"}, secret]}, "variables": {}}

    job = configured(template, {"env": [{"name": "A", "value": "2"}, {"name": "B", "value": "3"}]})
    of_both_kinds = configured(template, {"env": {"A": "2"}})

    assert job["env"] == [{"name": "A", "value": "2"}, secret, {"name": "B", "value": "3"}]
    assert of_both_kinds["env"] == [{"name": "A", "value": "2"}, secret]


NULLABLE = {
    "job_configuration": {"image": "{{ image }}", "cpus": "{{ cpus }}", "env": "{{ env }}", "command": None},
    "variables": {"properties": {"image": {"default": "slim"}, "cpus": {"default": 2}, "env": {"default": {"A": "1"}}}},
}


class ImageConfiguration(BaseJobConfiguration):
    image: str | None = "whole"
    cpus: int = 1


@pytest.mark.parametrize(
    ("given", "image", "cpus"),
    [({}, "slim", 2), ({"image": None}, None, 2), ({"cpus": None}, "slim", 1), ({"env": None}, "slim", 2)],
)
def test_a_variable_that_is_given_as_none_is_none_where_that_can_be(
    given: dict[str, Any], image: str | None, cpus: int
) -> None:
    made = asyncio.run(ImageConfiguration.from_template_and_values(NULLABLE, given))

    assert (made.image, made.cpus, made.env) == (image, cpus, {"A": "1"})
