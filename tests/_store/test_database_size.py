"""The size of the database, on both kinds."""

from __future__ import annotations

from prefect._store.database import Database
from prefect._store.database_size import database_size
from tests._store.records import a_flow_run


def test_a_database_has_a_size(db: Database) -> None:
    a_flow_run(db)

    with db.read() as conn:
        assert 10_000 < database_size(conn) < 1_000_000_000
