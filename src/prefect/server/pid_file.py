"""The file that says which process serves, so that `server stop` and `server status` find it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import orjson
import psutil

from prefect.utilities.files import write_whole


class Serving(NamedTuple):
    """A process that serves, and on which port; its time of birth tells it from a later one with its number."""

    pid: int
    born: float
    port: int

    def process(self) -> psutil.Process | None:
        """The process, if it is alive."""
        try:
            process = psutil.Process(self.pid)
            return process if abs(process.create_time() - self.born) < 1 else None
        except psutil.NoSuchProcess:
            return None


@contextmanager
def pid_file(path: Path, port: int) -> Iterator[None]:
    """Say in a file that this process serves, for as long as the block lasts.

    Where another process says so already, the file stays its own.
    """
    if living_in(path) is not None:
        yield
        return
    serving = Serving(os.getpid(), psutil.Process().create_time(), port)
    write_whole(path, orjson.dumps(serving._asdict()))
    try:
        yield
    finally:
        if read_pid_file(path) == serving:
            with suppress(FileNotFoundError):
                path.unlink()


def living_in(path: Path) -> Serving | None:
    """The server of which a file tells, if it is alive and another process."""
    other = read_pid_file(path)
    return other if other is not None and other.pid != os.getpid() and other.process() is not None else None


def read_pid_file(path: Path) -> Serving | None:
    """What a file says of a server; None where there is none, or it says nothing that can be read."""
    try:
        told = orjson.loads(path.read_bytes())
        return Serving(int(told["pid"]), float(told["born"]), int(told["port"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
