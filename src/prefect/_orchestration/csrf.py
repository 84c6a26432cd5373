"""Tokens that clients must bring with requests that change something, where the settings ask for it."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from uuid import UUID

from prefect._store.csrf_tokens import CsrfToken, read_token, write_token
from prefect._store.database import Database

LONGEST_CLIENT = 255


def give_token(db: Database, client: str, token: str, *, id: UUID, now: datetime, lasting: timedelta) -> CsrfToken:
    """Give a client a token in place of the one that it had. Raises `ValueError` for a client without a proper name."""
    if not client or len(client) > LONGEST_CLIENT or "\0" in client:
        raise ValueError(f"A client names itself with 1 to {LONGEST_CLIENT} characters.")
    given = CsrfToken(id, now, now, client, token, now + lasting)
    with db.write() as conn:
        write_token(conn, given)
        kept = read_token(conn, client)
    assert kept is not None
    return kept


def is_good(db: Database, client: str, token: str, *, now: datetime) -> bool:
    """Whether a client has that token, and still may use it."""
    with db.read() as conn:
        known = read_token(conn, client)
    return known is not None and known.expiration > now and hmac.compare_digest(known.token.encode(), token.encode())
