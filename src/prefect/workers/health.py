"""A page that says whether a worker is alive, for those who start it anew when it is not."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prefect.exceptions import ConfigurationError


@contextmanager
def answering_for(is_healthy: Callable[[], bool], host: str, port: int) -> Iterator[int]:
    """Answer `GET /health` inside the block: 200, or 503 where it is not well; the port.

    Raises `ConfigurationError` for an address that is taken.
    """

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            well = is_healthy()
            content = b'{"message": "OK"}' if well else b'{"message": "The worker has not been heard of in time."}'
            self.send_response((200 if well else 503) if self.path == "/health" else 404)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(content if self.path == "/health" else b'{"detail": "Not Found"}')

        def log_message(self, format: str, *args: object) -> None:
            """Who asks is not written down."""

    try:
        server = ThreadingHTTPServer((host, port), Answer)
    except OSError as error:
        raise ConfigurationError(f"The health check cannot listen on {host}, port {port}: {error.strerror}.") from error
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="prefect-health", daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
