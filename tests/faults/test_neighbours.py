"""Other users of the machine, and other processes: they are told nothing, given nothing and left alone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from prefect.runner.pulling import folder_of_the_run
from prefect.utilities.files import create_whole, write_whole
from tests.runner.scenes import deployed, ended, running, triggered, written


@pytest.fixture
def bystander() -> Iterator[subprocess.Popen[str]]:
    """A process that has nothing to do with us."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, text=True)
    yield process
    process.kill()
    process.communicate()


@pytest.mark.parametrize("told", [{"born": 5.0}, {"born": -1}, {"born": "x"}, {"pid": 0}, {"pid": -1}, {"pid": 10**12}])
def test_a_stale_number_ends_nobody(home: Path, bystander: subprocess.Popen[str], told: dict[str, object]) -> None:
    born = psutil.Process(bystander.pid).create_time()
    known = {"pid": bystander.pid, "born": born - 50, "port": 4200, **told}
    write_whole(home / "server.pid", json.dumps(known).encode())

    stopped = subprocess.run([sys.executable, "-m", "prefect", "server", "stop"], capture_output=True, text=True)

    assert (stopped.returncode, stopped.stdout) == (1, "")
    assert "Traceback" not in stopped.stderr
    assert bystander.poll() is None


def test_what_runs_flows_listens_to_nobody() -> None:
    deployment = deployed("@flow\ndef around():\n    note('began', os.getpid())\n    time.sleep(60)\n")
    run = triggered(deployment)

    with running(deployment):
        written("began")
        family = [psutil.Process(), *psutil.Process().children(recursive=True)]
        listening = [
            connection
            for process in family
            for connection in process.net_connections("all")
            if connection.status == psutil.CONN_LISTEN or str(connection.laddr).startswith("/")
        ]
    assert ended(run).is_crashed()

    assert len(family) >= 3
    assert listening == []


def test_folders_of_runs_are_new_and_for_their_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    made = {Path(folder_of_the_run()) for _ in range(5)}

    assert len(made) == 5
    assert {folder.parent for folder in made} == {tmp_path}
    assert {folder.stat().st_mode & 0o777 for folder in made} == {0o700}


@pytest.mark.parametrize("write", [write_whole, create_whole])
def test_a_planted_link_is_not_written_through(tmp_path: Path, write: object) -> None:
    victim, planted = tmp_path / "victim", tmp_path / "kept" / "file"
    victim.write_text("theirs")
    planted.parent.mkdir()
    planted.symlink_to(victim)

    assert callable(write)
    write(planted, b"ours")

    assert victim.read_text() == "theirs"
    assert os.listdir(planted.parent) == ["file"]
