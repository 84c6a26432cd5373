"""What the steps of one durable flow run came to: one file for a run, to which each step adds a line.

A line is on its way to the disk, and survives `kill -9`, when it is written; nothing waits for the disk itself. A line
that a process could not write to its end is passed over. Of several lines for one step the last one counts.
"""

from __future__ import annotations

import os
import weakref
from pathlib import Path
from threading import Lock


class StepFile:
    """The lines `step content`, by the names of the steps; those that other processes add are found, too."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._is_torn = False
        self._places: dict[str, tuple[int, int]] = {}
        self._known_to = 0
        self._lock = Lock()

    def write(self, step: str, content: bytes) -> None:
        """Add what a step came to; the content is one line."""
        with self._lock:
            line = b"%s%s %s\n" % (b"\n" if self._is_torn else b"", step.encode(), content)
            descriptor, self._is_torn = self._opened(), True
            written = os.write(descriptor, line)
            while written < len(line):
                written += os.write(descriptor, line[written:])
            self._is_torn = False

    def _opened(self) -> int:
        if self._descriptor is None:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            weakref.finalize(self, os.close, self._descriptor)
            if not self._ends_whole(self._descriptor):
                os.write(self._descriptor, b"\n")
        return self._descriptor

    def _ends_whole(self, descriptor: int) -> bool:
        size = os.fstat(descriptor).st_size
        return size == 0 or os.pread(descriptor, 1, size - 1) == b"\n"

    def read(self, step: str) -> bytes | None:
        """What a step came to, or None."""
        place = self._place(step)
        if place is None:
            return None
        with self._path.open("rb") as file:
            file.seek(place[0])
            return file.read(place[1])

    def holds(self, step: str) -> bool:
        return self._place(step) is not None

    def _place(self, step: str) -> tuple[int, int] | None:
        with self._lock:
            if step not in self._places:
                self._look_further()
            return self._places.get(step)

    def _look_further(self) -> None:
        """Find the lines that have been added since the last look."""
        if not self._path.is_file():
            return
        with self._path.open("rb") as file:
            file.seek(self._known_to)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                step, _, content = line.partition(b" ")
                start = self._known_to + len(step) + 1
                self._known_to += len(line)
                if content:
                    self._places[step.decode(errors="replace")] = (start, len(content) - 1)
