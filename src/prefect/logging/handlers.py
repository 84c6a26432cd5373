"""Where log records go: to the console, and to the recorder, which stores them with their run."""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TextIO
from uuid import UUID

from prefect._clock import new_id
from prefect._domain.logs import Log
from prefect._domain.texts import mended
from prefect._engine.recorders import recorder
from prefect._engine.redaction import redacted
from prefect.context import FlowRunContext, TaskRunContext
from prefect.exceptions import MissingContextError
from prefect.logging.formatters import JsonFormatter, PrefectFormatter, coloured
from prefect.settings import get_current_settings
from prefect.utilities.asyncutils import in_thread

KEPT = "is_kept_with_its_run"
"""The attribute of a record that is stored with a run."""
OF_THE_CALLER = 8
"""How many calls of `logging` lie between a handler and who logs."""
MARK = "\x1e"
"""Stands before the lines of records that are kept with their run, where each line of a stream would be kept."""
COLLECTED = "PREFECT__COLLECTED_OUTPUT"
"""The environment variable that names the file whose lines are kept, by `identity_of`."""

if TYPE_CHECKING:
    StreamHandler = logging.StreamHandler[TextIO]
else:
    StreamHandler = logging.StreamHandler  # Python 3.10 has no brackets for it


class PrefectConsoleHandler(StreamHandler):
    """Writes to the standard error of the moment, so that a captured or replaced stream is followed.

    `highlighter` and `styles` are rich's: what to find in a line, and how it looks.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        highlighter: Callable[[], Any] | None = None,
        styles: Mapping[str, str] | None = None,
        level: int | str = logging.NOTSET,
    ) -> None:
        super().__init__(stream)
        self._own_stream = stream
        self.setLevel(level)
        settings = get_current_settings().logging
        is_json = settings.format == "json"
        self.setFormatter(JsonFormatter() if is_json else PrefectFormatter())
        self._is_coloured = not is_json and settings.colors and sys.stderr is not None and sys.stderr.isatty()
        self._drawn = drawn_by_rich(highlighter, styles, settings.markup)

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = self._own_stream or sys.stderr
        if self.stream is not None:
            super().emit(record)

    def format(self, record: logging.LogRecord) -> str:
        """The line, marked where it is kept with its run and the stream is one of which every line is kept."""
        line = self._looking_well(super().format(record), record)
        return marked(line) if getattr(record, KEPT, False) and _is_collected(self.stream) else line

    def _looking_well(self, line: str, record: logging.LogRecord) -> str:
        if self._drawn is not None:
            return self._drawn(line, self._is_coloured)
        return coloured(line, record) if self._is_coloured else line


def drawn_by_rich(
    highlighter: Callable[[], Any] | None, styles: Mapping[str, str] | None, markup: bool
) -> Callable[[str, bool], str] | None:
    """What makes a line look as rich's highlighters, styles or markup have it; None where nobody asks for them."""
    if not (highlighter or styles or markup):
        return None
    from prefect.logging.highlighters import PrefectConsoleHighlighter, rich_lines

    return rich_lines((highlighter or PrefectConsoleHighlighter)(), styles or {}, markup)


class APILogHandler(logging.Handler):
    """Hands records to the recorder, which keeps them with the run that they name, or else the one that is running.

    A record of no run is passed over, warned of, or refused, as `PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW` says.
    """

    def emit(self, record: logging.LogRecord) -> None:
        settings = get_current_settings().logging.to_api
        if not settings.enabled or not getattr(record, "send_to_api", True):
            return
        runs = _runs_of(record)
        if not any(runs):
            self._miss(record, settings.when_missing_flow)
            return
        try:
            recorder().log(self._log(record, *runs, settings.max_log_size))
            setattr(record, KEPT, True)
        except Exception:  # noqa: BLE001  # logging must not end a user's run; the record is shown on stderr
            self.handleError(record)

    @classmethod
    async def aflush(cls) -> None:
        """Return when what was logged here so far is on disk."""
        await in_thread(recorder().flush)

    def _miss(self, record: logging.LogRecord, what_to_do: str) -> None:
        """Say of a record that it belongs to no run. Raises `MissingContextError` where that is asked for."""
        if what_to_do == "ignore":
            return
        message = (
            f"The logger {record.name!r} hands its lines to the API, but there is no run here to keep this one with. "
            "Log inside a flow or a task, or with extra={'send_to_api': False}."
        )
        if what_to_do == "error":
            raise MissingContextError(message)
        warnings.warn(message, stacklevel=OF_THE_CALLER)

    def _log(self, record: logging.LogRecord, flow_run_id: str | None, task_run_id: str | None, most: int) -> Log:
        return Log(
            id=new_id(),
            name=record.name,
            level=record.levelno,
            message=mended(shortened(redacted(self.format(record)), most)),
            timestamp=datetime.fromtimestamp(record.created, timezone.utc),
            flow_run_id=_identity(flow_run_id) if flow_run_id else None,
            task_run_id=_identity(task_run_id) if task_run_id else None,
        )


class WorkerAPILogHandler(APILogHandler):
    """Keeps what a worker says of a run with that run; what it says of itself stays with its own output."""

    def _miss(self, record: logging.LogRecord, what_to_do: str) -> None:
        return


@lru_cache(maxsize=256)
def _identity(text: str) -> UUID:
    """The id that a record names: the lines of a run name the same one."""
    return UUID(text)


def _runs_of(record: logging.LogRecord) -> tuple[str | None, str | None]:
    """The flow run and the task run that a record names, or else those that are running here."""
    flow_run_id, task_run_id = getattr(record, "flow_run_id", None), getattr(record, "task_run_id", None)
    if flow_run_id or task_run_id:
        return flow_run_id, task_run_id
    task, flow = TaskRunContext.get(), FlowRunContext.get()
    if task is not None:
        run = task.task_run
        return str(run.flow_run_id) if run.flow_run_id else None, str(run.id)
    return (str(flow.flow_run.id), None) if flow is not None else (None, None)


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
