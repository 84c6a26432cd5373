"""Names of images, and a client of Docker: prefect-aws, -azure, -docker, -gcp, -kubernetes, -snowflake."""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prefect._domain.version import VERSION

IMAGE_LABELS = {"io.prefect.version": VERSION.partition("+")[0]}


class BuildError(Exception):
    """An image could not be built."""


class PushError(Exception):
    """An image could not be pushed."""


def python_version_minor() -> str:
    """The version of Python as images name it: `3.11`."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def python_version_micro() -> str:
    return f"{python_version_minor()}.{sys.version_info.micro}"


def get_prefect_image_name(
    prefect_version: str | None = None, python_version: str | None = None, flavor: str | None = None
) -> str:
    """The image in which runs go on unless another is named: that of this version of the API and of Python."""
    version = (prefect_version or VERSION).partition("+")[0]
    return (
        f"prefecthq/prefect:{version}-python{python_version or python_version_minor()}{f'-{flavor}' if flavor else ''}"
    )


@contextmanager
def silence_docker_warnings() -> Iterator[None]:
    """Warnings that the docker package gives when it is loaded are not shown inside the block."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        yield


@contextmanager
def docker_client() -> Iterator[Any]:
    """A client of this machine's Docker, closed after the block.

    Raises `ImportError` where the package docker is not installed, and `RuntimeError` where no Docker answers.
    """
    docker = _loaded()
    try:
        client = docker.DockerClient.from_env()
    except docker.errors.DockerException as error:
        raise RuntimeError(f"Docker does not answer. Is it running? ({error})") from error
    try:
        yield client
    finally:
        client.close()


def _loaded() -> Any:
    try:
        with silence_docker_warnings():
            return importlib.import_module("docker")
    except ImportError as error:
        raise ImportError("Docker is asked by the package docker: pip install docker") from error


def parse_image_tag(name: str) -> tuple[str, str | None]:
    """An image's name without its tag or digest, and that."""
    if "@" in name:
        plain, _, digest = name.partition("@")
        return plain, digest
    head, colon, tag = name.rpartition(":")
    return (head, tag) if colon and "/" not in tag else (name, None)


def split_repository_path(repository_path: str) -> tuple[str | None, str]:
    """The namespace of an image, with its registry if it names one, and the image."""
    namespace, _, repository = repository_path.rpartition("/")
    return namespace or None, repository


def format_outlier_version_name(version: str) -> str:
    """A version of Docker without what its packagers add."""
    return version.replace("-ce", "").replace("-ee", "")
