"""Tokens against forged requests, as recorded: one a client."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from prefect._store.connection import Connection
from prefect._store.values import moment, must_read_identity, read_moment

COLUMNS = "id, created, updated, client, token, expiration"


class CsrfToken(NamedTuple):
    """A client's token, and until when it is good."""

    id: UUID
    created: datetime
    updated: datetime
    client: str
    token: str
    expiration: datetime


def write_token(conn: Connection, token: CsrfToken) -> None:
    """Give a client this token in place of the one that it had; those that are no longer good are removed."""
    conn.execute("DELETE FROM csrf_token WHERE expiration < ?", (moment(token.created),))
    conn.execute(
        f"INSERT INTO csrf_token ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (client) DO UPDATE SET "
        "token = excluded.token, expiration = excluded.expiration, updated = excluded.updated",
        (
            str(token.id),
            moment(token.created),
            moment(token.updated),
            token.client,
            token.token,
            moment(token.expiration),
        ),
    )


def read_token(conn: Connection, client: str) -> CsrfToken | None:
    """A client's token, or None."""
    rows = conn.execute(f"SELECT {COLUMNS} FROM csrf_token WHERE client = ?", (client,))
    if not rows:
        return None
    id, created, updated, client, token, expiration = rows[0]
    moments = [read_moment(value) for value in (created, updated, expiration)]
    assert moments[0] is not None
    assert moments[1] is not None
    assert moments[2] is not None
    return CsrfToken(must_read_identity(id), moments[0], moments[1], client, token, moments[2])
