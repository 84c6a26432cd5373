"""What images are made of, and how they are built and pushed; a small server answers in the place of Docker."""

from __future__ import annotations

import io
import json
import sys
import tarfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path, PurePosixPath
from urllib.parse import parse_qs, urlsplit

import pytest

from prefect.utilities import dockerutils
from prefect.utilities.dockerutils import ImageBuilder, build_image, generate_default_dockerfile, push_image

BASE = "python:3.11-slim"


def test_an_image_is_put_together_of_lines_texts_and_files(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "main.py").write_text("print(1)")
    (tmp_path / "rates.csv").write_text("25")

    with ImageBuilder(BASE, base_directory=tmp_path) as image:
        image.copy("shop", "/opt/shop/")
        image.copy(tmp_path / "rates.csv", PurePosixPath("/opt/rates.csv"))
        image.write_text("hello", "/opt/hello.txt")
        image.add_lines(["WORKDIR /opt", "CMD python shop/main.py"])
        lines, kept = image.dockerfile_lines, image.context
        assert kept is not None
        name = lines[3].split()[1]
        assert lines == [
            f"FROM {BASE}",
            "COPY shop /opt/shop",
            "COPY rates.csv /opt/rates.csv",
            f"COPY {name} /opt/hello.txt",
            "WORKDIR /opt",
            "CMD python shop/main.py",
        ]
        assert (kept / "shop" / "main.py").read_text() == "print(1)"
        assert (kept / name).read_text() == "hello"
        image.assert_has_file(Path("rates.csv"), PurePosixPath("/opt/rates.csv"))
        image.assert_line_before("WORKDIR /opt", "CMD python shop/main.py")
        image.assert_line_absent("USER root")

    assert not kept.exists()


def test_what_is_wrong_with_a_dockerfile_is_shown_with_the_lines_around_it() -> None:
    image = ImageBuilder(BASE)
    image.add_lines(["RUN one", "RUN two", "RUN three", "RUN four"])

    with pytest.raises(AssertionError, match="has no line 'RUN five':\n    1: FROM"):
        image.assert_has_line("RUN five")
    with pytest.raises(
        AssertionError, match="has the line 'RUN four':\n    3: RUN two\n    4: RUN three\n    5: RUN four"
    ):
        image.assert_line_absent("RUN four")
    with pytest.raises(AssertionError, match="'RUN two' comes behind 'RUN one'"):
        image.assert_line_after("RUN one", "RUN two")


def test_an_image_takes_no_files_from_outside_and_none_before_it_is_begun(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch")

    with pytest.raises(RuntimeError, match="inside of `with ImageBuilder"):
        ImageBuilder(BASE).copy("a", "/a")
    with ImageBuilder(BASE, base_directory=tmp_path) as image, pytest.raises(ValueError, match="lies outside of"):
        image.copy("../secret", "/a")
    with pytest.raises(ValueError, match="already a Dockerfile"):
        ImageBuilder(BASE, context=tmp_path)


def test_a_default_dockerfile_is_there_for_the_block_and_takes_no_place_of_another(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("rich")
    home = f"/opt/prefect/{tmp_path.name}/"

    with generate_default_dockerfile(tmp_path) as dockerfile:
        lines = dockerfile.read_text().splitlines()
        with pytest.raises(RuntimeError, match="already"), generate_default_dockerfile(tmp_path):
            pass
        assert dockerfile.exists()

    assert lines[1:] == [
        f"COPY requirements.txt {home}requirements.txt",
        f"RUN uv pip install -r {home}requirements.txt",
        f"COPY . {home}",
        f"WORKDIR {home}",
    ]
    assert not dockerfile.exists()


@pytest.mark.parametrize(
    ("command", "line"), [(["pip", "install", "a b"], "RUN pip 'install' 'a b'"), (["ls"], "RUN ls"), ([], "")]
)
def test_a_command_is_a_line_of_a_dockerfile(command: list[str], line: str) -> None:
    assert dockerutils.to_run_command(command) == line


@pytest.mark.parametrize("folder", ["", "no/such/folder"])
def test_an_image_is_built_of_a_folder_that_is_there(folder: str) -> None:
    with pytest.raises(ValueError, match="folder"):
        build_image(folder)  # type: ignore[arg-type]  # as users may


def test_without_the_package_that_asks_docker_it_is_said_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "docker", None)

    with pytest.raises(ImportError, match="pip install docker"):
        build_image(tmp_path)


class Docker(BaseHTTPRequestHandler):
    """Answers as Docker does, and remembers what it was asked."""

    protocol_version = "HTTP/1.1"
    asked: list[tuple[str, dict[str, list[str]]]]
    sent: set[str]
    events: list[dict[str, object]]

    def do_GET(self) -> None:
        self.answer([{"ApiVersion": "1.44", "Version": "25.0"}])

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)) or self.chunks()
        url = urlsplit(self.path)
        self.asked.append((url.path.partition("/v1.44")[2], parse_qs(url.query)))
        if body[:1] not in (b"", b"{"):
            with tarfile.open(fileobj=io.BytesIO(body)) as files:
                self.sent.update(files.getnames())
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
        sent: set[str] = set()  # noqa: RUF012
        events: list[dict[str, object]] = []  # noqa: RUF012

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{server.server_address[1]}")
        yield Answering
        server.shutdown()


def test_an_image_is_built_of_what_was_put_together(docker: type[Docker]) -> None:
    docker.events = [{"stream": "Step 1/1\n"}, {"aux": {"ID": "sha256:abc"}}]
    shown = io.StringIO()

    with ImageBuilder(BASE, platform="linux/amd64") as image:
        image.write_text("hello", "/hello")
        assert image.build(pull=True, stream_progress_to=shown) == "sha256:abc"

    ((path, query),) = docker.asked
    assert (path, query["platform"], query["pull"]) == ("/build", ["linux/amd64"], ["True"])
    assert "io.prefect.version" in query["labels"][0]
    assert {"Dockerfile", image.dockerfile_lines[1].split()[1]} <= docker.sent
    assert shown.getvalue() == "Step 1/1\n"


def test_a_build_that_fails_says_why(docker: type[Docker], tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM nothing")
    docker.events = [{"error": "failed", "errorDetail": {"message": "no such image: nothing"}}]

    with pytest.raises(dockerutils.BuildError, match="no such image: nothing"):
        build_image(tmp_path)


def test_an_image_is_named_in_a_registry_and_pushed_there(docker: type[Docker]) -> None:
    docker.events = [{"status": "Pushing", "id": "layer"}]

    assert push_image("sha256:abc", "http://registry.example:5000", "shop", tag="1") == "registry.example:5000/shop:1"
    assert [path for path, _ in docker.asked] == [
        "/images/sha256:abc/tag",
        "/images/registry.example:5000/shop/push",
    ]
    docker.events = [{"error": "denied"}]
    with pytest.raises(dockerutils.PushError, match="denied"):
        push_image("sha256:abc", "http://registry.example:5000", "shop")
