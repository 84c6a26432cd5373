"""Types for the fields of blocks and models, and for the parameters of flows."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, Field, Secret, StrictBool, StrictFloat, StrictInt, StrictStr

from prefect._domain.variables import LONGEST_VALUE
from prefect.types.names import URILike

T = TypeVar("T")
DateTime = datetime
"""A moment; those that this package makes know their time zone."""
SecretDict = Secret[dict[str, Any]]
"""A dictionary whose values are not shown; `get_secret_value()` gives it."""
BANNED_CHARACTERS = ["/", "%", "&", ">", "<"]
"""What the names of flows, deployments and other named things may not hold."""
NonNegativeInteger = Annotated[int, Field(ge=0)]
PositiveInteger = Annotated[int, Field(gt=0)]
NonNegativeFloat = Annotated[float, Field(ge=0.0)]
KeyValueLabels = dict[str, StrictBool | StrictInt | StrictFloat | str]
KeyValueLabelsField = Annotated[KeyValueLabels, Field(default_factory=dict)]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]
StrictVariableValue = StrictStr | StrictInt | StrictBool | StrictFloat | None | dict[str, Any] | list[Any]
TaskRetryDelaySeconds = int | float | list[float] | None
"""Seconds between the tries of a task: one number for all, or one for each."""


def check_variable_value(value: object) -> object:
    """The value, if a variable may have it. Raises `ValueError` for what JSON does not know, and what is too long."""
    try:
        length = len(json.dumps(value))
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"Variable value must be serializable to JSON; a {type(value).__name__} is not: {error}."
        ) from None
    if length > LONGEST_VALUE:
        raise ValueError(f"Variable value must be less than {LONGEST_VALUE} characters of JSON; it has {length}.")
    return value


def cast_none_to_empty_dict(value: Any) -> Any:
    """The value; an empty dict for None."""
    return {} if value is None else value


def convert_none_to_empty_dict(v: KeyValueLabels | None) -> KeyValueLabels:
    """Labels, of which None says that there are none."""
    return v or {}


def parse_retry_delay_input(value: Any) -> Any:
    """Delays as an environment variable has them: `5` is a number, `1,2,3` a list, and an empty text says none.

    What is no text stays as it is. Raises `ValueError` for another text.
    """
    if not isinstance(value, str):
        return value
    parts = [_seconds(part.strip()) for part in value.split(",")] if value.strip() else []
    return parts if len(parts) > 1 else next(iter(parts), None)


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(
            f"A delay is a number of seconds, such as 1.5, or several with commas; {text!r} is none."
        ) from None


def _span(value: Any) -> Any:
    return timedelta(seconds=value) if isinstance(value, (int, float)) else value


DurationOrSecondsTimeDelta = Annotated[timedelta, BeforeValidator(_span)]
"""A length of time: a `timedelta`, seconds, or a duration of ISO 8601."""


def validate_set_T_from_delim_string(  # the field's name for it
    value: Any, type_: Callable[[str], T], delim: str | None = None
) -> set[T]:
    """The set of values that a text names between commas (or `delim`); a collection or one value is taken as it is.

    Raises what `type_` raises for a part that is none.
    """
    if value is None or value == "":
        return set()
    if isinstance(value, str):
        return {type_(part.strip()) for part in value.split(delim or ",") if part.strip()}
    return {type_(part) for part in value} if isinstance(value, (set, frozenset, list, tuple)) else {type_(value)}


__all__ = [
    "cast_none_to_empty_dict",
    "check_variable_value",
    "convert_none_to_empty_dict",
    "parse_retry_delay_input",
    "BANNED_CHARACTERS",
    "DateTime",
    "DurationOrSecondsTimeDelta",
    "KeyValueLabels",
    "KeyValueLabelsField",
    "LogLevel",
    "NonNegativeFloat",
    "NonNegativeInteger",
    "PositiveInteger",
    "SecretDict",
    "StrictVariableValue",
    "TaskRetryDelaySeconds",
    "URILike",
    "validate_set_T_from_delim_string",
]
