"""An image of a container in which a deployment's runs are carried out: its name, how it is built, and its push."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any, Literal, TextIO

from prefect.docker.buildx import buildx_build_image, buildx_push_image
from prefect.docker.engine import BuildError, split_repository_path
from prefect.docker.images import base_image, build_image, generate_default_dockerfile, push_tagged, tag_of_now
from prefect.settings import get_current_settings
from prefect.utilities.annotations import NotSet

REFERENCE = re.compile(r"(?P<name>(?:[\w.-]+(?::\d+)?/)*[\w.-]+)(?::(?P<tag>[\w.-]+))?")
BACKENDS = ("docker-py", "buildx")
OF_NONE = "auto"
"""What is said for a Dockerfile where there is none."""


class DockerImage:
    """An image by its name and tag, `name="registry/shop:1.2"` or apart; without a tag it is the time of now.

    A name without a namespace gets that of the setting `deployments.default_docker_build_namespace`. The image is built
    of this folder, or `context`, by its `dockerfile`; "auto" stands for one that puts the folder and what its
    `requirements.txt` names into the image that `deployments.base_image` names. What is told meanwhile is written to
    `stream_progress_to`, by itself the standard output. The other arguments are those of docker's `build`, or of
    buildx'. Raises `ValueError` for a name, tag or `build_backend` that is none.
    """

    def __init__(
        self,
        name: str,
        tag: str | None = None,
        dockerfile: str = OF_NONE,
        stream_progress_to: TextIO | type[NotSet] | None = NotSet,
        build_backend: Literal["docker-py", "buildx"] = "docker-py",
        **build_kwargs: Any,
    ) -> None:
        match = REFERENCE.fullmatch(name)
        if match is None:
            raise ValueError(f"{name!r} is no name of an image; expected something like 'registry/shop:1.2'.")
        if tag and match["tag"]:
            raise ValueError(f"Two tags were given for an image: {match['tag']!r} in its name, and {tag!r}.")
        if build_backend not in BACKENDS:
            raise ValueError(f"Images are built by {' or '.join(map(repr, BACKENDS))}, not by {build_backend!r}.")
        self.name: str = _in_namespace(match["name"])
        self.tag: str = tag or match["tag"] or tag_of_now()
        self.dockerfile = dockerfile
        self.stream_progress_to = stream_progress_to
        self.build_backend = build_backend
        self.build_kwargs = build_kwargs

    @property
    def reference(self) -> str:
        """`name:tag`."""
        return f"{self.name}:{self.tag}"

    def build(self) -> None:
        """Build it. Raises `RuntimeError` where no Docker answers, and where "auto" would hide a Dockerfile.

        Further, `ImportError` without the package that asks Docker, `ValueError` where there is no such folder or
        Dockerfile, and `BuildError` where the build fails.
        """
        options = dict(self.build_kwargs)
        folder = Path(options.pop("context", None) or Path.cwd())
        if self.dockerfile != OF_NONE:
            self._build(folder, _whole(folder, self.dockerfile), options)
            return
        with generate_default_dockerfile(folder) as made:
            try:
                self._build(folder, made, options)
            except BuildError as error:
                raise BuildError(f"{error}\n{_on_what()}") from error

    def _build(self, folder: Path, dockerfile: Path, options: dict[str, Any]) -> None:
        by = buildx_build_image if self.build_backend == "buildx" else build_image
        shown = {"stream_progress_to": self._shown()}
        by(folder, dockerfile=str(dockerfile.resolve()), tag=self.reference, **{"pull": False, **shown, **options})

    def push(self) -> None:
        """Push it to the registry of its name. Raises `PushError` where that refuses it, otherwise as `build`."""
        if self.build_backend != "buildx":
            push_tagged(self.name, self.tag, self._shown())
        elif not self.build_kwargs.get("push"):  # it is there already
            buildx_push_image(self.name, self.tag, stream_progress_to=self._shown())

    def _shown(self) -> TextIO | None:
        return sys.stdout if isinstance(self.stream_progress_to, type) else self.stream_progress_to

    def __repr__(self) -> str:
        return f"DockerImage({self.reference!r})"


def _in_namespace(name: str) -> str:
    """The name with the usual namespace, if it has none."""
    usual = get_current_settings().deployments.default_docker_build_namespace
    namespace, _ = split_repository_path(name)
    return f"{usual.rstrip('/')}/{name}" if usual and namespace is None else name


def _whole(folder: Path, dockerfile: str) -> Path:
    whole = folder.resolve() / dockerfile
    if not whole.is_file():
        raise ValueError(
            f"There is no Dockerfile {dockerfile!r} in {str(folder.resolve())!r}, of which the image is to be built; "
            "dockerfile='auto' needs none."
        )
    return whole


def _on_what() -> str:
    return (
        f"It was built on the image {base_image()!r}, which PREFECT_DEPLOYMENTS_BASE_IMAGE names. `docker build -t "
        "tidemill .` in a clone of Tidemill makes one; with a Dockerfile of your own (dockerfile='Dockerfile') none is "
        "needed."
    )


__all__ = ["DockerImage"]
