"""Where log records go: to the console, and to the recorder, which stores them with their run."""

from __future__ import annotations

import logging
import os
import sys
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, TextIO
from uuid import UUID

from prefect._clock import new_id
from prefect._domain.logs import Log
from prefect._domain.texts import mended
from prefect._engine.recorders import recorder
from prefect._engine.redaction import redacted
from prefect.logging.formatters import ColourFormatter, PrefectFormatter
from prefect.settings import get_current_settings

MARK = "\x1e"
"""Stands before the lines of records that are kept with their run, where each line of a stream would be kept."""
COLLECTED = "PREFECT__COLLECTED_OUTPUT"
"""The environment variable that names the file whose lines are kept, by `identity_of`."""

if TYPE_CHECKING:
    StreamHandler = logging.StreamHandler[TextIO]
else:
    StreamHandler = logging.StreamHandler  # Python 3.10 has no brackets for it


class PrefectConsoleHandler(StreamHandler):
    """Writes to the standard error of the moment, so that a captured or replaced stream is followed."""

    def __init__(self, stream: TextIO | None = None, level: int | str = logging.NOTSET, **_: Any) -> None:
        super().__init__(stream)
        self._own_stream = stream
        self.setLevel(level)
        coloured = get_current_settings().logging.colors and sys.stderr is not None and sys.stderr.isatty()
        self.setFormatter(ColourFormatter() if coloured else PrefectFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = self._own_stream or sys.stderr
        if self.stream is not None:
            super().emit(record)

    def format(self, record: logging.LogRecord) -> str:
        """The line, marked where it is kept with its run and the stream is one of which every line is kept."""
        line = super().format(record)
        return marked(line) if is_kept(record) and _is_collected(self.stream) else line


class APILogHandler(logging.Handler):
    """Hands the records of runs to the recorder, if settings say so; records of no run are passed over."""

    def emit(self, record: logging.LogRecord) -> None:
        if not is_kept(record):
            return
        try:
            recorder().log(self._log(record, *_runs_of(record)))
        except Exception:  # noqa: BLE001  # logging must not end a user's run; the record is shown on stderr
            self.handleError(record)

    def _log(self, record: logging.LogRecord, flow_run_id: str | None, task_run_id: str | None) -> Log:
        return Log(
            id=new_id(),
            name=record.name,
            level=record.levelno,
            message=mended(
                shortened(redacted(self.format(record)), get_current_settings().logging.to_api.max_log_size)
            ),
            timestamp=datetime.fromtimestamp(record.created, timezone.utc),
            flow_run_id=UUID(flow_run_id) if flow_run_id else None,
            task_run_id=UUID(task_run_id) if task_run_id else None,
        )


def is_kept(record: logging.LogRecord) -> bool:
    """Whether a record is stored with a run."""
    return (
        getattr(record, "send_to_api", True)
        and any(_runs_of(record))
        and bool(get_current_settings().logging.to_api.enabled)
    )


def _runs_of(record: logging.LogRecord) -> tuple[str | None, str | None]:
    return getattr(record, "flow_run_id", None), getattr(record, "task_run_id", None)


def marked(text: str) -> str:
    """The text with the mark before each line."""
    return MARK + text.replace("\n", f"\n{MARK}")


def _is_collected(stream: TextIO) -> bool:
    """Whether what is written there is collected by the runner that started this process, to be kept with the run."""
    collected = os.environ.get(COLLECTED)
    if not collected:
        return False
    try:
        return collected == identity_of(stream.fileno())
    except (OSError, ValueError, AttributeError):
        return False


def identity_of(file: int) -> str:
    """What tells an open file from every other one of this host."""
    known = os.fstat(file)
    return f"{known.st_dev}:{known.st_ino}"


def shortened(message: str, most: int) -> str:
    """The message, cut to so many characters with a mark at its end."""
    mark = "... [truncated]"
    return message if len(message) <= most else message[: most - len(mark)] + mark
