"""What is kept in Redis is read from there."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from prefect import flow, task
from prefect.blocks.core import Block
from prefect.blocks.redis import RedisStorageContainer

pytest.importorskip("redis")


class Answer(socketserver.StreamRequestHandler):
    """As much of Redis's protocol as a client needs that gets and sets, in the version that it speaks."""

    nothing = b"$-1\r\n"

    def handle(self) -> None:
        while first := self.rfile.readline():
            words = [self.word() for _ in range(int(first[1:]))]
            self.wfile.write(self.answer(words[0].upper(), words[1:]))

    def word(self) -> bytes:
        size = int(self.rfile.readline()[1:])
        return self.rfile.read(size + 2)[:-2]

    def answer(self, command: bytes, words: list[bytes]) -> bytes:
        kept: dict[bytes, bytes] = self.server.kept  # type: ignore[attr-defined]  # set where the server is made
        if command == b"SET":
            kept[words[0]] = words[1]
        if command == b"HELLO":
            self.nothing = b"_\r\n"
            return b"%1\r\n$5\r\nproto\r\n:3\r\n"
        if command != b"GET":
            return b"+OK\r\n"
        found = kept.get(words[0])
        return self.nothing if found is None else b"$%d\r\n%s\r\n" % (len(found), found)


@pytest.fixture
def port() -> Iterator[int]:
    """The port of a server that keeps what it is sent."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Answer) as server:
        server.kept = {}  # type: ignore[attr-defined]  # read by the answers
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.fixture(params=["parts", "address"])
def container(request: pytest.FixtureRequest, port: int) -> Iterator[RedisStorageContainer]:
    made: Any = RedisStorageContainer
    if request.param == "parts":
        made = made.from_host("127.0.0.1", port)
    else:
        made = made.from_connection_string(f"redis://127.0.0.1:{port}/0")
    yield made
    made._redis.close()


def test_what_is_written_is_read(container: RedisStorageContainer) -> None:
    container.write_path("a", b"content")

    assert container.read_path("a") == b"content"
    with pytest.raises(ValueError, match="nothing at 'b'"):
        container.read_path("b")


def test_results_are_kept_there(port: int) -> None:
    RedisStorageContainer.from_host("127.0.0.1", port).save("results")

    @task(result_storage="redisstoragecontainer/results", result_storage_key="answer")
    def answer() -> int:
        return 42

    @flow
    def asks() -> int:
        return answer()

    assert asks() == 42
    loaded: Any = Block.load("redisstoragecontainer/results")
    assert b"gAVLKi4=" in loaded.read_path("answer")  # 42, pickled
    loaded._redis.close()


def test_where_redis_is_must_be_told() -> None:
    with pytest.raises(ValueError, match="by its host, or by a connection_string"):
        RedisStorageContainer()
