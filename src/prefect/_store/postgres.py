"""The address of a PostgreSQL database as its driver takes it.

Addresses come in libpq's words (`sslmode=require`), and from programs that use asyncpg in that driver's (`ssl=require`,
`statement_cache_size=0`). Both mean the same here.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

RENAMED = {"ssl": "sslmode", "timeout": "connect_timeout"}
"""Words of asyncpg, and those of libpq that say the same."""
CACHES = ("statement_cache_size", "prepared_statement_cache_size")
"""Words of asyncpg that say how many statements are prepared; 0 is what a pooler such as PgBouncer needs."""
OTHERS = ("prepared_statement_name_func", "max_cached_statement_lifetime", "command_timeout")
"""Words of asyncpg that have no counterpart."""
TRUE = {"true": "require", "True": "require", "1": "require", "false": "disable", "False": "disable", "0": "disable"}
"""What is said of `ssl` as yes or no, in libpq's words."""


class Address(NamedTuple):
    """What the driver connects to, and whether it may prepare statements there."""

    conninfo: str
    prepares: bool


def address_of(url: str) -> Address:
    """The address that a URL means, whichever driver's words it uses."""
    parts = urlsplit(url)
    said = parse_qsl(parts.query, keep_blank_values=True)
    told = [(RENAMED.get(name, name), TRUE.get(value, value) if name == "ssl" else value) for name, value in said]
    kept = [(name, value) for name, value in told if name not in (*CACHES, *OTHERS)]
    prepares = not any(name in CACHES and value == "0" for name, value in told)
    return Address(urlunsplit(parts._replace(query=urlencode(kept, quote_via=quote))), prepares)
