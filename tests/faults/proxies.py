"""A network that is not to be relied on: it stands between a client and a server and loses what it is told to lose."""

from __future__ import annotations

import re
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

HEAD_END = b"\r\n\r\n"
FAILURE = b"HTTP/1.1 5"
WEBSOCKET = b"upgrade: websocket"
RESET = struct.pack("ii", 1, 0)
"""Has a socket reset its connection when it is closed."""
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


class Proxy:
    """Takes connections to a server, and passes each request on and each answer back."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._losing: dict[bytes, int] = {}
        self._change = threading.Lock()
        self._is_cut = self._is_swallowing = False
        self._dead: set[socket.socket] = set()
        self._breaking: dict[bytes, int] = {}
        self._over = threading.Event()
        self._status: int | None = None
        self._flowing = threading.Event()
        self._flowing.set()
        self.upgrades: list[bytes] = []
        """The requests for websockets, each as its first line; there are none to be had here."""
        self.lost: list[bytes] = []
        """The requests whose answers were lost, or broke off, each as its first line."""
        self.failed: list[tuple[bytes, bytes]] = []
        """The requests that the server answered with 500 or above, each as its first line, with the answer's head."""
        threading.Thread(target=self._take, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}/api"

    def lose_answers(self, to: str, times: int = 1) -> None:
        """Have the server carry out the next requests with that in their first line, and lose its answers."""
        self._losing[to.encode()] = times

    def answer_with(self, status: int | None) -> None:
        """Answer every request with that status instead of passing it on; with None, pass them on again."""
        self._status = status

    def cut(self) -> None:
        """End all connections and take no other until `mend`."""
        with self._change:
            self._is_cut = True
            for end in list(self._open):
                _closed(end)

    def mend(self) -> None:
        self._is_cut = False

    def reset(self) -> None:
        """End all connections at once, without a word; others are taken."""
        with self._change:
            for end in list(self._open):
                with suppress(OSError):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                _closed(end)

    def stall(self) -> None:
        """Keep all connections open and pass nothing on until `go_on`."""
        self._flowing.clear()

    def go_on(self) -> None:
        self._flowing.set()

    def swallow(self) -> None:
        """Have all connections lead nowhere, and tell nobody; those that are made after `come_back` do not."""
        with self._change:
            self._dead |= self._open
            self._is_swallowing = True

    def come_back(self) -> None:
        self._is_swallowing = False

    def break_answers(self, to: str, times: int = 1) -> None:
        """Have the connections reset in the midst of the next answers to requests with that in their first line."""
        self._breaking[to.encode()] = times

    def close(self) -> None:
        self._over.set()
        self.go_on()
        self.cut()
        _closed(self._listening)

    def _take(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with self._kept(client):
            if self._is_cut:
                return
            if self._is_swallowing:
                self._dead.add(client)
            with suppress(OSError):
                server = socket.create_connection(("127.0.0.1", self._server_port))
                with self._kept(server):
                    while self._passed_on(client, server):
                        pass

    def _passed_on(self, client: socket.socket, server: socket.socket) -> bool:
        """Pass one request and its answer on; whether others may follow on these connections."""
        request = _message(client)
        self._flowing.wait()
        if not request or self._is_dead(client):
            return False
        if WEBSOCKET in request.lower():
            self.upgrades.append(request.partition(b"\r\n")[0])
            client.sendall(b"HTTP/1.1 404 Not Found\r\ncontent-length: 2\r\n\r\n{}")
            return False
        if self._status is not None:
            client.sendall(f"HTTP/1.1 {self._status} Error\r\ncontent-length: 2\r\n\r\n{{}}".encode())
            return True
        server.sendall(request)
        answer = _message(server)
        self._note_failure(request, answer)
        first_line = request.partition(b"\r\n")[0]
        if self._is_one_of(self._losing, first_line) or self._is_dead(client):
            return False
        if self._is_one_of(self._breaking, first_line):
            client.sendall(answer[: len(answer) // 2])
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            client.close()
            return False
        client.sendall(answer)
        return bool(answer)

    def _is_dead(self, client: socket.socket) -> bool:
        """Whether a connection leads nowhere; if so, that is told when all is over."""
        return client in self._dead and self._over.wait()

    def _is_one_of(self, wanted: dict[bytes, int], first_line: bytes) -> bool:
        with self._change:
            for part, times in wanted.items():
                if part in first_line and times:
                    wanted[part] -= 1
                    self.lost.append(first_line)
                    return True
        return False

    def _note_failure(self, request: bytes, answer: bytes) -> None:
        if answer.startswith(FAILURE):
            self.failed.append((request.partition(b"\r\n")[0], answer.partition(HEAD_END)[0]))

    @contextmanager
    def _kept(self, end: socket.socket) -> Iterator[None]:
        with self._change:
            self._open.add(end)
        try:
            yield
        finally:
            with self._change:
                self._open.discard(end)
            _closed(end)


def _message(end: socket.socket) -> bytes:
    """A whole request or answer, or nothing where the other side has gone."""
    message = b""
    while HEAD_END not in message:
        part = end.recv(1 << 16)
        if not part:
            return b""
        message += part
    head, _, body = message.partition(HEAD_END)
    found = LENGTH.search(head)
    missing = (int(found[1]) if found else 0) - len(body)
    while missing > 0:
        part = end.recv(1 << 16)
        if not part:
            return b""
        message, missing = message + part, missing - len(part)
    return message


def _closed(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextmanager
def between(server_port: int) -> Iterator[Proxy]:
    """A network to a server for the time of the block."""
    proxy = Proxy(server_port)
    try:
        yield proxy
    finally:
        proxy.close()
