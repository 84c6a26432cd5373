"""Folders without room, on real file systems: what a run reached is told, waits for room, and is not lost.

Homes that can only be read, and users who have none: programs end at once and say what is to be done.
"""

from __future__ import annotations

import os
import pwd
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import recorded
from tests.faults.programs import carried_out, program
from tests.faults.servers import serving
from tests.runner.scenes import found

OWN_NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount"]


def may_mount() -> bool:
    try:
        mounting = [*OWN_NAMESPACE, "sh", "-c", "mount -t tmpfs tmpfs /mnt"]
        return subprocess.run(mounting, capture_output=True, timeout=10, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not may_mount(), reason="this machine lets nobody mount a file system of their own"),
]


def with_a_small_disk(folder: Path, kilobytes: int) -> list[str]:
    """What starts a program for which a folder is a disk of that size."""
    folder.mkdir(parents=True)
    return [
        *(*OWN_NAMESPACE, "sh", "-c"),
        f'mount -t tmpfs -o size={kilobytes}k tmpfs "$0" && exec "$@"',
        str(folder),
    ]


RESULTS = """
@task(persist_result=True)
def step(size):
    return os.urandom(size)

@flow(persist_result=True)
def around(size):
    small = [step(1_000, return_state=True), step(size, return_state=True), step(2_000, return_state=True)]
    assert [len(state.result()) for state in small] == [1_000, size, 2_000]
    return os.urandom(size)

assert len(around(200_000)) == 200_000
"""


def test_a_result_for_which_there_is_no_room_is_told_and_its_run_goes_on(tmp_path: Path) -> None:
    disk = tmp_path / "disk"

    told = carried_out(
        RESULTS, start=with_a_small_disk(disk, 64), PREFECT_LOCAL_STORAGE_PATH=str(disk), PREFECT_LOGGING_COLORS="0"
    )

    assert told.returncode == 0, told.stderr
    kept = [run.state is not None and "storage_key" in (run.state.data or {}) for run in recorded.task_runs()]
    assert kept == [True, False, True]
    assert {run.state_name for run in recorded.task_runs()} == {"Completed"}
    assert recorded.the_flow_run().state_name == "Completed"
    warnings = [line for line in recorded.messages(recorded.the_flow_run()) if "not kept" in line]
    assert len(warnings) == 2
    assert all("No space left" in line and f"'{disk}/" in line and "are free" in line for line in warnings)
    assert "Traceback" not in told.stderr


LOGGING = """
@task
def step(number):
    get_run_logger().info("step %s %s", number, "x" * 10_000)

@flow
def around():
    step(0)
    Path("running").touch()
    while not Path("killed").exists():
        time.sleep(0.01)
    for number in range(1, 60):
        step(number)

around()
"""


def test_while_the_server_is_away_and_there_is_no_room_for_what_happens_it_waits(tmp_path: Path) -> None:
    home = tmp_path / "small"
    with serving("--no-worker") as server:
        env = {"PREFECT_API_URL": server.url, "PREFECT_HOME": str(home)}
        with program(LOGGING, start=with_a_small_disk(home, 256), **env) as process:
            found(lambda: Path("running").exists(), "first step")
            server.kill()
            Path("killed").touch()
            assert process.stderr is not None
            for line in process.stderr:
                if "kept nowhere now" in line:
                    break
            server.start()
            _, complained = process.communicate(timeout=60)
            assert process.returncode == 0, complained

    run = recorded.the_flow_run()
    assert run.state_name == "Completed"
    assert [line.split()[1] for line in recorded.messages(run) if line.startswith("step")] == [
        str(number) for number in range(60)
    ]
    assert {task.state_name for task in recorded.task_runs()} == {"Completed"}


HELLO = "from prefect import flow\n@flow\ndef hello():\n    return 1\nassert hello() == 1\n"
COMMANDS = [["-c", HELLO], ["-m", "prefect", "server", "start"], ["-m", "prefect", "worker", "start", "--pool", "p"]]


def refused(*command: str, env: dict[str, str] | None = None) -> str:
    """The last line of a program that is to end at once, with an error."""
    began = time.monotonic()
    told = subprocess.run([*command], capture_output=True, text=True, timeout=30, check=False, env=env)
    assert told.returncode == 1, told.stdout
    assert time.monotonic() - began < 10
    return told.stderr.splitlines()[-1]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_home_that_can_only_be_read_is_told_at_once(command: list[str], home: Path) -> None:
    assert carried_out(HELLO).returncode == 0
    remount = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'

    said = refused(*OWN_NAMESPACE, "sh", "-c", remount, str(home), sys.executable, *command)

    assert all(word in said for word in (f"{home}/prefect.db", "readonly database", "PREFECT_HOME"))


def test_what_can_only_be_read_is_read(home: Path) -> None:
    assert carried_out(HELLO).returncode == 0
    remount = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec "$@"'
    command = [*OWN_NAMESPACE, "sh", "-c", remount, str(home), sys.executable, "-m", "prefect", "flow-run", "ls"]

    assert "hello" in subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_a_user_without_a_home_is_told_to_set_one(command: list[str]) -> None:
    env = {name: value for name, value in os.environ.items() if name not in ("HOME", "PREFECT_HOME")}

    said = refused("unshare", "--user", "--map-user=54321", sys.executable, *command, env=env)

    assert "no home folder" in said
    assert "PREFECT_HOME" in said


def test_without_the_variable_the_home_is_that_of_the_user() -> None:
    env = {name: value for name, value in os.environ.items() if name not in ("HOME", "PREFECT_HOME")}
    asked = "from prefect.settings import get_current_settings as settings; print(settings().home)"

    told = subprocess.run(
        [sys.executable, "-c", asked], env=env, capture_output=True, text=True, timeout=30, check=True
    )

    assert told.stdout.strip() == f"{pwd.getpwuid(os.getuid()).pw_dir}/.prefect"
