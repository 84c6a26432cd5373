"""Names that packages look for here: what names and keys may be made of."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import StringConstraints

from prefect._domain.assets import LONGEST_KEY as MAX_ASSET_KEY_LENGTH
from prefect._domain.assets import RESTRICTED, checked_key
from prefect._domain.assets import URI as URI_REGEX
from prefect._domain.names import BANNED
from prefect._domain.variables import LONGEST_NAME as MAX_VARIABLE_NAME_LENGTH

BANNED_CHARACTERS = list(BANNED)
URILike = Annotated[str, StringConstraints(pattern=URI_REGEX.pattern)]
"""A text that begins with a scheme, such as `s3://`."""
RESTRICTED_ASSET_CHARACTERS = list(RESTRICTED)

DASHES, UNDERSCORES, BOTH = re.compile(r"[a-z0-9-]*"), re.compile(r"[a-z0-9_]*"), re.compile(r"[a-z0-9_-]*")


def raise_on_name_alphanumeric_dashes_only(value: str | None, field_name: str = "value") -> str | None:
    """The name, or None. Raises `ValueError` for one of more than lowercase letters, digits and dashes."""
    return value if value is None else _fitting(value, DASHES, field_name, "dashes")


def raise_on_name_alphanumeric_underscores_only(value: str | None, field_name: str = "value") -> str | None:
    """The name, or None. Raises `ValueError` for one of more than lowercase letters, digits and underscores."""
    return value if value is None else _fitting(value, UNDERSCORES, field_name, "underscores")


def raise_on_name_alphanumeric_dashes_underscores_only(value: str, field_name: str = "value") -> str:
    """The name. Raises `ValueError` for one of more than lowercase letters, digits, dashes and underscores."""
    return _fitting(value, BOTH, field_name, "dashes or underscores")


def _fitting(value: str, allowed: re.Pattern[str], field_name: str, signs: str) -> str:
    if not allowed.fullmatch(value):
        raise ValueError(f"{field_name} must only contain lowercase letters, numbers, and {signs}; it is {value!r}.")
    return value


def non_emptyish(value: str) -> str:
    """The name. Raises `ValueError` for one of nothing but spaces and quotation marks."""
    if not value.strip(" \t\r\n\"'"):
        raise ValueError(f"name cannot be an empty string; {value!r} says nothing.")
    return value


def validate_uri(value: str) -> str:
    """The address. Raises `ValueError` for one that does not begin with a scheme, such as `s3://`."""
    if not URI_REGEX.match(value):
        raise ValueError(f"Key must be a valid URI, e.g. s3://bucket/folder/data.csv; {value!r} is none.")
    return value


def validate_valid_asset_key(value: str) -> str:
    """The key, if it may name an asset. Raises `ValueError`."""
    return checked_key(value)


__all__ = [
    "non_emptyish",
    "raise_on_name_alphanumeric_dashes_only",
    "raise_on_name_alphanumeric_dashes_underscores_only",
    "raise_on_name_alphanumeric_underscores_only",
    "validate_uri",
    "validate_valid_asset_key",
    "BANNED_CHARACTERS",
    "MAX_ASSET_KEY_LENGTH",
    "MAX_VARIABLE_NAME_LENGTH",
    "RESTRICTED_ASSET_CHARACTERS",
    "URI_REGEX",
    "URILike",
]
