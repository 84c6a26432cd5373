"""Showing things in the terminal: tables for people, JSON for programs.

What draws in colours is loaded where somebody looks; elsewhere a table is its words, in columns.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import datetime, timedelta, timezone
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from cyclopts import Parameter

from prefect._domain.states import State, shown_result
from prefect._domain.texts import harmless
from prefect.settings import get_current_settings

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

Output = Annotated[Literal["json"] | None, Parameter(name=["--output", "-o"], help="Print JSON: `-o json`.")]
"""The option of commands that list or inspect."""

COLOURS = {
    "COMPLETED": "green",
    "FAILED": "red",
    "CRASHED": "bright_red",
    "RUNNING": "blue",
    "PENDING": "cyan",
    "SCHEDULED": "yellow",
    "PAUSED": "magenta",
    "CANCELLED": "bright_black",
    "CANCELLING": "bright_black",
}
WHOLE = ("Id", "When", "State", "Status", "Due", "Next")
"""Columns that are not broken where the terminal is narrow."""


def console() -> Console:
    """The terminal; where the output is piped, lines are not wrapped to a width that nobody sees."""
    from rich.console import Console

    return Console(
        width=None if sys.stdout.isatty() else 200,
        soft_wrap=not sys.stdout.isatty() or not get_current_settings().cli.wrap_lines,
        no_color=None if get_current_settings().cli.colors else True,
    )


def show_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, empty: str) -> None:
    """A table whose first column keeps its width; `empty` is said where there are no rows."""
    listed = list(rows)
    if not listed:
        print(empty)
        return
    if not sys.stdout.isatty():
        print_columns([columns, *listed])
        return
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, no_wrap=number == 0 or column in WHOLE, overflow="fold")
    for row in listed:
        table.add_row(*(_cell(value) for value in row))
    console().print(table)


def print_columns(rows: Sequence[Sequence[Any]]) -> None:
    """Rows whose cells stand below each other; a line ends with its last word."""
    told = [[_words(value) for value in row] for row in rows]
    widths = [max(map(_width, column)) for column in zip(*told, strict=True)]
    for row in told:
        print("  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip())


def _width(text: str) -> int:
    """How many places a text takes in a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _words(value: Any) -> str:
    if isinstance(value, State):
        return harmless(value.name, one_line=True)
    if isinstance(value, datetime):
        return moment(value)
    return "" if value is None else harmless(str(value), one_line=True)


def _cell(value: Any) -> Text:
    from rich.text import Text

    return Text(_words(value), style=COLOURS.get(value.type.value, "") if isinstance(value, State) else "")


def moment(when: datetime) -> str:
    """A moment as the clock on the wall shows it."""
    return f"{when.astimezone():%Y-%m-%d %H:%M:%S %Z}"


def show_fields(held: Mapping[str, Any]) -> None:
    """One thing, a line a field; fields without a value are left out."""
    rows = [(name, value) for name, value in held.items() if value not in (None, "", [], {})]
    if not sys.stdout.isatty():
        print_columns(rows)
        return
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, _cell(value))
    console().print(table)


def show_json(value: Any) -> None:
    """The value as JSON."""
    print(json.dumps(plain(value), indent=2, ensure_ascii=False))


def plain(value: Any) -> Any:
    """A value as JSON takes it."""
    if isinstance(value, State):
        return _fields(replace(value, data=_left_behind(value.data)))
    if is_dataclass(value) and not isinstance(value, type):
        return _fields(value)
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, (UUID, Path)):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(plain(item) for item in value)
    return value


def _left_behind(data: Any) -> Any:
    """What a run left behind: of a kept result where it is, of any other one what it looks like."""
    return getattr(data, "metadata", None) or (shown_result(data) if data is not None else None)


def _fields(value: Any) -> dict[str, Any]:
    return {field.name: plain(getattr(value, field.name)) for field in fields(value)}


def ago(moment: datetime | None) -> str:
    """How long ago something was, in one unit: `3 minutes ago`, `in 2 hours`."""
    if moment is None:
        return ""
    seconds = (datetime.now(timezone.utc) - moment).total_seconds()
    size = _size(abs(seconds))
    return size if size == "now" else f"{size} ago" if seconds > 0 else f"in {size}"


def _size(seconds: float) -> str:
    for unit, length in (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count = int(seconds // length)
        if count:
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "now"


def duration(length: timedelta) -> str:
    """A length of time for a person: `0.3 s`, `2 min 5 s`."""
    seconds = length.total_seconds()
    if seconds < 60:
        return f"{seconds:.3g} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
