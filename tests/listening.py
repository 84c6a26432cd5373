"""A real HTTP server that writes down what it is sent."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Heard(NamedTuple):
    """A request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Listener:
    """What a server hears; it answers with `status`, and sends those who ask at `/away` on to `elsewhere`.

    While `answering` is cleared, it hears and leaves those who ask without an answer.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.status = 200
        self.elsewhere = ""
        self.requests: queue.Queue[Heard] = queue.Queue()
        self.answering = threading.Event()
        self.answering.set()

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def next(self, seconds: float = 20.0) -> Heard:
        """The next request, waited for."""
        return self.requests.get(timeout=seconds)

    @property
    def heard_nothing(self) -> bool:
        return self.requests.empty()


@contextmanager
def listening() -> Iterator[Listener]:
    """A server on a free port of this machine, for the time of the block."""

    class Answer(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            ear.requests.put(Heard(self.command, self.path, headers, body))
            ear.answering.wait()
            self.send_response(302 if self.path == "/away" else ear.status)
            if self.path == "/away":
                self.send_header("location", ear.elsewhere)
            self.send_header("content-length", "0")
            self.end_headers()

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

        def log_message(self, *told: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        ear = Listener(server.server_port)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield ear
        finally:
            ear.answering.set()
            server.shutdown()
            thread.join()
