"""Deployments made from flows, entrypoints and storages."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from prefect import deploy, flow
from prefect._clock import new_id, now
from prefect._engine.recorders import recorder
from prefect._orchestration import work_pools
from prefect._orchestration.deployments import Found, WantedRun, create_run, read, read_by_name
from prefect.blocks.system import Secret
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments import RunnerDeployment
from prefect.docker import DockerImage
from prefect.flows import Flow
from prefect.runner.storage import GitRepository, LocalStorage
from prefect.schedules import Cron
from prefect.types.entrypoint import EntrypointType
from tests.recorded import events
from tests.repositories import Repository

CODE = """
from prefect import flow
from helpers import GREETING

@flow
def greet(name: str = "you") -> str:
    "Say hello."
    return f"{GREETING} {name}"
"""


@flow(version="7", description="Count it")
def count(upto: int = 3) -> int:
    return upto


def recorded(made: RunnerDeployment, **options: Any) -> Found:
    """What is recorded of a deployment that is applied."""
    found = read(recorder().db, made.apply(**options), now=now())
    assert found is not None
    return found


@pytest.fixture
def code(repository: Repository) -> Repository:
    """A repository with a flow that imports from beside it."""
    repository.commit({"flows/greeting.py": CODE, "flows/helpers.py": "GREETING = 'Hello'"})
    return repository


def test_a_flow_becomes_a_deployment_with_all_that_is_said_of_it() -> None:
    made = count.to_deployment(
        "nightly", cron="0 2 * * *", parameters={"upto": 5}, tags=["a"], concurrency_limit=2, paused=True
    )

    found = recorded(made)

    assert made.full_name == found.full_name == "count/nightly"
    assert made.concurrency_limit == 2
    deployment, [held] = found.deployment, found.schedules
    assert (deployment.version, deployment.description, deployment.tags) == ("7", "Count it", ["a"])
    assert deployment.parameters == {"upto": 5}
    assert deployment.parameter_openapi_schema["properties"]["upto"]["type"] == "integer"
    assert deployment.path == str(Path.cwd())
    assert str(deployment.entrypoint).endswith("test_runner_deployments.py:count")
    assert held.schedule == Cron("0 2 * * *").timing
    assert held.active
    assert deployment.paused
    assert found.limit is not None
    assert found.limit.limit == 2


def test_an_awaited_deployment_is_the_same() -> None:
    assert asyncio.run(count.ato_deployment("x", cron="@daily")).full_name == "count/x"


def test_programs_may_await_what_older_versions_gave_coroutines_for(code: Repository) -> None:
    async def main() -> UUID:
        greet = await flow.from_source(str(code.folder), "flows/greeting.py:greet")
        made = await greet.to_deployment("x")
        id: UUID = await made.apply()
        return id

    assert (
        asyncio.run(main()) == flow.from_source(str(code.folder), "flows/greeting.py:greet").to_deployment("x").apply()
    )


def test_a_flow_may_be_named_by_its_module() -> None:
    made = count.to_deployment("x", entrypoint_type=EntrypointType.MODULE_PATH)

    assert made.entrypoint == f"{__name__}.count"


def test_a_limit_says_what_becomes_of_one_run_too_many() -> None:
    limit = ConcurrencyLimitConfig(
        limit=3, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW, grace_period_seconds=120
    )

    found = recorded(count.to_deployment("x", concurrency_limit=limit))

    assert found.limit is not None
    assert found.limit.limit == 3
    assert found.deployment.concurrency_options == ("CANCEL_NEW", 120)
    with pytest.raises(ValueError, match="greater than or equal to 60"):
        ConcurrencyLimitConfig(limit=1, grace_period_seconds=5)


def test_a_flow_that_no_file_defines_cannot_be_deployed() -> None:
    space: dict[str, Any] = {}
    exec("from prefect import flow\n@flow\ndef lost(): ...", space)

    with pytest.raises(ValueError, match="No file defines the flow 'lost'"):
        space["lost"].to_deployment("x")


@pytest.mark.parametrize(
    "options",
    [
        {"name": "a/b"},
        {"name": "x", "cron": "soon"},
        {"name": "x", "cron": "@daily", "interval": 60},
        {"name": "x", "concurrency_limit": -1},
        {"name": "x", "concurrency_limit": ConcurrencyLimitConfig},
    ],
)
def test_what_does_not_fit_is_refused_where_it_is_said(options: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        count.to_deployment(**options)


def test_what_belongs_to_pools_needs_a_pool() -> None:
    with pytest.raises(ValueError, match="belong to work pools"):
        count.to_deployment("x", job_variables={"env": {}}).apply()
    with pytest.raises(ValueError, match="belong to work pools"):
        count.to_deployment("x", work_queue_name="fast").apply()


def test_an_entrypoint_becomes_a_deployment() -> None:
    Path("my.py").write_text(CODE.replace("from helpers import GREETING", "GREETING = 'Hi'"))

    found = recorded(RunnerDeployment.from_entrypoint("my.py:greet", "x"))

    assert (found.flow_name, found.deployment.entrypoint) == ("greet", "my.py:greet")
    assert found.deployment.description == "Say hello."


def test_a_flow_of_a_repository_is_loaded_and_remembers_where_from(code: Repository) -> None:
    greet = flow.from_source(str(code.folder), "flows/greeting.py:greet")
    remote = Flow.from_source(GitRepository(code.remote.url), "flows/greeting.py:greet")
    awaited = asyncio.run(flow.afrom_source(LocalStorage(code.folder), "flows/greeting.py:greet"))

    assert greet("you") == remote("you") == awaited("you") == "Hello you"
    made = remote.with_options(name="renamed").to_deployment("x")
    assert made.entrypoint == "flows/greeting.py:greet"
    assert recorded(made).deployment.pull_steps == [
        {"prefect.deployments.steps.git_clone": {"repository": code.remote.url}}
    ]
    assert recorded(made).deployment.path is None


def test_a_storage_becomes_a_deployment(code: Repository) -> None:
    storage = GitRepository(code.remote.url, branch="main")

    made = RunnerDeployment.from_storage(storage, "flows/greeting.py:greet", "x", tags=["t"])

    assert (made.flow_name, made.tags, made.storage) == ("greet", ["t"], storage)


def test_a_token_keeps_a_deployment_from_being_recorded_unless_a_block_holds_it(code: Repository) -> None:
    greet = flow.from_source(str(code.folder), "flows/greeting.py:greet")
    storage = GitRepository("https://example.com/a.git", {"access_token": "swordfish"})
    greet.source = greet.source._replace(storage=storage) if greet.source else None

    with pytest.raises(ValueError, match="would be stored as it is"):
        greet.to_deployment("x").apply()
    assert repr(Secret(value="swordfish")).count("swordfish") == 0


# -- pools ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def pools() -> None:
    """A pool that starts processes, and one that starts containers."""
    for kind in ("process", "docker"):
        work_pools.create(recorder().db, f"my-{kind}", type=kind, now=now(), new_id=new_id)


@pytest.mark.usefixtures("pools")
def test_deployments_go_to_a_pool(code: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    greet = flow.from_source(GitRepository(code.remote.url), "flows/greeting.py:greet")

    id = greet.deploy("x", "my-process", job_variables={"env": {"A": "1"}}, work_queue_name="fast")

    found = read(recorder().db, id)
    assert found is not None
    assert (found.work_pool_name, found.deployment.work_queue_name) == ("my-process", "fast")
    assert found.deployment.job_variables == {"env": {"A": "1"}}
    assert "prefect worker start --pool 'my-process'" in capsys.readouterr().out


def test_the_servers_own_pool_is_there_when_it_is_named() -> None:
    (id,) = deploy(count.to_deployment("x"), work_pool_name="default-agent-pool", ignore_warnings=True)

    found = read(recorder().db, id)
    assert found is not None
    assert found.work_pool_name == "default-agent-pool"


@pytest.mark.usefixtures("pools")
def test_several_deployments_go_to_the_usual_pool(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PREFECT_DEFAULT_WORK_POOL_NAME", "my-process")

    ids = deploy(count.to_deployment("a"), count.to_deployment("b"), print_next_steps_message=False)

    assert len(set(ids)) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "must run on this host" in told.err


@pytest.mark.usefixtures("pools")
def test_runs_that_could_not_find_their_code_are_refused(code: Repository) -> None:
    with pytest.raises(ValueError, match="do not see this folder"):
        count.deploy("x", "my-docker")
    with pytest.raises(ValueError, match="no work pool 'missing'"):
        count.deploy("x", "missing")
    with pytest.raises(ValueError, match="work_pool_name='my-pool'"):
        count.deploy("x")
    with pytest.raises(ValueError, match="nothing to deploy"):
        deploy(work_pool_name="my-process")


@pytest.mark.usefixtures("pools")
def test_an_image_that_is_there_is_named_to_the_runs() -> None:
    image = DockerImage("registry.example:5000/shop", tag="2")
    id = count.deploy("x", "my-docker", image=image, build=False, print_next_steps=False)

    found = read(recorder().db, id)
    assert found is not None
    assert found.deployment.job_variables == {"image": "registry.example:5000/shop:2"}
    assert found.deployment.path is None


@pytest.mark.usefixtures("pools")
def test_a_pool_without_images_is_given_none() -> None:
    with pytest.raises(ValueError, match="process pool 'my-process' start in no image"):
        count.deploy("x", "my-process", image="shop:1", build=False)
    with pytest.raises(ValueError, match="start in no image"):
        count.deploy("x", "default-agent-pool", image="shop:1", build=False)


@pytest.mark.usefixtures("pools")
def test_an_image_that_cannot_be_built_leaves_no_deployment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "docker", None)

    with pytest.raises(ImportError, match="pip install docker"):
        count.deploy("x", "my-docker", image="shop:1")

    assert read_by_name(recorder().db, "count", "x") is None


# -- runs -------------------------------------------------------------------------------------------------------------


def test_a_run_brings_its_code_by_pull_steps(code: Repository, tmp_path: Path) -> None:
    greet = flow.from_source(GitRepository(code.remote.url), "flows/greeting.py:greet")
    id = greet.to_deployment("x").apply()
    code.commit({"flows/helpers.py": "GREETING = 'Bye'; print('pulled anew')"})
    (tmp_path / "runs").mkdir()
    run = create_run(recorder().db, id, WantedRun(new_id(), "r"), now=now(), state_id=new_id())

    told = subprocess.run(
        [sys.executable, "-m", "prefect.engine", str(run.id)],
        env={**os.environ, "TMPDIR": str(tmp_path / "runs")},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert told.returncode == 0, told.stderr
    assert "pulled anew" in told.stdout
    assert "Running git_clone step" in told.stdout
    (event,) = events("prefect.flow-run.pull-step.")
    assert (event.event, event.resource_id) == ("prefect.flow-run.pull-step.executed", f"prefect.flow-run.{run.id}")
    assert (event.payload["index"], event.payload["step_name"]) == (0, "git_clone")
    assert event.payload["inputs"]["repository"] == code.remote.url
    assert [*Path.cwd().iterdir(), *(tmp_path / "runs").iterdir()] == []
