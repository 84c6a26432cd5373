"""Showing things in the terminal: tables for people, JSON for programs.

What draws in colours is loaded where somebody looks; elsewhere a table is its words, in columns.
"""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from prefect._domain.as_models import plain
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
SHORTEST_ID = 8
"""Letters of an id that are shown at least."""
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


def show_table(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], *, empty: str, has_short_ids: bool = False
) -> None:
    """A table whose first column keeps its width; `empty` is said where there are no rows.

    Where the beginnings of ids are understood, a terminal `has_short_ids` in the column "Id"; a pipe has whole ones.
    """
    listed = list(rows)
    if not listed:
        print(empty)
        return
    if not sys.stdout.isatty():
        print_columns([columns, *listed])
        return
    from rich.table import Table

    if has_short_ids:
        listed = with_short_ids(listed, columns.index("Id"))
    table = Table(box=None, header_style="bold", pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, no_wrap=number == 0 or column in WHOLE, overflow="fold")
    for row in listed:
        table.add_row(*(_cell(value) for value in row))
    console().print(table)


def with_short_ids(rows: Sequence[Sequence[Any]], place: int = 0) -> list[Sequence[Any]]:
    """Rows whose cells at a place, ids, are only as long as tells them apart."""
    ids = [str(row[place]) for row in rows]
    length = next(
        (length for length in range(SHORTEST_ID, 36) if len({id[:length] for id in ids}) == len(set(ids))), 36
    )
    return [[*row[:place], id[:length].rstrip("-"), *row[place + 1 :]] for id, row in zip(ids, rows, strict=True)]


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
    print(json_text(value))


def json_text(value: Any) -> str:
    """The value as JSON; of what a run left behind, where it is kept or what it looks like."""
    return json.dumps(plain(value, as_json=True, instead=_without_result), indent=2, ensure_ascii=False)


def _without_result(value: Any) -> Any:
    if not isinstance(value, State) or value.data is None:
        return value
    return replace(value, data=getattr(value.data, "metadata", None) or shown_result(value.data))


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
