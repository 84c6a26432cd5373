"""A line at the bottom of the terminal that says what is under way, and goes away when it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prefect.cli.output import console
from prefect.settings import get_current_settings


@contextmanager
def progress(text: str) -> Iterator[Callable[[str], None]]:
    """Show a text, and what it is replaced by, for the time of the block; nothing where nobody looks or wants it."""
    terminal = console()
    if not terminal.is_terminal or not get_current_settings().cli.progress:
        yield lambda text: None
        return
    with terminal.status(text) as line:
        yield line.update
