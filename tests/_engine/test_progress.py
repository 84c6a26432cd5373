"""How far a map is, shown at the bottom of a terminal: real programs in real terminals."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import time

from prefect import flow, task
from prefect.task_runners import ThreadPoolTaskRunner


@task
def fetch(number):
    time.sleep(0.05)
    if number == 3:
        raise ValueError("not this one")


@flow(task_runner=ThreadPoolTaskRunner(max_workers=2))
def shop():
    print("before")
    fetch.map(range(80)).wait()
    print("after")


shop(return_state=True)
"""


def shown_by(folder: Path, **environment: str) -> str:
    """Everything that a program writes to its terminal."""
    (folder / "shop.py").write_text(PROGRAM)
    ours, its = pty.openpty()
    env = {**os.environ, "COLUMNS": "100", "TERM": "xterm", "PREFECT_HOME": str(folder / "home"), **environment}
    process = subprocess.Popen([sys.executable, "shop.py"], cwd=folder, env=env, stdin=its, stdout=its, stderr=its)
    os.close(its)
    written = b""
    try:
        while piece := os.read(ours, 65536):
            written += piece
    except OSError:  # a terminal ends by an error once nobody writes to it any more
        pass
    os.close(ours)
    assert process.wait() == 0
    return written.decode()


def test_a_map_that_takes_long_says_how_far_it_is_and_then_goes_away(tmp_path: Path) -> None:
    shown = shown_by(tmp_path)

    assert " of 80, 1 failed" in shown
    last = shown.rindex(" of 80, 1 failed")
    assert "\x1b[2K" in shown[last:]
    assert "\x1b[?25h" in shown[last:]
    assert "before\r\n" in shown
    assert "after\r\n" in shown


def test_who_wants_none_sees_none(tmp_path: Path) -> None:
    assert "of 80" not in shown_by(tmp_path, PREFECT_CLI_PROGRESS="false")


def test_nothing_is_shown_where_nobody_looks(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(PROGRAM)

    told = subprocess.run([sys.executable, "shop.py"], cwd=tmp_path, capture_output=True, text=True, check=True)

    assert "of 80" not in told.stdout + told.stderr
