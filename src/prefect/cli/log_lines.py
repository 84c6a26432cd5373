"""Showing the log lines of a run, for flow runs and task runs alike."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from cyclopts import Parameter, validators

from prefect._domain.texts import harmless
from prefect._wire import filters
from prefect._wire.logs import Log
from prefect.cli.output import show_json
from prefect.cli.paging import up_to
from prefect.cli.running import CommandError
from prefect.client.orchestration import SyncPrefectClient

Count = Annotated[int | None, Parameter(name=["--num-logs", "-n"], validator=validators.Number(gte=1))]
Head = Annotated[bool, Parameter(name=["--head", "-h"])]
Tail = Annotated[bool, Parameter(name=["--tail", "-t"])]
Reverse = Annotated[bool, Parameter(name=["--reverse", "-r"])]
FEW = 20
LOOK_EVERY = 0.25
"""Seconds between two looks for new lines."""
LATE = timedelta(seconds=5)
"""How much later than a younger one a line may be written down."""


def show_lines(
    client: SyncPrefectClient,
    of_run: dict[str, Any],
    *,
    head: bool,
    count: int | None,
    reverse: bool,
    tail: bool,
    output: str | None,
) -> None:
    """Print the lines of a run that the options ask for; `of_run` is the filter that means them."""
    if head and tail:
        raise CommandError("--head and --tail cannot be used together: choose one.")
    most = count or (FEW if head or tail else None)
    from_the_end = tail or (reverse and not head)
    wanted, order = filters.LogFilter.model_validate(of_run), "TIMESTAMP_DESC" if from_the_end else "TIMESTAMP_ASC"
    lines = up_to(most, lambda **piece: client.read_logs(wanted, sort=order, **piece))
    if from_the_end != reverse:
        lines.reverse()
    if output == "json":
        show_json(lines)
        return
    for line in lines:
        print(shown(line))
    if not lines:
        print("The run logged nothing.")


def shown(line: Log) -> str:
    """A line as the terminal shows it."""
    return (
        f"{line.timestamp.astimezone():%Y-%m-%d %H:%M:%S}.{line.timestamp.microsecond // 1000:03d} | "
        f"{logging.getLevelName(line.level):<7} | {harmless(line.message)}"
    )


def follow(client: SyncPrefectClient, of_run: dict[str, Any], is_over: Callable[[], bool]) -> Iterator[Log]:
    """The lines of a run as they are written, until it is over."""
    known: dict[UUID, Log] = {}
    while True:
        was_over = is_over()
        yield from _since(client, of_run, known)
        if was_over:
            return
        time.sleep(LOOK_EVERY)


def _since(client: SyncPrefectClient, of_run: dict[str, Any], known: dict[UUID, Log]) -> Iterator[Log]:
    """The lines that are not known yet; of those known the old ones are forgotten."""
    wanted = dict(of_run)
    if known:
        since = max(line.timestamp for line in known.values()) - LATE
        wanted["timestamp"] = {"after_": since}
        for line in [line for line in known.values() if line.timestamp < since]:
            del known[line.id]
    asked = filters.LogFilter.model_validate(wanted)
    for line in up_to(None, lambda **piece: client.read_logs(asked, **piece)):
        if line.id not in known:
            known[line.id] = line
            yield line
