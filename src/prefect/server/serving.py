"""Starting the server, and what lives in its process: the API, the duties, and a worker for the default pool."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from functools import partial
from types import FrameType
from typing import Any, NamedTuple

import uvicorn
from starlette.types import ASGIApp

from prefect._clock import now
from prefect._orchestration.duties.accounts import Account
from prefect._orchestration.duties.leases import spare_leases
from prefect._store.opened import close_databases, database_of
from prefect.client.spool import Spool, spool_folder
from prefect.client.transports import LocalTransport
from prefect.exceptions import ConfigurationError
from prefect.logging.configuration import setup_logging
from prefect.logging.handlers import PrefectConsoleHandler
from prefect.logging.saying import is_json, saying_as
from prefect.runner.duties import BACKFILLS, LATENESS, LINES, PLANNING, Duty, lines_for, wanted_duties
from prefect.runner.hosting import duties_carried_out
from prefect.server.app import create_app
from prefect.server.guards import listens_beyond_this_machine
from prefect.server.moved import USUAL
from prefect.server.own_worker import own_worker
from prefect.server.pid_file import living_in, pid_file
from prefect.server.slow_clients import PatientProtocol, PunctualProtocol
from prefect.server.web_ui import WebUi
from prefect.settings import Settings
from prefect.settings.doubts import doubts

_told = saying_as("prefect.server")
MOST_ON_THE_WAY = 128 * 1024
"""Bytes that the system holds for a client that does not read them; Linux takes twice as many."""


class Wishes(NamedTuple):
    """How the server is wanted to run."""

    host: str
    port: int
    base_path: str = USUAL
    with_ui: bool = True
    with_duties: bool = True
    plans: bool = True
    late_runs: bool = True
    with_worker: bool = True
    allow_unauthenticated: bool = False
    keep_alive: int = 5
    log_level: str = "warning"

    def duties(self) -> tuple[Duty, ...]:
        """The duties that the server carries out."""
        unwanted = {
            PLANNING.name: not self.plans,
            BACKFILLS.name: not self.plans,
            LATENESS.name: not self.late_runs,
            LINES.name: True,
        }
        wanted = (duty for duty in wanted_duties() if not unwanted.get(duty.name, False))
        return (*wanted, lines_for(self.addresses()))

    def addresses(self) -> list[str]:
        """The addresses by which programs of this machine know the server."""
        hosts = dict.fromkeys(("127.0.0.1", "localhost", shown_host(self.host)))
        return [f"http://{host}:{self.port}{self.base_path}" for host in hosts]

    def as_options(self) -> list[str]:
        """The command's options that say the same."""
        switches = {
            "ui": self.with_ui,
            "services": self.with_duties,
            "scheduler": self.plans,
            "late-runs": self.late_runs,
            "worker": self.with_worker,
        }
        said = [f"--{name}" if wanted else f"--no-{name}" for name, wanted in switches.items()]
        valued = {
            "host": self.host,
            "port": self.port,
            "keep-alive-timeout": self.keep_alive,
            "log-level": self.log_level,
        }
        options = [part for name, value in valued.items() for part in (f"--{name}", str(value))]
        return [*options, *said, *(["--allow-unauthenticated"] if self.allow_unauthenticated else [])]


def serve(wishes: Wishes, settings: Settings) -> None:
    """Serve until SIGTERM or Ctrl-C.

    Raises `ConfigurationError` for an address that is taken, or one beyond this machine that asks nobody who they are.
    """
    _refuse_open_doors(wishes, settings)
    if is_json():
        setup_logging()  # which tells the doubts of the settings, too
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    with ExitStack() as living:
        address = living.enter_context(listening(wishes.host, wishes.port))
        db = database_of(settings.server.database)
        living.callback(close_databases)
        db.must_be_writable()
        Spool(spool_folder()).deliver(LocalTransport(db))
        _tell_of_another(settings)
        living.enter_context(pid_file(settings.home / "server.pid", wishes.port))
        here = f"http://{shown_host(wishes.host)}:{address.getsockname()[1]}"
        duties: Mapping[str, Account] = {}
        if wishes.with_duties:
            spare_leases(db, now=now(), ttl=timedelta(seconds=settings.flows.lease_seconds))
            duties = living.enter_context(
                duties_carried_out(db, wishes.duties(), ui=f"{here}{settings.server.ui.serve_base}")
            )
        if wishes.with_worker:
            living.enter_context(own_worker(db))
        moved = f", its API below {wishes.base_path}" if wishes.base_path != USUAL else ""
        _told(f"The server is at {here}{moved} (Ctrl-C ends it).")
        web_ui = WebUi(
            enabled=wishes.with_ui and settings.server.ui.enabled,
            base=settings.server.ui.serve_base,
            api_url=settings.server.ui.api_url or (wishes.base_path if wishes.base_path != USUAL else None),
        )
        if wishes.with_ui and web_ui.absence:
            _told(web_ui.absence)
        for doubt in () if is_json() else doubts(settings):
            _told(f"Warning: {doubt}")
        app = create_app(db, settings, web_ui, give_up=_end_without_memory, duties=duties)
        _run(app, wishes, address, settings)


def _tell_of_another(settings: Settings) -> None:
    other = living_in(settings.home / "server.pid")
    if other is not None:
        _told(
            f"Another server with this PREFECT_HOME is running: process {other.pid}, port {other.port}. Both serve the "
            "same database, which does no harm; `prefect server stop` ends the other one."
        )


def _end(number: int, frame: FrameType | None) -> None:
    """End this program well; what lives in it is ended on the way."""
    sys.exit(0)


def _end_without_memory() -> None:
    """End this program at once, as a failure; what was acknowledged is in the database."""
    os.write(2, b"The server has no memory left and ends. Give it more, and start it again.\n")
    os._exit(1)


def belief_in_proxies(settings: Settings) -> dict[str, Any]:
    """Whose headers are believed, as uvicorn is told; it would believe all of this machine by itself."""
    proxies = list(settings.server.api.trusted_proxies)
    return {"proxy_headers": bool(proxies), "forwarded_allow_ips": proxies}


def _run(app: ASGIApp, wishes: Wishes, address: socket.socket, settings: Settings) -> None:
    api = settings.server.api
    config = uvicorn.Config(
        app,
        access_log=False,
        log_level=wishes.log_level.lower(),
        **_log_of_uvicorn(),
        lifespan="on",
        loop="auto",
        http=PunctualProtocol,
        ws=PatientProtocol,
        ws_ping_interval=api.websocket_ping_interval,
        ws_ping_timeout=api.websocket_ping_timeout,
        timeout_keep_alive=wishes.keep_alive,
        timeout_graceful_shutdown=5,
        server_header=False,
        **belief_in_proxies(settings),
    )
    CalmServer(config).run([address])


def _log_of_uvicorn() -> dict[str, Any]:
    """What uvicorn is told of its log: where lines are JSON, its own are, too."""
    if not is_json():
        return {}
    logger = logging.getLogger("uvicorn")
    logger.handlers, logger.propagate = [PrefectConsoleHandler()], False
    return {"log_config": None}


class CalmServer(uvicorn.Server):
    """Wakes once a second when nothing happens, where uvicorn does so ten times, and at once when it is to end."""

    _woken: Callable[[], object] | None = None

    async def main_loop(self) -> None:
        ending = asyncio.Event()
        self._woken = partial(asyncio.get_running_loop().call_soon_threadsafe, ending.set)
        while not await self.on_tick(0):
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(ending.wait(), 1)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        if self._woken is not None:
            self._woken()


def _refuse_open_doors(wishes: Wishes, settings: Settings) -> None:
    if not listens_beyond_this_machine(wishes.host) or settings.server.api.auth_string:
        return
    if not wishes.allow_unauthenticated:
        raise ConfigurationError(
            f"On {wishes.host} others than this machine could use the server, and it would ask nobody who they are. "
            "Set PREFECT_SERVER_API_AUTH_STRING=user:password, or say --allow-unauthenticated if that is meant."
        )
    _told(f"Warning: on {wishes.host} anybody who reaches this machine may run code through the server.")


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that listens at an address. Raises `ConfigurationError` for one that cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # named TCP, since only of such sockets asyncio sends an answer's parts at once (TCP_NODELAY), and not 40 ms later
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as opened:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MOST_ON_THE_WAY)
        try:
            opened.bind((host, port))
        except OverflowError:
            raise ConfigurationError(f"There is no port {port}; ports are numbers from 1 to 65535.") from None
        except OSError as error:
            raise ConfigurationError(_why_not(error, host, port)) from error
        opened.listen(2048)
        yield opened


def require_free(host: str, port: int) -> None:
    """Raise `ConfigurationError` for an address that cannot be had."""
    with listening(host, port):
        return


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is taken; is a server running already? `prefect server status` says so, "
            f"`prefect server start --port {port + 1}` takes another one."
        )
    return f"The server cannot listen on {host}, port {port}: {error.strerror or error}."


def shown_host(host: str) -> str:
    """A host as a person types it into a browser."""
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
