"""The address of the database, told whole or in parts."""

from __future__ import annotations

from typing import Any

import pytest

from prefect._store.database import open_database
from prefect.exceptions import ConfigurationError
from prefect.settings import get_current_settings

PARTS = {"HOST": "db.example", "USER": "me@work", "PASSWORD": "p/w:1", "NAME": "runs"}


def say(monkeypatch: pytest.MonkeyPatch, prefix: str = "PREFECT_SERVER_DATABASE_", **parts: str) -> None:
    for name, value in parts.items():
        monkeypatch.setenv(prefix + name, value)


def address() -> str:
    return str(get_current_settings().server.database.connection_url)


@pytest.mark.parametrize("prefix", ["PREFECT_SERVER_DATABASE_", "PREFECT_API_DATABASE_"])
def test_an_address_in_parts_is_put_together(prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    say(monkeypatch, prefix, **PARTS)

    assert address() == "postgresql://me%40work:p%2Fw%3A1@db.example:5432/runs"


def test_an_address_that_is_told_whole_counts_before_its_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    say(monkeypatch, **PARTS, CONNECTION_URL="sqlite:////tmp/x.db")

    assert address() == "sqlite:////tmp/x.db"


def test_a_file_of_sqlite_is_told_by_driver_and_name(monkeypatch: pytest.MonkeyPatch) -> None:
    say(monkeypatch, DRIVER="sqlite+aiosqlite", NAME="/data/runs.db")

    assert address() == "sqlite:////data/runs.db"


def test_a_part_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    say(monkeypatch, HOST="db.example", NAME="runs")

    with pytest.raises(ConfigurationError, match=r"DATABASE_HOST, .*NAME\).*DATABASE_USER is missing"):
        address()


def test_the_password_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    say(monkeypatch, **PARTS)
    password = get_current_settings().server.database.password

    assert password == "p/w:1"


def test_what_is_said_of_connections_stands_in_the_query(monkeypatch: pytest.MonkeyPatch) -> None:
    connections = "PREFECT_SERVER_DATABASE_SQLALCHEMY_CONNECT_ARGS_"
    say(monkeypatch, **PARTS, CONNECTION_TIMEOUT="7")
    say(monkeypatch, connections, APPLICATION_NAME="night runs", SEARCH_PATH="flows", STATEMENT_CACHE_SIZE="0")
    say(monkeypatch, connections, TLS_ENABLED="true", TLS_CA_FILE="/ca.pem", TLS_CHECK_HOSTNAME="false")

    assert address().partition("?")[2].split("&") == [
        "connect_timeout=7",
        "application_name=night%20runs",
        "options=-csearch_path%3Dflows",
        "statement_cache_size=0",
        "sslmode=verify-ca",
        "sslrootcert=%2Fca.pem",
    ]


def test_what_the_address_says_itself_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    say(monkeypatch, CONNECTION_URL="postgresql://me@db/runs?connect_timeout=3", CONNECTION_TIMEOUT="7")

    assert address() == "postgresql://me@db/runs?connect_timeout=3"


def test_postgresql_hears_what_is_said_of_its_connections(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    connections = "PREFECT_SERVER_DATABASE_SQLALCHEMY_CONNECT_ARGS_"
    say(monkeypatch, CONNECTION_URL=postgres_url.replace("postgresql:", "postgresql+asyncpg:"))
    say(monkeypatch, connections, APPLICATION_NAME="nightly", PREPARED_STATEMENT_CACHE_SIZE="0")

    db = open_database(address())
    with db.read() as conn:
        (told,) = conn.execute("SHOW application_name")
        prepares: Any = getattr(conn, "raw").prepare_threshold  # noqa: B009  # only PostgreSQL's has one
    db.close()

    assert told == ("nightly",)
    assert prepares is None
