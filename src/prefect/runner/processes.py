"""Processes of runs: what tells one from all others, how one ended, and ending one with everything it started.

A run's process leads a session and a process group of its own, whose number is the process's. As long as anybody is in
the group, the number is given to no other.
"""

from __future__ import annotations

import base64
import os
import pickle
import signal
import sys
import time
from typing import NamedTuple

import psutil

from prefect._domain.deployments import Assignment

FLOW_RUN_ID = "PREFECT__FLOW_RUN_ID"
FLOW_ENTRYPOINT = "PREFECT__FLOW_ENTRYPOINT"
EPOCH = "PREFECT__FLOW_RUN_EPOCH"
WORKING_DIR = "PREFECT__WORKING_DIR"
"""What a process is told in its environment: the run, an entrypoint where it is not that of its deployment, the
epoch of the claim, and the folder in which a flow runs that is not to run in that of its code."""
LOOK_EVERY = 0.05
"""Seconds between two looks whether a process has gone."""
GRACE_OF_SURVIVORS = 2.0
"""Seconds that processes have which a run left behind, before they are killed."""
SIGKILL = getattr(signal, "SIGKILL", signal.SIGTERM)


class RunProcess(NamedTuple):
    """A process, told from a later one of the same number by the time of its start."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> RunProcess:
        """The process of that number as it is now; one that has gone already started at 0."""
        try:
            return cls(pid, psutil.Process(pid).create_time())
        except psutil.NoSuchProcess:
            return cls(pid, 0.0)

    def is_alive(self) -> bool:
        return _found(self) is not None


class Order(NamedTuple):
    """What a process is to be: its environment and folder, the file for its output, and what it does.

    Without a `command` it carries out a run, with these `arguments` (`execution.main`). `code` stands for its flow's
    code, where that is to be loaded already; `assigned` is the run's assignment (`packed`), if it need not ask for it.
    """

    env: dict[str, str]
    folder: str
    output: str
    arguments: list[str]
    command: list[str] | None = None
    code: str | None = None
    assigned: str | None = None

    @property
    def assignment(self) -> Assignment | None:
        """What the process is to carry out, where it is told that."""
        if self.assigned is None:
            return None
        told: Assignment = pickle.loads(base64.b64decode(self.assigned))
        return told


def packed(assignment: Assignment) -> str:
    """An assignment as an order carries it to a process of this machine, and of this version."""
    return base64.b64encode(pickle.dumps(assignment)).decode()


class Exit(NamedTuple):
    """How a process ended: its exit code, or minus the signal that killed it; None where nobody can tell."""

    pid: int | None
    status: int | None
    problem: str | None = None

    @property
    def is_kill(self) -> bool:
        """Whether a signal ended it."""
        return self.status is not None and self.status < 0

    @property
    def is_failure(self) -> bool:
        """Whether it is known to have ended, and not well."""
        return bool(self.status)

    @property
    def explanation(self) -> str:
        """Why a run crashed whose process ended before it did."""
        if self.problem is not None:
            return self.problem
        if self.status is None:
            return "The process of the run ended before the run did; how, nobody saw."
        if self.status >= 0:
            return f"The process of the run ended with exit code {self.status} before the run did."
        hint = " It may have used up the memory, or somebody killed it." if -self.status == SIGKILL else ""
        return f"The process of the run was killed by {_signal_name(-self.status)} (signal {-self.status}).{hint}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "a signal"


def _found(process: RunProcess) -> psutil.Process | None:
    """The process, unless it has gone or is only waiting to be buried."""
    try:
        found = psutil.Process(process.pid)
        same = abs(found.create_time() - process.started) < 0.01
        return found if same and found.status() != psutil.STATUS_ZOMBIE else None
    except psutil.NoSuchProcess:
        return None


def end_tree(process: RunProcess, grace_seconds: float) -> None:
    """Ask a process, its group and its descendants to end, and kill what is left when the grace is over."""
    leader = _found(process)
    if leader is not None:
        _end([leader, *_descendants(leader)], process.pid, grace_seconds)


def end_group(group: int, grace_seconds: float) -> None:
    """The same for a group whose leader has ended and in which somebody is left."""
    _end([], group, grace_seconds)


def _end(members: list[psutil.Process], group: int, grace_seconds: float) -> None:
    _signal(members, group, signal.SIGTERM)
    _wait(members, group, grace_seconds)
    late = [child for member in members for child in _descendants(member)]
    _signal([*members, *late], group, SIGKILL)


def _descendants(process: psutil.Process) -> list[psutil.Process]:
    try:
        return list(process.children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def _signal(members: list[psutil.Process], group: int, number: int) -> None:
    """Send a signal to a group, and to processes that are not in it; each gets it once.

    psutil refuses a number that another process has now.
    """
    outside = [member for member in members if not _is_in(group, member)]
    signal_group(group, number)
    for member in outside:
        try:
            member.send_signal(number)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue


def _is_in(group: int, process: psutil.Process) -> bool:
    try:
        return sys.platform != "win32" and os.getpgid(process.pid) == group
    except ProcessLookupError:
        return True


def _wait(members: list[psutil.Process], group: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if group_is_empty(group) and not any(map(_is_running, members)):
            return
        time.sleep(LOOK_EVERY)


def _is_running(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def signal_group(group: int, number: int) -> None:
    """Send a signal to whoever is left in a group."""
    if sys.platform == "win32":
        return
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return


def group_is_empty(group: int) -> bool:
    """Whether nobody is left in a group, not even somebody who waits to be buried."""
    if sys.platform == "win32":
        return True
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
