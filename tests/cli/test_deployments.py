"""`prefect deployment …`"""

from __future__ import annotations

import io
from datetime import datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest

from prefect._domain.schedules import CronSchedule
from tests.cli.terminal import Terminal
from tests.recorded import the_flow_run
from tests.runner.scenes import deployed, running

CODE = """
@flow(log_prints=True)
def around(x: int = 1, 名字: str = "无"):
    print(x, 名字)
    if x == 2:
        raise ValueError("bad")
"""


@pytest.fixture
def deployment() -> UUID:
    """The deployment `around/test`, whose flow takes numbers and texts."""
    return deployed(CODE)


def scheduled(cron: str) -> UUID:
    """The deployment `around/test` with a schedule."""
    return deployed(CODE, schedules=[CronSchedule(cron)])


def test_no_deployments_says_what_to_do(anywhere: Terminal) -> None:
    assert "prefect deploy " in anywhere("deployment", "ls")
    assert anywhere.json("deployments", "ls") == []


def test_deployments_are_listed_with_their_schedules_in_words(anywhere: Terminal) -> None:
    scheduled("0 9 * * 1-5")
    (header, line) = anywhere("deployment", "ls").splitlines()

    assert header.split() == ["Name", "Status", "Schedules", "Pool", "Tags", "Id"]
    assert line.split()[0] == "around/test"
    assert "Monday to Friday at 09:00" in line
    assert [one["full_name"] for one in anywhere.json("deployment", "ls", "--flow-name", "around")] == ["around/test"]
    assert anywhere.json("deployment", "ls", "--flow-name", "other", "--by-created") == []


def test_a_deployment_is_shown(anywhere: Terminal) -> None:
    deployment_id = scheduled("0 9 * * *")
    shown = anywhere("deployment", "inspect", "around/test")

    assert "every day at 09:00" in shown
    assert "Next run" in shown
    assert "flows.py:around" in shown
    assert anywhere.json("deployment", "inspect", "test")["id"] == str(deployment_id)
    assert anywhere.json("deployment", "inspect", "--id", str(deployment_id))["full_name"] == "around/test"


@pytest.mark.usefixtures("deployment")
@pytest.mark.parametrize("command", ["inspect", "run", "delete", "pause", "resume"])
def test_a_deployment_that_is_not_there_is_told_with_one_that_is(prefect: Terminal, command: str) -> None:
    assert "Did you mean 'around/test'?" in prefect("deployment", command, "around/tset", expect=1)
    assert "Did you mean 'test'?" in prefect("deployment", command, "tset", expect=1)
    assert "prefect deployment ls" in prefect("deployment", command, "--id", str(uuid4()), expect=1)
    assert "FLOW/DEPLOYMENT" in prefect("deployment", command, expect=1)


@pytest.mark.usefixtures("deployment")
def test_a_run_is_made_with_parameters(anywhere: Terminal) -> None:
    told = anywhere("deployment", "run", "around/test", "-p", "x=3", "--param", "名字=数据", "--tag", "a")

    run = the_flow_run()
    assert run.name in told
    assert run.parameters == {"x": 3, "名字": "数据"}
    assert run.tags == ["a"]
    assert run.state_name == "Scheduled"


@pytest.mark.usefixtures("deployment")
def test_parameters_come_as_json_too(anywhere: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    made = anywhere.json("deployment", "run", "test", "--params", '{"x": 3}', "-p", "x=4", "--flow-run-name", "mine")
    monkeypatch.setattr("sys.stdin", io.StringIO('{"名字": "x=y"}'))
    other = anywhere.json("deployment", "run", "test", "--params", "-", "-jv", "env.A=b")

    assert (made["name"], made["parameters"]["x"]) == ("mine", 4)
    assert other["parameters"]["名字"] == "x=y"
    assert other["job_variables"] == {"env.A": "b"}


@pytest.mark.usefixtures("deployment")
def test_a_run_may_start_later(anywhere: Terminal) -> None:
    soon = anywhere.json("deployment", "run", "test", "--start-in", "2 hours")
    then = anywhere.json("deployment", "run", "test", "--start-at", "2040-01-31 09:00 Asia/Shanghai")

    wait = _moment(soon["expected_start_time"]) - datetime.now(timezone.utc)
    assert timedelta(minutes=119) < wait <= timedelta(hours=2)
    assert _moment(then["expected_start_time"]) == datetime(2040, 1, 31, 1, tzinfo=timezone.utc)
    assert "which starts in" in anywhere("deployment", "run", "test", "--start-in", "1 day")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


@pytest.mark.usefixtures("deployment")
@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["-p", "x"], "name=value"),
        (["--params", "{nonsense"], "--params is no JSON"),
        (["--params", "[1]"], "JSON object"),
        (["--start-in", "soon"], "2 hours"),
        (["--start-at", "someday"], "tomorrow 9:00"),
        (["--start-at", "9:00 Mars/Base"], "Mars/Base"),
        (["--start-in", "1h", "--start-at", "9:00"], "choose one"),
    ],
)
def test_what_cannot_be_run_is_told(prefect: Terminal, options: list[str], told: str) -> None:
    assert told in prefect("deployment", "run", "around/test", *options, expect=1)


def test_a_run_is_watched_from_its_making(anywhere: Terminal, deployment: UUID) -> None:
    with running(deployment):
        told = anywhere("deployment", "run", "test", "--watch", "--watch-timeout", "30")
        assert "ended Failed" in anywhere("deployment", "run", "test", "-p", "x=2", "--watch", expect=1)

    assert "Completed" in told


def test_a_deployment_is_paused_resumed_and_removed(anywhere: Terminal, deployment: UUID) -> None:
    anywhere("deployment", "pause", "around/test")
    assert "paused" in anywhere("deployment", "ls")
    anywhere("deployment", "resume", "around/test")
    assert "paused" not in anywhere("deployment", "ls")

    anywhere("deployment", "delete", "around/test")
    assert "no deployment" in anywhere("deployment", "inspect", "--id", str(deployment), expect=1)


def test_what_a_deployment_says_of_itself_is_changed(anywhere: Terminal, deployment: UUID) -> None:
    anywhere("deployment", "set", "around/test", "--expect-within", "1h 30m", "--concurrency-limit", "3")
    shown = anywhere("deployment", "inspect", "around/test")
    assert "1 h 30 min" in shown
    assert "0 of 3 taken" in shown

    anywhere("deployment", "set", "--id", str(deployment), "--expect-within", "none", "--description", "Daily.")
    told = anywhere.json("deployment", "inspect", "around/test")
    assert (told["expect_within"], told["concurrency_limit"], told["description"]) == (None, 3, "Daily.")


@pytest.mark.usefixtures("deployment")
@pytest.mark.parametrize(
    ("options", "told"),
    [
        ([], "Say what is to change"),
        (["--expect-within", "soon"], "soon"),
        (["--expect-within", "0"], "is a length of time after a run is due"),
        (["--concurrency-limit", "0"], "is a number from 1 on"),
    ],
)
def test_what_a_deployment_cannot_say_is_told(prefect: Terminal, options: list[str], told: str) -> None:
    assert told in prefect("deployment", "set", "around/test", *options, expect=1)


def test_all_deployments_are_removed_only_if_that_is_meant(anywhere: Terminal, deployment: UUID) -> None:
    assert "--yes" in anywhere("deployment", "delete", "--all", expect=1)
    assert "beside it" in anywhere("deployment", "delete", "test", "--all", expect=1)
    anywhere("deployment", "delete", "--all", "--yes")

    assert anywhere.json("deployment", "ls") == []


def test_schedules_are_made_listed_paused_and_removed(anywhere: Terminal, deployment: UUID) -> None:
    schedule = ("deployment", "schedule")
    assert "--cron" in anywhere(*schedule, "ls", "around/test")
    assert "every 15 minutes" in anywhere(*schedule, "create", "around/test", "--interval", "15 minutes")
    anywhere(*schedule, "create", "test", "--cron", "0 2 * * *", "--timezone", "Asia/Shanghai", "--no-active")
    first, second = anywhere.json(*schedule, "ls", "test")
    assert {first["in_words"], second["in_words"]} == {"every 15 minutes", "every day at 02:00 (Asia/Shanghai)"}
    assert "every 15 minutes" in anywhere(*schedule, "ls", "test")

    anywhere(*schedule, "pause", "test", "--all")
    assert [one["active"] for one in anywhere.json(*schedule, "ls", "test")] == [False, False]
    anywhere(*schedule, "resume", "test", first["id"])
    assert sorted(one["active"] for one in anywhere.json(*schedule, "ls", "test")) == [False, True]
    anywhere(*schedule, "delete", "test", second["id"])
    assert len(anywhere.json(*schedule, "ls", "test")) == 1
    anywhere(*schedule, "create", "test", "--rrule", "FREQ=DAILY", "--replace")
    assert [one["in_words"] for one in anywhere.json(*schedule, "ls", "test")] == ["every day"]
    anywhere(*schedule, "clear", "test", "-y")
    assert anywhere.json(*schedule, "ls", "test") == []


def test_the_schedules_of_all_deployments_are_paused_and_resumed(anywhere: Terminal, deployment: UUID) -> None:
    schedule = ("deployment", "schedule")
    anywhere(*schedule, "create", "test", "--cron", "0 2 * * *")

    assert "Paused 1 schedules of all deployments." in anywhere(*schedule, "pause", "--all", "--yes")
    assert [one["active"] for one in anywhere.json(*schedule, "ls", "test")] == [False]
    anywhere(*schedule, "resume", "--all", "--yes")
    assert [one["active"] for one in anywhere.json(*schedule, "ls", "test")] == [True]


@pytest.mark.usefixtures("deployment")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["create", "test"], "--cron"),
        (["create", "test", "--cron", "0 9 * * *", "--interval", "60"], "one of"),
        (["create", "test", "--cron", "nonsense"], "cron expression"),
        (["create", "test", "--interval", "soon"], "2 hours"),
        (["create", "test", "--interval", "0"], "at least a second"),
        (["create", "test", "--cron", "0 9 * * *", "--anchor-date", "2030-01-01"], "--interval"),
        (["create", "test", "--cron", "0 9 * * *", "--timezone", "Mars/Base"], "Mars/Base"),
        (["create", "tset", "--cron", "0 9 * * *"], "Did you mean 'test'?"),
        (["delete", "test", str(uuid4())], "prefect deployment schedule ls"),
        (["pause", "test"], "--all"),
    ],
)
def test_schedules_that_cannot_be_are_told(prefect: Terminal, arguments: list[str], told: str) -> None:
    assert told in prefect("deployment", "schedule", *arguments, expect=1)


def test_names_of_deployments_are_completed(prefect: Terminal, deployment: UUID) -> None:
    assert prefect("completion", "words", "--", "deployment", "run", "aro").split() == ["around/test"]
