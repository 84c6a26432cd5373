"""What images are made of, and how they are built and pushed."""

from __future__ import annotations

import io
import sys
from pathlib import Path, PurePosixPath

import pytest

from prefect.utilities import dockerutils
from prefect.utilities.dockerutils import ImageBuilder, build_image, generate_default_dockerfile, push_image
from tests.docker.conftest import Docker

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


def test_a_default_dockerfile_is_there_for_the_block_and_takes_no_place_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "requirements.txt").write_text("rich")
    monkeypatch.setenv("PREFECT_DEPLOYMENTS_BASE_IMAGE", "registry.example/base:1")
    home = f"/opt/prefect/{tmp_path.name}/"

    with generate_default_dockerfile(tmp_path) as dockerfile:
        lines = dockerfile.read_text().splitlines()
        with pytest.raises(RuntimeError, match="already"), generate_default_dockerfile(tmp_path):
            pass
        assert dockerfile.exists()

    assert lines == [
        "FROM registry.example/base:1",
        "USER root",
        f"COPY requirements.txt {home}requirements.txt",
        f"RUN python -m pip install --no-cache-dir -r {home}requirements.txt",
        "USER prefect",
        f"COPY --chown=prefect . {home}",
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


def test_an_image_is_built_of_what_was_put_together(docker: type[Docker]) -> None:
    docker.events = [{"stream": "Step 1/1\n"}, {"aux": {"ID": "sha256:abc"}}]
    shown = io.StringIO()

    with ImageBuilder(BASE, platform="linux/amd64") as image:
        image.write_text("hello", "/hello")
        assert image.build(pull=True, stream_progress_to=shown) == "sha256:abc"

    ((path, query),) = docker.asked
    assert (path, query["platform"], query["pull"]) == ("/build", ["linux/amd64"], ["True"])
    assert "io.prefect.version" in query["labels"][0]
    assert {"Dockerfile", image.dockerfile_lines[1].split()[1]} <= set(docker.sent)
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
