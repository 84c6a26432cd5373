"""Every test runs on the database itself, and with a server between."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from prefect._engine.slots import close_slots
from prefect._store.database import Database
from prefect._store.opened import opened_database
from prefect.settings import get_current_settings
from tests.serving import served


@pytest.fixture(params=["embedded", "http"])
def db(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """The database in which the limits of the test are."""
    database = opened_database(str(get_current_settings().server.database.connection_url))
    if request.param == "embedded":
        yield database
        return
    with served() as address:
        monkeypatch.setenv("PREFECT_API_URL", address)
        yield database
        close_slots()
