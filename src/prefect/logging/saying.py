"""What a server or a worker says of itself in its terminal: a line of text, or of JSON where the settings say so."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable

from prefect.logging.formatters import JsonFormatter
from prefect.settings import get_current_settings


def is_json() -> bool:
    """Whether lines are JSON."""
    return bool(get_current_settings().logging.format == "json")


def saying_as(logger: str) -> Callable[[object], None]:
    """A function that says a line as that logger, if somebody still listens in the terminal."""

    def say(line: object) -> None:
        try:
            print(_in_json(logger, str(line)) if is_json() else line, flush=True)
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    return say


def _in_json(logger: str, line: str) -> str:
    level = logging.WARNING if line.startswith("Warning: ") else logging.INFO
    text = line.removeprefix("Warning: ")
    return JsonFormatter().format(logging.LogRecord(logger, level, "", 0, text, None, None))
