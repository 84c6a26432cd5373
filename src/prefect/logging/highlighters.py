"""What to find in a log line, and how it looks, in rich's words: `logging.yml` may name others.

A highlighter names each thing that it finds `log.<name>`; the styles of the console handler say how that looks.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import ClassVar

from rich.console import Console
from rich.highlighter import Highlighter, RegexHighlighter
from rich.theme import Theme

STYLES = {
    "log.debug_level": "blue",
    "log.info_level": "cyan",
    "log.warning_level": "yellow",
    "log.error_level": "red",
    "log.critical_level": "bold red",
    "log.local_url": "bright_blue",
    "log.web_url": "bright_blue",
    "log.flow_run_name": "magenta",
    "log.flow_name": "bold magenta",
    "log.task_run_name": "magenta",
    "log.task_name": "bold magenta",
    "log.completed_state": "green",
    "log.cancelled_state": "yellow",
    "log.failed_state": "red",
    "log.crashed_state": "bold red",
    "log.cached_state": "bright_blue",
}
"""How what is found looks, unless other styles are given."""


class LevelHighlighter(RegexHighlighter):
    """Finds levels."""

    base_style = "log."
    highlights: ClassVar[list[str]] = [
        rf"\b(?P<{level.lower()}_level>{level})\b" for level in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
    ]


class UrlHighlighter(RegexHighlighter):
    """Finds addresses, those of this machine and others."""

    base_style = "log."
    highlights: ClassVar[list[str]] = [
        r"(?P<web_url>(?:https|http|ws|wss|ftp|s3|gs)://[^\s'\"<>]+)",
        r"(?P<local_url>(?:file://|https?://(?:localhost|127\.0\.0\.1))[^\s'\"<>]*)",
    ]


class NameHighlighter(RegexHighlighter):
    """Finds the names of flows, tasks and runs."""

    base_style = "log."
    highlights: ClassVar[list[str]] = [
        r"(?i:flow run) (?P<flow_run_name>'[^']*')",
        r"(?i:\bflow) (?P<flow_name>'[^']*')",
        r"(?i:task run) (?P<task_run_name>'[^']*')",
        r"(?i:\btask) (?P<task_name>'[^']*')",
    ]


class StateHighlighter(RegexHighlighter):
    """Finds states in which a run has ended."""

    base_style = "log."
    highlights: ClassVar[list[str]] = [
        rf"\b(?P<{state.lower()}_state>{state})\b"
        for state in ("Completed", "Cancelled", "Failed", "Crashed", "Cached")
    ]


class PrefectConsoleHighlighter(RegexHighlighter):
    """Finds all of these."""

    base_style = "log."
    highlights: ClassVar[list[str]] = [
        *LevelHighlighter.highlights,
        *UrlHighlighter.highlights,
        *NameHighlighter.highlights,
        *StateHighlighter.highlights,
    ]


def rich_lines(highlighter: Highlighter, styles: Mapping[str, str], markup: bool) -> Callable[[str, bool], str]:
    """What makes a line, in colour or plain, look as the highlighter, the styles and its markup have it."""
    theme = Theme({**STYLES, **styles})

    def drawn(line: str, is_coloured: bool) -> str:
        console = Console(
            file=io.StringIO(),
            force_terminal=is_coloured,
            theme=theme,
            highlighter=highlighter,
            markup=markup,
            emoji=False,
        )
        with console.capture() as captured:
            console.print(line, soft_wrap=True, end="")
        return captured.get()

    return drawn


__all__ = [
    "LevelHighlighter",
    "NameHighlighter",
    "PrefectConsoleHighlighter",
    "StateHighlighter",
    "UrlHighlighter",
]
