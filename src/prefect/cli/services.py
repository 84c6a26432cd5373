"""`prefect server services …`: the duties, which a server carries out itself unless it is told not to."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Annotated

from cyclopts import App, Parameter

from prefect._store.opened import database_of
from prefect.cli.output import Output, show_json, show_table
from prefect.cli.running import CommandError
from prefect.cli.stopping import stop_process
from prefect.runner.duties import wanted_duties
from prefect.runner.hosting import duties_carried_out
from prefect.server.pid_file import living_in, pid_file
from prefect.settings import get_current_settings

app = App(name="services", help="Look at the duties that keep the database right, and carry them out.")
STARTING = 30.0
"""Seconds that the process of the duties has to begin."""


@app.command(name=["list", "ls"])
def list_services(*, output: Output = None) -> None:
    """List the duties, and how often each is carried out."""
    told = [
        {"name": duty.name, "every_seconds": duty.every, "at_once": duty.done_for is not None}
        for duty in wanted_duties()
    ]
    if output == "json":
        show_json(told)
        return
    rows = [
        (duty.name, f"{duty.every:g} s{', and when something changes' if duty.done_for else ''}")
        for duty in wanted_duties()
    ]
    show_table(("Duty", "Every"), rows, empty="There are no duties.")
    print("\n`prefect server start` carries them out; --no-services leaves them to `prefect server services start`.")


@app.command(name=["start", "enable", "manager"])
def start(*, background: Annotated[bool, Parameter(name=["--background", "-b"], negative=())] = False) -> None:
    """Carry the duties out here, beside servers that run with --no-services, until Ctrl-C.

    Parameters
    ----------
    background
        Return when they are carried out; `prefect server services stop` ends that.
    """
    if background:
        _start_in_background()
        return
    settings = get_current_settings()
    wanted = wanted_duties()
    db = database_of(settings.server.database)
    is_over = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        is_over.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    with pid_file(_file(), 0), duties_carried_out(db, wanted):
        print(f"Carrying out {len(wanted)} duties (Ctrl-C ends it).", flush=True)
        is_over.wait()


@app.command(name=["stop", "disable"])
def stop() -> None:
    """End what `prefect server services start --background` has started."""
    stop_process(_file(), "process of the duties")


def _start_in_background() -> None:
    if living_in(_file()) is not None:
        raise CommandError("The duties are carried out already; `prefect server services stop` ends that.")
    log = get_current_settings().home / "services.log"
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with log.open("ab") as said:
        command = [sys.executable, "-m", "prefect", "server", "services", "start"]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True)
    deadline = time.monotonic() + STARTING
    while living_in(_file()) is None:
        if process.poll() is not None or time.monotonic() > deadline:
            raise CommandError(f"The duties are not carried out; see {log}.")
        time.sleep(0.05)
    many = len(wanted_duties())
    print(f"Process {process.pid} carries out {many} duties. `prefect server services stop` ends that. See {log}.")


def _file() -> Path:
    home: Path = get_current_settings().home
    return home / "services.pid"
