"""Addresses are shown without their passwords."""

from __future__ import annotations

import pytest

from prefect._domain.addresses import passwords_in, without_password


@pytest.mark.parametrize(
    ("address", "shown", "passwords"),
    [
        ("postgresql://me:s3cret@host:5432/db", "postgresql://me:********@host:5432/db", ["s3cret"]),
        ("postgresql+asyncpg://me:p@ss/w@host/db", "postgresql+asyncpg://me:********@host/db", ["p@ss/w"]),
        ("postgresql://host/db?user=me&password=s3cret", "postgresql://host/db?user=me&password=********", ["s3cret"]),
        ("https://:s3cret@host/api", "https://:********@host/api", ["s3cret"]),
        ("http://127.0.0.1:4200/api", "http://127.0.0.1:4200/api", []),
        ("sqlite:////home/me/prefect.db", "sqlite:////home/me/prefect.db", []),
        ("git@github.com:a/b.git", "git@github.com:a/b.git", []),
        ("", "", []),
    ],
)
def test_an_address_is_shown_without_its_passwords(address: str, shown: str, passwords: list[str]) -> None:
    assert without_password(address) == shown
    assert passwords_in(address) == passwords
