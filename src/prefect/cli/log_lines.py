"""Showing the log lines of a run, for flow runs and task runs alike."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Annotated, Any

from cyclopts import Parameter, validators

from prefect._domain.logs import Log
from prefect.cli.output import show_json
from prefect.cli.running import CommandError

Count = Annotated[int | None, Parameter(name=["--num-logs", "-n"], validator=validators.Number(gte=1))]
FEW = 20
PAGE = 1000


def show_lines(
    page: Callable[..., list[Log]], *, head: bool, count: int | None, reverse: bool, tail: bool, output: str | None
) -> None:
    """Print the lines that the options ask for."""
    if head and tail:
        raise CommandError("--head and --tail cannot be used together: choose one.")
    most = count or (FEW if head or tail else None)
    from_the_end = tail or (reverse and not head)
    lines = _lines(page, most, newest_first=from_the_end)
    if from_the_end != reverse:
        lines.reverse()
    if output == "json":
        show_json(lines)
        return
    for line in lines:
        print(
            f"{line.timestamp.astimezone():%Y-%m-%d %H:%M:%S}.{line.timestamp.microsecond // 1000:03d} | "
            f"{logging.getLevelName(line.level):<7} | {line.message}"
        )
    if not lines:
        print("The run logged nothing.")


def _lines(page: Callable[..., list[Log]], most: int | None, *, newest_first: bool) -> list[Log]:
    lines: list[Log] = []
    while most is None or len(lines) < most:
        size = PAGE if most is None else min(PAGE, most - len(lines))
        more: Any = page(limit=size, offset=len(lines), newest_first=newest_first)
        lines += more
        if len(more) < size:
            break
    return lines
