"""Beginning a project, step by step, and what is made of schedules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from prefect.client.schemas.actions import DeploymentScheduleUpdate
from prefect.client.schemas.schedules import CronSchedule, NoSchedule
from prefect.deployments.base import configure_project_by_recipe, create_default_prefect_yaml
from prefect.deployments.schedules import create_deployment_schedule_create, normalize_to_deployment_schedule
from prefect.schedules import Cron

STEPS = "prefect.deployments.steps"


def test_a_recipes_steps_are_filled_in_and_written_once(tmp_path: Path) -> None:
    steps = configure_project_by_recipe("git", repository="https://example.com/shop.git", branch="dev")

    assert steps["pull"] == [{f"{STEPS}.git_clone": {"repository": "https://example.com/shop.git", "branch": "dev"}}]
    assert create_default_prefect_yaml(str(tmp_path), "shop", steps)
    assert not create_default_prefect_yaml(str(tmp_path), "another")
    written = yaml.safe_load((tmp_path / "prefect.yaml").read_text(encoding="utf-8"))
    assert written == {"name": "shop", "pull": steps["pull"], "deployments": []}


def test_a_recipe_that_is_none_is_told_with_those_there_are() -> None:
    with pytest.raises(ValueError, match="no recipe 'svn'; there are local, git"):
        configure_project_by_recipe("svn")


@pytest.mark.parametrize(
    ("written", "cron", "active"),
    [
        (CronSchedule(cron="0 1 * * *"), "0 1 * * *", True),
        (Cron("0 2 * * *", active=False), "0 2 * * *", False),
        ({"cron": "0 3 * * *", "active": False}, "0 3 * * *", False),
        ({"schedule": {"cron": "0 4 * * *"}}, "0 4 * * *", True),
        (create_deployment_schedule_create(CronSchedule(cron="0 5 * * *"), active=False), "0 5 * * *", False),
        (DeploymentScheduleUpdate(schedule=CronSchedule(cron="0 6 * * *"), active=True), "0 6 * * *", True),
    ],
)
def test_a_schedule_is_made_of_whatever_says_it(written: Any, cron: str, active: bool) -> None:
    (made,) = normalize_to_deployment_schedule([written])

    assert (getattr(made.schedule, "cron", None), made.active) == (cron, active)


def test_what_is_said_of_a_schedule_is_kept_and_no_schedule_makes_none() -> None:
    made = create_deployment_schedule_create(Cron("0 2 * * *", slug="nightly", parameters={"x": 1}), active=False)

    assert (made.slug, made.parameters, made.active) == ("nightly", {"x": 1}, True)
    assert normalize_to_deployment_schedule(None) == normalize_to_deployment_schedule([NoSchedule()]) == []


@pytest.mark.parametrize(("written", "told"), [(["daily"], "'daily' is no schedule"), (5, "come in a list; 5 is none")])
def test_what_is_no_schedule_is_told(written: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        normalize_to_deployment_schedule(written)
