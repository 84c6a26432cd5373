"""Images built and pushed by this machine's Docker, and what they are built of.

    with ImageBuilder("python:3.11-slim") as image:
        image.copy("shop", "/opt/shop")
        image.add_line('CMD ["python", "/opt/shop/main.py"]')
        image_id = image.build()

The package `docker` is loaded when Docker is asked.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, TextIO
from urllib.parse import urlsplit

from typing_extensions import Self

from prefect._clock import now
from prefect.docker.engine import IMAGE_LABELS, BuildError, PushError, docker_client
from prefect.settings import get_current_settings

SHOWN_AROUND = 2
"""How many lines of a Dockerfile are shown on either side of one that is told of."""
FOR_BUILDS = "Dockerfile"
Told = dict[str, Any]
"""What Docker tells of its work."""


def build_image(
    context: Path,
    dockerfile: str = FOR_BUILDS,
    tag: str | None = None,
    pull: bool = False,
    platform: str | None = None,
    stream_progress_to: TextIO | None = None,
    **kwargs: Any,
) -> str:
    """Build the image of a folder; its id. What Docker says meanwhile is written to `stream_progress_to`.

    The other arguments are those of docker's `build`. Raises `ValueError` without a folder, `BuildError` where the
    build fails, and `RuntimeError` where no Docker answers.
    """
    if not context:
        raise ValueError("A folder is required to build an image: the `context`, which holds what goes into it.")
    if not Path(context).exists():
        raise ValueError(f"There is no folder {str(context)!r} to build an image of.")
    labels = {**(kwargs.pop("labels", None) or {}), **IMAGE_LABELS}
    with docker_client() as client:
        events = client.api.build(
            path=str(context),
            dockerfile=dockerfile,
            tag=tag,
            pull=pull,
            platform=platform,
            labels=labels,
            decode=True,
            rm=True,
            **kwargs,
        )
        image_id = None
        for event in _heard(events, stream_progress_to, BuildError):
            image_id = event.get("aux", {}).get("ID", image_id)
    if image_id is None:
        raise BuildError("Docker has built no image: it did not tell the id of one.")
    return str(image_id)


def push_image(
    image_id: str, registry_url: str, name: str, tag: str | None = None, stream_progress_to: TextIO | None = None
) -> str:
    """Give an image a name in a registry and push it there; the name with its registry and tag.

    Without a tag it is the time of now. Raises `PushError` where the registry refuses it, and `RuntimeError` where no
    Docker answers.
    """
    tag = tag or tag_of_now()
    registry = urlsplit(registry_url).netloc or registry_url.rstrip("/")
    repository = f"{registry}/{name}"
    with docker_client() as client:
        client.api.tag(image_id, repository, tag=tag)
    push_tagged(repository, tag, stream_progress_to)
    return f"{repository}:{tag}"


def push_tagged(repository: str, tag: str, stream_progress_to: TextIO | None = None) -> None:
    """Push an image of this machine to the registry that its name begins with. Raises as `push_image` does."""
    with docker_client() as client:
        for _ in _heard(client.api.push(repository, tag=tag, stream=True, decode=True), stream_progress_to, PushError):
            pass


def tag_of_now() -> str:
    """The time in UTC as a tag, so that each image has a name of its own."""
    return now().strftime("%Y-%m-%dt%H-%M-%S-%f-00-00")


def _heard(
    events: Iterable[dict[str, Any]], shown: TextIO | None, failure: type[Exception]
) -> Iterator[dict[str, Any]]:
    """What Docker tells, written down as it comes. Raises `failure` with what it tells of one."""
    for event in events:
        if "error" in event:
            raise failure(event.get("errorDetail", {}).get("message") or event["error"])
        if shown is not None:
            shown.write(event.get("stream") or _progress(event))
            shown.flush()
        yield event


def _progress(event: dict[str, Any]) -> str:
    told = " ".join(str(event[part]) for part in ("id", "status", "progress") if event.get(part))
    return f"{told}\n" if told else ""


def to_run_command(command: list[str]) -> str:
    """A command as a line of a Dockerfile; empty for no command."""
    if not command:
        return ""
    program, *arguments = command
    return " ".join([f"RUN {program}", *(repr(argument) for argument in arguments)])


def _default_dockerfile(folder: Path) -> str:
    """A Dockerfile that puts a folder, and what its `requirements.txt` names, into the image that a setting names.

    That one is made of the Dockerfile of this project: its user is `prefect`, whom the files belong to.
    """
    home = f"/opt/prefect/{folder.resolve().name}/"
    lines = [f"FROM {base_image()}"]
    if (folder / "requirements.txt").exists():
        lines += [
            "USER root",
            f"COPY requirements.txt {home}requirements.txt",
            f"RUN python -m pip install --no-cache-dir -r {home}requirements.txt",
            "USER prefect",
        ]
    lines += [f"COPY --chown=prefect . {home}", f"WORKDIR {home}"]
    return "".join(f"{line}\n" for line in lines)


def base_image() -> str:
    """The image that others are built on which need no Dockerfile."""
    return str(get_current_settings().deployments.base_image)


@contextmanager
def generate_default_dockerfile(context: Path | None = None) -> Iterator[Path]:
    """A Dockerfile that puts a folder (this one) and what its `requirements.txt` names into an image, for the block.

    Raises `RuntimeError` where the folder has a Dockerfile.
    """
    folder = Path(context or Path.cwd())
    dockerfile = folder / FOR_BUILDS
    try:
        with dockerfile.open("x", encoding="utf-8") as file:
            file.write(_default_dockerfile(folder))
    except FileExistsError:
        raise RuntimeError(
            f"There is a Dockerfile in {str(folder)!r} already: name it (dockerfile='Dockerfile'), or move it away."
        ) from None
    try:
        yield dockerfile
    finally:
        dockerfile.unlink(missing_ok=True)


class ImageBuilder:
    """What an image is made of, put together inside a `with` block: lines of a Dockerfile, and files.

    Files are taken from `base_directory` (this folder) and kept in a folder of the block's own, unless `context` names
    one. Raises `ValueError` where that has a Dockerfile.
    """

    base_directory: Path
    context: Path | None
    platform: str | None
    dockerfile_lines: list[str]

    def __init__(
        self,
        base_image: str,
        base_directory: Path | None = None,
        platform: str | None = None,
        context: Path | None = None,
    ) -> None:
        self.base_directory = Path(base_directory or context or Path.cwd())
        self.temporary_directory: TemporaryDirectory[str] | None = None
        self.context = context
        self.platform = platform
        self.dockerfile_lines = []
        if context is not None and (context / FOR_BUILDS).exists():
            raise ValueError(f"There is already a Dockerfile at {context}: it is written here from the lines added.")
        self.add_line(f"FROM {base_image}")

    def __enter__(self) -> Self:
        if self.context is None:
            self.temporary_directory = TemporaryDirectory(prefix="prefect-image-")
            self.context = Path(self.temporary_directory.name)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.temporary_directory is not None:
            self.temporary_directory.cleanup()
            self.temporary_directory = self.context = None

    def add_line(self, line: str) -> None:
        """Add a line to the Dockerfile."""
        self.dockerfile_lines.append(line)

    def add_lines(self, lines: Iterable[str]) -> None:
        """Add lines to the Dockerfile."""
        self.dockerfile_lines.extend(lines)

    def copy(self, source: str | Path, destination: str | PurePosixPath) -> None:
        """Put a file or folder into the image. Raises `ValueError` for one outside of the base directory."""
        context = self._entered()
        relative = self._seen_from_base(Path(source))
        kept = context / relative
        whole = self.base_directory / relative
        if self.temporary_directory is not None:
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(whole, kept, dirs_exist_ok=True) if whole.is_dir() else shutil.copy2(whole, kept)
        self.add_line(f"COPY {relative.as_posix()} {PurePosixPath(destination)}")

    def _seen_from_base(self, source: Path) -> Path:
        base = self.base_directory.resolve()
        whole = (base / source).resolve()
        if not whole.is_relative_to(base):
            raise ValueError(f"{str(source)!r} lies outside of {str(base)!r}, from which files are taken.")
        return whole.relative_to(base)

    def write_text(self, text: str, destination: str | PurePosixPath) -> None:
        """Put a text into the image as a file."""
        name = f".{sha256(text.encode()).hexdigest()}"
        (self._entered() / name).write_text(text, encoding="utf-8")
        self.add_line(f"COPY {name} {PurePosixPath(destination)}")

    def build(self, pull: bool = False, stream_progress_to: TextIO | None = None) -> str:
        """Build the image; its id. Raises as `build_image` does."""
        dockerfile = self._entered() / FOR_BUILDS
        dockerfile.write_text("".join(f"{line}\n" for line in self.dockerfile_lines), encoding="utf-8")
        try:
            return build_image(
                dockerfile.parent, platform=self.platform, pull=pull, stream_progress_to=stream_progress_to
            )
        finally:
            dockerfile.unlink()

    def _entered(self) -> Path:
        if self.context is None:
            raise RuntimeError("No context available: an image is put together inside of `with ImageBuilder(...)`.")
        return self.context

    # -- for tests of programs ------------------------------------------------------------------------------------

    def assert_has_line(self, line: str) -> None:
        """Raise `AssertionError` unless the Dockerfile has the line."""
        shown = self._shown(range(len(self.dockerfile_lines)))
        assert line in self.dockerfile_lines, f"The Dockerfile has no line {line!r}:\n{shown}"

    def assert_line_absent(self, line: str) -> None:
        """Raise `AssertionError` if the Dockerfile has the line."""
        if line in self.dockerfile_lines:
            place = self.dockerfile_lines.index(line)
            raise AssertionError(f"The Dockerfile has the line {line!r}:\n{self._around(place)}")

    def assert_line_before(self, first: str, second: str) -> None:
        """Raise `AssertionError` unless the Dockerfile has both lines, in this order."""
        self.assert_has_line(first)
        self.assert_has_line(second)
        places = self.dockerfile_lines.index(first), self.dockerfile_lines.index(second)
        told = f"The line {first!r} comes behind {second!r}, and should come before it:\n{self._around(*places)}"
        assert places[0] < places[1], told

    def assert_line_after(self, second: str, first: str) -> None:
        """Raise `AssertionError` unless the Dockerfile has both lines, `second` behind `first`."""
        self.assert_line_before(first, second)

    def assert_has_file(self, source: Path, container_path: PurePosixPath) -> None:
        """Raise `AssertionError` unless the file is put into the image at that path, and is as it is here."""
        relative = self._seen_from_base(Path(source))
        self.assert_has_line(f"COPY {relative.as_posix()} {container_path}")
        kept, whole = self._entered() / relative, self.base_directory / relative
        if whole.is_file():
            assert kept.exists(), f"The file {str(relative)!r} is not in the folder of the image."
            assert kept.read_bytes() == whole.read_bytes(), f"The file {str(relative)!r} has changed since."

    def _around(self, *places: int) -> str:
        first, last = min(places) - SHOWN_AROUND, max(places) + SHOWN_AROUND
        return self._shown(range(max(first, 0), min(last + 1, len(self.dockerfile_lines))))

    def _shown(self, numbers: Iterable[int]) -> str:
        return "\n".join(f"{number + 1:>5}: {self.dockerfile_lines[number]}" for number in numbers)


__all__ = [
    "ImageBuilder",
    "base_image",
    "build_image",
    "generate_default_dockerfile",
    "push_image",
    "push_tagged",
    "tag_of_now",
    "to_run_command",
]
