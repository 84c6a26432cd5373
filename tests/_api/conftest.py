"""Every test of the API runs inside the process and over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.serving import Caller, embedded, over_http


@pytest.fixture(params=["embedded", "http"])
def api(request: pytest.FixtureRequest, home: Path) -> Iterator[Caller]:
    """Whoever calls the API."""
    if request.param == "embedded":
        yield embedded()
        return
    with over_http() as caller:
        yield caller
