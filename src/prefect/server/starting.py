"""Starting a server that goes on by itself."""

from __future__ import annotations

import subprocess
import sys
import time

from prefect.exceptions import ConfigurationError
from prefect.server.serving import Wishes, require_free, shown_host
from prefect.settings import Settings
from prefect.utilities.lean_httpx import httpx

STARTING = 30.0
"""Seconds that a server has to answer."""


def start_in_background(wishes: Wishes, settings: Settings) -> str:
    """Start a server in a process of its own and return when it answers: a line that says where it is.

    Raises `ConfigurationError` with the end of its log where it does not come up.
    """
    require_free(wishes.host, wishes.port)
    log = settings.home / "server.log"
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with log.open("ab") as written:
        began = written.tell()
        process = subprocess.Popen(
            [sys.executable, "-m", "prefect", "server", "start", *wishes.as_options()],
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=written,
            start_new_session=True,
        )
    url = f"http://{shown_host(wishes.host)}:{wishes.port}"
    if is_up_in_time(process, f"{url}{wishes.base_path}/health"):
        return f"The server is at {url} (process {process.pid}). `prefect server stop` ends it. Its log: {log}"
    with log.open("rb") as told:
        told.seek(began)
        said = told.read().decode(errors="replace").strip()
    raise ConfigurationError(
        said.splitlines()[-1].removeprefix("Error: ") if said else f"The server did not start; see {log}."
    )


def is_up_in_time(process: subprocess.Popen[bytes], health: str) -> bool:
    """Whether a server that was started comes to answer at the address of its health; waits for it."""
    deadline = time.monotonic() + STARTING
    while process.poll() is None and time.monotonic() < deadline:
        if _answers(health):
            return True
        time.sleep(0.05)
    return False


def _answers(health: str) -> bool:
    try:  # without TLS there are no certificates, and reading those to trust takes 30 ms
        return httpx.get(health, timeout=5, verify=False).status_code == 200
    except httpx.HTTPError:
        return False
