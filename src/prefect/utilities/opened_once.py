"""What a process opens once for each name, such as a database by its address; a forked child opens its own."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar


class Closable(Protocol):
    def close(self) -> None: ...


C = TypeVar("C", bound=Closable)


class OpenedOnce(Generic[C]):
    """Things that are open in this process, by name."""

    def __init__(self) -> None:
        self._open: dict[tuple[int, str], C] = {}
        self._opening = threading.Lock()

    def get(self, name: str, open: Callable[[], C]) -> C:
        """The thing of that name, opened by the first who asks."""
        key = (os.getpid(), name)
        found = self._open.get(key)
        if found is not None:
            return found
        with self._opening:
            if key not in self._open:
                self._open[key] = open()
            return self._open[key]

    def close(self) -> None:
        """Close all of them; who asks next opens anew."""
        with self._opening:
            while self._open:
                self._open.popitem()[1].close()
