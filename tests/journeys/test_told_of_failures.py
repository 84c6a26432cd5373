"""The guide's flow fails, or its process is killed: one command has somebody told, at a real HTTP server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.blocks.webhook import Webhook
from tests.blocks import made
from tests.faults.servers import Server, serving
from tests.listening import Listener
from tests.runner.scenes import written

GUIDE = Path(__file__).parents[1] / "data" / "guide"
DEPLOYMENT = "数据拉取流程/数据拉取-手动执行"
FAILS = "raise SystemExit('no data')\n"
WAITS = """
import os, time
from pathlib import Path

Path("pid").write_text(str(os.getppid()))
time.sleep(60)
"""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server, with its own worker, which may send to this machine; programs and commands ask it."""
    with serving(env={"PREFECT_SERVER_NOTIFICATIONS_PRIVATE_HOSTS": "127.0.0.1"}) as at_work:
        monkeypatch.setenv("PREFECT_API_URL", at_work.url)
        yield at_work


def run(*words: str) -> str:
    """What a program of the guide, or a command, says."""
    ended = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def the_guides_flow_is_deployed(script: str) -> None:
    """Have the guide's deployments made, of its flow with this script, whose tries wait for nothing."""
    for program in GUIDE.glob("*.py"):
        code = program.read_text(encoding="utf-8").replace("retry_delay_seconds=30", "retry_delay_seconds=0")
        Path(program.name).write_text(code, encoding="utf-8")
    for name in ("erp_store.py", "pdd_quality.py"):
        Path(name).write_text(script)
    run("prefect_scheduler.py")


@pytest.mark.long
@pytest.mark.usefixtures("server")
def test_a_failure_and_a_killed_run_arrive_at_a_webhook(listener: Listener) -> None:
    the_guides_flow_is_deployed(FAILS)
    made(
        CustomWebhookNotificationBlock,
        name="ops",
        url=listener.url("/notice"),
        json_data={"title": "{{subject}}", "text": "{{body}}"},
    ).save("ops")
    run("-m", "prefect", "automation", "create", "--on-failure", "数据拉取流程", "--notify", "custom-webhook/ops")

    run("-m", "prefect", "deployment", "run", DEPLOYMENT)
    failed = listener.next(30)

    assert failed.path == "/notice"
    assert failed.json["title"] == "数据拉取流程: Failed"
    assert "/runs/flow-run/" in failed.json["text"]

    the_guides_flow_is_deployed(WAITS)
    run("-m", "prefect", "deployment", "run", DEPLOYMENT)
    os.kill(int(written("pid")), signal.SIGKILL)
    crashed = listener.next(30)

    assert crashed.json["title"] == "数据拉取流程: Crashed"
    assert "SIGKILL" in crashed.json["text"]
    assert listener.heard_nothing


@pytest.mark.usefixtures("server")
def test_a_deployments_failure_arrives_as_a_call_of_a_webhook(listener: Listener) -> None:
    the_guides_flow_is_deployed(FAILS)
    made(Webhook, url=listener.url("/hook")).save("ops")
    run("-m", "prefect", "automation", "create", "--on-failure", DEPLOYMENT, "--notify", "webhook/ops")

    run("-m", "prefect", "deployment", "run", DEPLOYMENT)

    heard = listener.next(30).json
    assert (heard["flow"], heard["state"]) == ("数据拉取流程", "Failed")
    assert "/runs/flow-run/" in heard["url"]
