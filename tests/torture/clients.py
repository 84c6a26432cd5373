"""Who asks the API over the network that is tortured, and writes down what was acknowledged."""

from __future__ import annotations

import threading
import time
from typing import Any
from uuid import uuid4

import httpx

from prefect._api.repeating import HEADER
from tests.torture.ledgers import Ledger

PATIENCE = 20.0
"""Seconds for which a client repeats what was not acknowledged, on a machine as fast as usual."""
TIMEOUT = 3.0
"""Seconds for which it waits for an answer there."""
AGAIN_AFTER = 0.2


class Client:
    """Asks, again and again under one key, until it is answered, loses its patience, or is told to stop."""

    def __init__(self, url: str, ledger: Ledger) -> None:
        self._url = url
        self._ledger = ledger
        self.hurry = threading.Event()
        self.slowness = 1.0
        """How many times as long it waits, as the machine is slower."""

    def ask(self, method: str, path: str, body: Any = None, *, what: str = "asked", **facts: Any) -> Any:
        """The JSON of the answer, or None where there was none in time or it was a refusal; what is noted."""
        key, deadline = str(uuid4()), time.monotonic() + PATIENCE * self.slowness
        while time.monotonic() < deadline and not self.hurry.is_set():
            try:
                answer = httpx.request(
                    method,
                    f"{self._url}{path}",
                    json=body,
                    headers={HEADER: key},
                    timeout=TIMEOUT * self.slowness,
                    verify=False,
                )
            except (httpx.TransportError, OSError):
                answer = None
            if answer is not None and answer.status_code < 500:
                told = answer.json() if answer.content else None
                id = told.get("id") if isinstance(told, dict) else None
                self._ledger.note(what, method=method, path=path, status=answer.status_code, id=id, **facts)
                return told if answer.status_code < 400 else None
            time.sleep(AGAIN_AFTER)
        self._ledger.note("unanswered", method=method, path=path, wanted=what, **facts)
        return None
