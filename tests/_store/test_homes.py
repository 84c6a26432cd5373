"""A home in which another program has its database, and databases that are shared with others."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from prefect._store import migrations
from prefect._store.database import open_database, reset_database
from prefect._store.homes import file_of_home
from prefect.exceptions import ConfigurationError
from prefect.settings import get_current_settings

OTHERS = """
CREATE TABLE alembic_version (version_num TEXT);
CREATE TABLE flow (id TEXT);
INSERT INTO flow VALUES ('kept');
"""


def another_programs(file: Path) -> bytes:
    """A database of another program at that place; what is in the file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    conn = sqlite3.connect(file)
    conn.executescript(OTHERS)
    conn.close()
    return file.read_bytes()


def test_a_home_has_its_database_under_the_usual_name(home: Path) -> None:
    assert file_of_home(home) == home / "prefect.db"

    open_database(f"sqlite:///{home / 'prefect.db'}").close()

    assert file_of_home(home) == home / "prefect.db"


def test_another_programs_database_stays_and_ours_is_made_beside_it(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = another_programs(home / "prefect.db")

    address = str(get_current_settings().server.database.connection_url)
    open_database(address).close()
    open_database(address).close()

    assert address == f"sqlite:///{home / 'tidemill.db'}"
    assert (home / "prefect.db").read_bytes() == before
    assert [record.message for record in caplog.records] == [
        f"{home / 'prefect.db'} belongs to another program and stays as it is; runs are recorded beside it, in "
        f"{home / 'tidemill.db'}. To take over what it holds: prefect server import --from {home / 'prefect.db'}"
    ]


def test_another_programs_database_that_is_named_is_refused(tmp_path: Path) -> None:
    before = another_programs(tmp_path / "x.db")

    with pytest.raises(ConfigurationError, match="belongs to another program"):
        open_database(f"sqlite:///{tmp_path / 'x.db'}")

    assert (tmp_path / "x.db").read_bytes() == before


def test_a_reset_spares_the_tables_of_others(url: str) -> None:
    db = open_database(url)
    with db.write() as conn:
        conn.script("CREATE TABLE invoices (id TEXT)")
        conn.execute("INSERT INTO invoices VALUES ('kept')")
    db.close()

    others = reset_database(url)

    db = open_database(url)
    with db.read() as conn:
        assert conn.execute("SELECT id FROM invoices") == [("kept",)]
        assert migrations.version(conn) == migrations.LATEST
    db.close()
    assert others == ["invoices"]


def test_a_schema_of_postgresql_that_is_not_public_works_again_and_again(postgres_url: str) -> None:
    public = open_database(postgres_url)
    with public.write() as conn:
        conn.execute("CREATE SCHEMA flows")
    public.close()
    address = f"{postgres_url}{'&' if '?' in postgres_url else '?'}options=-csearch_path%3Dflows"

    for _ in range(2):
        db = open_database(address)
        with db.read() as conn:
            assert migrations.version(conn) == migrations.LATEST
            assert conn.execute("SELECT current_schema()") == [("flows",)]
        db.close()
