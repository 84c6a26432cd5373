"""The trail of a process: its log lines that are not in the database yet, in files, where they survive `kill -9`.

A line is appended to a file in the call that logs it, which costs a microsecond or two; from then on the operating
system has it. When the journal has brought it to the database, the file is emptied. A process holds its files locked
as long as it lives. Those that nobody holds are left behind, and their lines are brought by whoever looks next: by
the next program, the runner, the server. A line has an id, so that bringing it twice does no harm.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import orjson

from prefect._domain.logs import Log
from prefect._store.values import must_read_identity, must_read_moment, read_identity

try:
    import fcntl
except ImportError:  # there is none on Windows, where nobody leaves a trail
    fcntl = None  # type: ignore[assignment]

SUFFIX = ".lines"
MOST_AT_ONCE = 1_000
"""How many lines are brought in one go."""
_ours: set[str] = set()
"""The names of this process's files: its lock on one would end where it closed the file after a look."""


def trails_folder(home: Path, place: str) -> Path:
    """Where the trails are of processes whose runs are recorded in a place, a database's or a server's address."""
    return home / "trails" / uuid5(NAMESPACE_URL, place.rstrip("/")).hex


class Trail:
    """The trail of one process, in two files by turns, so that one can be emptied while lines go to the other.

    For one thread at a time. What the disk does not take now is not kept here, and no error.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: list[_File] = []

    def keep(self, line: Log, number: int) -> None:
        """Write down the journal's entry of that number."""
        if fcntl is None:
            return
        with suppress(OSError):
            if not self._files:
                self._files = [_File(self._folder), _File(self._folder)]
            self._files[0].append(line, number)

    def forget(self, number: int) -> None:
        """Let go of the entries up to a number: they are in the database."""
        for file in self._files:
            file.forget(number)
        if self._files and self._files[0].latest and not self._files[1].latest:
            self._files.reverse()

    def close(self) -> None:
        """Remove the files: all entries are in the database."""
        while self._files:
            self._files.pop().remove()


class _File:
    """A file of lines, held by this process."""

    def __init__(self, folder: Path) -> None:
        for private in (folder.parent, folder):
            private.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.latest = 0
        self._path = folder / f"{uuid4().hex}{SUFFIX}"
        _ours.add(self._path.name)
        self._file = _held_and_new(self._path)

    def append(self, line: Log, number: int) -> None:
        self.latest = number
        os.write(self._file, b"\n" + orjson.dumps(tuple(line)))

    def forget(self, number: int) -> None:
        if 0 < self.latest <= number:
            os.ftruncate(self._file, 0)
            self.latest = 0

    def remove(self) -> None:
        self._path.unlink(missing_ok=True)
        os.close(self._file)
        _ours.discard(self._path.name)


def _held_and_new(path: Path) -> int:
    """Make a file and lock it; where somebody took it for left behind between the two, it is made once more."""
    while True:
        file = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        fcntl.lockf(file, fcntl.LOCK_EX)
        if os.fstat(file).st_nlink:
            return file
        os.close(file)


def bring_left_behind(folder: Path, bring: Callable[[Sequence[Log]], None]) -> None:
    """Hand on the lines that processes left behind which are dead, and remove their files."""
    for path in folder.glob(f"*{SUFFIX}"):
        if path.name not in _ours:
            with _left_behind(path) as lines:
                for start in range(0, len(lines), MOST_AT_ONCE):
                    bring(lines[start : start + MOST_AT_ONCE])


@contextmanager
def _left_behind(path: Path) -> Iterator[list[Log]]:
    """The lines of a file, which is removed after the block; none of one whose process is alive, or that is gone."""
    try:
        stream = path.open("rb+")
    except FileNotFoundError:
        yield []
        return
    with stream:
        if not _is_held(stream.fileno()):
            yield []
            return
        yield list(_read(stream.read()))
        path.unlink(missing_ok=True)


def _is_held(file: int) -> bool:
    """Whether a file is held by this process now, since nobody else holds it."""
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _read(content: bytes) -> Iterator[Log]:
    """The lines that were written whole."""
    for text in content.split(b"\n"):
        with suppress(orjson.JSONDecodeError):
            yield _log(*orjson.loads(text))


def _log(id: str, name: str, level: int, message: str, moment: str, flow_run: str | None, task_run: str | None) -> Log:
    ids: tuple[UUID | None, UUID | None] = (read_identity(flow_run), read_identity(task_run))
    return Log(must_read_identity(id), name, level, message, must_read_moment(moment), *ids)
