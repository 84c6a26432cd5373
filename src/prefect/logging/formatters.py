"""How a log record looks on the console, and as JSON."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any, Literal

from prefect._domain.texts import harmless
from prefect._engine.redaction import redacted

FORMAT = "%(asctime)s.%(msecs)03d | %(levelname)-7s | %(subject)s - %(message)s"
COLOURS = {"DEBUG": "34", "INFO": "36", "WARNING": "33", "ERROR": "31", "CRITICAL": "1;31"}


Style = Literal["%", "{", "$"]


class PrefectFormatter(logging.Formatter):
    """`12:00:00.000 | INFO    | Flow run 'name' - message`.

    `format` is that of all records (`%(subject)s` is the run, or else the logger); where they are given,
    `flow_run_fmt` is that of flow runs' records, and `task_run_fmt` of task runs'. What a terminal would obey in a
    message, an exception or a subject is shown as Python writes it.
    """

    def __init__(
        self,
        format: str | None = None,
        datefmt: str | None = None,
        style: Style = "%",
        validate: bool = True,
        *,
        defaults: Mapping[str, Any] | None = None,
        task_run_fmt: str | None = None,
        flow_run_fmt: str | None = None,
    ) -> None:
        super().__init__(format or FORMAT, datefmt or "%H:%M:%S", style, validate, defaults=defaults)
        own = {"prefect.flow_runs": flow_run_fmt, "prefect.task_runs": task_run_fmt}
        self._of_runs = {
            name: logging.Formatter(fmt, self.datefmt, style, validate, defaults=defaults)
            for name, fmt in own.items()
            if fmt
        }

    def format(self, record: logging.LogRecord) -> str:
        record.subject = harmless(subject(record), one_line=True)
        if record.exc_text:
            record.exc_text = harmless(record.exc_text)
        return redacted(super().format(record))

    def formatException(self, ei: Any) -> str:  # logging's own name
        return harmless(super().formatException(ei))

    def formatMessage(self, record: logging.LogRecord) -> str:  # logging's own name
        record.message = harmless(record.message)
        own = self._of_runs.get(record.name)
        return super().formatMessage(record) if own is None else own.formatMessage(record)


def subject(record: logging.LogRecord) -> str:
    """Whom a record is about: a task run, a flow run, or a logger."""
    task_run, flow_run = getattr(record, "task_run_name", None), getattr(record, "flow_run_name", None)
    if task_run:
        return f"Task run {task_run!r}"
    if flow_run:
        return f"Flow run {flow_run!r}"
    return record.name


def coloured(line: str, record: logging.LogRecord) -> str:
    """A line with its level in colour."""
    level = f"{record.levelname:<7}" if f"{record.levelname:<7}" in line else record.levelname
    return line.replace(level, f"\033[{COLOURS.get(record.levelname, '0')}m{level}\033[0m", 1)


def format_exception_info(exc_info: Any) -> dict[str, Any]:
    """The parts of an error, as `sys.exc_info()` gives it: its class's name, what it says, and its frames."""
    kind, error, frames = exc_info
    told = "".join(traceback.format_tb(frames)) if frames is not None else None
    return {"type": getattr(kind, "__name__", None), "message": str(error), "traceback": told}


class JsonFormatter(logging.Formatter):
    """One JSON object a record."""

    def __init__(self, fmt: str | None = None, dmft: str | None = None, style: str = "%") -> None:
        super().__init__()
        self.indent = 2 if fmt == "pretty" else None

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "timestamp": datetime.fromtimestamp(record.created, timezone.utc).isoformat(),
            "level": record.levelname,
            "name": record.name,
            "message": record.getMessage(),
            "flow_run_id": getattr(record, "flow_run_id", None),
            "task_run_id": getattr(record, "task_run_id", None),
        }
        if record.exc_info:
            line["exc_info"] = "".join(traceback.format_exception(*record.exc_info))
        return redacted(json.dumps(line, indent=self.indent, ensure_ascii=False))
