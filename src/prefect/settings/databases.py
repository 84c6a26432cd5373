"""The address of the database, as the settings say it: whole, or in parts, with what they say of its connections.

The address is the one word for it everywhere: what is said of PostgreSQL's connections stands in its query, in the
words that the store reads (`_store/postgres.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol
from urllib.parse import quote, urlencode, urlsplit

from prefect.exceptions import ConfigurationError

ADDRESS = "server.database.connection_url"
PARTS = "server.database"
CONNECTIONS = "server.database.sqlalchemy.connect_args"


class Said(Protocol):
    """The value of a setting that somebody has said, by its path; None for one of which nobody says anything."""

    def __call__(self, path: str, /) -> Any: ...


def address_in_parts(said: Said) -> str | None:
    """The address that is told in parts, or None where no part is told.

    Raises `ConfigurationError` where a part is missing.
    """
    parts = {name: said(f"{PARTS}.{name}") for name in ("driver", "host", "port", "user", "name", "password")}
    if not any(parts[name] for name in ("driver", "host", "name")):
        return None
    if str(parts["driver"] or "").startswith("sqlite"):
        return f"sqlite:///{_needed(parts, 'name')}"
    user = quote(str(_needed(parts, "user")), safe="")
    password = f":{quote(str(parts['password']), safe='')}" if parts["password"] else ""
    host, port = str(_needed(parts, "host")), parts["port"] or 5432
    return f"postgresql://{user}{password}@{host}:{port}/{quote(str(_needed(parts, 'name')), safe='')}"


def _needed(parts: Mapping[str, Any], name: str) -> Any:
    if parts[name]:
        return parts[name]
    told = ", ".join(f"PREFECT_SERVER_DATABASE_{part.upper()}" for part, value in parts.items() if value)
    raise ConfigurationError(
        f"The database is told in parts ({told}), but PREFECT_SERVER_DATABASE_{name.upper()} is missing. Set it, or "
        "say the whole address in PREFECT_SERVER_DATABASE_CONNECTION_URL."
    )


def with_connections(address: str, said: Said) -> str:
    """The address with what is said of PostgreSQL's connections; what it says itself stays."""
    if not address.startswith("postgres"):
        return address
    query = urlsplit(address).query
    more = [(name, value) for name, value in _words(said) if f"{name}=" not in query]
    if not more:
        return address
    return f"{address}{'&' if query else '?'}{urlencode(more, quote_via=quote)}"


def _words(said: Said) -> Iterator[tuple[str, str]]:
    """What is said of connections, in libpq's words and, for statements that are prepared, in asyncpg's."""
    timeout = said(f"{PARTS}.connection_timeout")
    if timeout is not None:
        yield "connect_timeout", f"{max(timeout, 1):.0f}"
    if (name := said(f"{CONNECTIONS}.application_name")) is not None:
        yield "application_name", name
    if (schema := said(f"{CONNECTIONS}.search_path")) is not None:
        yield "options", f"-csearch_path={schema}"
    sizes = [said(f"{CONNECTIONS}.{kind}") for kind in ("statement_cache_size", "prepared_statement_cache_size")]
    if 0 in sizes:
        yield "statement_cache_size", "0"
    if said(f"{CONNECTIONS}.tls.enabled"):
        yield from _of_tls(said)


def _of_tls(said: Said) -> Iterator[tuple[str, str]]:
    checks_name = said(f"{CONNECTIONS}.tls.check_hostname")
    yield "sslmode", "verify-ca" if checks_name is False else "verify-full"
    for word, name in (("sslrootcert", "ca_file"), ("sslcert", "cert_file"), ("sslkey", "key_file")):
        if (file := said(f"{CONNECTIONS}.tls.{name}")) is not None:
            yield word, file
