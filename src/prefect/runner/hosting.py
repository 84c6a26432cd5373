"""A runner inside another program, such as the server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from prefect.runner.runner import Runner
from prefect.runner.source import RunSource


@contextmanager
def runs_carried_out(source: RunSource, *, limit: int | None = None) -> Iterator[Runner]:
    """Start and look after runs inside the block; processes that are at work at its end go on by themselves."""
    runner = Runner(source, limit=limit)
    thread = threading.Thread(target=runner.run, name="prefect-runner", daemon=True)
    thread.start()
    try:
        yield runner
    finally:
        runner.leave()
        thread.join()
