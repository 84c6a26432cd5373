"""Names that packages look for here: what names and keys may be made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from prefect._domain.assets import LONGEST_KEY as MAX_ASSET_KEY_LENGTH
from prefect._domain.assets import RESTRICTED
from prefect._domain.assets import URI as URI_REGEX
from prefect._domain.names import BANNED
from prefect._domain.variables import LONGEST_NAME as MAX_VARIABLE_NAME_LENGTH

BANNED_CHARACTERS = list(BANNED)
URILike = Annotated[str, StringConstraints(pattern=URI_REGEX.pattern)]
"""A text that begins with a scheme, such as `s3://`."""
RESTRICTED_ASSET_CHARACTERS = list(RESTRICTED)

__all__ = [
    "BANNED_CHARACTERS",
    "MAX_ASSET_KEY_LENGTH",
    "MAX_VARIABLE_NAME_LENGTH",
    "RESTRICTED_ASSET_CHARACTERS",
    "URI_REGEX",
    "URILike",
]
