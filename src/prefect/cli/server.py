"""`prefect server …`"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any

from cyclopts import App, Parameter

from prefect.cli.output import Output, show_fields, show_json
from prefect.cli.running import CommandError
from prefect.client.transports import http_options
from prefect.settings import Settings, get_current_settings

app = App(name="server", help="Start, stop and look at the server, and care for its database.")
app.command("prefect.cli.database:app", name="database", help="Bring the database up to date, or empty it.")
app.command("prefect.cli.importing:import_", name="import", help="Take everything over from another installation.")
app.command("prefect.cli.importing:export", name="export", help="Write everything into a folder that `import` takes.")
app.command("prefect.cli.services:app", name="services", help="Look at the duties, and carry them out.")


@Parameter(name="*")
@dataclass(frozen=True)
class Parts:
    """What a server does beside answering."""

    ui: Annotated[bool, Parameter(negative="--no-ui")] = True
    """Whether it shows the web UI."""
    scheduler: Annotated[bool, Parameter(negative="--no-scheduler")] = True
    """Whether it plans the runs of schedules."""
    late_runs: Annotated[bool, Parameter(negative="--no-late-runs")] = True
    """Whether it calls runs late whose time is over."""
    services: Annotated[bool, Parameter(negative="--no-services")] = True
    """Whether it carries out any duties: planning, lateness, leases, pauses."""
    worker: Annotated[bool, Parameter(negative="--no-worker")] = True
    """Whether it runs what is deployed to the default pool."""


ALL_PARTS = Parts()


@app.command
def start(
    *,
    host: str | None = None,
    port: int | None = None,
    keep_alive_timeout: int | None = None,
    log_level: str | None = None,
    background: Annotated[bool, Parameter(name=["--background", "-b"], negative=())] = False,
    parts: Parts = ALL_PARTS,
    analytics: Annotated[bool, Parameter(name="--analytics-on", negative="--analytics-off")] = False,
    workers: int = 1,
    allow_unauthenticated: Annotated[bool, Parameter(negative=())] = False,
) -> None:
    """Start the server: the REST API, the scheduler, and a worker for the default pool.

    prefect server start                      # at http://127.0.0.1:4200, until Ctrl-C
    prefect server start --background         # goes on by itself; `prefect server stop` ends it
    prefect server start --port 4300

    Parameters
    ----------
    host
        The address on which it listens; loopback unless told otherwise.
    port
        The port, 4200 unless told otherwise.
    keep_alive_timeout
        Seconds that an idle connection stays open.
    log_level
        What the server logs: DEBUG, INFO, WARNING, ERROR.
    background
        Return when it is up; it writes into server.log in PREFECT_HOME.
    analytics
        For programs that say it: nothing is ever told to anybody.
    workers
        How many processes serve; one does. Start several servers on one PostgreSQL database for more.
    allow_unauthenticated
        Listen on an address beyond this machine although nobody is asked who they are.
    """
    if workers != 1:
        raise CommandError("One process serves. Start several servers on one PostgreSQL database for more.")
    from prefect.server.moved import base_path_of
    from prefect.server.serving import Wishes, serve
    from prefect.server.starting import start_in_background

    settings = get_current_settings()
    api = settings.server.api
    wishes = Wishes(
        host=host or api.host,
        port=api.port if port is None else port,
        base_path=base_path_of(api.base_path),
        with_ui=parts.ui,
        with_duties=parts.services,
        plans=parts.scheduler,
        with_worker=parts.worker,
        late_runs=parts.late_runs,
        allow_unauthenticated=allow_unauthenticated,
        keep_alive=api.keepalive_timeout if keep_alive_timeout is None else keep_alive_timeout,
        log_level=log_level or settings.server.logging_level,
    )
    if background:
        print(start_in_background(wishes, settings))
    else:
        serve(wishes, settings)


@app.command
def stop() -> None:
    """Stop the server that was started with this PREFECT_HOME."""
    from prefect.cli.stopping import stop_process

    stop_process(get_current_settings().home / "server.pid", "server")


@app.command
def status(
    *, wait: Annotated[bool, Parameter(negative=())] = False, timeout: float = 30, output: Output = None
) -> None:
    """Say whether the server answers; the exit code is 1 where it does not.

    Parameters
    ----------
    wait
        Wait until it answers.
    timeout
        Seconds to wait at most.
    """
    settings = get_current_settings()
    deadline = time.monotonic() + timeout
    told = _status(settings)
    while wait and not told["running"] and time.monotonic() < deadline:
        time.sleep(0.1)
        told = _status(settings)
    if output == "json":
        show_json(told)
    else:
        show_fields({name.capitalize(): value for name, value in told.items() if name != "running"})
    if not told["running"]:
        raise CommandError(f"No server answers at {told['url']}. Start one: prefect server start --background")


def _status(settings: Settings) -> dict[str, Any]:
    from prefect.server.moved import base_path_of
    from prefect.server.pid_file import read_pid_file
    from prefect.utilities.lean_httpx import httpx

    serving = read_pid_file(settings.home / "server.pid")
    api = settings.server.api
    here = f"http://127.0.0.1:{serving.port if serving else api.port}{base_path_of(api.base_path)}"
    url = str(settings.api.url or here)
    process = serving.process() if serving is not None else None
    told: dict[str, Any] = {"running": False, "url": url, "pid": process.pid if process else None}
    with suppress(httpx.HTTPError), httpx.Client(**{**http_options(url, settings), "timeout": 5}) as client:
        told["running"] = client.get("health").status_code == 200
    return told
