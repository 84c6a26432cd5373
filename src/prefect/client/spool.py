"""Requests that a server could not take in time, kept on disk until it can: what happened is delivered later, once.

Each request is a file of its own in `PREFECT_HOME/spool`, named so that files sort by age. Requests may be repeated, so
two processes that deliver the same file do no harm.
"""

from __future__ import annotations

import time
from pathlib import Path
from uuid import uuid4

import orjson

from prefect._api.dispatching import Request
from prefect.client.transports import Transport
from prefect.settings import get_current_settings
from prefect.utilities.files import write_whole


def spool_folder() -> Path:
    """Where requests are kept."""
    home: Path = get_current_settings().home
    return home / "spool"


def keep(request: Request, folder: Path) -> Path:
    """Keep a request on disk; the file that holds it."""
    file = folder / f"{time.time_ns():020}-{uuid4().hex}.json"
    held = {"method": request.method, "path": request.path, "body": request.body.decode()}
    write_whole(file, orjson.dumps(held))
    return file


def deliver(transport: Transport, folder: Path) -> int:
    """Send what is kept, the oldest first; how many requests the server has taken.

    A request that it refuses for good is set aside, with `.refused` behind its name.
    """
    taken = 0
    for file in sorted(folder.glob("*.json")):
        request = _read(file)
        if request is None:
            continue
        status = transport.send(request).status
        if status >= 500 or status in (408, 429):
            return taken
        if status >= 400:
            file.rename(file.with_suffix(".refused"))
            continue
        file.unlink(missing_ok=True)
        taken += 1
    return taken


def _read(file: Path) -> Request | None:
    """A request as it was kept; None where somebody else has delivered it."""
    try:
        held = orjson.loads(file.read_bytes())
    except FileNotFoundError:
        return None
    return Request(held["method"], held["path"], {}, held["body"].encode())
