"""A process that is ready before its run is due: forked ahead, with the place open where runs are recorded.

What a run's process does first is the same for all of them. A spare has done it, waits for the order of a run, and ends
when whoever forked it does.
"""

from __future__ import annotations

import json
import os
import signal
import socket
from typing import NamedTuple

from prefect._engine.recorders import close_recorders, recorder
from prefect.runner.processes import Order
from prefect.settings import get_current_settings

READY = b"!"
TAKEN = b"+"
ANSWERS_WITHIN = 1.0
"""Seconds in which a spare has to confirm an order; one that sleeps longer is ended, and the order goes elsewhere."""
GONE = 0
"""The exit code of a spare that nobody needs any more."""


class Spare:
    """A spare as whoever forked it sees it."""

    def __init__(self, pid: int, link: socket.socket) -> None:
        self.pid = pid
        self.is_ready = False
        self._link = link

    def fileno(self) -> int:
        """What becomes readable when it is ready, or has ended."""
        return self._link.fileno()

    def hear(self) -> bool:
        """Take note that it is ready; whether it is there at all."""
        try:
            self.is_ready = self._link.recv(len(READY)) == READY
        except OSError:
            self.is_ready = False
        return self.is_ready

    def take(self, order: Order) -> bool:
        """Have it carry an order out; whether it was there to take it. One that did not confirm it never will."""
        try:
            self._link.settimeout(ANSWERS_WITHIN)
            self._link.sendall(json.dumps(order._asdict()).encode())
            self._link.shutdown(socket.SHUT_WR)
            is_taken = self._link.recv(len(TAKEN)) == TAKEN
        except OSError:
            is_taken = False
        if not is_taken:
            os.kill(self.pid, signal.SIGKILL)  # not buried yet, it keeps its number
        self.close()
        return is_taken

    def close(self) -> None:
        """Let it go: without an order it ends."""
        self._link.close()


class Opened(NamedTuple):
    """What a spare has opened: the place that these settings name."""

    settings: dict[str, str]

    @classmethod
    def here(cls) -> Opened:
        """Open the place where runs are recorded; what hinders that is left to the run, which tells of it."""
        try:
            recorder().ledger.make_ready()
        except Exception:  # noqa: BLE001  # see above
            close_recorders()
        return cls(get_current_settings().to_environment_variables())

    def keep_for_these_settings(self) -> None:
        """Close it again where the run has other settings."""
        if get_current_settings().to_environment_variables() != self.settings:
            close_recorders()


def awaited(link: socket.socket) -> Order:
    """In the spare: tell that it is ready, and wait for the order; the process ends here where none comes."""
    try:
        link.sendall(READY)
        told = b"".join(iter(lambda: link.recv(1 << 16), b""))
        if told:
            link.sendall(TAKEN)
    except OSError:
        told = b""
    link.close()
    if not told:
        os._exit(GONE)
    return Order(**json.loads(told))
