"""Deployments, recorded by the programs of the users' guide."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from prefect import flow
from prefect._clock import new_id, now
from prefect._domain.job_templates import defaults_of
from prefect._domain.schedules import IntervalSchedule
from prefect._engine.recorders import recorder
from prefect._orchestration import work_pools
from prefect._orchestration.deployments import Found, list_deployments, read_by_name
from prefect.blocks.system import Secret
from prefect.deployments import Deployment
from prefect.filesystems import LocalFileSystem
from prefect.infrastructure import Process
from prefect.server.schemas.schedules import CronSchedule

WRITES_WORD = "import os; open('word', 'w').write(os.environ['WORD'])"
MORNING = CronSchedule(cron="0 8 * * *", timezone="Asia/Shanghai")


@flow(name="数据拉取流程", description="Fetch it", version="7")
def fetch(day: int = 1) -> int:
    return day


def test_a_deployment_is_recorded_with_its_schedule() -> None:
    made = Deployment.build_from_flow(flow=fetch, name="数据拉取-定时执行", tags=["定时"], schedule=MORNING)

    made.apply()

    there = found("数据拉取-定时执行")
    deployment, [held] = there.deployment, there.schedules
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

    there = found("nightly")
    assert first == again == there.deployment.id
    assert there.deployment.parameters == {"day": 2}
    assert [held.schedule for held in there.schedules] == [hourly]


def test_what_does_not_fit_is_refused_before_anything_is_written() -> None:
    with pytest.raises(ValueError, match="holds none of"):
        Deployment.build_from_flow(fetch, "a/b", apply=True)
    with pytest.raises(ValueError, match="Give one of them"):
        Deployment.build_from_flow(fetch, "both", schedule=MORNING, schedules=[MORNING])
    with pytest.raises(TypeError, match="Decorate the function"):
        Deployment.build_from_flow(len, "none")  # type: ignore[arg-type]
    assert read_by_name(recorder().db, fetch.name, "both") is None


def test_without_a_pool_it_goes_to_the_default_one() -> None:
    work_pools.create(recorder().db, "mine", now=now(), new_id=new_id)
    first = Deployment.build_from_flow(fetch, "usual")
    second = Deployment.build_from_flow(
        fetch, "own", work_pool_name="mine", work_queue_name="fast", infra_overrides={"env": {"A": "1"}}
    )
    first.apply()
    second.apply()

    places = {one.deployment.name: (one.work_pool_name, one.deployment.work_queue_name) for one in all_deployments()}
    assert places == {"usual": ("default-agent-pool", "default"), "own": ("mine", "fast")}
    assert found("own").deployment.job_variables == {"env": {"A": "1"}}


def test_what_is_not_said_again_is_taken_from_what_is_there() -> None:
    Deployment.build_from_flow(
        fetch, "x", schedule=MORNING, tags=["a"], parameters={"day": 2}, is_schedule_active=False, apply=True
    )

    again = Deployment.build_from_flow(fetch, "x", parameters={"day": 3}, apply=True)
    fresh = Deployment.build_from_flow(fetch, "x", load_existing=False)

    assert (again.tags, again.parameters, again.is_schedule_active) == (["a"], {"day": 3}, False)
    assert (fresh.tags, fresh.schedules) == ([], None)
    [held] = found("x").schedules
    assert (held.schedule, held.active) == (MORNING, False)


def test_it_is_written_to_a_file_and_read_again(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    made = Deployment.build_from_flow(
        fetch, "x", schedule=MORNING, tags=["定时"], parameters={"day": 2}, work_queue_name="fast", output=file
    )

    read = Deployment.load_from_yaml(file)

    assert read == made
    assert "定时" in file.read_text(encoding="utf-8")
    (tmp_path / "none.yaml").write_text("a: 1")
    with pytest.raises(ValueError, match="holds no deployment"):
        Deployment.load_from_yaml(tmp_path / "none.yaml")


def test_it_is_changed_by_name() -> None:
    made = Deployment.build_from_flow(fetch, "x", description="old")

    made.update(tags=["b"], description=None, ignore_none=True)

    assert (made.tags, made.description) == (["b"], "old")
    with pytest.raises(ValueError, match="has no colour"):
        made.update(colour="red")


def test_its_code_is_put_into_a_storage_and_brought_from_there(tmp_path: Path) -> None:
    Path("helper.py").write_text("")
    Path("secret.env").write_text("x")
    Path(".prefectignore").write_text("*.env")
    (tmp_path / "shelf").mkdir()
    shelf = LocalFileSystem(basepath=str(tmp_path / "shelf"))
    shelf.save("shelf")

    made = Deployment.build_from_flow(fetch, "x", storage=shelf, entrypoint="helper.py:fetch", apply=True)

    assert (tmp_path / "shelf/helper.py").exists()
    assert not (tmp_path / "shelf/secret.env").exists()
    assert made.location == str(tmp_path / "shelf")
    assert found("x").deployment.pull_steps == [
        {
            "prefect.deployments.steps.pull_with_block": {
                "block_type_slug": "local-file-system",
                "block_document_name": "shelf",
            }
        }
    ]


PROGRAM = """
from prefect.deployments import Deployment
from prefect.filesystems import LocalFileSystem
from prefect.server.schemas.schedules import CronSchedule
from report_flows import daily_report

def create_deployments():
    deployments = []
    deployments.append(Deployment.build_from_flow(
        flow=daily_report,
        name="日报-定时执行",
        description="每天08:00自动执行",
        tags=["定时", "生产"],
        schedule=CronSchedule(cron="0 8 * * *", timezone="Asia/Shanghai"),
    ))
    deployments.append(Deployment.build_from_flow(
        flow=daily_report, name="日报-手动执行", description="手动触发执行", tags=["手动"]
    ))
    return deployments

if __name__ == "__main__":
    for deployment in create_deployments():
        deployment.apply()
        print(f"✅ {deployment.name}")
"""


def test_a_program_that_makes_its_deployments_runs_as_it_is_and_again() -> None:
    flows = "from prefect import flow\n\n@flow(name='日报', tags=['自动化'])\ndef daily_report():\n    return 1\n"
    Path("report_flows.py").write_text(flows, encoding="utf-8")
    Path("scheduler.py").write_text(PROGRAM, encoding="utf-8")

    for _ in range(2):
        told = subprocess.run([sys.executable, "scheduler.py"], capture_output=True, text=True, check=True)
        assert told.stdout.splitlines() == ["✅ 日报-定时执行", "✅ 日报-手动执行"]

    by_name = {one.full_name: one for one in all_deployments()}
    assert set(by_name) == {"日报/日报-定时执行", "日报/日报-手动执行"}
    planned = by_name["日报/日报-定时执行"]
    assert [held.schedule for held in planned.schedules] == [MORNING]
    assert (planned.work_pool_name, planned.deployment.entrypoint) == (
        "default-agent-pool",
        "report_flows.py:daily_report",
    )
    assert (planned.deployment.description, planned.deployment.tags) == ("每天08:00自动执行", ["定时", "生产"])


def all_deployments() -> list[Found]:
    return list_deployments(recorder().db, limit=10)


def found(name: str) -> Found:
    (one,) = [one for one in all_deployments() if one.deployment.name == name]
    return one


def test_a_secret_is_given_only_when_asked_for() -> None:
    secret = Secret(value="swordfish")

    assert secret.get() == "swordfish"
    assert "swordfish" not in repr(secret)


def test_its_infrastructure_says_what_its_runs_are() -> None:
    process = Process(
        env={"STAGE": "test", "A": "1"}, working_dir=Path("/tmp"), command=["python", "-m", "prefect.engine"]
    )

    Deployment.build_from_flow(
        fetch, "placed", infrastructure=process, infra_overrides={"env": {"A": "2"}}, work_queue_name="fast"
    ).apply()

    assert found("placed").deployment.job_variables == {
        "env": {"STAGE": "test", "A": "2"},
        "working_dir": "/tmp",
        "command": "python -m prefect.engine",
    }
    with pytest.raises(TypeError, match="name a work pool"):
        Deployment(name="x", infrastructure="docker")  # type: ignore[arg-type]


def test_a_process_runs_its_command_and_becomes_a_work_pool(tmp_path: Path) -> None:
    process = Process(env={"WORD": "hello"}, command=[sys.executable, "-c", WRITES_WORD], working_dir=tmp_path)

    assert process.run()
    assert (tmp_path / "word").read_text() == "hello"
    assert not Process(command=[sys.executable, "-c", "raise SystemExit(3)"]).run()
    with pytest.raises(ValueError, match="has no command"):
        Process().run()

    pool = process.publish_as_work_pool("machines")
    defaults = defaults_of(pool.base_job_template)
    assert (pool.type, defaults["env"], defaults["working_dir"]) == ("process", {"WORD": "hello"}, str(tmp_path))
