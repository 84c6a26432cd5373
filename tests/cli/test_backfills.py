"""`prefect deployment backfill`, and `prefect backfill …`"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from uuid import UUID

import pytest

from prefect._clock import new_id, now
from prefect._domain.schedules import CronSchedule
from prefect._engine.recorders import recorder
from prefect._orchestration.duties.backfilling import make_runs
from tests.cli.terminal import Terminal
from tests.recorded import flow_runs
from tests.runner.scenes import deployed

CODE = """
@flow
def around(day: str = ""):
    pass
"""
SPAN = ("--from", "2026-03-01 UTC", "--to", "2026-03-04 UTC")


@pytest.fixture(autouse=True)
def deployment(monkeypatch: pytest.MonkeyPatch) -> UUID:
    """The deployment `around/test`, daily at six."""
    monkeypatch.setenv("TZ", "UTC")
    return deployed(CODE, schedules=[CronSchedule("0 6 * * *")])


def test_a_backfill_is_looked_at_made_and_shown(anywhere: Terminal) -> None:
    dry = anywhere("deployment", "backfill", "test", *SPAN, "--dry-run")
    assert "around/test would run for 3 slots, from 2026-03-01 06:00:00" in dry
    assert anywhere.json("deployment", "backfill", "test", *SPAN, "--dry-run")["count"] == 3
    assert "no backfills" in anywhere("backfill", "ls").lower()

    told = anywhere("deployment", "backfill", "test", *SPAN, "--name", "spring", "-p", "day={{ slot.date() }}")

    assert told.splitlines()[0] == "Backfill 'spring' of around/test has 3 slots; 10 run at once at most."
    (header, line) = anywhere("backfill", "ls", "--deployment", "test").splitlines()
    assert header.split() == ["Name", "Deployment", "Status", "Done", "Created"]
    assert line.split()[:6] == ["spring", "around/test", "RUNNING", "0", "of", "3"]
    shown = anywhere("backfill", "inspect", "spring")
    assert "3, every day at 06:00" in shown
    assert "backfill:spring" in shown
    found = anywhere.json("backfill", "inspect", "spring")
    assert (found["deployment"], found["parameters"]) == ("around/test", {"day": "{{ slot.date() }}"})
    assert anywhere.json("backfill", "inspect", found["id"]) == found


def test_what_the_runs_of_a_backfill_have_beside_the_deployment_is_said(anywhere: Terminal) -> None:
    deployed(CODE, work_pool_name="mine")
    options = ("--every", "1 day", "--work-queue", "slow", "-t", "past", "-jv", 'env={"A": "1"}', "--name", "spring")

    anywhere("deployment", "backfill", "test", *SPAN, *options)

    shown = anywhere("backfill", "inspect", "spring")
    assert "slow" in shown
    found = anywhere.json("backfill", "inspect", "spring")
    assert (found["work_queue_name"], found["tags"], found["job_variables"]) == ("slow", ["past"], {"env": {"A": "1"}})


def test_a_backfill_is_paused_gone_on_with_retried_cancelled_and_removed(anywhere: Terminal) -> None:
    anywhere("deployment", "backfill", "test", *SPAN, "--name", "spring")

    assert "Paused backfill spring" in anywhere("backfill", "pause", "spring")
    assert "4 run at once at most" in anywhere("backfill", "resume", "spring", "--max-active", "4")
    assert "None of its runs has failed." in anywhere("backfill", "retry", "spring")
    assert "Cancelled backfill spring" in anywhere("backfill", "cancel", "spring", "--running", "--yes")
    assert "has ended (CANCELLED)" in anywhere("backfill", "resume", "spring", expect=1)
    assert "Deleted backfill spring." in anywhere("backfill", "delete", "spring", "--yes")
    assert anywhere.json("backfill", "ls") == []


def test_the_end_is_the_whole_day_and_slots_may_lie_otherwise(prefect: Terminal) -> None:
    def seen(*arguments: str) -> tuple[int, str]:
        told = prefect.json("deployment", "backfill", "test", *arguments, "--dry-run")
        return told["count"], told["last"]

    day = ("--from", "2026-03-01", "--to", "2026-03-01")
    assert seen(*day) == (1, "2026-03-01T06:00:00Z")
    assert seen(*day, "--every", "6 hours") == (4, "2026-03-01T18:00:00Z")
    assert seen(*day, "--cron", "30 8 * * *", "--timezone", "Asia/Shanghai") == (1, "2026-03-01T00:30:00Z")


def test_a_backfill_that_cannot_be_is_told(prefect: Terminal) -> None:
    def told(*arguments: str) -> str:
        return prefect("deployment", "backfill", *arguments, expect=1)

    assert "not both" in told("test", *SPAN, "--every", "1 day", "--cron", "0 * * * *")
    assert "--timezone goes with" in told("test", *SPAN, "--timezone", "UTC")
    assert "no schedule 'nightly'" in told("test", *SPAN, "--schedule", "nightly")
    assert "Did you mean 'test'?" in told("tset", *SPAN)
    assert "is no moment" in told("test", "--from", "someday", "--to", "now")
    assert "nothing to run" in told("test", "--from", "2026-03-01 01:00", "--to", "2026-03-01 02:00")
    prefect("deployment", "backfill", "test", *SPAN, "--name", "spring")
    assert "Did you mean 'spring'?" in prefect("backfill", "inspect", "sprong", expect=1)


def test_runs_of_a_backfill_are_made_with_its_parameters(prefect: Terminal) -> None:
    prefect("deployment", "backfill", "test", *SPAN, "-p", "day={{ slot.date() }}", "--order", "latest")
    make_runs(recorder().db, now=now(), new_id=new_id, new_name=lambda: "run")

    runs = sorted(flow_runs(), key=lambda run: str(run.expected_start_time))
    assert [run.parameters["day"] for run in runs] == ["2026-03-01", "2026-03-02", "2026-03-03"]
    six = datetime(2026, 3, 1, 6, tzinfo=timezone.utc)
    assert [run.expected_start_time for run in runs] == [six + timedelta(days=day) for day in range(3)]
