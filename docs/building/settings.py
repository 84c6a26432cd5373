"""The page of all settings, out of their table."""

from __future__ import annotations

from itertools import groupby

from prefect.settings.idle import IDLE
from prefect.settings.reading import Setting
from prefect.settings.table import AT_WORK

INTRODUCTION = """\
# Settings

Every setting, with its default. Where they are said, and which of several counts: [settings](../concepts/settings.md).
`prefect config view --show-defaults` shows those that hold.
"""
IDLE_INTRODUCTION = """
## Known, without a meaning here

Settings of version 3.9 that a program or a profile may say, and that change nothing. Who says one is told why.

| setting | why |
|---|---|"""


def page() -> str:
    lines = [INTRODUCTION]
    for area, settings in groupby(sorted(AT_WORK, key=_area), key=_area):
        lines += [f"\n## {area}", "", "| setting | default | what it means |", "|---|---|---|"]
        lines += [_row(setting) for setting in settings]
    lines += [IDLE_INTRODUCTION, *(f"| `{setting.env}` | {_cell(setting.idle)} |" for setting in IDLE)]
    return "\n".join([*lines, ""])


def _area(setting: Setting) -> str:
    area = setting.path.split(".")[:-1]
    return ".".join(area[: 2 if area[:1] == ["server"] else 1]) or "general"


def _row(setting: Setting) -> str:
    aliases = "".join(f"<br>also `{alias}`" for alias in setting.aliases)
    default = "" if setting.default is None else f"`{setting.default}`"
    return f"| `{setting.env}`{aliases} | {default} | {_cell(setting.meaning)} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
