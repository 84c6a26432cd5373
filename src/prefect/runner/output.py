"""What the processes of runs write to their standard streams: to files, from which the lines are collected.

A file belongs to a run and an epoch. A line's id follows from its file and its place there, so that a line that is
collected twice, also by another runner after this one died, is kept once.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid5

from prefect._clock import now
from prefect.logging.handlers import MARK, identity_of

try:
    import fcntl
except ImportError:  # there is none on Windows, where files that are left over stay
    fcntl = None  # type: ignore[assignment]

LONGEST_LINE = 64 * 1024
"""Bytes of a line that are kept."""
CUT = "... [truncated]"
BLOCK = 256 * 1024
"""Bytes that are looked at in one go; more than a line may have."""
SUFFIX = ".out"
TICK = timedelta(microseconds=1)
"""What lies between the times of two lines that are collected at once, so that they stay in their order."""
MARK_BYTE = MARK.encode()


class OutputLine(NamedTuple):
    """A line that a run's process wrote."""

    id: UUID
    timestamp: datetime
    message: str


class Piece(NamedTuple):
    """Some lines of a file: those to be kept, everything as a terminal shows it, and where the next piece begins."""

    lines: list[OutputLine]
    shown: str
    offset: int
    is_in_long_line: bool


class Output:
    """The file of one process, held open: as long as anybody holds it, no other runner takes it for left over."""

    def __init__(self, path: Path, flow_run_id: UUID, file: int, is_shown: bool = True) -> None:
        """Whether it `is_shown`: in the terminal of the runner."""
        self.path = path
        self.is_shown = is_shown
        self.flow_run_id = flow_run_id
        self._file = file
        self._offset = 0
        self._is_in_long_line = False
        self._latest = datetime.min.replace(tzinfo=timezone.utc)

    @classmethod
    def made(cls, folder: Path, flow_run_id: UUID, name: str, *, is_shown: bool = True) -> Output:
        """A new, empty file that only this user reads."""
        path = folder / f"{flow_run_id}.{name}{SUFFIX}"
        file = os.open(path, os.O_CREAT | os.O_RDWR | os.O_EXCL, 0o600)
        hold(file)
        return cls(path, flow_run_id, file, is_shown)

    @property
    def identity(self) -> str:
        """What tells this file from all others of the host (`handlers.COLLECTED`)."""
        return identity_of(self._file)

    def next_piece(self, *, is_complete: bool) -> Piece | None:
        """The lines that follow, or None where there are none; when `is_complete`, also one that nothing ends."""
        os.lseek(self._file, self._offset, os.SEEK_SET)
        block = os.read(self._file, BLOCK)
        piece = self._piece(block, is_last=is_complete and len(block) < BLOCK)
        return piece if piece.offset > self._offset else None

    def take(self, piece: Piece) -> None:
        """Go on behind a piece that is kept now."""
        self._offset, self._is_in_long_line = piece.offset, piece.is_in_long_line
        if piece.lines:
            self._latest = piece.lines[-1].timestamp

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
        os.close(self._file)

    def _piece(self, block: bytes, is_last: bool) -> Piece:
        moment = max(now(), self._latest + TICK)
        lines: list[OutputLine] = []
        shown, place = [], 0
        is_in_long_line = self._is_in_long_line
        for start, end, is_ended in _lines(block):
            is_long = end - start > LONGEST_LINE
            if not (is_ended or is_long or is_last or is_in_long_line):
                break
            if not is_in_long_line:
                text = _text(block[start:end])
                shown.append(f"{text.replace(MARK, '')}\n")
                printed, _, _ = text.partition(MARK)
                if printed.strip():
                    lines.append(OutputLine(self._id(self._offset + start), moment + len(lines) * TICK, printed))
            is_in_long_line = not is_ended
            place = end + is_ended
        return Piece(lines, "".join(shown), self._offset + place, is_in_long_line)

    def _id(self, offset: int) -> UUID:
        return uuid5(self.flow_run_id, f"{self.path.name} {offset}")


def _lines(block: bytes) -> Iterator[tuple[int, int, bool]]:
    """Where each line begins and ends, and whether it does."""
    start = 0
    while start < len(block):
        end = block.find(b"\n", start)
        yield (start, end, True) if end >= 0 else (start, len(block), False)
        start = end + 1 if end >= 0 else len(block)


def _text(line: bytes) -> str:
    kept = line[:LONGEST_LINE].decode(errors="replace").rstrip("\r")
    return kept + CUT if len(line) > LONGEST_LINE else kept


def leftovers(folder: Path) -> Iterator[Output]:
    """The files that nobody holds any more: their process has ended, and so has the runner that collected from them."""
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            flow_run_id, file = UUID(path.name.partition(".")[0]), os.open(path, os.O_RDONLY)
        except (ValueError, OSError):
            continue
        if _is_held(file):
            os.close(file)
        else:
            yield Output(path, flow_run_id, file)


def hold(file: int) -> None:
    """Hold an open file, together with others; whoever inherits it holds it too, until the last one has closed it."""
    if fcntl is not None:
        fcntl.flock(file, fcntl.LOCK_SH)


def _is_held(file: int) -> bool:
    """Whether anybody else holds a file."""
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    return False
