"""File systems as blocks: folders of this machine, and places elsewhere that fsspec reaches.

They keep results (`@flow(result_storage=...)`) and the files of flows.
"""

from __future__ import annotations

import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from prefect._engine.local_files import LocalFiles
from prefect.blocks.core import Block
from prefect.utilities.asyncutils import at_once, dispatched, in_thread
from prefect.utilities.optional import optional


class ReadableFileSystem(Block, ABC):
    """Files can be read from it."""

    _block_schema_capabilities = ["read-path"]  # noqa: RUF012  # a block's words are plain attributes

    @abstractmethod
    def read_path(self, path: str) -> bytes:
        """The content of a file. Raises `ValueError` or `OSError` where there is none."""

    async def aread_path(self, path: str) -> bytes:
        return await in_thread(self.read_path, path)


class WritableFileSystem(ReadableFileSystem, ABC):
    """Files can be written to it, too."""

    _block_schema_capabilities = ["read-path", "write-path"]  # noqa: RUF012  # same

    @abstractmethod
    def write_path(self, path: str, content: bytes) -> Any:
        """Write a file."""

    async def awrite_path(self, path: str, content: bytes) -> Any:
        return await in_thread(self.write_path, path, content)


class ReadableDeploymentStorage(Block, ABC):
    """Folders can be fetched from it."""

    _block_schema_capabilities = ["get-directory"]  # noqa: RUF012  # same

    @abstractmethod
    def get_directory(self, from_path: str | None = None, local_path: str | None = None) -> Any:
        """Bring a folder here."""

    async def aget_directory(self, from_path: str | None = None, local_path: str | None = None) -> Any:
        return await in_thread(self.get_directory, from_path, local_path)


class WritableDeploymentStorage(ReadableDeploymentStorage, ABC):
    """Folders can be put into it, too."""

    _block_schema_capabilities = ["get-directory", "put-directory"]  # noqa: RUF012  # same

    @abstractmethod
    def put_directory(
        self, local_path: str | None = None, to_path: str | None = None, ignore_file: str | None = None
    ) -> Any:
        """Bring a folder there, without what the file of patterns, such as `.prefectignore`, names."""

    async def aput_directory(
        self, local_path: str | None = None, to_path: str | None = None, ignore_file: str | None = None
    ) -> Any:
        return await in_thread(self.put_directory, local_path, to_path, ignore_file)


class LocalFileSystem(WritableFileSystem, WritableDeploymentStorage):
    """A folder of this machine; what lies outside of it cannot be reached."""

    _block_type_name = "Local File System"

    basepath: str | None = Field(None, description="The folder; without one, paths are as everybody reads them.")

    @field_validator("basepath", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return str(value) if isinstance(value, Path) else value

    @property
    def _files(self) -> LocalFiles:
        return LocalFiles(self.basepath)

    def exists(self, path: str | Path) -> bool:
        """Whether there is a file."""
        return self._files.exists(path)

    @dispatched
    def read_path(self, path: str | Path) -> bytes:
        """The content of a file. Raises `ValueError` where there is none, or it lies outside of the folder."""
        return self._files.read_path(path)

    @dispatched
    def write_path(self, path: str | Path, content: bytes) -> str:
        """Write a file whole or not at all, readable by its owner only; its path."""
        return self._files.write_path(path, content)

    @dispatched
    def get_directory(self, from_path: str | None = None, local_path: str | None = None) -> int:
        """Copy a folder from here to a path of this machine, the working directory by default; how many files."""
        source, target = self._files.at(from_path or ""), Path(local_path or ".").expanduser().resolve()
        return _copied((self._files.at(source / file), target / file) for file in _files_in(source))

    @dispatched
    def put_directory(
        self, local_path: str | None = None, to_path: str | None = None, ignore_file: str | None = None
    ) -> int:
        """Copy a folder, the working directory by default, to here; how many files."""
        source, target = Path(local_path or ".").expanduser().resolve(), self._files.at(to_path or "")
        files = [file for file in _files_in(source, ignore_file) if not _lies_below(source / file, target, source)]
        return _copied((source / file, self._files.at(target / file)) for file in files)


class RemoteFileSystem(WritableFileSystem, WritableDeploymentStorage):
    """A place that fsspec reaches, such as `s3://bucket/folder`; what lies outside of it cannot be reached."""

    _block_type_name = "Remote File System"
    _also_secret = ("settings.*",)  # keys and tokens, as a rule

    basepath: str = Field(description="The place, with its scheme: s3://bucket/folder.")
    settings: dict[str, Any] = Field(default_factory=dict, description="What fsspec's file system is given.")

    @field_validator("basepath")
    @classmethod
    def _remote(cls, basepath: str) -> str:
        scheme, place = urlsplit(basepath).scheme, urlsplit(basepath).netloc
        if not scheme or "://" not in basepath:
            raise ValueError(f"The base path begins with its scheme, as in s3://bucket/folder; {basepath!r} does not.")
        if scheme in ("file", "local"):
            raise ValueError(f"The base path {basepath!r} is a folder of this machine: use LocalFileSystem for it.")
        if not place and scheme != "memory":
            raise ValueError(f"The base path {basepath!r} names no place after its scheme.")
        return basepath

    @cached_property
    def filesystem(self) -> Any:
        """fsspec's file system. Raises `ImportError` where the package for the scheme is not installed."""
        fsspec = optional("fsspec", "remote")
        return fsspec.filesystem(urlsplit(self.basepath).scheme, **self.settings)

    def _at(self, path: str = "") -> str:
        """The whole address of a path. Raises `ValueError` for one that lies outside of the base path."""
        base = self.basepath.rstrip("/")
        inside = path.removeprefix(base) if path == base or path.startswith(f"{base}/") else path
        parts = PurePosixPath(inside.strip("/")).parts
        if "://" in inside or ".." in parts:
            raise ValueError(f"The path {path!r} lies outside of {self.basepath!r}.")
        return "/".join((base, *parts))

    def exists(self, path: str) -> bool:
        """Whether there is a file."""
        return bool(self.filesystem.isfile(self._at(path)))

    @dispatched
    def read_path(self, path: str) -> bytes:
        """The content of a file. Raises `ValueError` where there is none, or it lies outside of the base path."""
        try:
            content: bytes = self.filesystem.cat_file(self._at(path))
        except FileNotFoundError as error:
            raise ValueError(f"There is no file {self._at(path)!r}.") from error
        return content

    @dispatched
    def write_path(self, path: str, content: bytes) -> str:
        """Write a file; its address."""
        address = self._at(path)
        self.filesystem.makedirs(address.rpartition("/")[0], exist_ok=True)
        self.filesystem.pipe_file(address, content)
        return address

    @dispatched
    def get_directory(self, from_path: str | None = None, local_path: str | None = None) -> int:
        """Copy a folder from there to a path of this machine, the working directory by default; how many files."""
        source, here = self._at(from_path or ""), LocalFiles(Path(local_path or ".").resolve())
        root = self.filesystem._strip_protocol(source).rstrip("/")
        found = [name for name in self.filesystem.find(source) if name.startswith(f"{root}/")]
        for name in found:
            here.write_path(name[len(root) + 1 :], self.filesystem.cat_file(name))
        return len(found)

    @dispatched
    def put_directory(
        self,
        local_path: str | None = None,
        to_path: str | None = None,
        ignore_file: str | None = None,
        overwrite: bool = True,
    ) -> int:
        """Copy a folder, the working directory by default, to there; how many files.

        Raises `ValueError` for a file that is there already, unless `overwrite`.
        """
        source, target = Path(local_path or ".").expanduser().resolve(), self._at(to_path or "")
        count = 0
        for file in _files_in(source, ignore_file):
            place = f"{target}/{file.as_posix()}"
            if not overwrite and self.exists(place):
                raise ValueError(f"There is a file {self._at(place)!r} already; give overwrite=True to replace it.")
            self.write_path(place, (source / file).read_bytes())
            count += 1
        return count


class SMB(WritableFileSystem, WritableDeploymentStorage):
    """A folder of a share of a Windows or Samba server."""

    _block_type_name = "SMB"

    share_path: str = Field(description="The share, and a folder of it.", examples=["/SHARE/folder"])
    smb_username: SecretStr | None = Field(default=None, title="SMB Username", description="Who is let in.")
    smb_password: SecretStr | None = Field(default=None, title="SMB Password", description="The user's password.")
    smb_host: str = Field(title="SMB server/hostname", description="The server.")
    smb_port: int | None = Field(default=None, title="SMB port", description="The server's port; without one, 445.")

    @property
    def basepath(self) -> str:
        """The address of the folder."""
        return f"smb://{self.smb_host.rstrip('/')}/{self.share_path.lstrip('/')}"

    @cached_property
    def filesystem(self) -> RemoteFileSystem:
        """The folder as a place that fsspec reaches."""
        told = {
            "username": self.smb_username and self.smb_username.get_secret_value(),
            "password": self.smb_password and self.smb_password.get_secret_value(),
            "host": self.smb_host,
            "port": self.smb_port,
        }
        settings = {name: value for name, value in told.items() if value is not None}
        return RemoteFileSystem(basepath=self.basepath, settings=settings)

    @dispatched
    def read_path(self, path: str) -> bytes:
        """The content of a file. Raises `ValueError` where there is none, or it lies outside of the folder."""
        content: bytes = at_once(self.filesystem.read_path, path)
        return content

    @dispatched
    def write_path(self, path: str, content: bytes) -> str:
        """Write a file; its address."""
        return str(at_once(self.filesystem.write_path, path, content))

    @dispatched
    def get_directory(self, from_path: str | None = None, local_path: str | None = None) -> int:
        """Copy a folder from there to a path of this machine, the working directory by default; how many files."""
        return int(at_once(self.filesystem.get_directory, from_path, local_path))

    @dispatched
    def put_directory(
        self, local_path: str | None = None, to_path: str | None = None, ignore_file: str | None = None
    ) -> int:
        """Copy a folder, the working directory by default, to there; how many files."""
        return int(at_once(self.filesystem.put_directory, local_path, to_path, ignore_file))


class NullFileSystem(Block):
    """Takes everything and keeps nothing."""

    _block_type_name = "Null File System"

    @dispatched
    def read_path(self, path: str) -> None:
        """Nothing."""

    @dispatched
    def write_path(self, path: str, content: bytes) -> None:
        """Does nothing."""

    @dispatched
    def get_directory(self, from_path: str | None = None, local_path: str | None = None) -> None:
        """Does nothing."""

    @dispatched
    def put_directory(
        self, local_path: str | None = None, to_path: str | None = None, ignore_file: str | None = None
    ) -> None:
        """Does nothing."""


def _lies_below(file: Path, target: Path, source: Path) -> bool:
    """Whether a file of the source is in the target already, because the target is a folder of the source."""
    return target != source and target.is_relative_to(source) and file.is_relative_to(target)


def _copied(pairs: Iterable[tuple[Path, Path]]) -> int:
    """Copy files, each to its place; how many."""
    count = 0
    for source, target in pairs:
        target.parent.mkdir(parents=True, exist_ok=True)
        if source != target:
            shutil.copy2(source, target)
        count += 1
    return count


def _files_in(folder: Path, ignore_file: str | None = None) -> list[Path]:
    """The files of a folder, relative to it, without those that are ignored. Raises `ValueError` for no folder."""
    if not folder.is_dir():
        raise ValueError(f"There is no folder {str(folder)!r}.")
    is_ignored = _patterns(ignore_file)
    found = []
    for root, folders, names in os.walk(folder):
        here = Path(root).relative_to(folder)
        folders[:] = [name for name in folders if not is_ignored(f"{(here / name).as_posix()}/")]
        found += [here / name for name in names if not is_ignored((here / name).as_posix())]
    return sorted(found)


def _patterns(ignore_file: str | None) -> Callable[[str], bool]:
    """Whether a path is ignored, by a file of patterns as git has them; without the file none is."""
    if ignore_file is None:
        return lambda path: False
    spec = optional("pathspec", "remote").GitIgnoreSpec.from_lines(
        Path(ignore_file).read_text(encoding="utf-8").splitlines()
    )
    return lambda path: bool(spec.match_file(path))


ELSEWHERE = {
    "Azure": "RemoteFileSystem(basepath='az://CONTAINER/FOLDER')",
    "GCS": "RemoteFileSystem(basepath='gs://BUCKET/FOLDER')",
    "GitHub": "GitRepository('https://github.com/OWNER/NAME') of prefect.runner.storage",
    "S3": "RemoteFileSystem(basepath='s3://BUCKET/FOLDER')",
}
"""Blocks of older programs, and what does the same."""


def __getattr__(name: str) -> Any:
    if name in ELSEWHERE:
        raise ImportError(f"There is no block {name} any more; use {ELSEWHERE[name]}.")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = [
    "SMB",
    "LocalFileSystem",
    "NullFileSystem",
    "ReadableDeploymentStorage",
    "ReadableFileSystem",
    "RemoteFileSystem",
    "WritableDeploymentStorage",
    "WritableFileSystem",
]
