"""A process that has imported what flows need, and that forks itself for each run.

    python -m prefect.runner.fork_server SOCKET

It takes orders from the runner over an inherited socket and tells it of starts and ends, one JSON object a line. It
has one thread and opens nothing, so that its forks are sound. While there is nothing to do it forks a spare, which
carries out the next order. When the runner is gone it waits for its children, ends what their groups leave behind, and
ends itself.
"""

from __future__ import annotations

import gc
import json
import os
import random
import select
import signal
import socket
import sys
import time
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, NamedTuple
from uuid import UUID

from prefect.runner import execution
from prefect.runner.ending import end_process
from prefect.runner.output import hold
from prefect.runner.preloading import preload
from prefect.runner.processes import (
    GRACE_OF_SURVIVORS,
    Order,
    RunProcess,
    end_group,
    end_tree,
    group_is_empty,
    signal_group,
)
from prefect.runner.spare import Opened, Spare, awaited
from prefect.runner.warm import LOADED_FOR, LoadedCode

LOST = 127
"""The exit code of a process that could not become what was ordered."""
SPARE_AFTER = 0.05
"""Seconds without an order after which a spare is forked: where one order follows the other, all go into runs."""
NO_SPARE_FOR = 5.0
"""Seconds without a spare after one that ended by itself."""


class Child(NamedTuple):
    """What a forked child carries out, and what it has opened beforehand."""

    order: Order
    opened: Opened | None = None


class ForkServer:
    """The loop that forks, buries and tells."""

    def __init__(self, control: socket.socket, code: LoadedCode | None = None) -> None:
        """`code` is what this process has loaded for the runs that it forks."""
        self._control = control
        self._code = code
        self._is_wanted = True
        self._unread = b""
        self._runs: set[int] = set()
        self._spare: Spare | None = None
        self._next_spare = 0.0
        self._alarm, self._bell = os.pipe()
        for end in (self._alarm, self._bell):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self._bell, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _noticed)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)

    def serve(self) -> Child | None:
        """Serve until nobody needs it any more, then None; in each forked child, what it is to carry out."""
        while self._is_wanted or self._runs:
            ready, _, _ = select.select(self._sources(), [], [], self._until_spare())
            if self._alarm in ready:
                _drain(self._alarm)
                self._bury()
            if self._spare is not None and self._spare in ready and not self._spare.hear():
                self._let_go_of_spare()
            if self._control in ready:
                for request in self._requests():
                    child = self._carried_out(request)
                    if child is not None:
                        return child
            elif self._until_spare() == 0:
                child = self._forked_spare()
                if child is not None:
                    return child
        return None

    def _sources(self) -> list[Any]:
        waited_for = self._spare if self._spare is not None and not self._spare.is_ready else None
        control = self._control if self._is_wanted else None
        return [source for source in (self._alarm, control, waited_for) if source is not None]

    def _requests(self) -> list[dict[str, Any]]:
        received = self._control.recv(1 << 20)
        self._is_wanted = bool(received)
        if not received:
            self._let_go_of_spare()
        *lines, self._unread = (self._unread + received).split(b"\n")
        return [json.loads(line) for line in lines]

    def _carried_out(self, request: dict[str, Any]) -> Child | None:
        """Do what the runner asks; in a child, what it is to carry out."""
        if "end" in request:
            self._aside(end_tree, RunProcess(*request["end"]), request["grace"])
            return None
        if self._code is not None and self._code.has_changed():
            self._tell(changed=request["key"])
            return None
        order = Order(**request["start"])
        try:
            pid = self._taken_by_spare(order) or os.fork()
        except OSError as error:
            self._tell(failed=request["key"], why=f"No process could be made for the run: {error}.")
            return None
        if pid == 0:
            self._become_a_child()
            return Child(order)
        self._runs.add(pid)
        self._next_spare = time.monotonic() + SPARE_AFTER
        self._tell(started=request["key"], process=RunProcess.of(pid))
        return None

    def _become_a_child(self) -> None:
        signal.set_wakeup_fd(-1)
        self._control.close()
        os.close(self._alarm)
        os.close(self._bell)
        if self._spare is not None:
            self._spare.close()

    # -- the spare ------------------------------------------------------------------------------------------------

    def _until_spare(self) -> float | None:
        """Seconds until a spare is to be forked; None where there is one, or nobody needs it."""
        if not self._is_wanted or self._spare is not None:
            return None
        return max(self._next_spare - time.monotonic(), 0)

    def _forked_spare(self) -> Child | None:
        """Fork a spare; in it, what it is to carry out, once that has been ordered."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                pid = os.fork()
            except OSError:
                pid = None
            if pid == 0:
                self._become_a_child()
                ours.close()
                opened = Opened.here()
                return Child(awaited(theirs), opened)
        if pid is None:
            ours.close()
            self._next_spare = time.monotonic() + NO_SPARE_FOR
        else:
            self._spare = Spare(pid, ours)
        return None

    def _taken_by_spare(self, order: Order) -> int | None:
        """The number of the spare that takes an order, if there is one that is ready."""
        spare = self._spare
        if spare is None or not spare.is_ready:
            return None
        self._spare = None
        return spare.pid if spare.take(order) else None

    def _let_go_of_spare(self) -> None:
        if self._spare is not None:
            self._spare.close()
            self._spare = None
            self._next_spare = time.monotonic() + NO_SPARE_FOR

    # -- ends -----------------------------------------------------------------------------------------------------

    def _bury(self) -> None:
        """Tell of the runs whose process has ended, and end what is left of its group."""
        while (ended := _next_ended()) is not None:
            is_run = ended in self._runs
            if is_run:
                signal_group(ended, signal.SIGTERM)  # not buried yet, it keeps its number from all others
            _, status = os.waitpid(ended, 0)
            if self._spare is not None and self._spare.pid == ended:
                self._let_go_of_spare()
            if not is_run:
                continue
            self._runs.remove(ended)
            self._tell(ended=ended, status=os.waitstatus_to_exitcode(status))
            if not group_is_empty(ended):
                self._aside(end_group, ended, GRACE_OF_SURVIVORS)

    def _aside(self, work: Any, *arguments: Any) -> None:
        """Have something that takes its time done in a process of its own."""
        if os.fork() == 0:
            self._become_a_child()
            try:
                work(*arguments)
            finally:
                os._exit(0)

    def _tell(self, **event: Any) -> None:
        if not self._is_wanted:
            return
        try:
            self._control.sendall(json.dumps(event).encode() + b"\n")
        except OSError:
            self._is_wanted = False


def _noticed(*_: object) -> None:
    """A signal needs a function in order to be written to the wakeup pipe."""


def _drain(pipe: int) -> None:
    while True:
        try:
            if not os.read(pipe, 4096):
                return
        except BlockingIOError:
            return


def _next_ended() -> int | None:
    """A child that has ended and is not buried yet."""
    try:
        found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return None
    return found.si_pid if found is not None else None


def carry_out(child: Child) -> int:
    """In a forked child: become a process of the run's own, and carry the run out; its exit code."""
    order = child.order
    become(order)
    if order.command is not None:
        return _replaced(order.command, order.env)
    if child.opened is not None:
        child.opened.keep_for_these_settings()
    _look_freshly_started(order)
    return execution.main(order.arguments, order.assignment)


def become(order: Order) -> None:
    """Take the session, the streams, the folder and the environment that were ordered."""
    os.setsid()
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _redirect(os.open(os.devnull, os.O_RDONLY), 0)
    _redirect(_opened(order.output), 1, 2)
    os.environ.clear()
    os.environ.update(order.env)
    time.tzset()
    try:
        os.chdir(order.folder)
    except OSError as error:
        print(f"The run starts in '/': {error}", file=sys.stderr, flush=True)
        os.chdir("/")


def _opened(output: str) -> int:
    try:
        file = os.open(output, os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW)
    except OSError:
        return os.open(os.devnull, os.O_WRONLY)
    hold(file)
    return file


def _redirect(source: int, *targets: int) -> None:
    for target in targets:
        os.dup2(source, target)
    if source not in targets:
        os.close(source)


def _replaced(command: list[str], env: dict[str, str]) -> int:
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)  # Python ignores them, which a program would inherit
    try:
        os.execvpe(command[0], command, env)
    except OSError as error:
        print(f"{command[0]!r} cannot be started: {error}", file=sys.stderr, flush=True)
    return LOST


def _look_freshly_started(order: Order) -> None:
    """Be as `python -m prefect.engine` is: its arguments, main module, imports, chance and collector."""
    main = ModuleType("__main__")
    main.__spec__ = ModuleSpec("prefect.engine", None)
    sys.modules["__main__"] = main
    sys.argv = ["prefect.engine", *order.arguments]
    sys.path[0] = os.getcwd()
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # what an interpreter opens for itself
    random.seed()
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()
    gc.enable()


def main() -> int:
    """Serve; in a child, carry out the order that made it, so that it ends as any interpreter does."""
    control = socket.socket(fileno=int(sys.argv[1]))
    preload()
    shared, code = frozenset(sys.modules), None
    wanted_for = os.environ.pop(LOADED_FOR, None)
    if wanted_for is not None:
        code = _loaded_for(UUID(wanted_for), control)
        if code is None:
            return 1
        shared = code.shared
    gc.disable()
    gc.freeze()
    child = ForkServer(control, code).serve()
    if child is not None:
        end_process(carry_out(child), shared)
    return 0


def _loaded_for(flow_run_id: UUID, control: socket.socket) -> LoadedCode | None:
    """The code of a run, and tell that it is loaded; None where it cannot be, and tell why."""
    code, why = None, None
    try:
        code = LoadedCode(flow_run_id)
    except (Exception, SystemExit) as error:  # noqa: BLE001  # a file that is run may raise anything
        why = f"{type(error).__name__}: {error}"
    control.sendall(json.dumps({"loaded": why}).encode() + b"\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
