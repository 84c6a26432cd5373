"""A small server that answers in the place of Docker. With a real engine: `tests/packages/test_containers.py`."""

from __future__ import annotations

import io
import json
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest


class Docker(BaseHTTPRequestHandler):
    """Answers as Docker does, and remembers what it was asked."""

    protocol_version = "HTTP/1.1"
    asked: list[tuple[str, dict[str, list[str]]]]
    sent: dict[str, str]
    """The files of the last build."""
    events: list[dict[str, object]]

    @classmethod
    def dockerfile(cls, query: dict[str, list[str]]) -> str:
        """That of a build."""
        return cls.sent[query["dockerfile"][0]]

    def do_GET(self) -> None:
        self.answer([{"ApiVersion": "1.44", "Version": "25.0"}])

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or self.chunks()
        url = urlsplit(self.path)
        self.asked.append((url.path.partition("/v1.44")[2], parse_qs(url.query)))
        if body[:1] not in (b"", b"{"):
            with tarfile.open(fileobj=io.BytesIO(body)) as files:
                for file in files:
                    content = files.extractfile(file)
                    self.sent[file.name] = content.read().decode() if content is not None else ""
        self.answer(self.events)

    def chunks(self) -> bytes:
        whole = b""
        while self.headers.get("Transfer-Encoding") and (size := int(self.rfile.readline(), 16)):
            whole += self.rfile.read(size)
            self.rfile.readline()
        return whole

    def answer(self, events: list[dict[str, object]]) -> None:
        self.send_response(201 if "/tag" in self.path else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for told in map(json.dumps, events):
            self.wfile.write(f"{len(told):x}\r\n{told}\r\n".encode())
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def docker(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Docker]]:
    """Something that answers as Docker does. The package that asks it is an extra."""
    pytest.importorskip("docker")

    class Answering(Docker):
        asked: list[tuple[str, dict[str, list[str]]]] = []  # noqa: RUF012  # one class for each test
        sent: dict[str, str] = {}  # noqa: RUF012
        events: list[dict[str, object]] = []  # noqa: RUF012

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{server.server_address[1]}")
        yield Answering
        server.shutdown()
