"""What an image is called, what it is built of, and where it goes."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from prefect.docker import DockerImage
from prefect.utilities.dockerutils import BuildError, PushError
from tests.docker.conftest import Docker
from tests.faults.servers import free_port

BUILT: dict[str, object] = {"aux": {"ID": "sha256:abc"}}


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which one is."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "flows.py").write_text("print(1)")
    monkeypatch.chdir(folder)
    return folder


def test_an_image_has_one_name() -> None:
    assert DockerImage("a/b:1").reference == "a/b:1"
    assert DockerImage("registry.example:5000/b", tag="1").reference == "registry.example:5000/b:1"
    with pytest.raises(ValueError, match="Two tags"):
        DockerImage("a:1", tag="2")
    with pytest.raises(ValueError, match="no name of an image"):
        DockerImage("--privileged x")
    with pytest.raises(ValueError, match="not by 'kaniko'"):
        DockerImage("a", build_backend="kaniko")  # type: ignore[arg-type]  # as users may


def test_without_a_tag_each_image_has_its_own() -> None:
    one, two = DockerImage("shop"), DockerImage("shop")

    assert one.reference.startswith("shop:20")
    assert one.tag != two.tag


def test_a_name_without_a_namespace_gets_the_usual_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_DEFAULT_DOCKER_BUILD_NAMESPACE", "registry.example/team")

    assert DockerImage("shop:1").reference == "registry.example/team/shop:1"
    assert DockerImage("others/shop:1").reference == "others/shop:1"


def test_a_folder_needs_no_dockerfile(shop: Path, docker: type[Docker]) -> None:
    docker.events = [{"stream": "Step 1/3\n"}, BUILT]
    shown = io.StringIO()

    DockerImage("shop", tag="1", stream_progress_to=shown, platform="linux/arm64").build()

    ((path, query),) = docker.asked
    assert (path, query["t"], query["platform"]) == ("/build", ["shop:1"], ["linux/arm64"])
    assert "flows.py" in docker.sent
    assert docker.dockerfile(query).splitlines()[1:] == [
        "COPY --chown=prefect . /opt/prefect/shop/",
        "WORKDIR /opt/prefect/shop/",
    ]
    assert [file.name for file in shop.iterdir()] == ["flows.py"], "nothing is written into one's folder"
    assert shown.getvalue() == "Step 1/3\n"


def test_a_dockerfile_that_is_there_is_used_when_it_is_named_and_not_passed_over(
    shop: Path, docker: type[Docker]
) -> None:
    (shop / "Dockerfile").write_text("FROM scratch")
    docker.events = [BUILT]

    with pytest.raises(RuntimeError, match=r"There is a Dockerfile in .* already: name it"):
        DockerImage("shop").build()
    with pytest.raises(ValueError, match="no Dockerfile 'Other' in"):
        DockerImage("shop", dockerfile="Other").build()
    DockerImage("shop", dockerfile="Dockerfile", stream_progress_to=None).build()

    ((_, query),) = docker.asked
    assert docker.dockerfile(query) == "FROM scratch"


def test_another_folder_is_built_where_it_is_named(tmp_path: Path, shop: Path, docker: type[Docker]) -> None:
    docker.events = [BUILT]

    DockerImage("shop", context=tmp_path).build()

    assert f"shop/{(shop / 'flows.py').name}" in docker.sent


@pytest.mark.usefixtures("shop")
def test_a_build_that_fails_without_a_dockerfile_says_on_what_it_was_built(docker: type[Docker]) -> None:
    docker.events = [{"error": "failed", "errorDetail": {"message": "no such image: tidemill"}}]

    with pytest.raises(
        BuildError, match=r"no such image: tidemill\nIt was built on the image 'tidemill', which PREFECT_"
    ):
        DockerImage("shop").build()


def test_an_image_is_pushed_to_the_registry_that_its_name_begins_with(docker: type[Docker]) -> None:
    image = DockerImage("registry.example:5000/shop", tag="1", stream_progress_to=None)

    image.push()

    ((path, query),) = docker.asked
    assert (path, query["tag"]) == ("/images/registry.example:5000/shop/push", ["1"])
    docker.events = [{"error": "denied"}]
    with pytest.raises(PushError, match="denied"):
        image.push()


@pytest.mark.usefixtures("shop")
def test_an_image_is_not_built_where_no_docker_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("docker")
    monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{free_port()}")

    with pytest.raises(RuntimeError, match=r"Docker does not answer\. Is it running"):
        DockerImage("shop").build()


@pytest.mark.usefixtures("shop")
def test_buildx_is_asked_by_a_package_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "python_on_whales", None)

    with pytest.raises(ImportError, match="pip install python-on-whales"):
        DockerImage("shop", build_backend="buildx").build()
