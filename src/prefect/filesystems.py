"""Folders that results are kept in."""

from __future__ import annotations

from pathlib import Path

from prefect.utilities.asyncutils import in_thread
from prefect.utilities.files import write_whole


class LocalFileSystem:
    """A folder of this machine; what lies outside of it cannot be reached."""

    def __init__(self, basepath: str | Path | None = None) -> None:
        self.basepath = None if basepath is None else str(Path(basepath).expanduser())

    def _resolved(self, path: str | Path) -> Path:
        base = Path(self.basepath or Path.cwd()).resolve()
        wanted = (base / Path(path).expanduser()).resolve()
        if self.basepath is not None and not wanted.is_relative_to(base):
            raise ValueError(f"The path {str(path)!r} lies outside of the folder {str(base)!r}.")
        return wanted

    def exists(self, path: str | Path) -> bool:
        return self._resolved(path).is_file()

    def read_path(self, path: str | Path) -> bytes:
        """The content of a file. Raises `ValueError` where there is none, or it lies outside of the folder."""
        file = self._resolved(path)
        if not file.is_file():
            raise ValueError(f"There is no file {str(file)!r}.")
        return file.read_bytes()

    def write_path(self, path: str | Path, content: bytes) -> str:
        """Write a file whole or not at all, readable by its owner only; its path."""
        file = self._resolved(path)
        write_whole(file, content)
        return str(file)

    async def aread_path(self, path: str | Path) -> bytes:
        return await in_thread(self.read_path, path)

    async def awrite_path(self, path: str | Path, content: bytes) -> str:
        return await in_thread(self.write_path, path, content)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LocalFileSystem) and other.basepath == self.basepath

    def __hash__(self) -> int:
        return hash(self.basepath)

    def __repr__(self) -> str:
        return f"LocalFileSystem(basepath={self.basepath!r})"


__all__ = ["LocalFileSystem"]
