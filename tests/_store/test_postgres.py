"""Addresses of PostgreSQL in the words of two drivers."""

from __future__ import annotations

import pytest

from prefect._store.postgres import Address, address_of

PLAIN = "postgresql://me:pw@db:5433/runs"


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("", Address(PLAIN, True)),
        ("?sslmode=require", Address(f"{PLAIN}?sslmode=require", True)),
        ("?ssl=require", Address(f"{PLAIN}?sslmode=require", True)),
        ("?ssl=true&timeout=3", Address(f"{PLAIN}?sslmode=require&connect_timeout=3", True)),
        ("?ssl=verify-full", Address(f"{PLAIN}?sslmode=verify-full", True)),
        ("?statement_cache_size=0", Address(PLAIN, False)),
        ("?prepared_statement_cache_size=0&command_timeout=5", Address(PLAIN, False)),
        ("?statement_cache_size=100", Address(PLAIN, True)),
        ("?options=-csearch_path%3Dflows", Address(f"{PLAIN}?options=-csearch_path%3Dflows", True)),
    ],
)
def test_an_address_means_the_same_in_either_drivers_words(query: str, meant: Address) -> None:
    assert address_of(PLAIN + query) == meant
