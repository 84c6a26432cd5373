"""Every test of the store runs on a real SQLite file and on a real PostgreSQL server."""

from tests.databases import db, postgres_url, url

__all__ = ["db", "postgres_url", "url"]
