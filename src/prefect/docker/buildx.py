"""Images built and pushed by Docker's buildx: prefect-docker (which brings python-on-whales)."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TextIO

from prefect.docker.engine import IMAGE_LABELS, BuildError, PushError


def buildx_build_image(
    context: str | Path,
    dockerfile: str = "Dockerfile",
    tag: str | None = None,
    extra_tags: Sequence[str] = (),
    pull: bool = False,
    push: bool = False,
    stream_progress_to: TextIO | None = None,
    **options: Any,
) -> str:
    """Build an image from a folder and give its id; further options are those of `docker.buildx.build`.

    The Dockerfile is looked for in the folder. What the build says is written to `stream_progress_to`. With `push` the
    image goes to its registry instead of this machine's images; the id is empty then. Raises `BuildError`.
    """
    docker, failure = _whales()
    names = [name for name in (tag, *extra_tags) if name]
    told = {"labels": {**IMAGE_LABELS, **options.pop("labels", {})}, "tags": names, "pull": pull, "push": push}
    place = Path(context)
    try:
        lines = docker.buildx.build(
            place, file=place / dockerfile, load=not push, progress="plain", stream_logs=True, **told, **options
        )
        _show(lines, stream_progress_to)
        return "" if push or not names else str(docker.image.inspect(names[0]).id)
    except failure as error:
        raise BuildError(str(error)) from error


def buildx_push_image(name: str, tag: str | None = None, stream_progress_to: TextIO | None = None) -> None:
    """Push an image to its registry. Raises `PushError`."""
    docker, failure = _whales()
    try:
        lines = docker.push(f"{name}:{tag}" if tag else name, stream_logs=True)
        _show((line.decode(errors="replace") for _stream, line in lines), stream_progress_to)
    except failure as error:
        raise PushError(str(error)) from error


def _whales() -> tuple[Any, type[Exception]]:
    try:
        import python_on_whales  # type: ignore[import-not-found,unused-ignore]  # prefect-docker brings it
    except ImportError as error:
        raise ImportError("buildx is spoken to by python-on-whales: pip install python-on-whales") from error
    return python_on_whales.docker, python_on_whales.exceptions.DockerException


def _show(lines: Iterable[str], stream: TextIO | None) -> None:
    for line in lines:
        print(line.rstrip("\n"), file=stream or sys.stdout, flush=True)


__all__ = ["buildx_build_image", "buildx_push_image"]
