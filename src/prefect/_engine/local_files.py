"""Files in a folder of this machine: where results are kept unless told otherwise."""

from __future__ import annotations

from pathlib import Path

from prefect._engine.step_files import StepFile
from prefect.utilities.files import write_whole

STEP = ".steps#"
"""What separates the run from the step in the path of what a step of a durable flow came to."""


class LocalFiles:
    """A folder; what lies outside of it cannot be reached. Without a base path, paths are as everybody reads them."""

    def __init__(self, basepath: str | Path | None = None) -> None:
        self._step_files: dict[str, StepFile] = {}
        self.basepath = None if basepath is None else str(Path(basepath).expanduser())

    def at(self, path: str | Path = "") -> Path:
        """The whole path of a file or folder. Raises `ValueError` for one that lies outside."""
        base = Path(self.basepath or Path.cwd()).resolve()
        wanted = (base / Path(path).expanduser()).resolve()
        if self.basepath is not None and not wanted.is_relative_to(base):
            raise ValueError(f"The path {str(path)!r} lies outside of the folder {str(base)!r}.")
        return wanted

    def _step(self, path: str | Path) -> tuple[StepFile, str] | None:
        """The file and the step that a path such as `<run>.steps#<step>` means."""
        file, mark, step = str(path).partition(STEP)
        if not mark:
            return None
        known = self._step_files.get(file)
        if known is None:
            known = self._step_files.setdefault(file, StepFile(self.at(f"{file}.steps")))
        return known, step

    def exists(self, path: str | Path) -> bool:
        if (found := self._step(path)) is not None:
            return found[0].holds(found[1])
        return self.at(path).is_file()

    def read_path(self, path: str | Path) -> bytes:
        """The content of a file. Raises `ValueError` where there is none, or it lies outside of the folder."""
        if (found := self._step(path)) is not None and (content := found[0].read(found[1])) is not None:
            return content
        file = self.at(path)
        if not file.is_file():
            raise ValueError(f"There is no file {str(file)!r}.")
        return file.read_bytes()

    def write_path(self, path: str | Path, content: bytes) -> str:
        """Write a file whole or not at all, readable by its owner only; its path."""
        if (found := self._step(path)) is not None:
            found[0].write(found[1], content)
            return str(path)
        file = self.at(path)
        if file == self.at() or file.is_dir():
            raise ValueError(f"The path {str(path)!r} names a folder; a file needs a name of its own.")
        write_whole(file, content)
        return str(file)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LocalFiles) and other.basepath == self.basepath

    def __hash__(self) -> int:
        return hash(self.basepath)

    def __repr__(self) -> str:
        return f"LocalFiles({self.basepath!r})"
