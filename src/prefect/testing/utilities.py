"""A database of its own for a test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from prefect._engine.recorders import close_recorders


@contextmanager
def prefect_test_harness(server_startup_timeout: float | None = 30) -> Iterator[None]:
    """Record the runs of the block in a database that is thrown away after it; no server is started, none is needed."""
    outer = {name: os.environ.get(name) for name in ("PREFECT_HOME", "PREFECT_API_URL")}
    with TemporaryDirectory(prefix="prefect-test-") as home:
        close_recorders()
        os.environ["PREFECT_HOME"] = home
        os.environ.pop("PREFECT_API_URL", None)
        try:
            yield
        finally:
            close_recorders()
            for name, value in outer.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


__all__ = ["prefect_test_harness"]
