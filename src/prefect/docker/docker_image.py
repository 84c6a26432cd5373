"""An image of a container in which a deployment's runs are carried out."""

from __future__ import annotations

import re
from typing import Any

from prefect.exceptions import ConfigurationError

REFERENCE = re.compile(r"(?P<name>(?:[\w.-]+(?::\d+)?/)*[\w.-]+)(?::(?P<tag>[\w.-]+))?")
NOT_HERE = (
    "{doing} images comes with the docker extra, which this version does not have. {do} {reference} by other means, "
    "and say build=False, push=False."
)


class DockerImage:
    """An image by its name and tag, `name="registry/shop:1.2"` or apart.

    `dockerfile` and `build_kwargs` say how it is built, once images can be built here.
    """

    def __init__(
        self,
        name: str,
        tag: str | None = None,
        dockerfile: str = "auto",
        stream_progress_to: Any = None,
        build_backend: str = "docker-py",
        **build_kwargs: Any,
    ) -> None:
        match = REFERENCE.fullmatch(name)
        if match is None:
            raise ValueError(f"{name!r} is no name of an image; expected something like 'registry/shop:1.2'.")
        if tag and match["tag"]:
            raise ValueError(f"Two tags were given for an image: {match['tag']!r} in its name, and {tag!r}.")
        self.name: str = match["name"]
        self.tag = tag or match["tag"] or "latest"
        self.dockerfile = dockerfile
        self.build_backend = build_backend
        self.build_kwargs = build_kwargs

    @property
    def reference(self) -> str:
        """`name:tag`."""
        return f"{self.name}:{self.tag}"

    def build(self) -> None:
        """Raises `ConfigurationError`: images are not built here yet."""
        raise ConfigurationError(NOT_HERE.format(doing="Building", do="Build", reference=self.reference))

    def push(self) -> None:
        """Raises `ConfigurationError`: images are not pushed from here yet."""
        raise ConfigurationError(NOT_HERE.format(doing="Pushing", do="Push", reference=self.reference))

    def __repr__(self) -> str:
        return f"DockerImage({self.reference!r})"


__all__ = ["DockerImage"]
