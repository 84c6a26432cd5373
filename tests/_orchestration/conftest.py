"""Every test of an operation runs on a real SQLite file and on a real PostgreSQL server."""

from tests.databases import db, url

__all__ = ["db", "url"]
