"""Clients that are slow, or ask at endless length: those that do not read what they are sent, too."""

from __future__ import annotations

from asyncio import BaseTransport, TimerHandle

from uvicorn.protocols.http.auto import AutoHTTPProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

TRY_AGAIN_LATER = 1013
SLOWEST = 10.0
"""Seconds in which a client has to read what is on its way to it."""
FAREWELL = 5.0
"""Seconds that a client has to hear that it was too slow, before its connection is cut."""


SLOWEST_HEAD = 20.0
"""Seconds in which the head of a request has to come."""
NO_HEAD = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


LARGEST_HEAD = 64 * 1024
"""Bytes that the head of a request may have."""
COUNTS_HEADS = AutoHTTPProtocol.__name__ == "HttpToolsProtocol"
"""Whether heads are counted here: httptools, where it is installed, sets them no bound; h11 does."""
TOO_LARGE_HEAD = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class PunctualProtocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]  # uvicorn chooses when it is imported
    """Speaks HTTP with a client, and closes where no request comes that was begun, or hoped for, or one without end."""

    _head_deadline: TimerHandle | None = None
    _head_size: int | None = 0
    """Bytes that have come of a head; None while a body comes."""
    _has_request_ended = False
    """Whether the latest bytes were the last ones of a request."""

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        self._has_request_ended = False
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._forget_head()
        elif self._head_deadline is None:
            self._expect_head()
        if not COUNTS_HEADS or self._head_size is None:
            return
        self._head_size = 0 if self._has_request_ended else self._head_size + len(data)
        if self._head_size > LARGEST_HEAD:
            self._close_with(TOO_LARGE_HEAD)

    def on_headers_complete(self) -> None:
        self._head_size = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._head_size, self._has_request_ended = 0, True
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_head()
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        self._head_deadline = self.loop.call_later(SLOWEST_HEAD, self._give_up)

    def _forget_head(self) -> None:
        if self._head_deadline is not None:
            self._head_deadline.cancel()
            self._head_deadline = None

    def _give_up(self) -> None:
        self._close_with(NO_HEAD)

    def _close_with(self, words: bytes) -> None:
        if self.transport.get_protocol() is self and not self.transport.is_closing():
            self.transport.write(words)
            self.transport.close()


class PatientProtocol(WebSocketsSansIOProtocol):
    """Speaks websocket with a client, and closes with 1013 (try again later) where it does not read for too long.

    Nothing more is sent to a client that has not read what is on its way: whoever sends waits.
    """

    _deadline: TimerHandle | None = None

    def pause_writing(self) -> None:
        self.writable.clear()
        if self._deadline is None:
            self._deadline = self.loop.call_later(SLOWEST, self._give_up)

    def resume_writing(self) -> None:
        self.writable.set()
        if not self.close_sent:
            self._forget_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_deadline()
        super().connection_lost(exc)
        self.writable.set()  # whoever waits to send hears that nobody is there any more

    def _give_up(self) -> None:
        if not self.close_sent and not self.transport.is_closing():
            self.conn.send_close(TRY_AGAIN_LATER, "You read too slowly.")
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.close_sent = True
        self._deadline = self.loop.call_later(FAREWELL, self.transport.abort)

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
