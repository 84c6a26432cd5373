"""Some settings are tried on a real PostgreSQL server."""

from tests.databases import postgres_url

__all__ = ["postgres_url"]
