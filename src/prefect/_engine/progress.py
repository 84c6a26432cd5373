"""How far the maps of a flow are, in a line at the bottom of the terminal that goes away.

It is shown where somebody looks, once a map takes longer than `PATIENCE`; log lines and prints stand above it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import contextmanager
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any

from prefect.settings import get_current_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from prefect.futures import PrefectFuture

PATIENCE = 1.0
"""Seconds that a map takes before it is shown."""
SHOW_EVERY = 0.25
_shown = Lock()
"""Held by whoever shows a line: there is one bottom of the terminal."""


def is_wanted() -> bool:
    """Whether somebody looks and wants to see it."""
    return sys.stderr is not None and sys.stderr.isatty() and bool(get_current_settings().cli.progress)


class MapSeen:
    """A map, and how many of its runs have ended."""

    def __init__(self, name: str, futures: Sequence[PrefectFuture[Any]]) -> None:
        self._name, self._count = name, len(futures)
        self._lock = Lock()
        self._ended = self._failed = 0
        for future in futures:
            future.add_done_callback(self._has_ended)

    def _has_ended(self, future: PrefectFuture[Any]) -> None:
        failed = not future.state.is_completed()
        with self._lock:
            self._ended += 1
            self._failed += failed

    @property
    def is_over(self) -> bool:
        return self._ended >= self._count

    def __str__(self) -> str:
        failed = f", {self._failed} failed" if self._failed else ""
        return f"{self._name} {self._ended} of {self._count}{failed}"


class ProgressLine:
    """Shows the maps of one flow run until they are over, or until it is closed."""

    def __init__(self) -> None:
        self._maps: list[MapSeen] = []
        self._is_closed = Event()
        self._thread: Thread | None = None

    def add(self, name: str, futures: Sequence[PrefectFuture[Any]]) -> None:
        self._maps = [seen for seen in self._maps if not seen.is_over] + [MapSeen(name, futures)]
        if self._thread is None or not self._thread.is_alive():
            self._thread = Thread(target=self._show, name="prefect-progress", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Take the line away, and wait until it is."""
        self._is_closed.set()
        if self._thread is not None:
            self._thread.join()

    def _show(self) -> None:
        if self._is_closed.wait(PATIENCE) or not self._unfinished or not _shown.acquire(blocking=False):
            return
        try:
            with _line() as tell:
                while unfinished := self._unfinished:
                    tell(" · ".join(map(str, unfinished)))
                    if self._is_closed.wait(SHOW_EVERY):
                        return
        finally:
            _shown.release()

    @property
    def _unfinished(self) -> list[MapSeen]:
        return [seen for seen in self._maps if not seen.is_over]


@contextmanager
def _line() -> Iterator[Callable[[str], None]]:
    """The line at the bottom, and what replaces its text; what else is written meanwhile stands above it."""
    from rich.console import Console
    from rich.live import Live
    from rich.spinner import Spinner

    spinner = Spinner("dots")
    with Live(spinner, console=Console(stderr=True), transient=True, refresh_per_second=1 / SHOW_EVERY):
        yield lambda text: spinner.update(text=text)
