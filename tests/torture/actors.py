"""The processes of the product that are tortured: each can be started, signalled and started again."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

from prefect.runner.processes import RunProcess


def told(process: str) -> RunProcess:
    """A process as the ledgers name it."""
    pid, _, started = process.partition(":")
    return RunProcess(int(pid), float(started))


def signalled(process: RunProcess, number: int) -> bool:
    """Send a signal to exactly that process; whether it was still there."""
    if not process.is_alive():
        return False
    try:
        os.kill(process.pid, number)
    except ProcessLookupError:
        return False
    return True


class Actor:
    """A program of the product; its words go to a file, and it leads a session of its own."""

    def __init__(self, name: str, command: Sequence[str], env: Mapping[str, str], folder: Path) -> None:
        self.name = name
        self.said = folder / f"{name}.said"
        self._command = list(command)
        self._env = dict(env)
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._retired: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start it, beside one that is still ending."""
        if self._process is not None:
            self._retired.append(self._process)
        with self.said.open("ab") as said:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                env=self._env,
                cwd=self._folder,
                start_new_session=True,
            )

    @property
    def process(self) -> RunProcess:
        assert self._process is not None
        return RunProcess.of(self._process.pid)

    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def signal(self, number: int) -> None:
        """Signal it, if it is alive."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)

    def descendants(self) -> list[psutil.Process]:
        """What it has started, and what those have started: first the process from which its runs are forked."""
        try:
            return psutil.Process(self.process.pid).children(recursive=True) if self.is_alive() else []
        except psutil.NoSuchProcess:
            return []

    def are_all_gone(self) -> bool:
        """Whether those that were started earlier have ended, too."""
        self._retired = [process for process in self._retired if process.poll() is None]
        return not self._retired and not self.is_alive()

    def kill(self) -> None:
        """End it, and those that were started earlier, at once."""
        for process in [*self._retired, self._process]:
            if process is not None and process.poll() is None:
                process.send_signal(signal.SIGKILL)
                process.wait()
