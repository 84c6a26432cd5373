"""What processes of a cluster record of a run, on its way to the process of the flow, which journals it.

A task that Dask or Ray carries out on the flow's machine hands its states, log lines and events to the flow's process
instead of opening the database, or asking the server, for each task anew. They are taken when they stand in the flow's
journal: the process that made them may die then. Where the flow's process is on another machine, or gone, they are
written where the settings say.
"""

from __future__ import annotations

import os
import pickle
import platform
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener, answer_challenge, deliver_challenge
from pathlib import Path
from typing import NamedTuple

from prefect._store.journal import Entry

LOOPBACK = "127.0.0.1"
BOOT = Path("/proc/sys/kernel/random/boot_id")
TAKEN, REFUSED = b"taken", b"refused"


class Address(NamedTuple):
    """Where a process takes what others record; the key tells them from strangers."""

    machine: str
    process: int
    port: int
    key: bytes

    @property
    def is_near(self) -> bool:
        """Whether it is another process of this machine."""
        return self.machine == this_machine() and self.process != os.getpid()


def this_machine() -> str:
    """What tells this machine, since it was started, from others."""
    return f"{platform.node()} {BOOT.read_text(encoding='ascii').strip() if BOOT.exists() else ''}"


class Collector:
    """Takes what other processes of this machine record; a thread for each of them."""

    def __init__(self, take: Callable[[list[Entry]], None]) -> None:
        self._take = take
        self._listener = Listener((LOOPBACK, 0), backlog=128)
        self.address = Address(this_machine(), os.getpid(), self._listener.address[1], secrets.token_bytes(32))
        self._is_open = True
        threading.Thread(target=self._accept, name="prefect-collector", daemon=True).start()

    def _accept(self) -> None:
        while self._is_open:
            try:
                connection = self._listener.accept()
            except OSError:
                continue
            threading.Thread(target=self._serve, args=(connection,), name="prefect-collecting", daemon=True).start()

    def _serve(self, connection: Connection) -> None:
        """Take what somebody brings who knows the key, until it goes."""
        with connection, suppress(EOFError, OSError, AuthenticationError):
            deliver_challenge(connection, self.address.key)
            answer_challenge(connection, self.address.key)
            while self._is_open:
                connection.send_bytes(self._taken(connection.recv_bytes()))

    def _taken(self, parcel: bytes) -> bytes:
        try:
            self._take(pickle.loads(parcel))
        except Exception:  # noqa: BLE001  # who brought it writes it elsewhere
            return REFUSED
        return TAKEN

    def close(self) -> None:
        """Take nothing more."""
        self._is_open = False
        with suppress(OSError), Client((LOOPBACK, self.address.port)):  # which wakes who waits for a connection
            self._listener.close()


class Courier:
    """Brings what this process records to the process of a flow, for one thread."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._connection: Connection | None = None
        self.is_over = False

    def brings(self, batch: list[Entry]) -> bool:
        """Whether the flow's process has taken a batch; once it has not, it is not asked again."""
        if self.is_over:
            return False
        try:
            if self._connection is None:
                self._connection = Client((LOOPBACK, self.address.port), authkey=self.address.key)
            self._connection.send_bytes(pickle.dumps(batch, pickle.HIGHEST_PROTOCOL))
            self.is_over = self._connection.recv_bytes() != TAKEN
        except (OSError, EOFError, AuthenticationError):
            self.is_over = True
        return not self.is_over

    def is_gone(self) -> bool:
        """Whether the flow's process has ended, or let go."""
        if self.is_over or self._connection is None:
            return self.is_over
        try:
            return self._connection.poll()
        except OSError:
            return True

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()


__all__ = ["Address", "Collector", "Courier", "this_machine"]
