"""Types for the fields of blocks and models, and for the parameters of flows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, Field, Secret, StrictBool, StrictFloat, StrictInt, StrictStr

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
