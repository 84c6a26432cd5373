"""What tests of programs and packages need: a database of their own, and no warnings."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable, Iterator
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


@contextmanager
def assert_does_not_warn(ignore_warnings: Iterable[type[Warning]] = ()) -> Iterator[None]:
    """Any warning given inside the block is an error, but those of the classes that are named."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for ignored in ignore_warnings:
            warnings.simplefilter("ignore", ignored)
        try:
            yield
        except Warning as warning:
            raise AssertionError(f"Warning was raised. {warning!r}") from warning


__all__ = ["assert_does_not_warn", "prefect_test_harness"]
