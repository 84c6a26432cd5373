"""Having processes started for runs, and hearing how they ended.

They are forked from a fork server; where that is not to be had, each is a fresh interpreter. A process goes on when the
launcher's own process dies.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NotInTime
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from prefect.exceptions import InfrastructureError
from prefect.logging.loggers import get_logger
from prefect.runner.output import hold
from prefect.runner.processes import (
    FLOW_RUN_ID,
    GRACE_OF_SURVIVORS,
    LOOK_EVERY,
    Exit,
    Order,
    RunProcess,
    end_group,
    end_tree,
    group_is_empty,
)
from prefect.runner.warm import LOADED_FOR, OF_ONE_RUN, key_of

START_TIMEOUT = 60.0
"""Seconds that a start may take, that of the fork server included."""
ENGINE = ["-m", "prefect.engine"]
MOST_LOADED = 8
"""How many fork servers keep code loaded; each takes as much memory as the code does."""
TRY_AGAIN_AFTER = 60.0
"""Seconds after which code is loaded again that could not be."""

Told = Callable[[Exit], None]


class Launcher(Protocol):
    """Starts processes and ends them; of each that ended it tells once, in a thread of its own."""

    def warm_up(self) -> None: ...
    def start(self, order: Order) -> RunProcess: ...
    def end(self, process: RunProcess, grace_seconds: float) -> None: ...
    def close(self) -> None: ...


def launcher(told: Told, log: Path, env: Mapping[str, str]) -> Launcher:
    """The launcher for this system; what its helpers say of faults of ours goes to the log.

    `env` is what the environments of most runs have beside this process's, for which a fork server makes itself ready.
    """
    forks = hasattr(os, "fork") and sys.platform != "darwin"
    return ForkLauncher(told, log, env) if forks else FreshLauncher(told)


def fresh_command(arguments: list[str]) -> list[str]:
    """The command by which a fresh interpreter carries out a run."""
    return [sys.executable, *ENGINE, *arguments]


class FreshLauncher:
    """Starts an interpreter for each run."""

    def __init__(self, told: Told) -> None:
        self._told = told

    def warm_up(self) -> None:
        """There is nothing to be made ready."""

    def start(self, order: Order) -> RunProcess:
        """Start a process. Raises `InfrastructureError`."""
        command = order.command or fresh_command(order.arguments)
        try:
            with open(order.output, "ab") as output:
                hold(output.fileno())
                child = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env=order.env,
                    cwd=order.folder,
                    start_new_session=True,
                )
        except OSError as error:
            raise InfrastructureError(f"No process could be started for the run: {error}.") from error
        process = RunProcess.of(child.pid)
        _aside(self._bury, child)
        return process

    def _bury(self, child: subprocess.Popen[bytes]) -> None:
        self._told(Exit(child.pid, child.wait()))
        if not group_is_empty(child.pid):
            end_group(child.pid, GRACE_OF_SURVIVORS)

    def end(self, process: RunProcess, grace_seconds: float) -> None:
        """Have a process end, with everything that it started; this does not wait for it."""
        _aside(end_tree, process, grace_seconds)

    def close(self) -> None:
        """Nothing is kept open."""


class ForkLauncher:
    """Has processes forked; a fork server that was lost is replaced, and what it forked is watched from here."""

    def __init__(self, told: Told, log: Path, env: Mapping[str, str]) -> None:
        self._told = told
        self._log = log
        self._env = env
        self._keys = map(str, count(1))
        self._change = threading.Lock()
        self._link: Link | None = None
        self._loaded = LoadedLinks(told, log)

    def start(self, order: Order) -> RunProcess:
        """Start a process. Raises `InfrastructureError`."""
        loaded = self._loaded.link_for(order) if order.code is not None else None
        if loaded is not None:
            try:
                return self._started(loaded, order)
            except CodeChanged:
                self._loaded.retire(loaded)
        return self._started(self._connected(), order)

    def _started(self, link: Link, order: Order) -> RunProcess:
        key = next(self._keys)
        started = link.ask(key, {"key": key, "start": order._asdict()})
        try:
            return started.result(START_TIMEOUT)
        except NotInTime:
            raise InfrastructureError(f"No process was made for the run within {START_TIMEOUT:.0f} s.") from None

    def end(self, process: RunProcess, grace_seconds: float) -> None:
        """Have a process end, with everything that it started; this does not wait for it."""
        link = self._link
        if link is None or not link.send({"end": process, "grace": grace_seconds}):
            _aside(end_tree, process, grace_seconds)

    def close(self) -> None:
        """Let the fork servers go; each ends when the processes that it forked have ended."""
        self._loaded.close()
        with self._change:
            if self._link is not None:
                self._link.close()
                self._link = None

    def warm_up(self) -> None:
        """Start the fork server now, so that the first run does not wait for it."""
        self._connected()

    def _connected(self) -> Link:
        with self._change:
            if self._link is not None and self._link.is_lost:
                self._link.close()
                self._link = None
            if self._link is None:
                self._link = Link(self._told, self._log, self._env)
            return self._link


class CodeChanged(Exception):
    """The code that a fork server has loaded is not what lies in its files any more."""


class Link:
    """A fork server and the socket to it."""

    def __init__(self, told: Told, log: Path, env: Mapping[str, str]) -> None:
        self.is_lost = False
        self.has_loaded = False
        """Whether it has loaded the code that it was told to load."""
        self.fault: str | None = None
        """Why it could not load that."""
        self._told = told
        self._sending = threading.Lock()
        self._waiting: dict[str, Future[RunProcess]] = {}
        self._running: dict[int, RunProcess] = {}
        self._left: list[RunProcess] = []
        self._is_closing = False
        self._control, theirs = socket.socketpair()
        with theirs, open(log, "ab", opener=_privately) as errors:
            self._server = subprocess.Popen(
                [sys.executable, "-m", "prefect.runner.fork_server", str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                env={**os.environ, **env},
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        self._hearing = _aside(self._hear)

    @property
    def is_idle(self) -> bool:
        """Whether none of its processes is left."""
        return not self._waiting and not self._running

    def ask(self, key: str, request: dict[str, Any]) -> Future[RunProcess]:
        """Ask for a process."""
        started: Future[RunProcess] = Future()
        self._waiting[key] = started
        if not self.send(request):
            self._give_up()
        return started

    def send(self, request: dict[str, Any]) -> bool:
        """Whether the server could be told."""
        try:
            with self._sending:
                self._control.sendall(json.dumps(request).encode() + b"\n")
        except OSError:
            return False
        return True

    def close(self) -> None:
        self._is_closing = True
        with suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        self._hearing.join()
        self._control.close()
        if self._left:
            _aside(self._server.wait)  # it ends when they do
        else:
            self._server.wait()

    def _hear(self) -> None:
        with self._control.makefile("rb") as events:
            try:
                for line in events:
                    self._take(json.loads(line))
            except OSError:
                pass
        self.is_lost = True
        self._give_up()
        self._left = list(self._running.values())
        if not self._is_closing:
            for process in self._left:
                _aside(self._watch, process)

    def _take(self, event: dict[str, Any]) -> None:
        if "loaded" in event:
            self.fault = event["loaded"]
            self.has_loaded = self.fault is None
        elif "changed" in event:
            self._waiting.pop(event["changed"]).set_exception(CodeChanged())
        elif "started" in event:
            process = RunProcess(*event["process"])
            self._running[process.pid] = process
            self._waiting.pop(event["started"]).set_result(process)
        elif "failed" in event:
            self._waiting.pop(event["failed"]).set_exception(InfrastructureError(event["why"]))
        else:
            self._running.pop(event["ended"], None)
            self._told(Exit(event["ended"], event["status"]))

    def _give_up(self) -> None:
        while self._waiting:
            _, started = self._waiting.popitem()
            started.set_exception(InfrastructureError("The process from which runs are forked has ended."))

    def _watch(self, process: RunProcess) -> None:
        while process.is_alive():
            time.sleep(LOOK_EVERY)
        self._told(Exit(process.pid, None))
        if not group_is_empty(process.pid):
            end_group(process.pid, GRACE_OF_SURVIVORS)


class LoadedLinks:
    """Fork servers that have loaded code, each that of one deployment in one environment."""

    def __init__(self, told: Told, log: Path) -> None:
        self._told = told
        self._log = log
        self._links: dict[str, Link] = {}
        self._try_again: dict[str, float] = {}
        self._retired: list[Link] = []
        self._logger = get_logger("prefect.runner")

    def link_for(self, order: Order) -> Link | None:
        """The one that has loaded an order's code; None where it is still being loaded, or cannot be."""
        assert order.code is not None
        self._close_idle()
        key = key_of(order.code, order.env)
        link = self._links.get(key)
        if link is not None and link.is_lost:
            self._lose(key, link)
            link = None
        if link is None and time.monotonic() >= self._try_again.get(key, 0.0):
            usual = {name: value for name, value in order.env.items() if not name.startswith(OF_ONE_RUN)}
            link = Link(self._told, self._log, {**usual, LOADED_FOR: order.env[FLOW_RUN_ID]})
        if link is None:
            return None
        self._links.pop(key, None)
        self._links[key] = link  # the one that was asked for last is the last
        if len(self._links) > MOST_LOADED:
            self.retire(next(iter(self._links.values())))
        return link if link.has_loaded else None

    def _lose(self, key: str, link: Link) -> None:
        """Do without a server that has ended, and say why it could not load its code."""
        self.retire(link)
        self._try_again[key] = time.monotonic() + TRY_AGAIN_AFTER
        if link.fault is not None:
            self._logger.warning("Runs that ask for isolation 'warm' load their code themselves: %s", link.fault)

    def retire(self, link: Link) -> None:
        """Give a server no more orders; it goes when its processes have ended."""
        self._links = {key: known for key, known in self._links.items() if known is not link}
        self._retired.append(link)

    def _close_idle(self) -> None:
        idle = [link for link in self._retired if link.is_idle]
        self._retired = [link for link in self._retired if link not in idle]
        for link in idle:
            link.close()

    def close(self) -> None:
        """Let all of them go."""
        for link in (*self._links.values(), *self._retired):
            link.close()
        self._links, self._retired = {}, []


def _privately(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o600)


def _aside(work: Callable[..., object], *arguments: Any) -> threading.Thread:
    thread = threading.Thread(target=work, args=arguments, name="prefect-launcher", daemon=True)
    thread.start()
    return thread
