"""Upstream itself, in an environment of its own, which is made on first use."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.__main__ import UPSTREAM, installed


@pytest.fixture(scope="session")
def upstream() -> Path:
    """The Python of an environment in which upstream is installed."""
    if not installed(UPSTREAM):
        pytest.skip("The environment of upstream cannot be made here.")
    return UPSTREAM.python
