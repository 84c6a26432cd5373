"""Data that the database holds encrypted: Fernet, that is AES in CBC mode with an HMAC."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from prefect.exceptions import ConfigurationError

Keys = Sequence[str]
"""The keys that there are: the first one seals, each one unseals."""


def seal(data: dict[str, Any], keys: Keys) -> str:
    """The data as text that says nothing without the key."""
    return _fernet(keys).encrypt(orjson.dumps(data)).decode()


def unseal(text: str, keys: Keys) -> dict[str, Any]:
    """What was sealed. Raises `ConfigurationError` where none of the keys is the one that it was sealed with."""
    try:
        data: dict[str, Any] = orjson.loads(_fernet(keys).decrypt(text.encode()))
    except InvalidToken:
        raise ConfigurationError(
            "A block document was encrypted with another key than the one in use here. Give every process that uses "
            "this database the same PREFECT_SERVER_ENCRYPTION_KEY, or the same file encryption.key in PREFECT_HOME."
        ) from None
    return data


def _fernet(keys: Keys) -> MultiFernet:
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError:
        raise ConfigurationError(
            "The encryption key is not valid. PREFECT_SERVER_ENCRYPTION_KEY, or without it the file encryption.key in "
            "PREFECT_HOME, holds 32 bytes as URL-safe base64. "
            "To make one: python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
        ) from None
