"""Requests that a server could not take in time, kept on disk until it can: what happened is delivered later, once.

Each request is a file of its own in `PREFECT_HOME/spool`, named so that files sort by age. Requests may be repeated, so
two processes that deliver the same file do no harm.
"""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

import orjson

from prefect._api.dispatching import Reply, Request
from prefect.client.transports import Transport
from prefect.settings import get_current_settings
from prefect.utilities.files import write_whole

NOT_NOW = frozenset({401, 403, 408, 421, 429})
"""Answers below 500 that may be others the next time."""


def spool_folder() -> Path:
    """Where requests are kept."""
    home: Path = get_current_settings().home
    return home / "spool"


def is_for_later(reply: Reply) -> bool:
    """Whether a server that answers so may take the same request the next time."""
    return reply.status >= 500 or reply.status in NOT_NOW


class Spool:
    """The requests that are kept in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, request: Request) -> Path:
        """Keep a request on disk; the file that holds it."""
        file = self.folder / f"{time.time_ns():020}-{uuid4().hex}.json"
        held = {"method": request.method, "path": request.path, "body": request.body.decode()}
        write_whole(file, orjson.dumps(held))
        return file

    def is_empty(self) -> bool:
        return next(self.folder.glob("*.json"), None) is None

    def deliver(self, transport: Transport) -> None:
        """Send what is kept, the oldest first.

        A request on which the server fails stays, and so does everything once it says that it cannot take anything
        now; one that it refuses for good is set aside, with `.refused` behind its name.
        """
        for file in sorted(self.folder.glob("*.json")):
            request = _read(file)
            if request is None:
                continue
            reply = transport.send(request)
            if is_for_later(reply) and reply.status != 500:
                return
            with suppress(FileNotFoundError):
                _put_away(file, reply)


def _read(file: Path) -> Request | None:
    """A request as it was kept; None where somebody else has delivered it."""
    try:
        held = orjson.loads(file.read_bytes())
    except FileNotFoundError:
        return None
    return Request(held["method"], held["path"], {}, held["body"].encode())


def _put_away(file: Path, reply: Reply) -> None:
    if reply.status < 400:
        file.unlink()
    elif reply.status < 500:
        file.rename(file.with_suffix(".refused"))
