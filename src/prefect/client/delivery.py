"""What must reach a server sooner or later: the program goes on while the server is away."""

from __future__ import annotations

import logging
import time

from prefect._api.dispatching import Reply, Request
from prefect.client.spool import Spool, is_for_later
from prefect.client.transports import ServerUnreachable, Transport

TRY_EVERY = 1.0
"""Seconds between two tries to deliver what is kept."""
logger = logging.getLogger("prefect.client")


class Delivery:
    """Brings requests to a server, or keeps them on disk and brings them later, in the order in which they came.

    For one thread that brings; `catch_up`, `keep` and `answer_to` may be called by others.
    """

    def __init__(self, hurried: Transport, spool: Spool, patience: float = 0.0) -> None:
        """`hurried` gives up at once where the server is away; `patience` is for a disk that is full meanwhile."""
        self._hurried = hurried
        self._spool = spool
        self._patience = patience
        self._has_kept = not spool.is_empty()
        self._next_try = 0.0

    def bring(self, request: Request) -> None:
        """Hand a request over, or keep it; on return it survives the death of this process.

        Where neither can be done, one waits for the server or for room. Raises `OSError` when the patience is over.
        """
        deadline = time.monotonic() + self._patience
        while not (self._is_handed_over(request) or self._is_kept(request, deadline)):
            time.sleep(TRY_EVERY)

    def _is_kept(self, request: Request, deadline: float) -> bool:
        try:
            self.keep(request)
        except OSError as error:
            if time.monotonic() > deadline:
                raise
            logger.warning("What happens can be kept nowhere now, and waits: %s", error)
            return False
        return True

    def answer_to(self, request: Request) -> Reply | None:
        """What a server that is there answers; None where the request is kept, to be brought later."""
        self._try_to_catch_up()
        if not self._has_kept:
            try:
                reply = self._hurried.send(request)
                if not is_for_later(reply):
                    return reply
            except ServerUnreachable as error:
                logger.warning("%s", error)
        self.keep(request)
        return None

    def _is_handed_over(self, request: Request) -> bool:
        self._try_to_catch_up()
        return not self._has_kept and self._is_taken(request)

    def _try_to_catch_up(self) -> None:
        """Deliver what is kept, unless that has just been tried."""
        if self._has_kept and time.monotonic() >= self._next_try:
            self.catch_up(self._hurried)
            self._next_try = time.monotonic() + TRY_EVERY

    def keep(self, request: Request) -> None:
        """Keep a request for later."""
        file = self._spool.keep(request)
        if not self._has_kept:
            logger.warning("What happens is kept in %s, and delivered when the server takes it.", file.parent)
        self._has_kept = True

    def catch_up(self, transport: Transport) -> bool:
        """Deliver what is kept; whether nothing is left."""
        if self._has_kept:
            try:
                self._spool.deliver(transport)
            except ServerUnreachable:
                return False
            self._has_kept = not self._spool.is_empty()
        return not self._has_kept

    def _is_taken(self, request: Request) -> bool:
        """Whether the server has the request now; why not is told."""
        try:
            reply = self._hurried.send(request)
        except ServerUnreachable as error:
            logger.warning("%s", error)
            return False
        if reply.status >= 400:
            told = reply.content[:500].decode(errors="replace")
            logger.warning("%s %s was answered with %s: %s", request.method, request.path, reply.status, told)
        return reply.status < 400
