"""A terminal in which commands are carried out here, and one in which a real server is asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cli.terminal import Terminal
from tests.serving import served


@pytest.fixture
def prefect(capsys: pytest.CaptureFixture[str]) -> Terminal:
    """The command line on the test's own database."""
    return Terminal(capsys, {})


@pytest.fixture(params=["embedded", "server"])
def anywhere(request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> Iterator[Terminal]:
    """The command line on the test's own database, and the same with a server on it."""
    if request.param == "embedded":
        yield Terminal(capsys, {})
        return
    with served() as address:
        yield Terminal(capsys, {"PREFECT_API_URL": address})
