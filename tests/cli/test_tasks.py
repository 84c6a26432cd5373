"""`prefect task serve`"""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

from prefect.client.orchestration import get_client
from tests.cli.terminal import Terminal
from tests.serving import until

TASKS = """
from prefect import task

@task
def send(address):
    return address

number = 5
"""


@pytest.fixture(autouse=True)
def tasks() -> None:
    Path("tasks.py").write_text(TASKS)
    Path("empty.py").write_text("")


@pytest.mark.parametrize("named", [["tasks.py:send"], ["--module", "tasks.py"]])
def test_tasks_of_a_file_are_served(named: list[str]) -> None:
    delay = "from tasks import send; print(send.delay('a').task_run_id)"
    run_id = subprocess.run([sys.executable, "-c", delay], capture_output=True, text=True, check=True).stdout.strip()
    worker = subprocess.Popen([sys.executable, "-m", "prefect", "task", "serve", *named])

    def is_completed() -> bool:
        with get_client(sync_client=True) as client:
            return client.read_task_run(UUID(run_id)).state_name == "Completed"

    try:
        until(is_completed)
    finally:
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Name a task"),
        (["tasks.py:number"], "Put @task on it"),
        (["tasks.py:nothing"], "has no 'nothing'"),
        (["-m", "empty.py"], "no tasks in 'empty.py'"),
        (["tasks.py:send", "--limit", "0"], "1 or more"),
    ],
)
def test_what_cannot_be_served_is_told(prefect: Terminal, arguments: list[str], told: str) -> None:
    assert told in prefect("task", "serve", *arguments, expect=1)
