"""The user's guide, from an empty folder to its scheduled runs, with its own programs and commands."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.journeys.alone import NOT_ALLOWED

GUIDE = Path(__file__).parents[1] / "data" / "guide"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each step of the guide said."""
    folder = tmp_path_factory.mktemp("guide")
    for program in GUIDE.glob("*.py"):
        shutil.copy(program, folder)
    known = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ended = subprocess.run(
        [sys.executable, "-m", "tests.journeys.alone", sys.executable, "-m", "tests.journeys.guide"],
        cwd=folder,
        env={**known, "PREFECT_HOME": str(folder / "home"), "PATH": path, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=180,
    )
    if ended.returncode == NOT_ALLOWED:
        pytest.skip("No world of its own can be made here (unshare), and the guide's stop would end other programs.")
    answers: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return answers


def test_the_server_starts_and_the_deployments_are_made(told: dict[str, Any]) -> None:
    assert "✅ Prefect 服务器已启动" in told["start"]["said"]
    assert told["deployments"]["said"].count("✅ 部署创建成功") == 2
    assert "every day at 08:00 (Asia/Shanghai)" in told["deployment ls"]["said"]


def test_a_triggered_run_completes_within_seconds_with_nothing_else_started(told: dict[str, Any]) -> None:
    assert told["run"]["code"] == 0
    assert told["seconds"] < 10
    assert "Completed" in told["runs"]["said"]


def test_the_scheduled_runs_are_at_eight_in_shanghai(told: dict[str, Any]) -> None:
    planned = [run["expected_start_time"] for run in told["planned"] if run["state"]["name"] == "Scheduled"]
    moments = [datetime.fromisoformat(moment.replace("Z", "+00:00")) for moment in planned]

    assert len(moments) == 3
    assert {moment.astimezone(ZoneInfo("Asia/Shanghai")).strftime("%H:%M") for moment in moments} == {"08:00"}
    assert len({moment.date() for moment in moments}) == 3


def test_status_tells_whether_it_runs(told: dict[str, Any]) -> None:
    assert "✅ Prefect 服务器: 运行中" in told["status"]["said"]
    assert "✅ Prefect 服务器: 运行中" in told["status again"]["said"]
    assert "❌ Prefect 服务器: 未运行" in told["status at last"]["said"]


def test_stop_ends_the_server_and_the_guides_program_itself(told: dict[str, Any]) -> None:
    """It ends every process whose command names the package, and its own does; so does the first half of restart."""
    for step in ("stop", "restart"):
        assert "🔄 终止进程" in told[step]["said"]
        assert told[step]["code"] == -15
    assert "❌ Prefect 服务器: 未运行" in told["status after restart"]["said"]
