"""Reading the blocks of a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
GENERATED = {".venv", ".peers", "node_modules", "build"}
PAGES = sorted(file for file in ROOT.rglob("*.md") if not GENERATED & set(file.relative_to(ROOT).parts))
FENCE = re.compile(r"(?P<ticks>`{3,})(?P<language>\w*)(?: title=\"(?P<title>[^\"]+)\")?\s*")
REMARK = re.compile(r"<!-- (?P<word>not run|goes on|exits|appears|long|follows)(?:: (?P<rest>.+?))? -->")


@dataclass(frozen=True)
class Block:
    """A block of a page, with the line on which its text begins, and what comments say of it."""

    language: str
    title: str
    text: str
    line: int
    remarks: dict[str, str]

    @property
    def is_run(self) -> bool:
        return "not run" not in self.remarks


@dataclass(frozen=True)
class Command:
    """A command as a reader types it, and what it prints."""

    text: str
    output: tuple[str, ...]


def blocks(page: str) -> Iterator[Block]:
    """The blocks of a page, in their order."""
    lines = page.splitlines()
    number, remarks = 0, dict[str, str]()
    while number < len(lines):
        opened = FENCE.fullmatch(lines[number])
        if opened is not None:
            end = lines.index(opened["ticks"], number + 1)
            text = "\n".join(lines[number + 1 : end]) + "\n"
            yield Block(opened["language"], opened["title"] or "", text, number + 2, remarks)
            number = end
        if lines[number].strip():
            remarks = {found["word"]: found["rest"] or "" for found in REMARK.finditer(lines[number])}
        number += 1


def followed(page: Path) -> list[Path]:
    """The pages that are to be read before a page, and that page."""
    found = re.search(r"<!-- follows: (.+?) -->", page.read_text(encoding="utf-8"))
    return [*(followed(page.parent / found[1]) if found else []), page]


def is_long(page: str) -> bool:
    return "<!-- long -->" in page


def commands(console: str) -> list[Command]:
    """The commands of a console block. A line that ends with a backslash goes on in the next one."""
    typed: list[tuple[str, list[str]]] = []
    for line in console.splitlines():
        if typed and typed[-1][0].endswith("\\") and not typed[-1][1]:
            typed[-1] = (f"{typed[-1][0]}\n{line}", [])
        elif line.startswith("$ "):
            typed.append((line.removeprefix("$ "), []))
        elif line.strip():
            if not typed:
                raise ValueError(f"A console block begins with a command, `$ …`, and not with {line!r}.")
            typed[-1][1].append(line)
    return [Command(text, tuple(output)) for text, output in typed]


def missing_lines(expected: tuple[str, ...], printed: str) -> list[str]:
    """The lines that were to be printed, from the first one that was not on."""
    left = list(expected)
    for line in printed.splitlines():
        if left and _pattern(left[0]).fullmatch(_squeezed(line)):
            del left[0]
    return left


def _pattern(expected: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(_squeezed(part)) for part in expected.split("…")))


def _squeezed(line: str) -> str:
    """A line without what only aligns it."""
    return " ".join(line.split())
