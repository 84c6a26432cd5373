"""What a docstring says of each parameter, in the style of Google (`Args:`) or of Sphinx (`:param x:`)."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator

HEADING = re.compile(r"(args|arguments|params|parameters):\s*$", re.IGNORECASE)
ENTRY = re.compile(r"\*{0,2}(\w+)\s*(?:\([^)]*\))?\s*:\s*(.*)$")
FIELD = re.compile(r":param(?:eter)?\s+(?:[^:]*\s)?\*{0,2}(\w+)\s*:\s*(.*)$")


def described_parameters(docstring: str | None) -> dict[str, str]:
    """The descriptions of parameters by their names, each with the lines that go on below it."""
    if not docstring:
        return {}
    lines = inspect.cleandoc(docstring).splitlines()
    return {**_entries(_section(lines), ENTRY), **_entries(_fields(lines), FIELD)}


def _section(lines: list[str]) -> list[str]:
    """The lines below the heading of the parameters, as far as they are indented; their indentation is taken off."""
    start = next((number for number, line in enumerate(lines, 1) if HEADING.match(line)), len(lines))
    end = next((n for n in range(start, len(lines)) if lines[n] and not lines[n][0].isspace()), len(lines))
    return inspect.cleandoc("\n" + "\n".join(lines[start:end])).splitlines()


def _fields(lines: list[str]) -> Iterator[str]:
    is_within = False
    for line in lines:
        is_within = line.startswith(":param") or (is_within and line[:1].isspace())
        if is_within:
            yield line


def _entries(lines: Iterator[str] | list[str], pattern: re.Pattern[str]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    last: list[str] = []
    for line in lines:
        entry = None if line[:1].isspace() else pattern.match(line)
        if entry:
            last = found.setdefault(entry[1], [entry[2].strip()])
        else:
            last.append(line.strip())
    return {name: "\n".join(texts).strip() for name, texts in found.items()}
