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
        self._opening = threading.RLock()

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

    def opened(self) -> list[C]:
        """What this process has open now."""
        return [one for (process, _), one in list(self._open.items()) if process == os.getpid()]

    def close(self, which: Callable[[C], bool] = lambda _: True) -> None:
        """Close all of them, or those that are meant; who asks next opens anew."""
        with self._opening:
            for key in [key for key, one in self._open.items() if which(one)]:
                self._open.pop(key).close()
