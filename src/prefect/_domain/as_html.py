"""Runs and states as a notebook shows them: a line of HTML, or a small table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

COLOURS = {
    "COMPLETED": "#15803d",
    "FAILED": "#b91c1c",
    "CRASHED": "#c2410c",
    "RUNNING": "#1d4ed8",
    "PENDING": "#0e7490",
    "SCHEDULED": "#a16207",
    "PAUSED": "#6d28d9",
    "CANCELLED": "#4b5563",
    "CANCELLING": "#4b5563",
}
BADGE = "color:#fff;border-radius:4px;padding:1px 6px;font-size:90%;background:"

LEFT = 'style="text-align:left"'


def escape(text: str) -> str:
    """A text in which nothing is a tag; what knows of those is loaded when a notebook first shows something."""
    from html import escape

    return escape(text)


def badge(type: str, name: str) -> str:
    """The name of a state on its colour."""
    return f'<span style="{BADGE}{COLOURS[type]}">{escape(name)}</span>'


def _words(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def card(title: str, marked: str, rows: Mapping[str, Any]) -> str:
    """A title with a badge, and below it what is known by name; what has no value is left out."""
    shown = {name: value for name, value in rows.items() if value not in (None, "", [], {})}
    cells = "".join(
        f"<tr><th {LEFT}>{escape(name)}</th><td {LEFT}>{escape(_words(value))}</td></tr>"
        for name, value in shown.items()
    )
    return f"<div><b>{escape(title)}</b> {marked}<table>{cells}</table></div>"
