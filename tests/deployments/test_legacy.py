"""Deployments, recorded by the programs of the users' guide."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from prefect import flow
from prefect._domain.schedules import IntervalSchedule
from prefect._engine.recorder import recorder
from prefect._orchestration.deployments import read_by_name
from prefect.blocks.system import Secret
from prefect.deployments import Deployment
from prefect.server.schemas.schedules import CronSchedule

MORNING = CronSchedule(cron="0 8 * * *", timezone="Asia/Shanghai")


@flow(name="数据拉取流程", description="Fetch it", version="7")
def fetch(day: int = 1) -> int:
    return day


def test_a_deployment_is_recorded_with_its_schedule() -> None:
    made = Deployment.build_from_flow(flow=fetch, name="数据拉取-定时执行", tags=["定时"], schedule=MORNING)

    made.apply()

    found = read_by_name(recorder().db, "数据拉取流程", "数据拉取-定时执行")
    assert found is not None
    deployment, [held] = found.deployment, found.schedules
    assert (deployment.tags, deployment.version, deployment.description) == (["定时"], "7", "Fetch it")
    assert deployment.entrypoint is not None
    assert deployment.entrypoint.endswith("test_legacy.py:fetch")
    assert deployment.parameter_openapi_schema["properties"]["day"]["type"] == "integer"
    assert held.schedule == MORNING
    assert held.active


def test_applied_again_it_takes_the_new_values_and_keeps_its_id() -> None:
    hourly = IntervalSchedule(timedelta(hours=1), datetime(2026, 1, 1, tzinfo=timezone.utc))
    first = Deployment.build_from_flow(fetch, "nightly", schedule=MORNING).apply()

    again = Deployment.build_from_flow(fetch, "nightly", schedules=[hourly], parameters={"day": 2}).apply()

    found = read_by_name(recorder().db, fetch.name, "nightly")
    assert found is not None
    assert first == again == found.deployment.id
    assert found.deployment.parameters == {"day": 2}
    assert [held.schedule for held in found.schedules] == [hourly]


def test_what_does_not_fit_is_refused_before_anything_is_written() -> None:
    with pytest.raises(ValueError, match="holds none of"):
        Deployment.build_from_flow(fetch, "a/b", apply=True)
    with pytest.raises(ValueError, match="give one of them"):
        Deployment.build_from_flow(fetch, "both", schedule=MORNING, schedules=[MORNING])
    with pytest.raises(TypeError, match="Decorate the function"):
        Deployment.build_from_flow(len, "none")  # type: ignore[arg-type]
    assert read_by_name(recorder().db, fetch.name, "both") is None


def test_a_secret_is_given_only_when_asked_for() -> None:
    secret = Secret(value="swordfish")

    assert secret.get() == "swordfish"
    assert "swordfish" not in repr(secret)
