"""`serve(...)`: this program runs deployments when they are due or triggered, until it is stopped.

With `PREFECT_API_URL` the runs come from that server. Without it they come from the local database, and this program
sees to the duties, such as planning the runs of schedules: no server is anywhere.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from uuid import UUID

from prefect._deployment_options import RunnerOptions
from prefect._engine.recorders import recorder
from prefect.deployments.recording import pause
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import PrefectHTTPStatusError
from prefect.runner.hosting import duties_carried_out
from prefect.runner.http_source import HttpSource
from prefect.runner.run_events import RunEvents
from prefect.runner.source import EmbeddedSource, RunSource
from prefect.runner.starter import RunStarter, stopped_by_signals
from prefect.settings import get_current_settings
from prefect.utilities.asyncutils import at_once
from prefect.utilities.options import declares

if TYPE_CHECKING:
    from typing_extensions import Unpack

PATIENCE_AT_THE_END = 2.0
"""Seconds for which an absent server is asked to pause what this program served."""


class Served:
    """Deployments that this program has recorded, and whose runs it starts."""

    def __init__(self, deployments: Sequence[RunnerDeployment], options: RunnerOptions) -> None:
        if not deployments:
            raise ValueError("There is nothing to serve; give at least one deployment: my_flow.to_deployment('name').")
        for one in deployments:
            if not isinstance(one, RunnerDeployment):
                raise TypeError(f"Deployments are served, such as my_flow.to_deployment('name'); {one!r} is none.")
        self._deployments = deployments
        self._options = options
        self._ids: list[UUID] = []

    @contextmanager
    def recorded(self) -> Iterator[RunStarter]:
        """Inside the block the deployments are there, and so is what their runs need beside the runner."""
        self._ids = [at_once(_active(one).apply) for one in self._deployments]
        with ExitStack() as living:
            source = living.enter_context(runs_of(self._ids))
            if self._options.get("webserver"):
                living.enter_context(answering_health())
            if self._options.get("pause_on_shutdown", True):
                living.callback(self._pause)
            yield RunStarter(source, limit=self._limit(), echo=sys.stdout, events=RunEvents())

    def _limit(self) -> int:
        limit: int = self._options.get("limit") or get_current_settings().runner.process_limit
        return limit

    def _pause(self) -> None:
        """Stop the schedules, since nobody starts their runs any more."""
        print("Pausing all deployments...", flush=True)
        try:
            for deployment_id in self._ids:
                pause(deployment_id, PATIENCE_AT_THE_END)
        except PrefectHTTPStatusError as error:
            print(
                f"The schedules go on, though nobody starts their runs now: {error} "
                f"Later, `prefect deployment schedule pause '{self._deployments[0].full_name}' --all` pauses them.",
                flush=True,
            )

    def say_so(self) -> None:
        """Tell the user what is served, once Ctrl-C ends it well."""
        if not self._options.get("print_starting_message", True):
            return
        lines = [f"Serving {one.full_name}" for one in self._deployments]
        lines.append(f"Trigger a run:  prefect deployment run '{self._deployments[0].full_name}'")
        print("\n".join([*lines, "Ctrl-C ends it."]), flush=True)


def _active(deployment: RunnerDeployment) -> RunnerDeployment:
    """What was paused when it was last served, goes on."""
    return replace(deployment, paused=False) if deployment.paused is None else deployment


@contextmanager
def runs_of(deployment_ids: Sequence[UUID]) -> Iterator[RunSource]:
    """Where the runs of deployments come from; inside the block somebody plans them: the server, or else we."""
    settings = get_current_settings()
    if settings.api.url:
        yield HttpSource(settings, deployment_ids=deployment_ids)
        return
    db = recorder().db
    with duties_carried_out(db):
        yield EmbeddedSource(db, deployment_ids=deployment_ids)


@declares(RunnerOptions)
def serve(*deployments: RunnerDeployment, **options: Unpack[RunnerOptions]) -> None:
    """Record deployments and run them when they are due or triggered, until Ctrl-C or SIGTERM.

    The first of these lets runs at work end, the second ends them. Raises `ValueError` where there is nothing to serve.
    """
    served = Served(deployments, options)
    with served.recorded() as runner, stopped_by_signals(runner):
        served.say_so()
        runner.run()


@declares(RunnerOptions)
async def aserve(*deployments: RunnerDeployment, **options: Unpack[RunnerOptions]) -> None:
    """As `serve`, awaited: when its task is cancelled it lets the runs at work end."""
    served = Served(deployments, options)
    with served.recorded() as runner:
        served.say_so()
        await run_beside_the_loop(runner)


async def run_beside_the_loop(runner: RunStarter, *, once: bool = False) -> None:
    """Run a runner in another thread; a cancelled task lets the runs at work end."""
    running = asyncio.ensure_future(asyncio.to_thread(runner.run, once=once))
    try:
        await asyncio.shield(running)
    finally:
        runner.stop()
        await running


class _Health(BaseHTTPRequestHandler):
    """Answers `GET /health`, for whoever looks whether this program lives."""

    def do_GET(self) -> None:
        is_known = self.path in ("/health", "/health/")
        self.send_response(200 if is_known else 404)
        self.send_header("content-type", "application/json")
        self.end_headers()
        self.wfile.write(b'{"message": "OK"}' if is_known else b'{"detail": "Not found"}')

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads who asked."""


@contextmanager
def answering_health() -> Iterator[tuple[str, int]]:
    """Inside the block a small web server says that this program lives; its host and port."""
    settings = get_current_settings().runner.server
    with ThreadingHTTPServer((settings.host, settings.port), _Health) as server:
        thread = threading.Thread(target=server.serve_forever, name="prefect-health", daemon=True)
        thread.start()
        try:
            yield (settings.host, server.server_port)
        finally:
            server.shutdown()
            thread.join()


__all__ = ["aserve", "serve"]
