"""A variable: a named JSON value that flows and deployments share."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(slots=True)
class Variable:
    id: UUID
    name: str
    value: Any
    tags: list[str] = field(default_factory=list)
    created: datetime | None = None
    updated: datetime | None = None


LONGEST_NAME = 255
LONGEST_VALUE = 5_000
NAME_PATTERN = re.compile(r"[a-z0-9_]+(-[a-z0-9_]+)*")


def checked_name(name: str) -> str:
    """The name, if it may name a variable. Raises `ValueError`."""
    if not NAME_PATTERN.fullmatch(name) or len(name) > LONGEST_NAME:
        raise ValueError(
            f"A variable's name holds lowercase letters, digits, underscores and dashes, at most {LONGEST_NAME}; "
            f"{name!r} does not fit."
        )
    return name


def checked_value(name: str, value: Any) -> Any:
    """The value, if JSON knows it. Raises `TypeError`, or `ValueError` for one that is too long."""
    try:
        length = len(json.dumps(value))
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"The variable {name!r} takes what JSON knows; a {type(value).__name__} does not fit: {error}."
        ) from None
    if length > LONGEST_VALUE:
        raise ValueError(
            f"The variable {name!r} takes at most {LONGEST_VALUE} characters of JSON; {length} were given."
        )
    return value
