"""`prefect deploy`, `prefect init` and `prefect flow serve`, as a user runs them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from prefect._clock import new_id, now
from prefect._domain.actions import RunDeployment
from prefect._domain.automations import Automation
from prefect._domain.schedules import CronSchedule
from prefect._engine.recorders import recorder
from prefect._orchestration import automations, work_pools
from prefect._orchestration.deployments import Found, list_deployments
from prefect._wire.deployments import DeploymentUpdate
from prefect.client.orchestration import get_client
from prefect.deployments.project_file import read_project_file
from prefect.variables import Variable
from tests.cli.terminal import Terminal
from tests.recorded import the_flow_run
from tests.repositories import Repository

FLOWS = """
from prefect import flow

@flow(version="7")
def greet(name: str = "you") -> str:
    "Say hello."
    return f"Hello {name}"

@flow
def count(upto: int = 3) -> int:
    return upto
"""
PROJECT = """
name: shop
prefect-version: 3.8.0
definitions:
  morning: &morning
    cron: "0 8 * * *"
    timezone: Asia/Shanghai
deployments:
  - name: nightly
    entrypoint: flows.py:greet
    tags: [a, "{{ prefect.variables.team }}"]
    parameters: {name: "{{ $SHOP }}"}
    schedules: [*morning]
    expect_within: 1h 30m
    concurrency_limit: {limit: 2, collision_strategy: CANCEL_NEW}
    work_pool: {name: mine, work_queue_name: fast, job_variables: {env: {A: "1"}}}
  - name: hourly
    entrypoint: flows.py:count
    schedule: {interval: 3600}
    work_pool: {name: mine}
"""


@pytest.fixture(autouse=True)
def pool() -> None:
    """A pool, and the flows."""
    work_pools.create(recorder().db, "mine", now=now(), new_id=new_id)
    Variable.set("team", "north")
    Path("flows.py").write_text(FLOWS)


@pytest.fixture
def project(monkeypatch: pytest.MonkeyPatch) -> None:
    """A project with two deployments."""
    monkeypatch.setenv("SHOP", "corner")
    Path("prefect.yaml").write_text(PROJECT)


def deployed() -> dict[str, Found]:
    return {found.full_name: found for found in list_deployments(recorder().db, limit=20)}


@pytest.mark.usefixtures("project")
def test_everything_in_the_file_is_deployed_as_it_says(prefect: Terminal) -> None:
    said = prefect("deploy", "--all")

    assert "Deployed 'greet/nightly'" in said
    found = deployed()
    assert set(found) == {"greet/nightly", "count/hourly"}
    nightly = found["greet/nightly"]
    assert nightly.work_pool_name == "mine"
    assert nightly.deployment.work_queue_name == "fast"
    assert nightly.deployment.tags == ["a", "north"]
    assert nightly.deployment.parameters == {"name": "corner"}
    assert nightly.deployment.job_variables == {"env": {"A": "1"}}
    assert nightly.deployment.expect_within == 5400
    assert nightly.deployment.version == "7"
    assert nightly.deployment.description == "Say hello."
    assert nightly.deployment.parameter_openapi_schema["properties"]["name"]["type"] == "string"
    assert [held.schedule for held in nightly.schedules] == [CronSchedule("0 8 * * *", "Asia/Shanghai")]
    assert nightly.deployment.pull_steps == [
        {"prefect.deployments.steps.set_working_directory": {"directory": str(Path.cwd())}}
    ]


@pytest.mark.usefixtures("project")
def test_the_time_in_which_runs_are_expected_is_said_on_the_command_line(prefect: Terminal) -> None:
    prefect("deploy", "--name", "nightly", "--expect-within", "2h")
    assert deployed()["greet/nightly"].deployment.expect_within == 7200

    assert "soon" in prefect("deploy", "--name", "nightly", "--expect-within", "soon", expect=1)


TRIGGERS = """
deployments:
  - name: reacts
    entrypoint: flows.py:greet
    work_pool: {name: mine}
    triggers:
      - match: {prefect.resource.id: prefect.flow-run.*}
        expect: [prefect.flow-run.Failed]
        parameters: {name: "{{ event }}"}
      - type: compound
        name: both
        require: all
        within: 60
        schedule_after: PT1M
        triggers: [{expect: [a]}, {type: event, posture: Proactive, expect: [b], within: 30}]
"""


def recorded_triggers(full_name: str) -> list[Automation]:
    resource = f"prefect.deployment.{deployed()[full_name].deployment.id}"
    return automations.related_to(recorder().db, resource)


def test_triggers_of_the_file_are_recorded_and_replaced_by_what_options_say(prefect: Terminal) -> None:
    Path("prefect.yaml").write_text(TRIGGERS)

    prefect("deploy", "--all")
    both, event = recorded_triggers("greet/reacts")
    assert (both.name, both.trigger.type, event.name) == ("both", "compound", "reacts__automation_1")
    assert isinstance(event.actions[0], RunDeployment)
    assert event.actions[0].parameters == {"name": "{{ event }}"}

    Path("one.json").write_text('{"triggers": [{"expect": ["c"], "name": "from a file"}]}')
    sequence = '{"type": "sequence", "triggers": [{"expect": ["d"]}]}'
    prefect("deploy", "-n", "reacts", "--trigger", "one.json", "--trigger", sequence)
    file, said = recorded_triggers("greet/reacts")
    assert (file.name, said.name, said.trigger.type) == ("from a file", "reacts__automation_2", "sequence")


def test_a_bad_trigger_stops_the_deployment(prefect: Terminal) -> None:
    told = prefect(*("deploy", "flows.py:greet", "-n", "x", "-p", "mine", "--trigger", '{"threshold": 0}'), expect=1)

    assert "triggers[0]" in told
    assert "threshold" in told
    assert deployed() == {}


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(
    ("names", "meant"),
    [
        (["nightly"], {"greet/nightly"}),
        (["greet/nightly"], {"greet/nightly"}),
        (["*ly"], {"greet/nightly", "count/hourly"}),
        (["count/*"], {"count/hourly"}),
        (["nightly", "hourly"], {"greet/nightly", "count/hourly"}),
    ],
)
def test_names_and_patterns_say_what_is_deployed(prefect: Terminal, names: list[str], meant: set[str]) -> None:
    prefect("deploy", *(word for name in names for word in ("-n", name)))

    assert set(deployed()) == meant


@pytest.mark.usefixtures("project")
def test_options_come_before_the_file(prefect: Terminal) -> None:
    prefect(
        *(
            "deploy",
            "-n",
            "nightly",
            "-t",
            "b",
            "--version",
            "8",
            "-q",
            "slow",
            "-jv",
            "env.B=2",
            "-jv",
            "stream_output=false",
        ),
        *("--param", "name=me", "--cron", "0 9 * * *", "--interval", "PT1H", "--timezone", "UTC"),
        *("--description", "other", "--no-enforce-parameter-schema"),
    )

    found = deployed()["greet/nightly"]
    one = found.deployment
    assert (one.tags, one.version, one.work_queue_name, one.description) == (["b"], "8", "slow", "other")
    assert one.job_variables == {"env": {"A": "1"}, "env.B": "2", "stream_output": False}
    assert one.parameters == {"name": "me"}
    assert not one.enforce_parameter_schema
    assert {type(held.schedule).__name__ for held in found.schedules} == {"CronSchedule", "IntervalSchedule"}


def test_a_flow_is_deployed_without_a_file(prefect: Terminal) -> None:
    prefect("deploy", "flows.py:count", "--name", "x", "--pool", "mine", "--params", '{"upto": 5}', "--no-prompt")

    assert deployed()["count/x"].deployment.parameters == {"upto": 5}


def test_schedules_that_the_file_does_not_name_stay(prefect: Terminal) -> None:
    prefect("deploy", "flows.py:count", "-n", "x", "-p", "mine", "--cron", "@daily")
    prefect("deploy", "flows.py:count", "-n", "x", "-p", "mine")

    assert [held.schedule for held in deployed()["count/x"].schedules] == [CronSchedule("@daily")]


def test_steps_build_and_push_before_it_is_recorded(prefect: Terminal) -> None:
    Path("prefect.yaml").write_text(
        """
build:
  - prefect.deployments.steps.run_shell_script: {id: tag, script: echo v1, stream_output: false}
push:
  - prefect.deployments.steps.run_shell_script: {script: "touch pushed-{{ tag.stdout }}"}
pull:
  - prefect.deployments.steps.git_clone:
      repository: https://example.com/a.git
      branch: "{{ tag.stdout }}"
      access_token: "{{ prefect.blocks.secret.token }}"
      clone_directory_name: "{{ $LATER }}"
deployments:
  - {name: x, entrypoint: "flows.py:count", version: "{{ tag.stdout }}", work_pool: {name: mine}}
  - {name: none, entrypoint: "flows.py:count", pull: [], work_pool: {name: mine}}
"""
    )

    said = prefect("deploy", "--all")

    assert "Running run_shell_script step" in said
    assert Path("pushed-v1").exists()
    found = deployed()
    assert found["count/x"].deployment.version == "v1"
    assert found["count/x"].deployment.pull_steps == [
        {
            "prefect.deployments.steps.git_clone": {
                "repository": "https://example.com/a.git",
                "branch": "v1",
                "access_token": "{{ prefect.blocks.secret.token }}",
                "clone_directory_name": "{{ $LATER }}",
            }
        }
    ]
    assert found["count/none"].deployment.pull_steps == []


@pytest.mark.parametrize(
    ("file", "arguments", "sentence"),
    [
        (None, [], "Say which flow"),
        (None, ["flows.py:count", "--no-prompt"], "needs a name"),
        (None, ["flows.py:count", "-n", "x", "-p", "none"], "There is no work pool 'none'"),
        (None, ["flows.py:nothing", "-n", "x", "-p", "mine"], "has no 'nothing'"),
        (None, ["--prefect-file", "other.yaml"], "no file 'other.yaml'"),
        (None, ["flows.py:count", "-n", "x", "-p", "mine", "--param", "x"], "--param takes name=value"),
        (None, ["flows.py:count", "-n", "x", "-p", "mine", "--params", "[1]"], "takes a JSON object"),
        (None, ["flows.py:count", "-n", "x", "-p", "mine", "--cron", "soon"], "no cron expression"),
        (None, ["flows.py:count", "-n", "x", "-p", "mine", "--anchor-date", "2026-01-01"], "say --interval"),
        (PROJECT, ["-n", "weekly"], "No deployment of the file is meant by 'weekly'"),
        (PROJECT, ["--no-prompt"], "has several deployments: nightly, hourly"),
        (
            "deployments: [{name: a, entrypoint: 'flows.py:count', work_pool: {name: mine}}, "
            "{name: b, entrypoint: 'flows.py:nothing'}, {name: c, entrypoint: 'flows.py:count', version: "
            "'{{ prefect.variables.none }}', work_pool: mine}]",
            ["--all"],
            "Nothing was deployed. b: ",
        ),
        (
            "deployments: [{name: a, entrypoint: 'flows.py:count', work_pool: none}, "
            "{name: b, entrypoint: 'flows.py:count', work_pool: none}]",
            ["--all"],
            "Nothing was deployed. a, b: There is no work pool 'none'.",
        ),
        ("deployments: {a: 1}", ["--all"], "deployments: Input should be a valid list"),
        ("deployments: []", ["--all"], "has no deployments"),
        ("a: [", ["--all"], "is no YAML"),
        ("a: &a [*a]", ["--all"], "holds itself"),
        ("deployments: [{name: x, work_pool: {name: mine}}]", [], "names no entrypoint"),
        (
            "build: [{no.such.step: {}}]\ndeployments: [{name: x, entrypoint: 'flows.py:count'}]",
            [],
            "The step no.such.step failed",
        ),
    ],
)
def test_what_cannot_be_deployed_is_said_and_nothing_recorded(
    prefect: Terminal, file: str | None, arguments: list[str], sentence: str
) -> None:
    if file is not None:
        Path("prefect.yaml").write_text(file)

    told = prefect("deploy", *arguments, expect=1)

    assert sentence in told
    assert deployed() == {}


def test_a_deployment_without_a_pool_waits_in_the_servers_own(prefect: Terminal) -> None:
    told = prefect("deploy", "flows.py:count", "-n", "x")

    assert "names no work pool; its runs wait in the server's own, 'default-agent-pool'" in told
    assert deployed()["count/x"].work_pool_name == "default-agent-pool"


def test_a_variable_that_is_not_set_is_told_and_left_out(prefect: Terminal) -> None:
    Path("prefect.yaml").write_text(
        "deployments: [{name: '{{ $STAGE }} x', entrypoint: 'flows.py:count', "
        "version: '{{ $NOWHERE }}', work_pool: mine}]"
    )

    told = prefect("deploy", "-n", "dev x", STAGE="dev")

    assert "Warning: the deployment 'dev x' names the environment variable 'NOWHERE', which is not set here." in told
    assert "NOWHERE" not in str(deployed()["count/dev x"].deployment.version)


def test_what_was_set_by_hand_stays_when_it_is_deployed_again(prefect: Terminal) -> None:
    file = "deployments: [{{name: x, entrypoint: 'flows.py:count', work_pool: mine, schedules: {}}}]"
    Path("prefect.yaml").write_text(file.format("[{cron: '0 6 * * *'}, {interval: 3600, slug: hourly}]"))
    prefect("deploy", "--all")
    with get_client(sync_client=True) as client:
        there = client.read_deployment_by_name("count/x")
        for held in there.schedules:
            client.update_deployment_schedule(there.id, held.id, active=False)
        client.update_deployment(there.id, DeploymentUpdate(concurrency_limit=3, description="by hand"))
        client.pause_deployment(there.id)

    prefect("deploy", "--all")

    with get_client(sync_client=True) as client:
        after = client.read_deployment_by_name("count/x")
    assert [held.active for held in after.schedules] == [False, False]
    assert after.global_concurrency_limit is not None
    assert (after.global_concurrency_limit.limit, after.description, after.paused) == (3, "by hand", True)

    Path("prefect.yaml").write_text(file.format("[{cron: '0 6 * * *', active: true}]"))
    prefect("deploy", "--all")
    assert [held.active for held in deployed()["count/x"].schedules] == [True]

    Path("prefect.yaml").write_text(file.format("[]"))
    prefect("deploy", "--all")
    assert deployed()["count/x"].schedules == []


# -- beginning a project ----------------------------------------------------------------------------------------------


def test_a_project_of_the_template_runs_as_it_is(prefect: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("shop").mkdir()
    monkeypatch.chdir("shop")

    said = prefect("init", "--template", "project", "--name", "My: shop")
    ran = python("main.py", APP_CURRENCY="CNY")
    python("main.py", "deploy")
    from_code = deployed()
    prefect("deploy", "--all")

    assert "flows/report.py" in said
    assert Path("reports/report.txt").read_text() == "Orders: 67.4 CNY\n"
    assert "Finished in state Completed" in ran.stderr
    assert the_flow_run().name in ran.stderr
    assert set(from_code) == set(deployed()) == {"daily-report/every-morning", "daily-report/on-demand"}
    assert [held.schedule for held in deployed()["daily-report/every-morning"].schedules] == [
        CronSchedule("0 8 * * *", "UTC")
    ]
    assert prefect("init", "--template", "project").startswith("Nothing was written")


def python(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    told = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert told.returncode == 0, told.stderr
    return told


def test_a_project_begins_with_a_file_that_can_be_deployed(prefect: Terminal) -> None:
    said = prefect("init", "--recipe", "local", "--no-prompt")

    assert said == "Written: prefect.yaml, .prefectignore\n"
    assert "set_working_directory" in Path("prefect.yaml").read_text()
    prefect("deploy", "flows.py:count", "-n", "x", "-p", "mine")
    assert deployed()["count/x"].deployment.pull_steps is not None


def test_within_a_repository_its_remote_is_where_the_code_is(
    prefect: Terminal, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit({"a.py": ""})
    repository.git("remote", "add", "origin", "https://me:swordfish@example.com/a.git")
    monkeypatch.chdir(repository.folder)

    prefect("init", "--no-prompt")

    told = Path("prefect.yaml").read_text()
    assert "repository: https://example.com/a.git" in told
    assert "branch: main" in told
    assert "swordfish" not in told


@pytest.mark.parametrize("recipe", ["docker", "docker-git", "docker-s3", "s3", "gcs", "azure"])
def test_every_recipe_writes_a_file_that_can_be_read(prefect: Terminal, recipe: str) -> None:
    prefect("init", "--recipe", recipe, "--field", "bucket=b", "--field", "image_name=shop", "--no-prompt")

    project = read_project_file(Path("prefect.yaml"))
    assert project.pull
    assert (project.build is not None) == recipe.startswith("docker")


def test_an_unknown_recipe_is_refused(prefect: Terminal) -> None:
    assert "There is no recipe 'tape'; there are local, git" in prefect("init", "--recipe", "tape", expect=1)


# -- serving ----------------------------------------------------------------------------------------------------------


def test_a_flow_is_served_from_the_command_line() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "prefect", "flow", "serve", "flows.py:count", "-n", "x", "--cron", "@daily", "-t", "a"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    said = list(iter(process.stdout.readline, "Ctrl-C ends it.\n"))
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)

    assert process.returncode == 0
    assert said[0] == "Serving count/x\n"
    assert deployed()["count/x"].deployment.tags == ["a"]
    assert [held.schedule for held in deployed()["count/x"].schedules] == [CronSchedule("@daily")]


def test_a_key_that_means_nothing_is_told_with_the_one_that_is_meant() -> None:
    told = project_doubts(
        """
        deploymentz: []
        definitions: {anything: 1}
        deployments:
        - {name: one, entrypoint: "flows.py:hello", scheduls: [], sla: {}, work_pool: {name: p, job_vars: {}}}
        - {name: three, concurrency_limit: {collision_strategy: CANCEL_NEW}}
        - {name: two, concurrency_limit: {limit: 1, colission_strategy: CANCEL_NEW}, colour: red, sla: [{name: a}]}
        """
    )

    assert told == [
        "the key 'deploymentz' means nothing; did you mean 'deployments'?",
        "the key 'scheduls' of the deployment 'one' means nothing; did you mean 'schedules'?",
        "the key 'job_vars' of the work pool of the deployment 'one' means nothing; did you mean 'job_variables'?",
        "the concurrency limit of the deployment 'three' has no 'limit', so it limits nothing.",
        "the key 'colour' of the deployment 'two' means nothing here.",
        "the key 'sla' of the deployment 'two' means nothing here. A hosted service watches over service level "
        "agreements, and there is none here: they have no effect.",
        "the key 'colission_strategy' of the concurrency limit of the deployment 'two' means nothing; did you mean "
        "'collision_strategy'?",
    ]


def project_doubts(text: str) -> list[str]:
    """What is to be said of the keys of a `prefect.yaml`."""
    Path("doubtful.yaml").write_text(dedent(text))
    return list(read_project_file(Path("doubtful.yaml")).doubts())


def test_a_project_is_begun_by_either_name(prefect: Terminal) -> None:
    assert prefect("deploy", "init", "--help") == prefect("init", "--help")
