"""Websockets of clients that do not read: what they are sent piles up here, and not for long."""

from __future__ import annotations

from asyncio import TimerHandle

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

TRY_AGAIN_LATER = 1013
SLOWEST = 10.0
"""Seconds in which a client has to read what is on its way to it."""
FAREWELL = 5.0
"""Seconds that a client has to hear that it was too slow, before its connection is cut."""


class PatientProtocol(WebSocketsSansIOProtocol):
    """Speaks websocket with a client, and closes with 1013 (try again later) where it does not read for too long.

    Nothing more is sent to a client that has not read what is on its way: whoever sends waits.
    """

    _deadline: TimerHandle | None = None

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._deadline is None:
            self._deadline = self.loop.call_later(SLOWEST, self._give_up)

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.close_sent:
            self._forget_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_deadline()
        super().connection_lost(exc)

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
