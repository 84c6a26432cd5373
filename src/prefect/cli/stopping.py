"""Stopping a process that goes on by itself, as its file in PREFECT_HOME names it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import psutil

from prefect.cli.running import CommandError
from prefect.server.pid_file import read_pid_file

STOPPING = 30.0
"""Seconds that a process has to end its work when it is stopped."""


def stop_process(file: Path, what: str) -> None:
    """Have the process end of which a file tells. Raises `CommandError` where none is at work, or it does not end."""
    serving = read_pid_file(file)
    process = serving.process() if serving is not None else None
    if process is None:
        raise CommandError(f"No {what} runs that was started with this PREFECT_HOME.")
    with suppress(psutil.NoSuchProcess):
        process.terminate()
    try:
        process.wait(STOPPING)
    except psutil.TimeoutExpired:
        raise CommandError(f"The {what} (process {process.pid}) has not ended in {STOPPING:.0f} s.") from None
    print(f"The {what} has stopped.")
