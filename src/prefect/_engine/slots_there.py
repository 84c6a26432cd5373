"""Slots that a server gives: one request to take, and one to give back."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
from pydantic import TypeAdapter

from prefect._api.dispatching import Request
from prefect._engine.slots import LISTEN, Answered, Asked
from prefect._orchestration.taking_slots import Told
from prefect.client.operations import content_of
from prefect.client.transports import HttpTransport
from prefect.exceptions import ConcurrencySlotAcquisitionError, PrefectHTTPStatusError
from prefect.settings import Settings

PAUSE = 0.02
"""Seconds before one listens again when there was nobody to listen for."""
MARGIN = 10.0
"""Seconds that an answer may take beyond those that one listens."""
TOLD: TypeAdapter[list[Told]] = TypeAdapter(list[Told])
IDS: TypeAdapter[list[UUID]] = TypeAdapter(list[UUID])


class SlotsThere:
    """Takes slots by asking a server."""

    def __init__(self, settings: Settings) -> None:
        url = str(settings.api.url)
        self._transport = HttpTransport(url, settings, patience=settings.client.outage_seconds)
        self._listening = HttpTransport(url, settings, patience=0, timeout=LISTEN + MARGIN)
        self._renewing = HttpTransport(url, settings, patience=0, timeout=MARGIN)

    def take(self, process: str, asked: Asked, *, waits: bool) -> Answered:
        body = {
            "lease_id": asked.lease_id,
            "names": asked.names,
            "slots": asked.slots,
            "mode": asked.mode.value,
            "lease_seconds": asked.lease_seconds,
            "process": process,
            "holder": asked.holder._asdict() if asked.holder is not None else None,
            "strict": asked.strict,
            "waits": waits,
        }
        try:
            return Answered(**self._asked(self._transport, "POST", "/slots/take", body))
        except PrefectHTTPStatusError as error:
            if error.status != 422:
                raise
            told = f"Unable to acquire concurrency slots on {list(asked.names)}: {error.reason}"
            raise ConcurrencySlotAcquisitionError(told) from error

    def give(self, lease_id: UUID) -> None:
        self._asked(self._transport, "POST", f"/slots/{lease_id}/give")

    def withdraw(self, lease_id: UUID) -> bool:
        return bool(self._asked(self._transport, "POST", f"/slots/{lease_id}/withdraw"))

    def hear(self, process: str, heard_of: Sequence[UUID], seconds: float, changed: threading.Event) -> Sequence[Told]:
        body = {"process": process, "heard": heard_of}
        told = self._asked(self._listening, "POST", "/slots/hear", body, wait=seconds)
        if told is None:
            changed.wait(PAUSE)
        return TOLD.validate_python(told or [])

    def hear_no_more(self) -> None:
        """Nothing was held open for it."""

    def renew(self, lease_ids: Sequence[UUID], lease_seconds: float) -> Sequence[UUID]:
        body = {"lease_ids": lease_ids, "lease_seconds": lease_seconds}
        return IDS.validate_python(self._asked(self._renewing, "POST", "/slots/renew", body))

    def limited_tags(self) -> frozenset[str]:
        return frozenset(self._asked(self._renewing, "GET", "/slots/tags"))

    def close(self) -> None:
        for transport in (self._transport, self._listening, self._renewing):
            transport.close()

    def _asked(self, transport: HttpTransport, method: str, path: str, body: object = None, **query: object) -> Any:
        request = Request(method, path, query, b"" if body is None else orjson.dumps(body, default=str))
        return content_of(request, transport.send(request))
