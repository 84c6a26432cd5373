"""The runner: it claims runs, has a process started for each, and sees to it that a run ends when its process does.

Its steps look at how things are, and can be done again: what one could not do, because the source did not answer, the
next round does.
"""

from __future__ import annotations

import os
import shlex
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Protocol, TextIO

from prefect._store.trails import bring_left_behind, trails_folder
from prefect.exceptions import PrefectException
from prefect.logging.configuration import ensure_logging_setup
from prefect.logging.handlers import COLLECTED
from prefect.logging.loggers import get_logger
from prefect.runner.jobs import ProcessJob
from prefect.runner.launching import fresh_command, launcher
from prefect.runner.output import Output, leftovers
from prefect.runner.processes import EPOCH, FLOW_ENTRYPOINT, FLOW_RUN_ID, WORKING_DIR, Exit, Order, RunProcess, packed
from prefect.runner.run_events import RunEvents
from prefect.runner.source import HookKind, RunSource, RunToStart
from prefect.settings import get_current_settings

COLLECT_EVERY = 0.2
"""Seconds between two looks at what the processes printed."""
LOOK_FOR_LEFTOVERS_EVERY = 2.0
LONGEST_WAIT = 1.0
"""Seconds after which the thread that waits for changes looks whether it is to end."""
AFTER_AN_ERROR = 1.0
MOST_AT_ONCE = 100
"""How many runs are claimed in one go where there is no limit."""
MOST_PIECES = 16
"""How many pieces of one output are collected in a round."""
OF_THE_INTERPRETER = ("PYTHON", "LD_", "DYLD_", "LANG", "LC_")
"""How the variables begin that an interpreter reads when it starts, too early for a fork."""
LOADERS = ("LD_", "DYLD_", "PATH", "PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP")
"""How the variables begin that decide which code a process loads."""
PULLED = "pulled code"
USUAL_COMMANDS = (["-m", "prefect.engine"], ["-m", "prefect.flow_engine"])
"""What follows the interpreter's name in commands that ask for what is done anyway."""


@dataclass
class Active:
    """A process at work on a run: on the run itself, or on its hooks after it was killed."""

    run: RunToStart
    output: Output | None
    process: RunProcess | None = None
    exit: Exit | None = None
    hooks: HookKind | None = None
    is_ending: bool = False
    is_cancelled: bool = False


def always() -> bool:
    return True


class RunStarter:
    """Starts the runs of a source, as many at once as `limit` says, until it is stopped."""

    def __init__(
        self,
        source: RunSource,
        *,
        limit: int | None = None,
        grace_seconds: float | None = None,
        echo: TextIO | None = None,
        is_needed: Callable[[], bool] = always,
        events: RunEvents | None = None,
    ) -> None:
        """`grace_seconds` is what processes have that are to end; `echo` shows what the runs print and log.

        What is done with the runs is told in `events`.

        Once it `is_needed`, the runner makes itself ready to start its first run as fast as the next ones, which takes
        30 MB of memory.
        """
        settings = self._settings = get_current_settings()
        self._source = source
        self._limit = limit
        self._grace = settings.runner.grace_seconds if grace_seconds is None else grace_seconds
        self._poll_every: float = settings.runner.poll_frequency
        self._echo = echo
        self._is_needed = is_needed
        self._run_events = events
        self._is_warm = False
        self._outputs = Path(settings.home) / "output"
        self._trails = trails_folder(Path(settings.home), source.place)
        self._events: SimpleQueue[Exit | None] = SimpleQueue()
        self._active: list[Active] = []
        self._closing: list[Output] = []
        self._is_stopping = self._is_hurried = self._is_drain_told = self._is_left = self._is_once = False
        self._is_over = threading.Event()
        self._is_change_told = threading.Event()
        self._is_changed, self._has_no_room = True, False
        self._next_poll = self._next_renewal = self._next_leftovers = self._next_hooks = 0.0
        self._logger = get_logger("prefect.runner")
        self._told_of: set[str] = set()

    def run(self, *, once: bool = False) -> None:
        """Start runs and look after them; return when the runner was stopped and its last run has ended.

        With `once`, the runner stops by itself as soon as no run is due and none is at work.
        """
        ensure_logging_setup()
        self._is_once = once
        self._outputs.mkdir(parents=True, exist_ok=True, mode=0o700)
        usual = {**self._settings.to_environment_variables(), **self._source.env}
        self._launcher = launcher(self._events.put, self._outputs / "fork-server.log", usual)
        watcher = threading.Thread(target=self._watch, name="prefect-runner-watch", daemon=True)
        watcher.start()
        try:
            while not self._is_done():
                self._take_events(self._round())
        finally:
            self._is_over.set()
            watcher.join()
            self._launcher.close()
            self._source.close()

    def stop(self, *, now: bool = False) -> None:
        """Claim nothing more and let the runs end; with `now`, end them. A signal handler may call this."""
        self._is_stopping = True
        self._is_hurried = self._is_hurried or now
        self._events.put(None)

    def leave(self) -> None:
        """Return from `run` at once; processes at work go on, and the next runner collects their output."""
        self._is_left = True
        self.stop()

    @property
    def is_stopping(self) -> bool:
        return self._is_stopping

    # -- the loop -------------------------------------------------------------------------------------------------

    def _is_done(self) -> bool:
        return self._is_left or (self._is_stopping and not self._active and not self._closing)

    def _round(self) -> float:
        """Do what there is to do; the seconds after which there may be more without an event."""
        try:
            self._conclude()
            self._look_for_changes()
            has_caught_up = self._collect()
            self._renew()
        except Exception as error:  # noqa: BLE001  # the source may answer the next time
            self._logger.warning("The runner could not go on and tries again: %s: %s", type(error).__name__, error)
            self._is_changed = True
            return AFTER_AN_ERROR
        if self._is_done() or not has_caught_up or (self._is_changed and not self._is_stopping):
            return 0
        return COLLECT_EVERY if self._active or self._closing else LOOK_FOR_LEFTOVERS_EVERY

    def _take_events(self, seconds: float) -> None:
        """Wait for an event, and take all that there are."""
        try:
            event = self._events.get(timeout=seconds) if seconds else self._events.get_nowait()
            while True:
                self._take(event)
                event = self._events.get_nowait()
        except Empty:
            return

    def _take(self, event: Exit | None) -> None:
        if event is None:
            self._is_change_told.clear()
            self._is_changed = True
            return
        self._is_changed = self._is_changed or self._has_no_room or self._is_once
        for active in self._active:
            if active.process is not None and active.process.pid == event.pid and active.exit is None:
                active.exit = event

    def _watch(self) -> None:
        """Tell the loop when something has changed."""
        while not self._is_over.is_set():
            try:
                if self._source.wait(LONGEST_WAIT) and not self._is_change_told.is_set():
                    self._is_change_told.set()
                    self._events.put(None)
                    self._is_over.wait(0.02)
            except Exception as error:  # noqa: BLE001  # the source may answer the next time
                self._logger.warning("The runner cannot see what is new: %s: %s", type(error).__name__, error)
                self._is_over.wait(AFTER_AN_ERROR)

    def _look_for_changes(self) -> None:
        if self._is_stopping:
            self._drain()
        if not self._is_changed and time.monotonic() < self._next_poll:
            return
        self._next_poll = time.monotonic() + self._poll_every
        self._warm_up()
        self._end_cancelled()
        self._is_changed = self._claim()
        self._call_missed_hooks()
        if self._is_once and not self._is_changed and not self._active:
            self.stop()

    def _warm_up(self) -> None:
        if not self._is_warm and not self._is_stopping and self._is_needed():
            self._is_warm = True
            self._launcher.warm_up()

    # -- starting -------------------------------------------------------------------------------------------------

    def _claim(self) -> bool:
        """Claim and start what there is room for; whether there may be more at once."""
        at_work = sum(active.exit is None and active.hooks is None for active in self._active)
        room = MOST_AT_ONCE if self._limit is None else self._limit - at_work
        self._has_no_room = room <= 0
        if self._is_stopping or self._has_no_room:
            return False
        claimed = self._source.claim(room)
        for run in claimed:
            self._start(run)
        return len(claimed) == room

    def _call_missed_hooks(self) -> None:
        """Have hooks called of runs whose processes, and whoever started them, nobody has seen end; now and then."""
        if self._is_stopping or time.monotonic() < self._next_hooks:
            return
        self._next_hooks = time.monotonic() + self._poll_every
        for run, hooks in self._source.missed_hooks(MOST_AT_ONCE if self._limit is None else self._limit):
            self._start(run, hooks)

    def _start(self, run: RunToStart, hooks: HookKind | None = None) -> None:
        active = Active(run, None, hooks=hooks)
        self._active.append(active)
        try:
            job = ProcessJob.of(run)
            self._tell_of_loaders(run, job)
            self._tell_of_pulled_code(run, job)
            name = f"{run.epoch}{f'-{hooks}' if hooks else ''}"
            active.output = Output.made(self._outputs, run.flow_run_id, name, is_shown=job.is_shown)
            active.process = self._launcher.start(self._order(active, active.output, job))
            if self._run_events is not None and hooks is None:
                self._run_events.submitted(run)
        except (PrefectException, OSError, ValueError) as error:
            active.exit = Exit(None, None, f"The run could not be started: {error}")
            self._is_changed = True

    def _tell_of_loaders(self, run: RunToStart, job: ProcessJob) -> None:
        """Tell once of each variable that decides which code a process loads."""
        loaders = {name for name in job.env if name.startswith(LOADERS)} - self._told_of
        if loaders:
            self._told_of |= loaders
            self._logger.warning(
                "The job of the flow run %r sets %s, which decides what code its process loads. "
                "The base job template of its work pool can forbid that.",
                run.name,
                ", ".join(sorted(loaders)),
            )

    def _tell_of_pulled_code(self, run: RunToStart, job: ProcessJob) -> None:
        """Tell once of code that is to be kept loaded, though each run brings its own."""
        if job.is_warm and run.code is None and PULLED not in self._told_of:
            self._told_of.add(PULLED)
            self._logger.warning(
                "The job of the flow run %r asks for isolation 'warm', which is for code that lies on this host. "
                "Its deployment has pull steps that bring the code, so each run loads it itself.",
                run.name,
            )

    def _order(self, active: Active, output: Output, job: ProcessJob) -> Order:
        run = active.run
        env = {
            **os.environ,
            **self._settings.to_environment_variables(),
            **job.env,
            FLOW_RUN_ID: str(run.flow_run_id),
            EPOCH: str(run.epoch),
            COLLECTED: output.identity,
        }
        if job.working_dir:
            env[WORKING_DIR] = job.working_dir
        arguments = ["--hooks", active.hooks] if active.hooks else []
        command = None if active.hooks else _own_command(job)
        if command is None and _needs_an_interpreter(job):
            command = fresh_command(arguments)
        code = run.code if job.is_warm and not arguments and FLOW_ENTRYPOINT not in env else None
        assigned = packed(run.assignment) if run.assignment is not None and not arguments else None
        return Order(env, _here(), str(output.path), arguments, command, None if command else code, assigned)

    # -- looking after --------------------------------------------------------------------------------------------

    def _end_cancelled(self) -> None:
        """End the processes of runs that somebody wants to be ended; their runs end when they do."""
        at_work = {active.run.flow_run_id: active for active in self._active if _can_be_ended(active)}
        for flow_run_id in self._source.cancelling(list(at_work)) if at_work else ():
            at_work[flow_run_id].is_cancelled = True
            self._end(at_work[flow_run_id])

    def _end(self, active: Active) -> None:
        assert active.process is not None
        active.is_ending = True
        self._launcher.end(active.process, self._grace)

    def _drain(self) -> None:
        if not self._is_drain_told and not self._is_hurried:
            self._is_drain_told = True
            runs = "1 run" if len(self._active) == 1 else f"{len(self._active)} runs"
            self._logger.info("Draining %s: nothing new is started, and what runs may end.", runs)
        if self._is_hurried:
            for active in filter(_can_be_ended, self._active):
                self._end(active)

    def _conclude(self) -> None:
        """Have the runs end whose processes have ended."""
        for active in [active for active in self._active if active.exit is not None]:
            assert active.exit is not None
            if active.output is not None:
                self._collect_from(active.output, is_complete=False)
            bring_left_behind(self._trails, self._source.keep)
            hooks = None if active.hooks else self._source.ended(active.run.flow_run_id, active.run.epoch, active.exit)
            self._tell_of_end(active, active.exit)
            self._active.remove(active)
            if active.output is not None:
                self._closing.append(active.output)
            if hooks is not None:
                self._logger.warning("Flow run %r: %s", active.run.name, active.exit.explanation)
                self._start(active.run, hooks)

    def _tell_of_end(self, active: Active, exit: Exit) -> None:
        if self._run_events is None or active.process is None or active.hooks is not None:
            return
        if active.is_cancelled:
            self._run_events.cancelled(active.run)
        if exit.status is not None:
            self._run_events.executed(active.run, str(active.process.pid), exit.status)

    def _renew(self) -> None:
        at_work = [active.run.flow_run_id for active in self._active if active.hooks is None]
        if at_work and time.monotonic() >= self._next_renewal:
            self._source.renew(at_work)
            self._next_renewal = time.monotonic() + self._source.lease_seconds / 3

    # -- output ---------------------------------------------------------------------------------------------------

    def _collect(self) -> bool:
        """Take from every output what is new; whether that was all."""
        at_work = [active.output for active in self._active if active.output is not None]
        caught_up = [self._collect_from(output, is_complete=False) for output in at_work]
        if time.monotonic() >= self._next_leftovers:
            self._next_leftovers = time.monotonic() + LOOK_FOR_LEFTOVERS_EVERY
            self._closing += leftovers(self._outputs)
            bring_left_behind(self._trails, self._source.keep)
        for output in list(self._closing):
            caught_up.append(self._collect_from(output, is_complete=True))
            if caught_up[-1]:
                output.remove()
                self._closing.remove(output)
        return all(caught_up)

    def _collect_from(self, output: Output, *, is_complete: bool) -> bool:
        """Keep what was printed since the last time; whether that was all there is so far."""
        for _ in range(MOST_PIECES):
            piece = output.next_piece(is_complete=is_complete)
            if piece is None:
                return True
            if piece.lines:
                self._source.output(output.flow_run_id, piece.lines)
            if self._echo is not None and output.is_shown:
                self._echo.write(piece.shown)
                self._echo.flush()
            output.take(piece)
        return False


def _can_be_ended(active: Active) -> bool:
    return active.process is not None and active.exit is None and not active.is_ending


def _own_command(job: ProcessJob) -> list[str] | None:
    """The command that a job asks for, unless it is the usual one."""
    words = shlex.split(job.command or "")
    return words if words and words[1:] not in USUAL_COMMANDS else None


def _needs_an_interpreter(job: ProcessJob) -> bool:
    """Whether a job asks for something that only an interpreter of its own can give it."""
    return any(name.startswith(OF_THE_INTERPRETER) and os.environ.get(name) != value for name, value in job.env.items())


def _here() -> str:
    try:
        return os.getcwd()
    except FileNotFoundError:
        return os.path.abspath(os.sep)


class Stoppable(Protocol):
    """What starts runs until it is stopped."""

    @property
    def is_stopping(self) -> bool: ...
    def stop(self, *, now: bool = False) -> None: ...


@contextmanager
def stopped_by_signals(runner: Stoppable) -> Iterator[None]:
    """Inside the block SIGTERM and SIGINT stop the runner: the first lets its runs end, the second ends them.

    Where this is not the main thread, signals are the business of whoever has that.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(signum: int, frame: FrameType | None) -> None:
        runner.stop(now=runner.is_stopping)

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
